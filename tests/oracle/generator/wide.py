"""Families that go where the others seldom do."""

from . import admission, basic, cron, state
from .draw import at, container_status, fate, job, job_spec, patch, ready, scripts, some_pod, steps, template
from .state import INDEX, TRACKING, stored_job, stored_pod, stored_world

UID_LABEL = "batch.kubernetes.io/controller-uid"


def manyjobs(d):
    """Several Jobs at once in one controller: names that are each other's prefixes, selectors that
    overlap, pods that more than one of them could adopt."""
    names = d.some(["j", "j-0", "j-1", "ja", "j-0-0", "k"], d.int(2, 5))
    manifests, fates, todo = [], {}, []
    for name in names:
        spec = job_spec(d)
        if d.chance(0.3):
            spec.update(manualSelector=True, selector={"matchLabels": {"app": "shared"}})
            spec["template"].setdefault("metadata", {}).setdefault("labels", {})["app"] = "shared"
        manifests.append(job(spec, name))
        fates.update(scripts(d, spec, name))
        todo += steps(d, spec, d.int(0, 2), name)
        if d.chance(0.15):
            propagation = d.one("Background", "Foreground", "Orphan")
            todo.append({"at": d.time(1, 40), "op": "deleteJob", "name": name, "propagation": propagation})
    pods = [user_pod(d, f"u{k}", {"app": "shared"}) for k in range(d.one(0, 0, 0, 1, 3))]
    if d.chance(0.5):
        fields = {"jobs": manifests}
    else:
        fields = {"job": manifests[0], "jobs": manifests[1:]}
    return {**fields, "pods": pods, "scripts": fates, "steps": todo, "until": d.one(60, 200, 600)}


def caps(d):
    """Hundreds of pods, beyond the 500 that one sync creates, removes or counts. The trace has to
    stay below 4000 entries, so that little else happens."""
    if d.chance(0.25):
        return many_finished(d)
    indexed = d.chance(0.5)
    much = d.chance(0.4)  # they are also removed, or finish: four entries for each pod instead of two
    pods = d.int(520, 640) if much else d.int(520, 900)
    spec = {"template": template(d, "Never"), "parallelism": pods, "backoffLimit": d.one(0, 6, 1000)}
    if indexed or d.chance(0.6):
        spec["completions"] = pods + d.one(0, 0, 30)
    if indexed:
        spec["completionMode"] = "Indexed"
    if d.chance(0.2):
        spec["podReplacementPolicy"] = "Failed"
    lines, todo, fates = [], [], {}
    if much and d.chance(0.5):
        ok = d.chance(0.6)
        status = {"phase": "Succeeded" if ok else "Failed", "conditions": [ready("False")]}
        status["containerStatuses"] = [container_status("main", 0 if ok else 1)]
        lines.append({"after": d.time(1.5, 6), "status": status})
        spec["backoffLimit"] = d.one(0, 5)
    elif much and d.chance(0.4):
        todo.append(patch(d.time(0.5, 8), {"suspend": True}))
    elif much:
        # 500 at once, and exactly those that do not run: among equals the choice is nobody's.
        for k in range(pods - 500):
            name = "j-%d-00000" % k if indexed else "j-%05d" % k
            fates[name] = {"onCreate": [{"after": 0.2, "status": {"phase": "Running"}}]}
        todo.append(patch(d.time(1.5, 6), {"parallelism": pods - 500}))
    elif d.chance(0.5):
        todo.append(patch(d.time(1.5, 3), {"parallelism": pods + d.int(1, 20)}))
    return {"job": job(spec), "scripts": {"*": {"onCreate": lines}, **fates}, "steps": todo, "until": d.one(4, 9)}


def many_finished(d):
    """A stored Job with hundreds of finished pods that nobody has counted yet."""
    indexed, pods = d.chance(0.5), d.int(501, 620)
    spec = {"template": template(d, "Never"), "parallelism": d.int(0, 3), "backoffLimit": d.one(0, 6, 1000)}
    spec["completions"] = pods + d.one(0, 5)
    if indexed:
        spec["completionMode"] = "Indexed"
    stored = stored_job(d, spec)
    stored["status"] = {"startTime": at(-50), "active": pods, "ready": 0, "uncountedTerminatedPods": {}}
    out = []
    for k in range(pods):
        pod = stored_pod(d, stored, k, k if indexed else None)
        pod["metadata"].update(finalizers=[TRACKING], ownerReferences=[state.owner(stored)])
        pod["metadata"].pop("deletionTimestamp", None)
        pod["metadata"].pop("deletionGracePeriodSeconds", None)
        out.append(pod)
    return {"rawJobs": [stored], "pods": out, "scripts": {}, "until": 5}


