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

from typing import TYPE_CHECKING, Any

from ._core import (
    KUBE_VERSIONS,
    TZDB_VERSION,
    CleanupScheduler,
    Cluster,
    Controller,
    CronSchedule,
    Job,
    Pod,
    __version__,
    explain,
    outcome,
    play,
    reconcile,
    simulate,
    validate,
)
from ._errors import (
    DecodeError,
    ErrorDetail,
    InternalError,
    InvalidError,
    JobsemError,
    NotFoundError,
    StateError,
    UnsupportedError,
)
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
    GetJob,
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
    UpdateJobStatus,
    Validation,
    Value,
    Verdict,
    WaitSpan,
    Wakeup,
    WakeReason,
    Work,
)

if TYPE_CHECKING:
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

# asyncio takes longer to import than everything else here together.
_OF_RUN = (
    "Attempt", "Clock", "Command", "Context", "Disrupted", "Exit", "IndexResult", "JobFailed",
    "Progress", "Run", "RunResult", "VirtualClock", "run", "run_sync",
)  # fmt: skip


def __getattr__(name: str) -> Any:
    if name in _OF_RUN:
        from . import _run

        globals().update({own: getattr(_run, own) for own in _OF_RUN})
        return globals()[name]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)


__all__ = [
    "KUBE_VERSIONS",
    "TZDB_VERSION",
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
    "GetJob",
    "IndexResult",
    "InternalError",
    "InvalidError",
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
    "Timeline",
    "UnsupportedError",
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
    "explain",
    "outcome",
    "play",
    "reconcile",
    "run",
    "run_sync",
    "simulate",
    "validate",
]
