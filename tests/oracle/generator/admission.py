"""Manifests through decoding, defaulting and validation."""

import copy

from .cron import cron
from .draw import at, job, job_spec
from .state import stored_job

VALUES = (
    [None, -1, 0, 1, 2, 3, 100, 100001, 1000001, 2147483647, 2147483648, "", "x", "X_y", "a" * 64, "a" * 300]
    + [True, False, [], {}, 1.5, "-1", "0-3", "0,2,4", "5-2", "0-100000", "Never", "OnFailure", "Always"]
    + ["Indexed", "NonIndexed", "Failed", "TerminatingOrFailed", "example.com/x", "example.com/"]
    + ["kubernetes.io/job-controller", "True", "Maybe", "FailJob", "FailIndex", "In", "NotIn"]
    + ["* * * * *", "@every 1h", "TZ=UTC * * * * *", "61 * * * *", "Local", "Nowhere/City"]
)
STRINGS = [v for v in VALUES if isinstance(v, str)]


def mutate(d, manifest, count):
    """Changes, doubles or drops values anywhere in the spec."""
    for _ in range(count):
        places = list(walk(manifest["spec"]))
        if not places:
            return
        holder, key = d.one(*places)
        kind = d.random.random()
        if kind < 0.2 and isinstance(holder, dict):
            holder.pop(key)
        elif kind < 0.3 and isinstance(holder, list):
            holder.append(copy.deepcopy(holder[key]))
        else:
            value = holder[key]
            if isinstance(value, bool):
                holder[key] = not value
            elif isinstance(value, int):
                holder[key] = d.one(-1, 0, 1, 7, 100001, 1000001, 2147483647, 255, 256)
            elif isinstance(value, str):
                holder[key] = d.one(*STRINGS)
            else:
                holder[key] = d.one(*VALUES)


def walk(value):
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield value, key
        yield from walk(inner)


SELECTORS = (
    {"matchLabels": {"app": "x"}},
    {"matchLabels": {"controller-uid": "z"}},
    {},
    {"matchExpressions": [{"key": "a", "operator": "In", "values": ["b"]}]},
)
FAILURE_POLICIES = (
    {},
    {"rules": []},
    {"rules": [{"action": "FailJob"}]},
    {"rules": [{"action": "x", "onExitCodes": {"operator": "y", "values": [0, 0]}}]},
    {"rules": [{"action": "Ignore", "onExitCodes": {"operator": "In", "values": [0]}}]},
    {
        "rules": [
            {
                "action": "Ignore",
                "onExitCodes": {"containerName": "nope", "operator": "In", "values": [2, 1]},
                "onPodConditions": [{"type": "a/b/c"}],
            }
        ]
    },
)


def odd_fields(d, spec):
    """Fields that are seldom right together."""
    if d.chance(0.25):
        spec["manualSelector"] = d.chance(0.7)
    if d.chance(0.2):
        spec["selector"] = copy.deepcopy(d.one(*SELECTORS))
    if d.chance(0.2):
        spec["managedBy"] = d.one("example.com/x", "kubernetes.io/job-controller", "bad", "")
    if d.chance(0.2):
        spec["backoffLimitPerIndex"] = d.one(-1, 0, 1)
    if d.chance(0.2):
        spec["maxFailedIndexes"] = d.one(-1, 0, 1, 100000, 100001)
    if d.chance(0.15):
        spec["completions"] = d.one(-1, 100000, 100001, 1000000)
    if d.chance(0.15):
        spec["parallelism"] = d.one(-1, 10001, 100000, 100001)
    if d.chance(0.1):
        spec["completionMode"] = d.one("Indexed", "NonIndexed", "Other", "")
    if d.chance(0.1):
        spec["podReplacementPolicy"] = d.one("Failed", "TerminatingOrFailed", "x")
    if d.chance(0.1):
        spec["successPolicy"] = d.one(
            {},
            {"rules": []},
            {"rules": [{}]},
            {"rules": [{"succeededCount": 100}]},
            {"rules": [{"succeededIndexes": "0-2", "succeededCount": 5}]},
            {"rules": [{"succeededIndexes": d.one("2-0", "a", "0,0", "0-", "1,3-5", "")}]},
        )
    if d.chance(0.1):
        spec["podFailurePolicy"] = copy.deepcopy(d.one(*FAILURE_POLICIES))


def create(d):
    """A Job's manifest, valid or not."""
    spec = job_spec(d)
    if d.chance(0.5):
        odd_fields(d, spec)
    manifest = job(spec, d.one("j", "j", "j", "Bad_Name", "a" * 63, "a" * 64, "x.y", "a" * 250))
    if d.chance(0.7):
        mutate(d, manifest, d.int(1, 3))
    return {"mode": "create", "job": manifest}