# The stage of each gate in 1.29 … 1.37: a alpha, b beta, g locked on, - not yet, x no longer.
GATES = {
    "JobPodFailurePolicy": "bbggxxxxx",
    "PodDisruptionConditions": "bbgggxxxx",
    "JobBackoffLimitPerIndex": "bbbbggggx",
    "JobPodReplacementPolicy": "bbbbbgggx",
    "JobSuccessPolicy": "-abbggggx",
    "JobManagedBy": "-aabbbggg",
    "PodIndexLabel": "bbbgggxxx",
    "SidecarContainers": "bbbbggggx",
    "ElasticIndexedJob": "bbgggxxxx",
    "MutableSchedulingDirectivesForSuspendedJobs": "------abb",
    "MutablePodResourcesForSuspendedJobs": "------abb",
    "StaleControllerConsistencyJob": "-------bb",
    "CronJobsScheduledAnnotation": "bbbgggxxx",
    "DeclarativeValidationBeta": "-------bb",
    "RelaxedEnvironmentVariableValidation": "-aabbgggg",
    "ContainerRestartRules": "-----abbb",
    "RestartAllContainersOnContainerExits": "------abb",
    "EnvFiles": "-----abbb",
    "TaintTolerationComparisonOperators": "------aaa",
}


def gates(d):
    """Feature gates switched on or off. They are legal in one version, drawn first; the oracle calls
    the scenario unsupported where they are not."""
    version = d.int(0, 8)
    legal = [name for name, stages in GATES.items() if stages[version] in "ab"]
    chosen = d.some(legal, min(len(legal), d.one(1, 1, 2, 3)))
    family = d.one(
        *(basic.run, basic.indexed, basic.policy, basic.with_steps, state.state, sidecars, midway, stale),
        *(admission.create, admission.update, admission.updatestatus, cron.cron),
    )
    return {"gates": {name: d.chance(0.5) for name in chosen}, **family(d)}


def sidecars(d):
    """Init containers, sidecars that restart, many container statuses, finish times that are
    missing or equal; scaling down ranks the pods by them."""
    spec = job_spec(d)
    pod = spec["template"]["spec"]
    init = [{"name": f"i{k}", "image": "busybox"} for k in range(d.int(0, 2))]
    side = [{"name": f"s{k}", "image": "busybox", "restartPolicy": "Always"} for k in range(d.int(0, 2))]
    pod["initContainers"] = init + side
    d.random.shuffle(pod["initContainers"])
    if not pod["initContainers"]:
        pod.pop("initContainers")
    main = [c["name"] for c in pod["containers"]]
    first, again = [c["name"] for c in init], [c["name"] for c in side]

    def state_of(name, running):
        if running:
            return container_status(name, running=True, restarts=d.one(0, 0, 1, 2, 7))
        out = container_status(name, d.one(0, 0, 1, 42, 137), restarts=d.one(0, 0, 1, 3))
        if d.chance(0.2):
            out["state"]["terminated"].pop("finishedAt")
        elif d.chance(0.2):
            out["state"]["terminated"]["finishedAt"] = at(d.int(0, 12))
        elif d.chance(0.1):
            out["lastState"] = out.pop("state")
        return out

    def life():
        t, lines = d.time(0.2, 3), []
        for _ in range(d.int(1, 3)):
            status = {
                "phase": "Running",
                "conditions": [ready(d.one("True", "True", "False"))],
                "initContainerStatuses": [state_of(n, False) for n in first] + [state_of(n, True) for n in again],
                "containerStatuses": [state_of(n, d.chance(0.8)) for n in main],
            }
            lines.append({"after": t, "status": status})
            t += d.time(0.5, 10)
        if d.chance(0.75):
            done = [state_of(n, d.chance(0.1)) for n in first + again]
            status = {"phase": d.one("Succeeded", "Failed"), "initContainerStatuses": done}
            status["containerStatuses"] = [state_of(n, d.chance(0.05)) for n in main]
            lines.append({"after": t, "status": status})
        return {"onCreate": lines}

    fates = {"*": life()}
    for k in range(d.int(0, 6)):
        fates[some_pod(d, spec)] = life()
    todo = [patch(d.time(2, 30), {"parallelism": d.int(0, 4)}) for _ in range(d.int(0, 3))]
    return {"job": job(spec), "scripts": fates, "steps": todo, "until": d.one(60, 200, 900)}


