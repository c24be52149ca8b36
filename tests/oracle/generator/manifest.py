"""Wide manifests through admission: every part of Jobs, CronJobs and their pod templates.

The rate of oddness is drawn for each scenario, from none to often: what is accepted tells of
defaults, dropped members and warnings, what is refused of the rules one by one and together.
"""

import copy

from . import podspec
from .admission import STRINGS, job_status, odd_fields, walk
from .cron import cron_job
from .draw import at, job, job_spec
from .podspec import ODD, Wide, labels, template
from .state import stored_job

RATES = (0, 0.01, 0.03, 0.03, 0.08, 0.2)


def wide(d):
    return Wide(d, d.one(*RATES))


def metadata(w, meta):
    """Names, labels, annotations, owners, finalizers."""
    d = w.d
    if w.wrong():
        meta["name"] = d.one(*ODD)
    if w.wrong(0.5):
        # With a name of its own: the strategies do not complete one.
        meta["generateName"] = d.one("g-", "G", "a" * 60 + "-", "x")
        meta["name"] = meta["name"] or "j"
    if d.chance(0.2):
        meta["labels"] = labels(w)
    if d.chance(0.2):
        meta["annotations"] = {w.odd("a", "b.c/d"): "x" * d.one(1, 1, 1, 262144 if w.wrong(0.1) else 1)}
    if d.chance(0.1):
        meta["finalizers"] = [w.odd("example.com/f", "orphan", "foregroundDeletion") for _ in range(d.int(1, 2))]
    if d.chance(0.1):
        owner = {"apiVersion": w.odd("v1", "batch/v1"), "kind": w.odd("ConfigMap", "CronJob", "Event"), "name": w.odd("o"), "uid": w.odd("u")}
        if d.chance(0.5):
            owner["controller"] = d.chance(0.7)
        meta["ownerReferences"] = [owner, {**owner, "uid": "other"}] if w.wrong() else [owner]
    return meta


def limits(d, spec):
    """Numbers of a Job's spec at their limits, and one beyond."""
    numbers = (-1, 0, 1, 10000, 10001, 99999, 100000, 100001, 1000000, 2147483647)
    for _ in range(d.int(1, 3)):
        name = d.one("parallelism", "completions", "backoffLimit", "backoffLimitPerIndex", "maxFailedIndexes", "activeDeadlineSeconds", "ttlSecondsAfterFinished")
        spec[name] = d.one(*numbers)


def policies(d, spec):
    """Policies with as many rules and values as are legal, and one more."""
    kind = d.int(0, 3)
    codes = {"operator": d.one("In", "NotIn"), "values": list(range(1, d.one(255, 256, 257)))}
    if kind == 0:
        spec["podFailurePolicy"] = {"rules": [{"action": "Ignore", "onExitCodes": codes}]}
    elif kind == 1:
        pattern = {"type": "A", "status": d.one("True", "x", "")}
        rule = {"action": d.one("Ignore", "Count", "FailJob", "FailIndex"), "onPodConditions": [pattern] * d.one(1, 20, 21)}
        spec["podFailurePolicy"] = {"rules": [rule] * d.one(1, 20, 21)}
    elif kind == 2:
        spec["successPolicy"] = {"rules": [{"succeededIndexes": "0"}] * d.one(1, 20, 21)}
    else:
        text = ",".join(str(n) for n in range(0, 2 * d.one(3, 9000, 11000), 2))
        spec["successPolicy"] = {"rules": [{"succeededIndexes": text}]}


def wide_spec(w, **fields):
    d = w.d
    spec = job_spec(d, **fields)
    spec["template"] = template(w, ("Never", "Never", "OnFailure"))
    if spec["template"]["spec"]["restartPolicy"] != "Never" and not w.wrong():
        for name in ("podFailurePolicy", "backoffLimitPerIndex", "maxFailedIndexes"):
            spec.pop(name, None)
    if w.wrong(2):
        odd_fields(d, spec)
    if w.wrong(2):
        limits(d, spec)
    if w.wrong(0.5):
        policies(d, spec)
    if w.wrong(0.5):
        spec["scheduling"] = scheduling(w)
    return spec


def scheduling(w):
    """How pods are scheduled together; dropped unless its gate is on, or it is stored."""
    d = w.d
    policy = lambda: w.pick({"basic": lambda: {}, "gang": lambda: w.pick({"minCount": lambda: d.one(-1, 0, 1, 2, 3)}, 0.9)}, 0.5)
    claim = lambda: w.pick({"name": lambda: w.odd("a", "b", "c", "d"), "resourceClaimName": lambda: w.odd("x"), "resourceClaimTemplateName": lambda: w.odd("y")}, 0.7)
    return w.pick({
        "schedulingPolicy": policy,
        "schedulingConstraints": lambda: {"topology": [{"key": w.odd("zone")} for _ in range(d.one(1, 1, 2))]},
        "disruptionMode": lambda: w.pick({"single": lambda: {}, "all": lambda: {}}, 0.5),
        "resourceClaims": lambda: [claim() for _ in range(d.one(1, 2, 5))],
    }, 0.5)


