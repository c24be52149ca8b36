"""Judge a Job that was dumped: `kubectl get job pi -o json | python wait_for_job.py`.

Exit codes: 0 Complete, 1 Failed (or certain to fail), 3 not decided yet.
"""

import sys

import jobsem

SAMPLE = """
{"status": {"active": 1, "startTime": "2024-01-01T00:00:00Z", "conditions": [
    {"type": "FailureTarget", "status": "True", "reason": "BackoffLimitExceeded"}]}}
"""


def main(text: str) -> int:
    outcome = jobsem.outcome(text)
    print(outcome)
    match outcome.decided:
        case True:
            return 0
        case False:
            return 1
        case None:
            return 3


if __name__ == "__main__":
    piped = "" if sys.stdin is None or sys.stdin.isatty() else sys.stdin.read()
    sys.exit(main(piped) if piped.strip() else 0 * main(SAMPLE))
