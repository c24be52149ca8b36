"""Controllers that start in the middle: Jobs and pods as they may be stored."""

import copy

from .draw import at, containers, job_spec, scripts, steps

TRACKING = "batch.kubernetes.io/job-tracking"
INDEX = "batch.kubernetes.io/job-completion-index"


def stored_job(d, spec, name="j"):
    """The Job as the API server would have stored it."""
    spec, uid = copy.deepcopy(spec), f"uid-{name}"
    labels = {
        "batch.kubernetes.io/controller-uid": uid,
        "batch.kubernetes.io/job-name": name,
        "controller-uid": uid,
        "job-name": name,
    }
    spec.setdefault("parallelism", 1)
    if "completions" not in spec and spec.get("completionMode") != "Indexed":
        d.chance(0)  # keeps the stream of a seed
    spec.setdefault("completionMode", "NonIndexed")
    spec.setdefault("backoffLimit", 2147483647 if "backoffLimitPerIndex" in spec else 6)
    spec.setdefault("suspend", False)
    spec.setdefault("podReplacementPolicy", "Failed" if "podFailurePolicy" in spec else "TerminatingOrFailed")
    spec["selector"] = {"matchLabels": {"batch.kubernetes.io/controller-uid": uid}}
    spec["template"].setdefault("metadata", {}).setdefault("labels", {}).update(labels)
    for rule in spec.get("podFailurePolicy", {}).get("rules", []):
        for pattern in rule.get("onPodConditions", []):
            pattern.setdefault("status", "True")
    meta = {
        "name": name,
        "namespace": "default",
        "uid": uid,
        "generation": 1,
        "creationTimestamp": at(-600),
        "labels": dict(labels),
    }
    return {"metadata": meta, "spec": spec, "status": {}}


def owner(job):
    meta = job["metadata"]
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "name": meta["name"],
        "uid": meta["uid"],
        "controller": True,
        "blockOwnerDeletion": True,
    }


def stored_pod(d, job, k, index=None):
    """A pod of the Job in any state; sometimes with a wrong index, owner, labels, or finalizer."""
    spec, prefix = job["spec"], job["metadata"]["name"]
    name = "%s-x%03d" % (prefix, k) if index is None else "%s-%d-x%03d" % (prefix, index, k)
    labels, annotations = dict(spec["template"]["metadata"]["labels"]), {}
    if index is not None:
        annotations[INDEX] = labels[INDEX] = str(index)
    if "backoffLimitPerIndex" in spec:
        annotations["batch.kubernetes.io/job-index-failure-count"] = str(d.one(0, 0, 0, 1, 2))
        if d.chance(0.1):
            annotations["batch.kubernetes.io/job-index-ignored-failure-count"] = str(d.int(0, 2))
    if d.chance(0.02) and annotations:
        annotations.pop(INDEX, None)
    if d.chance(0.02) and annotations:
        annotations[INDEX] = d.one("-1", "zz", "99")
    meta = {
        "name": name,
        "namespace": "default",
        "uid": f"uid-{name}",
        "labels": labels,
        "annotations": annotations,
        "creationTimestamp": at(-d.int(0, 500)),
        "ownerReferences": [owner(job)],
    }
    pod = {"metadata": meta, "spec": copy.deepcopy(spec["template"]["spec"])}
    if d.chance(0.8):
        meta["finalizers"] = [TRACKING]
    if d.chance(0.05):  # an orphan that matches, to be adopted
        meta["ownerReferences"] = []
    if d.chance(0.03):  # no longer matches, to be released
        meta["labels"] = {"other": "x"}
    pod["status"] = stored_status(d, pod, containers(spec))
    if d.chance(0.2):
        meta["deletionTimestamp"] = at(d.int(-50, 40))
        meta["deletionGracePeriodSeconds"] = d.one(0, 30)
        if not meta.get("finalizers"):
            meta["finalizers"] = ["example.com/other"]
    return pod


def stored_status(d, pod, names):
    phase = d.one("Pending", "Running", "Running", "Succeeded", "Succeeded", "Failed", "Failed")
    t = -d.int(0, 60) if d.chance(0.8) else 0
    status = {"phase": phase}

    def terminated(restarts, code):
        return {"restartCount": restarts, "state": {"terminated": {"exitCode": code, "finishedAt": at(t - d.int(0, 2))}}}

    if phase != "Pending":
        pod["spec"]["nodeName"] = "n1"
        status["startTime"] = at(t - 5)
        is_ready = phase == "Running" and d.chance(0.8)
        status["conditions"] = [{"type": "Ready", "status": "True" if is_ready else "False", "lastTransitionTime": at(t)}]
    elif d.chance(0.6):
        pod["spec"]["nodeName"] = "n1"
    if phase == "Running":
        status["containerStatuses"] = [
            {"name": n, "restartCount": d.one(0, 0, 0, 1, 2, 5), "state": {"running": {"startedAt": at(t)}}} for n in names
        ]
    if phase == "Succeeded" and d.chance(0.9):
        status["containerStatuses"] = [{"name": n, **terminated(d.one(0, 0, 1), 0)} for n in names]
    if phase == "Failed":
        if d.chance(0.85):
            status["containerStatuses"] = [
                {"name": n, **terminated(d.one(0, 0, 1, 3), d.one(0, 1, 42) if i else d.one(1, 2, 3, 42, 137, 0))}
                for i, n in enumerate(names)
            ]
        if d.chance(0.3):
            kind, value = d.one("DisruptionTarget", "ConfigIssue"), d.one("True", "True", "False", "Unknown")
            condition = {"type": kind, "status": value, "lastTransitionTime": at(t)}
            status.setdefault("conditions", []).append(condition)
    return status