GANGS = {"GenericWorkload": True, "WorkloadWithJob": True}


def gang(d):
    """`scheduling` with its gates on, created and updated."""
    w = wide(d)
    spec = job_spec(d)
    spec["scheduling"] = scheduling(w)
    if d.chance(0.4):
        return {"mode": "create", "job": job(spec), "gates": GANGS}
    old = stored_job(d, spec)
    if d.chance(0.2):
        old["spec"].pop("scheduling")
    new = copy.deepcopy(old)
    if d.chance(0.7):
        new["spec"]["scheduling"] = {**new["spec"].get("scheduling", {}), **scheduling(w)}
    if d.chance(0.2):
        new["spec"].pop("scheduling", None)
    if d.chance(0.2):
        new["spec"]["parallelism"] = d.int(0, 4)
    return {"mode": "update", "old": old, "job": new, "gates": GANGS if d.chance(0.7) else {}}


def poke(w, manifest):
    """Values of another type, and lists and members that come and go."""
    d = w.d
    if not w.wrong(2):
        return
    holder, key = d.one(*walk(manifest["spec"]))
    kind = d.int(0, 5)
    if kind == 0 and isinstance(holder, dict):
        holder.pop(key)
    elif kind == 1 and isinstance(holder, list):
        holder.append(copy.deepcopy(holder[key]))
    elif kind == 2:
        holder[key] = None
    elif isinstance(holder[key], str):
        holder[key] = d.one(*STRINGS, *ODD)
    elif isinstance(holder[key], bool):
        holder[key] = not holder[key]
    elif isinstance(holder[key], int):
        holder[key] = d.one(*podspec.NUMBERS)
    elif kind == 3:
        holder[key] = d.one([], {}, "", 0, 1.5, True)


def createwide(d):
    """A Job's manifest with a wide pod template."""
    w = wide(d)
    manifest = job(wide_spec(w), "j")
    metadata(w, manifest["metadata"])
    poke(w, manifest)
    return {"mode": "create", "job": manifest}


def cronwide(d):
    """A CronJob's manifest with a wide pod template."""
    w = wide(d)
    manifest = wide_cron(w)
    poke(w, manifest)
    return {"mode": "create", "cronJob": manifest}


def wide_cron(w):
    d = w.d
    manifest = cron_job(d)
    spec = manifest["spec"]
    spec["jobTemplate"]["spec"] = wide_spec(w, indexed=False)
    metadata(w, manifest["metadata"])
    if w.wrong():
        manifest["metadata"]["name"] = "c" * d.one(52, 53)
    if d.chance(0.1):
        spec["jobTemplate"]["metadata"] = {"labels": labels(w), "annotations": labels(w)}
    spec.update(w.pick({
        "schedule": lambda: w.odd("* * * * *", "@daily", "0 0 31 2 *", "TZ=UTC * * * * *", "CRON_TZ=Asia/Tokyo 0 0 * * *"),
        "timeZone": lambda: w.odd("Etc/UTC", "Europe/Berlin", "Local", "utc"),
        "suspend": lambda: d.chance(0.5),
        "concurrencyPolicy": lambda: w.odd("Allow", "Forbid", "Replace"),
        "startingDeadlineSeconds": lambda: w.number(0, 1, 100),
        "successfulJobsHistoryLimit": lambda: w.number(0, 3),
        "failedJobsHistoryLimit": lambda: w.number(0, 3),
    }, 0.15))
    if w.wrong(0.5):
        spec["jobTemplate"]["spec"]["manualSelector"] = d.chance(0.5)
    if w.wrong(0.5):
        spec["jobTemplate"]["spec"]["selector"] = podspec.selector(w)
    return manifest


def alter(w, old, new):
    """Changes of a pod template, so that old and new differ in ways that may and may not be."""
    d = w.d
    pod = new["spec"]
    # Its rules are not held.
    responders = pod.pop("evictionResponders", None)
    for _ in range(d.one(0, 1, 1, 2)):
        fresh = template(w)
        kind = d.int(0, 7)
        if kind == 0:
            new["metadata"] = {**new.get("metadata", {}), **fresh.get("metadata", {})}
        elif kind == 1:
            pod["affinity"] = podspec.affinity(w)
        elif kind == 2:
            pod["tolerations"] = [podspec.toleration(w)]
        elif kind == 3:
            d.one(*pod.get("containers", [{}]))["resources"] = podspec.resources(w)
        elif kind == 4:
            name = d.one("volumes", "securityContext", "initContainers", "containers", "nodeSelector", "hostNetwork", "schedulingGates", "os")
            if name in fresh["spec"]:
                pod[name] = fresh["spec"][name]
            else:
                pod.pop(name, None)
        elif kind == 5:
            holder, key = d.one(*walk(new["spec"]))
            if isinstance(holder[key], str):
                holder[key] = w.odd("x", "y")
        elif kind == 6 and pod:
            pod.pop(d.one(*pod))
        else:
            pod["nodeSelector"] = {"z": "1"}
    if responders:
        pod["evictionResponders"] = responders


