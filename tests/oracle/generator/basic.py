"""A Job from its creation on."""

from .draw import containers, failure_policy, job, job_spec, patch, scripts, steps


def run(d):
    """A Job's spec of every kind, and what becomes of its pods."""
    spec = job_spec(d)
    return {"job": job(spec), "scripts": scripts(d, spec), "until": d.one(60, 200, 900, 3000)}


def indexed(d):
    """The same with completion indexes."""
    spec = job_spec(d, indexed=True)
    return {"job": job(spec), "scripts": scripts(d, spec), "until": d.one(60, 200, 900, 3000)}


def policy(d):
    """Pod failure policies, and pods that mostly fail."""
    spec = job_spec(d, restart_policy="Never")
    spec["podFailurePolicy"] = failure_policy(d, "backoffLimitPerIndex" in spec, containers(spec))
    if spec.get("podReplacementPolicy"):
        spec["podReplacementPolicy"] = "Failed"
    return {"job": job(spec), "scripts": scripts(d, spec, good=0.3), "until": d.one(60, 200, 900)}


def with_steps(d):
    """A user who patches the Job (suspend, parallelism, completions, deadline …), deletes pods, and
    forces statuses."""
    spec = job_spec(d)
    return {
        "job": job(spec),
        "scripts": scripts(d, spec),
        "steps": steps(d, spec, d.int(1, 6)),
        "until": d.one(60, 200, 600),
    }


with_steps.__name__ = "steps"


def delete(d):
    """Deletion of the Job: Background, Foreground, Orphan."""
    spec = job_spec(d)
    todo = steps(d, spec, d.int(0, 2))
    begin = todo[-1]["at"] if todo else 0
    propagation = {"at": begin + d.time(0.5, 30), "op": "deleteJob", "name": "j"}
    propagation["propagation"] = d.one("Background", "Foreground", "Orphan")
    return {"job": job(spec), "scripts": scripts(d, spec), "steps": todo + [propagation], "until": 120}


def faults(d):
    """API calls that fail for a time."""
    spec, out = job_spec(d), []
    for _ in range(d.int(1, 3)):
        out.append(fault(d, d.time(0, 15)))
    return {
        "job": job(spec),
        "scripts": scripts(d, spec),
        "faults": out,
        "steps": steps(d, spec, d.int(0, 2)),
        "until": d.one(60, 200),
    }


def fault(d, begin):
    verb, resource = d.one(
        ("create", "pods"), ("create", "pods"), ("delete", "pods"), ("patch", "pods"), ("update", "jobs"), ("update", "jobs")
    )
    end = begin + d.time(0.1, 12)
    code = d.one(500, 403, 429, 422) if verb == "create" else d.one(500, 500, 403, 409, 429, 504, 404)
    return {"verb": verb, "resource": resource, "from": begin, "to": end, "code": code}


def ttl(d):
    """The Job and the TTL controller together."""
    spec = job_spec(d, ttlSecondsAfterFinished=d.one(0, 0, 1, 2, 10, 40))
    spec["activeDeadlineSeconds"] = d.one(5, 20, 60)
    todo = steps(d, spec, d.int(0, 2))
    if d.chance(0.4):
        todo.append(patch(d.time(10, 60), {"ttlSecondsAfterFinished": d.one(None, 0, 5, 100)}))
    return {
        "controllers": ["job", "ttl"],
        "job": job(spec),
        "scripts": scripts(d, spec, good=0.9),
        "steps": todo,
        "until": 300,
    }


FAMILIES = (run, indexed, policy, with_steps, delete, faults, ttl)