CONDITIONS = (
    ("FailureTarget", "BackoffLimitExceeded"),
    ("FailureTarget", "PodFailurePolicy"),
    ("SuccessCriteriaMet", "SuccessPolicy"),
    ("SuccessCriteriaMet", "CompletionsReached"),
    ("Suspended", "JobSuspended"),
    ("FailureTarget", "DeadlineExceeded"),
    ("FailureTarget", "MaxFailedIndexesExceeded"),
    ("FailureTarget", "FailedIndexes"),
    ("Failed", "BackoffLimitExceeded"),
    ("Complete", ""),
)


def state(d):
    """An arbitrary stored Job and its pods: adoption, corrupt index annotations, finalizers gone,
    counters that do not add up."""
    job, pods = stored_world(d)
    spec = job["spec"]
    return {"rawJobs": [job], "pods": pods, "scripts": scripts(d, spec), "until": d.one(0.5, 5, 30, 120)}


def stored_world(d):
    spec = job_spec(d)
    indexed, completions = spec.get("completionMode") == "Indexed", spec.get("completions")
    job = stored_job(d, spec)
    status, spec = job["status"], job["spec"]

    def index():
        if indexed and d.chance(0.97):
            return d.int(0, max(0, completions or 1))  # one too many on purpose
        return d.int(0, max(0, (completions or 1) - 1)) if indexed else None

    pods = [stored_pod(d, job, k, index()) for k in range(d.int(0, 8))]
    if d.chance(0.85):
        status["startTime"] = at(-d.one(0, 1, 5, 10, 50, 500))
    if d.chance(0.6):
        status.update(active=d.int(0, 3), ready=d.int(0, 2), terminating=d.int(0, 2))
    if d.chance(0.6):
        status["uncountedTerminatedPods"] = uncounted(d, [p["metadata"]["uid"] for p in pods])
    if d.chance(0.5):
        status["failed"] = d.int(0, 4)
    if indexed:
        if completions and d.chance(0.5):
            done = sorted(d.some(range(completions), d.int(0, completions)))
            if done:
                status.update(completedIndexes=ranges(done), succeeded=len(done))
            rest = [i for i in range(completions) if i not in done]
            if "backoffLimitPerIndex" in spec:
                failed = sorted(d.some(rest, d.int(0, len(rest)))) if d.chance(0.5) else []
                status["failedIndexes"] = ranges(failed)
    elif d.chance(0.5):
        status["succeeded"] = d.int(0, 3 if completions is None else completions)
    if d.chance(0.15):
        kind, reason = d.one(*CONDITIONS)
        value = d.one("True", "True", "True", "False")
        condition = {"type": kind, "status": value, "reason": reason, "message": "m"}
        status["conditions"] = [{**condition, "lastTransitionTime": at(-5), "lastProbeTime": at(-5)}]
    if d.chance(0.04):
        job["metadata"].update(deletionTimestamp=at(-3), finalizers=["foregroundDeletion"])
    if d.chance(0.04):
        spec["managedBy"] = d.one("example.com/x", "kubernetes.io/job-controller")
    return job, pods


def uncounted(d, uids):
    out = {}
    for kind in ("succeeded", "failed"):
        ids = [x for x in uids if d.chance(0.15)] + ([f"uid-gone-{kind[0]}"] if d.chance(0.1) else [])
        uids = [x for x in uids if x not in ids]
        if ids:
            out[kind] = ids
    return out


def orphans(d):
    """Pods whose Job is gone, or is another one, or that match without an owner."""
    job = stored_job(d, job_spec(d))
    ghost = stored_job(d, job_spec(d), "ghost")
    count = d.int(1, 6)
    pods = [stored_pod(d, d.one(job, ghost), k, d.int(0, 3) if d.chance(0.5) else None) for k in range(count)]
    spec = job["spec"]
    return {
        "rawJobs": [job],
        "pods": pods,
        "scripts": scripts(d, spec),
        "steps": steps(d, spec, d.int(0, 2)),
        "until": 60,
    }


def ranges(indexes):
    """Sorted indexes as Kubernetes writes them: `0,2-4`, and two in a row as `0,1`."""
    runs = []
    for i in indexes:
        if runs and runs[-1][1] == i - 1:
            runs[-1][1] = i
        else:
            runs.append([i, i])
    texts = [str(a) if a == b else f"{a},{b}" if b == a + 1 else f"{a}-{b}" for a, b in runs]
    return ",".join(texts)


FAMILIES = (state, orphans)
