"""The conformance adapter: scenario lines in, result lines out, through the package.

Called as ``replay.py replay --kube V -``, like the command; ``cargo xtask conformance --replay``
compares what it says.
"""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

import jobsem


def replay(line: str, kube: str) -> dict[str, Any]:
    """The result of one line: a scenario, or a vector of which the scenario is taken."""
    value = json.loads(line)
    scenario = value.get("scenario", value)
    try:
        return jobsem.play(scenario, kube=kube)
    except jobsem.JobsemError as error:
        return {"id": scenario.get("id", ""), "crash": str(error)}


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