def createcron(d):
    """A CronJob's manifest, valid or not."""
    manifest = cron(d)["cronJob"]
    mutate(d, manifest, d.int(1, 3))
    manifest["metadata"]["name"] = d.one("c", "c", "c" * 52, "c" * 53, "B_d")
    return {"mode": "create", "cronJob": manifest}


def update(d):
    """An old and a new Job through the rules of an update."""
    old = stored_job(d, job_spec(d))
    if d.chance(0.5):
        old["spec"]["suspend"] = True
    if d.chance(0.5):
        suspended = {"conditions": [{"type": "Suspended", "status": "True"}]}
        started = {"startTime": at(-5)}
        old["status"] = d.one(started, {}, suspended, {**started, **suspended}, {"active": 1, **started})
    new = copy.deepcopy(old)
    for _ in range(d.int(1, 2)):
        change(d, new["spec"])
    return {"mode": "update", "old": old, "job": new}


def change(d, spec):
    pod, kind = spec["template"], d.int(0, 10)
    if kind == 0:
        spec["completions"] = d.int(0, 9)
    elif kind == 1:
        spec["parallelism"] = d.one(0, 3, 9, -1)
    elif kind == 2:
        spec["completions"] = spec["parallelism"] = d.int(0, 9)
    elif kind == 3:
        spec["suspend"] = not spec["suspend"]
    elif kind == 4:
        pod["spec"][d.one("nodeSelector")] = {"a": "b"}
    elif kind == 5:
        pod["spec"]["tolerations"] = [{"key": "a", "operator": "Exists"}]
    elif kind == 6:
        pod["metadata"]["annotations"] = {"n": "1"}
    elif kind == 7:
        pod["metadata"]["labels"]["n"] = "1"
    elif kind == 8:
        odd_fields(d, spec)
    elif kind == 9:
        pod["spec"]["containers"][0]["image"] = "other"
    elif kind == 10:
        pod["spec"]["containers"][0]["resources"] = {"requests": {"cpu": "1"}}
    if d.chance(0.15):
        spec["backoffLimit"] = d.int(0, 9)
    if d.chance(0.1):
        pod["spec"]["schedulingGates"] = [{"name": "g"}]


def updatestatus(d):
    """An old and a new status through the rules of a status update."""
    old = stored_job(d, job_spec(d))
    indexed = old["spec"].get("completionMode") == "Indexed"
    if d.chance(0.2):
        old["spec"]["managedBy"] = "example.com/x"
    old["status"] = job_status(d, indexed) if d.chance(0.7) else {}
    new = copy.deepcopy(old)
    new["status"] = job_status(d, indexed)
    if d.chance(0.4):  # a small change only
        new["status"] = copy.deepcopy(old["status"])
        fields = job_status(d, indexed)
        new["status"].update((k, fields[k]) for k in list(fields)[:2])
    return {"mode": "updateStatus", "old": old, "job": new}


def job_status(d, indexed):
    status = {}
    if d.chance(0.7):
        status["startTime"] = at(-d.one(0, 5, 50))
    for counter in ("active", "ready", "terminating", "succeeded", "failed"):
        if d.chance(0.4):
            status[counter] = d.one(0, 1, 2, 5, -1) if d.chance(0.9) else 100
    if indexed and d.chance(0.5):
        status["completedIndexes"] = d.one("0", "0-2", "1,3", "2-1", "x", "0-50", "")
    if d.chance(0.3):
        status["failedIndexes"] = d.one("", "0", "1-2", "x")
    if d.chance(0.4):
        status["uncountedTerminatedPods"] = d.one(
            {},
            {"succeeded": ["a"]},
            {"failed": ["a", "b"], "succeeded": ["b"]},
            {"failed": [""]},
            {"succeeded": ["a", "a"]},
        )
    kinds = ["Complete", "Failed", "Suspended", "FailureTarget", "SuccessCriteriaMet"]
    conditions = [
        {
            "type": kind,
            "status": d.one("True", "True", "False", "Unknown"),
            "reason": d.one("", "BackoffLimitExceeded", "CompletionsReached", "SuccessPolicy"),
            "lastTransitionTime": at(-1),
        }
        for kind in d.some(kinds, d.one(0, 0, 1, 1, 2, 3))
    ]
    if conditions:
        status["conditions"] = conditions
    if d.chance(0.3):
        status["completionTime"] = at(d.one(-1, -100, 0))
    return status


FAMILIES = (create, createcron, update, updatestatus)