def user_pod(d, name, labels):
    """A pod that a user made."""
    meta = {"name": name, "namespace": "default", "labels": labels}
    if d.chance(0.4):
        meta["annotations"] = {INDEX: d.one("0", "0", "1", "2", "7", "x")}
    if d.chance(0.4):
        meta["finalizers"] = d.one([TRACKING], [TRACKING], ["example.com/other"], ["example.com/other", TRACKING])
    if d.chance(0.15):
        uid, kind = d.one("uid-j", "uid-gone", "uid-rs"), d.one("Job", "ReplicaSet")
        version = "batch/v1" if kind == "Job" else "apps/v1"
        meta["ownerReferences"] = [{"apiVersion": version, "kind": kind, "name": "j", "uid": uid, "controller": True}]
    spec = {"containers": [{"name": "main", "image": "busybox"}], "restartPolicy": "Never"}
    return {"metadata": meta, "spec": spec}


def userpods(d):
    """Users who meddle with pods: their own ones that match the selector, labels changed and
    restored, owners and finalizers taken away, indexes rewritten."""
    spec = job_spec(d)
    ours = {UID_LABEL: "uid-j", "batch.kubernetes.io/job-name": "j", "controller-uid": "uid-j", "job-name": "j"}
    pods = [user_pod(d, f"early{k}", dict(ours)) for k in range(d.one(0, 0, 1, 2))]
    todo, t = [], 0
    for k in range(d.int(1, 6)):
        t += d.time(0.2, 12)
        name = d.one(some_pod(d, spec), some_pod(d, spec), some_pod(d, spec), "early0", "late0", "late1")
        change = d.one(
            {"labels": {UID_LABEL: None}},
            {"labels": {UID_LABEL: "uid-j", "controller-uid": "uid-j"}},
            {"labels": {UID_LABEL: "other", "controller-uid": None}},
            {"ownerReferences": [{"$patch": "delete", "uid": "uid-j"}]},
            {"$deleteFromPrimitiveList/finalizers": [TRACKING]},
            {"finalizers": ["example.com/other"]},
            {"annotations": {INDEX: d.one("0", "1", "3", "-1", "x", None)}},
            {"annotations": {"batch.kubernetes.io/job-index-failure-count": d.one("0", "2", "x", None)}},
        )
        kind = d.int(0, 9)
        if kind <= 5:
            todo.append({"at": t, "op": "patchPod", "name": name, "patch": {"metadata": change}})
        elif kind <= 7:
            todo.append({"at": t, "op": "createPod", "object": user_pod(d, f"late{k}", dict(ours))})
        elif kind == 8:
            todo.append({"at": t, "op": "deletePod", "name": name, "grace": d.one(0, 1, 5)})
        else:
            todo += steps(d, spec, 1)
    return {"job": job(spec), "pods": pods, "scripts": scripts(d, spec), "steps": todo, "until": d.one(60, 200)}


def seconds(d):
    """Everything at whole seconds and one millisecond to either side: times are stored in whole
    seconds, pods finish together, deadlines and back-off end when something else happens."""

    def near(low, high):
        return round(d.int(low, high) + d.one(0, 0, 0, 0.001, -0.001, 0.999), 3)

    def snap(lines):
        """At the same few moments for all pods, without changing their order."""
        t = 0
        for line in lines:
            t = max(t, near(0, 6))
            line["after"] = t + (0.001 if t < 0 else 0)
        return lines

    spec = job_spec(d)
    if d.chance(0.4):
        spec["activeDeadlineSeconds"] = d.int(1, 12)
    fates = scripts(d, spec, good=0.4)
    for script in fates.values():
        snap(script["onCreate"])
        snap(script["onDelete"])
    todo = steps(d, spec, d.int(0, 4))
    for step in todo:
        step["at"] = max(0, near(0, 20))
    out = {"job": job(spec), "scripts": fates, "steps": todo, "until": d.one(30, 60, 200)}
    if d.chance(0.25):
        spec["ttlSecondsAfterFinished"] = d.int(0, 4)
        out["controllers"] = ["job", "ttl"]
    if d.chance(0.2):
        begin = max(0, near(0, 10))
        fault = basic.fault(d, begin)
        fault["to"] = round(begin + d.one(0.001, 1, 2, 5), 3)
        out["faults"] = [fault]
    return out