def updatewide(d):
    """An old and a new Job with wide pod templates through the rules of an update."""
    w = wide(d)
    # What is stored may break today's rules in more ways.
    before = wide_spec(Wide(d, d.one(*RATES)))
    old = stored_job(d, before)
    if d.chance(0.5):
        old["spec"]["suspend"] = True
    if d.chance(0.5):
        suspended = {"conditions": [{"type": "Suspended", "status": "True"}]}
        old["status"] = d.one({"startTime": at(-5)}, {}, suspended, {"active": 1})
    new = copy.deepcopy(old)
    if d.chance(0.8):
        alter(w, old["spec"]["template"], new["spec"]["template"])
    if d.chance(0.3):
        new["spec"][d.one("parallelism", "backoffLimit", "ttlSecondsAfterFinished")] = w.number(0, 1, 2)
    if d.chance(0.15):
        odd_fields(d, new["spec"])
    if d.chance(0.15):
        metadata(w, new["metadata"])
    if w.wrong():
        new["metadata"][d.one("uid", "creationTimestamp", "generation", "resourceVersion")] = "x"
        if new["metadata"].get("creationTimestamp") == "x":
            new["metadata"]["creationTimestamp"] = at(0)
        if new["metadata"].get("generation") == "x":
            new["metadata"]["generation"] = d.one(-1, 5)
    return {"mode": "update", "old": old, "job": new}


def updatecron(d):
    """An old and a new CronJob through the rules of an update."""
    w = wide(d)
    old = wide_cron(Wide(d, d.one(*RATES)))
    old["metadata"].update(namespace="default", uid="uid-c", generation=1, creationTimestamp=at(-600))
    old["metadata"].setdefault("name", "c")
    old["metadata"].pop("generateName", None)
    new = copy.deepcopy(old)
    spec = new["spec"]
    if d.chance(0.5):
        fresh = wide_cron(w)["spec"]
        fresh["jobTemplate"]["spec"]["template"]["spec"].pop("evictionResponders", None)
        for name in d.some(list(fresh), d.int(1, 2)):
            spec[name] = fresh[name]
    if d.chance(0.5):
        alter(w, old["spec"]["jobTemplate"]["spec"]["template"], spec["jobTemplate"]["spec"]["template"])
    if d.chance(0.2):
        metadata(w, new["metadata"])
    if d.chance(0.1):
        new["status"] = {"lastScheduleTime": at(-60)}
    return {"mode": "updateCron", "old": old, "cronJob": new}


def statuswide(d):
    """An old and a new status of a Job with a wide spec, and changes that a status update drops."""
    w = wide(d)
    old = stored_job(d, wide_spec(w))
    if not old["spec"].get("successPolicy", {}).get("rules"):
        old["spec"].pop("successPolicy", None)  # no Job is stored with none
    indexed = old["spec"].get("completionMode") == "Indexed"
    if d.chance(0.2):
        old["spec"]["managedBy"] = "example.com/x"
    old["status"] = job_status(d, indexed) if d.chance(0.7) else {}
    new = copy.deepcopy(old)
    new["status"] = job_status(d, indexed)
    if d.chance(0.4):
        new["status"] = copy.deepcopy(old["status"])
        fields = job_status(d, indexed)
        new["status"].update((k, fields[k]) for k in list(fields)[:2])
    if d.chance(0.2):
        new["spec"]["template"] = template(w)
    if d.chance(0.2):
        metadata(w, new["metadata"])
    if w.wrong():
        new["status"]["conditions"] = [{"type": w.odd("Complete", "Failed", "X"), "status": w.odd("True", "False"), "reason": w.odd("R"), "message": "m"}] * d.one(1, 2)
    if w.wrong():
        new["status"]["completedIndexes"] = d.one("0-2,4", "0,1,2", "3-1", "0-", "1,1", "0-99999999999", "a", "," , "0-1,2-3")
    if w.wrong():
        new["status"]["uncountedTerminatedPods"] = {"succeeded": [d.one("a", ""), "b"], "failed": [d.one("a", "c")]}
    return {"mode": "updateStatus", "old": old, "job": new}


FAMILIES = (createwide, cronwide, updatewide, updatecron, statuswide, gang)
