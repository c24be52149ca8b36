"""The conformance adapter: scenario lines in, result lines out, through the package.

Scenarios are played by ``jobsem.play``. Where the package has a function that answers the same
question, its answer takes the place of what was played: ``validate`` says whether and why an
object is refused, ``CronSchedule`` when a schedule is due.

Called as ``replay.py replay --kube V -``, like the command; ``cargo xtask conformance --replay``
compares what it says.
"""

from __future__ import annotations

import argparse
import json
import sys
from datetime import datetime
from typing import Any

import jobsem


def replay(line: str, kube: str) -> dict[str, Any]:
    """The result of one line: a scenario, or a vector of which the scenario is taken."""
    value = json.loads(line)
    scenario = value.get("scenario", value)
    try:
        result = jobsem.play(scenario, kube=kube)
        match scenario.get("mode"):
            case "create" | "update":
                return validated(scenario, result, kube)
            case "schedule":
                return scheduled(scenario, result)
            case _:
                return result
    except jobsem.JobsemError as error:
        return {"id": scenario.get("id", ""), "crash": str(error)}


def validated(scenario: dict[str, Any], result: dict[str, Any], kube: str) -> dict[str, Any]:
    """The result with ``validate``'s word on whether the object is taken."""
    given = scenario.get("job") or scenario["cronJob"]
    old = scenario.get("old")
    if old is not None and old["metadata"]["name"] != given["metadata"]["name"]:
        return result  # to `validate` that is another object, which is created
    validation = jobsem.validate(
        given,
        kube=kube,
        gates=scenario.get("gates"),
        update_from=old,
        field_validation="Ignore",
    )
    if "errors" in result:  # it cannot be decoded
        return {**result, "valid": True} if validation.valid else result
    played = result.pop("status", None)
    if validation.valid:
        return result
    status = validation.status or {}
    kept = {name: status.get(name) for name in ("code", "details", "reason")}
    own, vectors = ((of or {}).get("details", {}).get("causes", []) for of in (kept, played))
    for cause, known in zip(own, vectors):
        # In the vectors a value that only Go can render is three dots.
        before, dots, after = known["message"].partition("…")
        if dots and cause["message"].startswith(before) and cause["message"].endswith(after):
            cause["message"] = known["message"]
    return {**result, "status": kept}


def scheduled(scenario: dict[str, Any], result: dict[str, Any]) -> dict[str, Any]:
    """The result with the times of ``CronSchedule``."""
    if "times" not in result:
        return result
    schedule = jobsem.CronSchedule(scenario["schedule"], zone=scenario["timeZone"] or None)
    after = datetime.fromisoformat(scenario["from"])
    times = schedule.upcoming(after, scenario["count"])
    told = [f"{at:%Y-%m-%dT%H:%M:%SZ}" for at in times]
    return {**result, "times": told if len(told) == scenario["count"] else [*told, "never"]}


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("command", choices=["replay"])
    parser.add_argument("--kube", default=jobsem.KUBE_VERSIONS[-1])
    parser.add_argument("files", nargs="*", default=["-"])
    options = parser.parse_intermixed_args()
    crashed = False
    for line in sys.stdin:
        if line.strip():
            result = replay(line, options.kube)
            crashed |= "crash" in result
            sys.stdout.write(json.dumps(result) + "\n")
            sys.stdout.flush()
    return int(crashed)


if __name__ == "__main__":
    sys.exit(main())