def restart(d):
    """The controllers die and start again, once or twice: back-off records, expectations and timers
    are lost, caches are filled from what is stored."""
    family = d.one(basic.indexed, basic.policy, basic.with_steps, basic.faults, basic.ttl, basic.delete, state.state, cron.cron)
    out = family(d)
    todo = out.setdefault("steps", [])
    moments = [s["at"] for s in todo] + [f["to"] for f in out.get("faults", [])]
    for _ in range(d.one(1, 1, 2)):
        if moments and d.chance(0.4):
            t = d.one(*moments) + d.one(0, 0.001, 0.1, 0.5, 1)
        else:
            t = d.time(0.05, min(out["until"], 60))
        todo.append({"at": round(t, 3), "op": "restartController"})
    return out


def stale(d):
    """Watch events that come late: the controllers work from old caches, their writes conflict, and
    what they created is not yet there."""
    family = d.one(basic.run, basic.indexed, basic.policy, basic.with_steps, basic.with_steps, basic.delete, basic.ttl)
    out = family(d)
    todo = out.setdefault("steps", [])
    for resource in d.one(["pods"], ["jobs"], ["pods", "jobs"]):
        t = d.time(0, 10)
        for _ in range(d.int(1, 3)):
            todo.append({"at": t, "op": "holdEvents", "resource": resource})
            if d.chance(0.5):
                note = {"annotations": {"touched": str(len(todo))}}
                todo.append(patch(round(t + d.time(0, 2), 3), metadata=note))
            t = round(t + d.one(0.001, 0.5, 1, 1.001, 3, 12, 40, 310), 3)
            if d.chance(0.95):  # else they never come
                todo.append({"at": t, "op": "releaseEvents", "resource": resource})
            t = round(t + d.time(0.1, 10), 3)
    if d.chance(0.1):
        todo.append({"at": d.time(1, 30), "op": "restartController"})
    return out


def midway(d):
    """Jobs that are changed at a bad moment: while finalizers cannot be removed, as pods finish,
    while suspended; and Jobs that belong to another controller."""
    spec = job_spec(d)
    if d.chance(0.3):
        spec["suspend"] = True
    if d.chance(0.12):
        spec["managedBy"] = d.one("example.com/x", "kubernetes.io/job-controller")
    fates = scripts(d, spec, good=0.4)
    moments = [line["after"] for script in fates.values() for line in script["onCreate"]] + [0.0]
    todo, faults = [], []
    if d.chance(0.6):
        begin = d.time(0, 6)
        fault = {"verb": d.one("patch", "patch", "update", "delete"), "from": begin, "to": begin + d.one(1, 5, 20)}
        faults.append({**fault, "resource": "jobs" if fault["verb"] == "update" else "pods", "code": d.one(500, 409, 429)})
        moments += [begin, fault["to"]]
    for _ in range(d.int(1, 5)):
        t = max(0, round(d.one(*moments) + d.one(0, 0, 0.001, -0.001, 0.5, 1, 1.001), 3))
        if d.chance(0.15):
            todo.append({"at": t, "op": "deletePod", "name": some_pod(d, spec)})
            continue
        change = d.one(
            {"backoffLimit": d.int(0, 3)},
            {"activeDeadlineSeconds": d.int(1, 12)},
            {"suspend": True},
            {"suspend": False},
            {"parallelism": d.int(0, 5)},
            {"completions": d.int(0, 5), "parallelism": d.int(0, 5)},
            {"maxFailedIndexes": d.int(0, 2)},
            {"managedBy": d.one("example.com/x", None)},
            {"template": {"spec": {"nodeSelector": {"a": str(d.int(0, 2))}}}},
            {"template": {"metadata": {"labels": {"n": str(d.int(0, 2))}}}},
            {"template": {"spec": {"containers": [{"name": "main", "resources": {"requests": {"cpu": str(d.int(1, 3))}}}]}}},
            {"suspend": False, "template": {"metadata": {"annotations": {"n": "1"}}}},
            {"ttlSecondsAfterFinished": d.int(0, 5)},
        )
        todo.append(patch(t, change))
    if d.chance(0.2):
        propagation = d.one("Background", "Foreground", "Orphan")
        t = round(d.one(*moments) + d.one(0, 0.5, 1), 3)
        todo.append({"at": t, "op": "deleteJob", "name": "j", "propagation": propagation})
    if d.chance(0.2):
        fates["j-00000"] = fate(d, spec, good=0.5)
    return {"job": job(spec), "scripts": fates, "steps": todo, "faults": faults, "until": d.one(60, 200, 600)}


FAMILIES = (manyjobs, caps, gates, sidecars, userpods, seconds, restart, stale, midway)
