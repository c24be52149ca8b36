"""Kubernetes' ``batch/v1`` Job without a cluster.

Exactly what the Job controller and the API server decide, as functions, as controllers, as a
cluster in memory, and as :func:`run`, which gives any Python callable the semantics of a Job.

>>> import jobsem
>>> job = {"status": {"conditions": [{"type": "FailureTarget", "status": "True",
...                                   "reason": "BackoffLimitExceeded"}]}}
>>> outcome = jobsem.outcome(job)
>>> outcome.verdict, outcome.is_final, outcome.decided
('will-fail', False, False)
"""

from __future__ import annotations

from ._core import (
    KUBE_VERSIONS,
    TZDB_VERSION,
    CleanupScheduler,
    Cluster,
    Controller,
    CronJob,
    CronSchedule,
    Job,
    Pod,
    __version__,
    admit,
    deletion_plan,
    excess,
    expiry,
    explain,
    forecast,
    lint,
    outcome,
    play,
    reconcile,
    simulate,
    validate,
)
from ._errors import (
    AlreadyExistsError,
    DecodeError,
    InternalError,
    InvalidError,
    JobsemError,
    NotFoundError,
    StateError,
    TimeWentBackError,
    UnsupportedError,
)

# typing, too, takes longer to import than everything that is needed at once.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ._run import (
        Attempt,
        Clock,
        Command,
        Context,
        Disrupted,
        Exit,
        IndexResult,
        JobFailed,
        Progress,
        Run,
        RunResult,
        VirtualClock,
        run,
        run_sync,
    )
    from ._value import ErrorDetail, Value
    from ._values import (
        ApiError,
        ConditionMark,
        CreateJob,
        CreatePod,
        Created,
        DeleteJob,
        DeletePod,
        Event,
        Explanation,
        Finding,
        GetCronJob,
        GetJob,
        Invocation,
        Line,
        Note,
        Other,
        Outcome,
        PatchPod,
        Plan,
        PodLane,
        PodNote,
        Request,
        Start,
        Stop,
        Timeline,
        UpdateCronJobStatus,
        UpdateJobStatus,
        Validation,
        Verdict,
        WaitSpan,
        WakeReason,
        Wakeup,
        Work,
    )

# What is imported when it is first asked for: dataclasses (with what makes them) and asyncio
# each take longer than the compiled half.
_LATE = {
    "_run": (
        "Attempt", "Clock", "Command", "Context", "Disrupted", "Exit", "IndexResult",
        "JobFailed", "Progress", "Run", "RunResult", "VirtualClock", "run", "run_sync",
    ),
    "_value": ("ErrorDetail", "Value"),
    "_values": (
        "ApiError", "ConditionMark", "CreateJob", "CreatePod", "Created", "DeleteJob",
        "DeletePod", "Event", "Explanation", "Finding", "GetCronJob", "GetJob", "Invocation",
        "Line", "Note", "Other", "Outcome", "PatchPod", "Plan", "PodLane", "PodNote", "Request",
        "Start", "Stop", "Timeline", "UpdateCronJobStatus", "UpdateJobStatus", "Validation",
        "Verdict", "WaitSpan", "WakeReason", "Wakeup", "Work",
    ),
}  # fmt: skip


def __getattr__(name: str) -> Any:
    for module, names in _LATE.items():
        if name in names:
            import importlib

            late = importlib.import_module(f".{module}", __name__)
            globals().update({own: getattr(late, own) for own in names})
            return globals()[name]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)


__all__ = [
    "KUBE_VERSIONS",
    "TZDB_VERSION",
    "AlreadyExistsError",
    "ApiError",
    "Attempt",
    "CleanupScheduler",
    "Clock",
    "Cluster",
    "Command",
    "ConditionMark",
    "Context",
    "Controller",
    "CreateJob",
    "CreatePod",
    "Created",
    "CronJob",
    "CronSchedule",
    "DecodeError",
    "DeleteJob",
    "DeletePod",
    "Disrupted",
    "ErrorDetail",
    "Event",
    "Exit",
    "Explanation",
    "Finding",
    "GetCronJob",
    "GetJob",
    "IndexResult",
    "InternalError",
    "InvalidError",
    "Invocation",
    "Job",
    "JobFailed",
    "JobsemError",
    "Line",
    "NotFoundError",
    "Note",
    "Other",
    "Outcome",
    "PatchPod",
    "Plan",
    "Pod",
    "PodLane",
    "PodNote",
    "Progress",
    "Request",
    "Run",
    "RunResult",
    "Start",
    "StateError",
    "Stop",
    "TimeWentBackError",
    "Timeline",
    "UnsupportedError",
    "UpdateCronJobStatus",
    "UpdateJobStatus",
    "Validation",
    "Value",
    "Verdict",
    "VirtualClock",
    "WaitSpan",
    "WakeReason",
    "Wakeup",
    "Work",
    "__version__",
    "admit",
    "deletion_plan",
    "excess",
    "expiry",
    "explain",
    "forecast",
    "lint",
    "outcome",
    "play",
    "reconcile",
    "run",
    "run_sync",
    "simulate",
    "validate",
]
