"""Drawing at random: numbers, the spec of a Job, and what becomes of its pods."""

import datetime
import random

EPOCH = datetime.datetime(2000, 1, 1, 0, 0, 1)  # t = 0


def at(seconds):
    """The time that many seconds after t = 0, as Kubernetes writes it."""
    return (EPOCH + datetime.timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


class Draw:
    """A stream of random choices. The order of the calls is part of a family's output: to keep the
    scenarios of a seed, add new draws after the old ones."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def chance(self, p):
        return self.random.random() < p

    def one(self, *options):
        return self.random.choice(options)

    def int(self, low, high):
        return self.random.randint(low, high)

    def some(self, population, k):
        return self.random.sample(population, k)

    def time(self, low, high):
        """Seconds; often whole ones, because Kubernetes stores those."""
        x = self.random.uniform(low, high)
        return round(x) * 1.0 if self.chance(0.3) else round(x, 3)


# ---- the spec ----


def template(d, restart_policy=None):
    restart_policy = restart_policy or d.one("Never", "Never", "Never", "OnFailure")
    spec = {"containers": [{"name": "main", "image": "busybox"}], "restartPolicy": restart_policy}
    if d.chance(0.2):
        spec["containers"].append({"name": "side", "image": "busybox"})
    if d.chance(0.15):
        spec["initContainers"] = [{"name": "init", "image": "busybox"}]
    if d.chance(0.1):
        env = [{"name": "A", "value": "b"}]
        if d.chance(0.3):
            env.append({"name": "JOB_COMPLETION_INDEX", "value": "x"})
        spec["containers"][0]["env"] = env
    if d.chance(0.15):
        spec["terminationGracePeriodSeconds"] = d.one(0, 1, 5, 60)
    if d.chance(0.1):
        spec["subdomain"] = "svc"
    if d.chance(0.1):
        spec["hostname"] = "h"
    meta = {}
    if d.chance(0.2):
        meta["labels"] = {"app": "x"}
    if d.chance(0.15):
        meta["annotations"] = {"note": "y"}
    if d.chance(0.05):
        meta["finalizers"] = ["example.com/f"]
    if d.chance(0.03):
        meta["name"] = "ignored"
    return {"spec": spec, "metadata": meta} if meta else {"spec": spec}


def containers(spec, init=False):
    """The names of a spec's containers."""
    pod = spec["template"]["spec"]
    return [c["name"] for c in pod["containers"] + (pod.get("initContainers", []) if init else [])]


def failure_policy(d, per_index, names):
    def rule():
        actions = ("FailJob", "Ignore", "Count") + (("FailIndex",) if per_index else ())
        action = d.one(*actions)
        if d.chance(0.6):
            codes = {"operator": d.one("In", "NotIn"), "values": sorted(d.some([1, 2, 3, 42, 137, 143, 255], d.int(1, 3)))}
            if d.chance(0.4):
                codes["containerName"] = d.one(*names)
            return {"action": action, "onExitCodes": codes}
        return {"action": action, "onPodConditions": [condition() for _ in range(d.int(1, 2))]}

    def condition():
        pattern = {"type": d.one("DisruptionTarget", "ConfigIssue")}
        if d.chance(0.7):
            pattern["status"] = d.one("True", "True", "False", "Unknown")
        return pattern

    return {"rules": [rule() for _ in range(d.int(1, 4))]}


def success_policy(d, completions):
    def rule():
        if not d.chance(0.6):
            return {"succeededCount": d.int(1, max(1, completions))}
        indexes = sorted(d.some(range(completions), d.int(1, min(3, completions))))
        r = {"succeededIndexes": ",".join(map(str, indexes))}
        if d.chance(0.5):
            r["succeededCount"] = d.int(1, len(indexes))
        return r

    return {"rules": [rule() for _ in range(d.int(1, 3))]}


def job_spec(d, indexed=None, restart_policy=None, **fields):
    """A valid spec of every kind; `fields` replace what was drawn."""
    indexed = d.chance(0.5) if indexed is None else indexed
    spec = {"template": template(d, restart_policy)}
    never = spec["template"]["spec"]["restartPolicy"] == "Never"
    if indexed:
        spec["completionMode"] = "Indexed"
        spec["completions"] = d.one(0, 1, 2, 3, 3, 4, 5, 6, 8, 12)
        if d.chance(0.85):
            spec["parallelism"] = d.one(0, 1, 1, 2, 2, 3, 4, 5, 8, 20)
        if never and d.chance(0.45):
            spec["backoffLimitPerIndex"] = d.one(0, 0, 1, 1, 2, 3)
            if d.chance(0.5):
                spec["maxFailedIndexes"] = d.int(0, max(0, min(4, spec["completions"])))
        if d.chance(0.35) and spec["completions"] > 0:
            spec["successPolicy"] = success_policy(d, spec["completions"])
    else:
        if d.chance(0.75):
            spec["completions"] = d.one(0, 1, 1, 2, 3, 4, 5, 6, 9)
        if d.chance(0.8):
            spec["parallelism"] = d.one(0, 1, 1, 2, 2, 3, 4, 5, 9)
    if d.chance(0.6):
        spec["backoffLimit"] = d.one(0, 0, 1, 1, 2, 3, 4, 6)
    if never and d.chance(0.35):
        spec["podFailurePolicy"] = failure_policy(d, "backoffLimitPerIndex" in spec, containers(spec, init=True))
    if d.chance(0.25):
        # With a pod failure policy only Failed is valid.
        failed = "podFailurePolicy" in spec or d.chance(0.6)
        spec["podReplacementPolicy"] = "Failed" if failed else "TerminatingOrFailed"
    if d.chance(0.2):
        spec["activeDeadlineSeconds"] = d.one(1, 3, 7, 10, 20, 45, 100)
    if d.chance(0.1):
        spec["suspend"] = d.chance(0.5)
    if d.chance(0.1):
        spec["ttlSecondsAfterFinished"] = d.one(0, 1, 5, 30)
    return {**spec, **fields}


def job(spec, name="j"):
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": name}, "spec": spec}


# ---- what becomes of pods ----


def container_status(name, code=None, running=False, restarts=0):
    if running:
        state = {"running": {"startedAt": "$NOW"}}
    elif code is not None:
        state = {"terminated": {"exitCode": code, "finishedAt": "$NOW"}}
    else:
        state = {"waiting": {"reason": "ContainerCreating"}}
    return {"name": name, "restartCount": restarts, "state": state}


def ready(status):
    return {"type": "Ready", "status": status, "lastTransitionTime": "$NOW"}


def fate(d, spec, good=0.55):
    """A pod's script: created, running, perhaps restarted, finished; and what its deletion does."""
    pod, names = spec["template"]["spec"], containers(spec)
    t = d.time(0.2, 3)
    lines = []

    def end():
        return {"onCreate": lines, "onDelete": on_delete(d, spec)}

    if d.chance(0.04):  # never scheduled
        return end()
    if d.chance(0.05):  # fails while pending
        lines.append({"after": t, "status": {"phase": "Failed", "reason": "Evicted"}})
        return end()
    running = [container_status(n, running=True) for n in names]
    conditions = [ready("True" if d.chance(0.85) else "False")]
    lines.append({"after": t, "status": {"phase": "Running", "conditions": conditions, "containerStatuses": running}})
    restarts = 0
    if pod["restartPolicy"] == "OnFailure" and d.chance(0.6):
        for _ in range(d.int(1, 4)):
            t += d.time(0.5, 15)
            restarts += d.int(1, 2)
            first = container_status(names[0], running=True, restarts=restarts)
            lines.append({"after": t, "status": {"containerStatuses": [first] + running[1:]}})
    if d.chance(0.06):  # runs on
        return end()
    t += d.time(0.1, 20) if d.chance(0.8) else d.time(0.001, 0.9)
    ok = d.chance(good)
    if pod["restartPolicy"] == "OnFailure" and not ok and d.chance(0.8):
        return end()
    lines.append({"after": t, "status": finished(d, spec, ok, restarts)})
    if d.chance(0.05):  # and the object is cleaned up
        lines.append({"after": t + d.time(0.5, 40), "remove": True})
    return end()


def finished(d, spec, ok, restarts):
    names = containers(spec)
    status = {"phase": "Succeeded" if ok else "Failed", "conditions": [ready("False")]}
    if ok:
        counts = [restarts] + [0] * (len(names) - 1)
        status["containerStatuses"] = [container_status(n, 0, restarts=r) for n, r in zip(names, counts)]
        return status
    if d.chance(0.8):
        code = d.one(1, 1, 2, 3, 42, 137, 143, 255)
        codes = [code] + [d.one(0, 0, 1, 42) for _ in names[1:]]
        status["containerStatuses"] = [container_status(n, c) for n, c in zip(names, codes)]
        if spec["template"]["spec"].get("initContainers") and d.chance(0.3):
            status["initContainerStatuses"] = [container_status("init", d.one(0, 1, 42))]
    if d.chance(0.25):
        kind, value = d.one("DisruptionTarget", "ConfigIssue"), d.one("True", "True", "False")
        status["conditions"].append({"type": kind, "status": value, "reason": "EvictionByEvictionAPI"})
    return status


def on_delete(d, spec):
    after = d.time(0.1, 12)
    lines = []
    if d.chance(0.7):
        ok = d.chance(0.25)
        codes = [0 if ok else d.one(137, 143, 1, 42) for _ in containers(spec)]
        status = {
            "phase": "Succeeded" if ok else "Failed",
            "containerStatuses": [container_status(n, c) for n, c in zip(containers(spec), codes)],
        }
        if d.chance(0.3):
            status["conditions"] = [{"type": "DisruptionTarget", "status": "True", "reason": "DeletionByTaintManager"}]
        lines.append({"after": after, "status": status})
        after += d.one(0, 0.5, 1)
    return lines + [{"after": after, "remove": True}]


def scripts(d, spec, name="j", good=0.55):
    """A fate for all pods, and other ones for some indexes and names."""
    out = {"*": fate(d, spec, good)}
    for _ in range(d.int(0, 7)):
        if spec.get("completionMode") == "Indexed":
            key = d.one(f"index:{d.int(0, 5)}", "%s-%d-%05d" % (name, d.int(0, 5), d.int(0, 2)))
        else:
            key = "%s-%05d" % (name, d.int(0, 9))
        out[key] = fate(d, spec, good)
    return out


def some_pod(d, spec, name="j"):
    """The name of a pod that may exist."""
    if spec.get("completionMode") == "Indexed":
        return "%s-%d-%05d" % (name, d.int(0, 4), d.int(0, 1))
    return "%s-%05d" % (name, d.int(0, 5))


# ---- what a user does ----


def patch(t, spec=None, name="j", **fields):
    return {"at": t, "op": "patchJob", "name": name, "patch": {**({"spec": spec} if spec else {}), **fields}}


def steps(d, spec, count, name="j"):
    out, t = [], 0
    for _ in range(count):
        t += d.time(0.3, 25)
        kind = d.int(0, 11)
        if kind <= 2:
            out.append(patch(t, {"suspend": d.chance(0.5)}, name))
        elif kind <= 4:
            out.append(patch(t, {"parallelism": d.int(0, 6)}, name))
        elif kind == 5:
            n = d.int(0, 8)
            out.append(patch(t, {"parallelism": n, "completions": n}, name))
        elif kind == 6:
            out.append(patch(t, {"activeDeadlineSeconds": d.one(1, 5, 30, 100, None)}, name))
        elif kind == 7:
            change = d.one(
                {"metadata": {"labels": {"z": "1"}}},
                {"spec": {"backoffLimit": d.int(0, 3)}},
                {"spec": {"ttlSecondsAfterFinished": 3}},
                {"spec": {"template": {"spec": {"nodeSelector": {"a": "b"}}}}},
            )
            out.append({"at": t, "op": "patchJob", "name": name, "patch": change})
        elif kind <= 9:
            out.append({"at": t, "op": "deletePod", "name": some_pod(d, spec, name)})
        elif kind == 10:
            out.append({"at": t, "op": "removePod", "name": some_pod(d, spec, name)})
        else:
            disrupted = [{"type": "DisruptionTarget", "status": "True"}]
            target = some_pod(d, spec, name)
            status = {"phase": d.one("Succeeded", "Failed"), "conditions": disrupted}
            out.append({"at": t, "op": "podStatus", "name": target, "patch": status})
    return out
