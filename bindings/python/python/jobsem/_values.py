"""What comes back: frozen values that print, compare, match and pickle."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, ClassVar, Literal, TypeAlias

from ._core import CronJob, Job, Pod
from ._errors import InvalidError
from ._value import ErrorDetail, Value

Verdict: TypeAlias = Literal[
    "pending", "running", "suspended", "will-succeed", "will-fail", "succeeded", "failed"
]
"""How a Job stands, in one word."""

WakeReason: TypeAlias = Literal[
    "batch", "backoff", "deadline", "retry", "ttl", "schedule", "start"
]
"""Why something is looked at again."""


@dataclass(frozen=True, slots=True)
class Outcome(Value):
    """How a Job stands, judged from its status alone."""

    verdict: Verdict
    """In one word."""
    reason: str = ""
    """Why, in Kubernetes' word; empty where there is none."""
    message: str = ""
    """Why, for people; empty where there is none."""
    since: datetime | None = None
    """Since when, if the status says."""

    @property
    def is_final(self) -> bool:
        """Whether nothing will happen to the Job any more: no pod of it runs."""
        return self.verdict in ("succeeded", "failed")

    @property
    def decided(self) -> bool | None:
        """Whether the end is certain, even if it has not come: ``True`` for success."""
        if self.verdict in ("will-succeed", "succeeded"):
            return True
        return False if self.verdict in ("will-fail", "failed") else None

    @property
    def succeeded(self) -> bool:
        """Whether the Job is Complete."""
        return self.verdict == "succeeded"

    @property
    def failed(self) -> bool:
        """Whether the Job is Failed."""
        return self.verdict == "failed"

    def __str__(self) -> str:
        why = ": ".join(text for text in (self.reason, self.message) if text)
        return f"{self.verdict} ({why})" if why else self.verdict

    def _repr_html_(self) -> str:
        from ._picture import outcome_html

        return outcome_html(self)


@dataclass(frozen=True, slots=True)
class Finding(Value):
    """Something that the API server says of a manifest."""

    severity: Literal["error", "warning"]
    """How bad it is: an error refuses the object."""
    code: str
    """``FieldValueInvalid`` and its like, ``UnknownField``, ``DuplicateField``, ``WrongType``,
    ``WrongKind``, ``Internal`` or ``Warning``."""
    field: str
    """The field, if it is about one."""
    message: str
    """What the server says, without the field."""
    line: int | None = None
    """The line, where the manifest was text."""
    column: int | None = None
    """The column."""
    hint: str | None = None
    """What may be done about it."""

    def __str__(self) -> str:
        place = "" if self.line is None else f"{self.line}:{self.column}: "
        about = f"{self.field}: " if self.field and self.code != "Warning" else ""
        hint = f" ({self.hint})" if self.hint else ""
        return f"{place}{self.severity}: {about}{self.message}{hint}"


@dataclass(frozen=True, slots=True)
class Validation(Value):
    """What the API server would say of a manifest."""

    kind: str
    """``Job`` or ``CronJob``."""
    name: str
    """The object's name."""
    kube: str
    """The version that was asked."""
    findings: tuple[Finding, ...] = ()
    """Errors in the server's order, then warnings."""
    message: str = ""
    """The server's message, if it refuses."""
    status: dict[str, Any] | None = None
    """The Status object that the server sends, if it refuses."""

    @property
    def valid(self) -> bool:
        """Whether the server takes the object."""
        return self.status is None and not self.errors

    @property
    def errors(self) -> tuple[Finding, ...]:
        """Why it refuses."""
        return tuple(f for f in self.findings if f.severity == "error")

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """What it warns of."""
        return tuple(f for f in self.findings if f.severity == "warning")

    def check(self) -> None:
        """Raises :class:`InvalidError` if the server refuses the object."""
        if not self.valid:
            details = [ErrorDetail(f.field, f.code, f.message) for f in self.errors]
            raise InvalidError(self.message or str(self.errors[0]), tuple(details))

    def __str__(self) -> str:
        if not self.findings:
            return f"{self.kind} {self.name!r} is valid for Kubernetes {self.kube}"
        return "\n".join(map(str, self.findings))


@dataclass(frozen=True, slots=True)
class Event(Value):
    """A Kubernetes Event."""

    type: Literal["Normal", "Warning"]
    """How bad it is."""
    reason: str
    """Why, in one word."""
    message: str
    """What happened, for people."""
    kind: str
    """The kind of the object that it is about."""
    namespace: str
    """Its namespace."""
    name: str
    """Its name."""
    time: datetime
    """When."""


@dataclass(frozen=True, slots=True)
class Note(Value):
    """Why something was decided."""

    rule: str
    """The rule's id, as in ``docs/semantics``."""
    text: str
    """What it saw and decided."""
    about: str = ""
    """``<namespace>/<name>`` of the object, where a controller decided."""
    time: datetime | None = None
    """When, where a controller decided."""

    def __str__(self) -> str:
        return f"{self.text} [{self.rule}]"


@dataclass(frozen=True, slots=True)
class Wakeup(Value):
    """When something wants to be called again."""

    at: datetime
    """When; never before :attr:`at_ns`, since a ``datetime`` is coarser."""
    at_ns: int
    """The same in nanoseconds since 1970."""
    reason: WakeReason
    """Why."""
    key: str = ""
    """``<namespace>/<name>`` of what it is about."""


@dataclass(frozen=True, slots=True)
class Created(Value):
    """What was stored."""

    name: str
    """Its name, which may have been made from ``generateName``."""
    namespace: str
    """Its namespace."""
    warnings: tuple[str, ...] = ()
    """What the API server would warn of."""


# Requests. `id` names one that waits for an answer; requests of a plan have none.


@dataclass(frozen=True, slots=True)
class GetJob(Value):
    """Read a Job from the API itself, past every cache."""

    verb: ClassVar[str] = "get"
    resource: ClassVar[str] = "jobs"
    namespace: str
    name: str
    id: int | None = None


@dataclass(frozen=True, slots=True)
class CreatePod(Value):
    """Create a pod; its name is made by the API from ``generateName``."""

    verb: ClassVar[str] = "create"
    resource: ClassVar[str] = "pods"
    namespace: str
    name: str
    """The pod's name, or what its name will begin with."""
    pod: Pod
    id: int | None = None


@dataclass(frozen=True, slots=True)
class DeletePod(Value):
    """Delete a pod with empty options."""

    verb: ClassVar[str] = "delete"
    resource: ClassVar[str] = "pods"
    namespace: str
    name: str
    id: int | None = None


@dataclass(frozen=True, slots=True)
class PatchPod(Value):
    """Change a pod by a strategic merge patch."""

    verb: ClassVar[str] = "patch"
    resource: ClassVar[str] = "pods"
    namespace: str
    name: str
    patch: dict[str, Any]
    id: int | None = None


@dataclass(frozen=True, slots=True)
class UpdateJobStatus(Value):
    """Replace a Job's status, if its resource version is still the one given."""

    verb: ClassVar[str] = "update"
    resource: ClassVar[str] = "jobs"
    namespace: str
    name: str
    job: Job
    """The whole Job with the new status."""
    id: int | None = None


@dataclass(frozen=True, slots=True)
class CreateJob(Value):
    """Create a Job."""

    verb: ClassVar[str] = "create"
    resource: ClassVar[str] = "jobs"
    namespace: str
    name: str
    job: Job
    id: int | None = None


@dataclass(frozen=True, slots=True)
class DeleteJob(Value):
    """Delete a Job."""

    verb: ClassVar[str] = "delete"
    resource: ClassVar[str] = "jobs"
    namespace: str
    name: str
    propagation: Literal["Background", "Foreground", "Orphan"]
    """What becomes of its pods."""
    uid: str | None = None
    """The UID that it must have, if it matters."""
    id: int | None = None


@dataclass(frozen=True, slots=True)
class GetCronJob(Value):
    """Read a CronJob from the API itself, past every cache."""

    verb: ClassVar[str] = "get"
    resource: ClassVar[str] = "cronjobs"
    namespace: str
    name: str
    id: int | None = None


@dataclass(frozen=True, slots=True)
class UpdateCronJobStatus(Value):
    """Replace a CronJob's status, if its resource version is still the one given."""

    verb: ClassVar[str] = "update"
    resource: ClassVar[str] = "cronjobs"
    namespace: str
    name: str
    cronjob: CronJob
    """The whole CronJob with the new status."""
    id: int | None = None


@dataclass(frozen=True, slots=True)
class Other(Value):
    """A request of a later version of jobsem."""

    verb: str
    resource: str
    name: str
    id: int | None = None


Request: TypeAlias = (
    GetJob
    | CreatePod
    | DeletePod
    | PatchPod
    | UpdateJobStatus
    | CreateJob
    | DeleteJob
    | GetCronJob
    | UpdateCronJobStatus
    | Other
)
"""What a controller asks the API for."""


@dataclass(frozen=True, slots=True)
class ApiError(Value):
    """What the API answers when it refuses a request or fails.

    >>> ApiError.not_found("pods", "pi-x").message
    'pods "pi-x" not found'
    """

    code: int
    """The HTTP status code."""
    reason: str
    """Kubernetes' word for it, such as ``NotFound``."""
    message: str
    """For people; it may end up in events."""
    causes: tuple[str, ...] = ()
    """The reasons of ``details.causes``, such as ``NamespaceTerminating``."""

    @staticmethod
    def not_found(resource: str, name: str) -> ApiError:
        """404, for an object of a resource such as ``pods`` or ``jobs.batch``."""
        return ApiError(404, "NotFound", f'{resource} "{name}" not found')


@dataclass(frozen=True, slots=True)
class Plan(Value):
    """What one sync of a Job would do."""

    requests: tuple[Request, ...]
    """The requests, in the order in which they are sent."""
    events: tuple[Event, ...]
    """The events, in order."""
    status: dict[str, Any]
    """The Job's status afterwards."""
    wakeup: Wakeup | None = None
    """When to look again if nothing happens before, and why."""
    skipped: str | None = None
    """Why the controller leaves the Job alone, if it does: ``Finished``, ``ManagedBy`` or
    ``UnknownCompletionMode``."""
    error: str | None = None
    """What the sync failed with, if it did."""
    notes: tuple[Note, ...] = ()
    """Why; empty unless it was asked for."""


@dataclass(frozen=True, slots=True)
class PodNote(Value):
    """How a pod stands with its Job."""

    name: str
    """The pod's name."""
    index: int | None
    """Its completion index."""
    standing: str
    """In one word."""
    text: str
    """In a sentence."""
    rule: str
    """The rule that says so."""

    def __str__(self) -> str:
        return f"{self.name}: {self.text} [{self.rule}]"


@dataclass(frozen=True, slots=True)
class Explanation(Value):
    """Why a Job stands as it does, and what a sync would do."""

    outcome: Outcome
    """How it stands."""
    decisions: tuple[Note, ...]
    """Why a sync would do what it would do."""
    pods: tuple[PodNote, ...]
    """How each pod stands with it."""

    def __str__(self) -> str:
        parts = [str(self.outcome), *(f"· {note}" for note in self.decisions)]
        return "\n".join([*parts, *(f"  {pod}" for pod in self.pods)])


@dataclass(frozen=True, slots=True)
class Start(Value):
    """Run this pod."""

    pod: Pod


@dataclass(frozen=True, slots=True)
class Stop(Value):
    """Stop this pod: ask it to end, kill it after the grace period, then report what became of
    it, and that it is gone."""

    pod: Pod
    grace_seconds: int
    """Whole seconds between asking and killing; 0: kill at once."""


Work: TypeAlias = Start | Stop
"""What a cluster asks of its host."""


@dataclass(frozen=True, slots=True)
class Invocation(Value):
    """What a container of a pod is started with."""

    command: tuple[str, ...]
    """The command, with ``$(NAME)`` expanded; empty if it comes from the image."""
    args: tuple[str, ...]
    """The arguments, with ``$(NAME)`` expanded."""
    env: dict[str, str]
    """The environment, such as ``JOB_COMPLETION_INDEX``."""


# What a timeline is made of; all times in seconds since its start.


@dataclass(frozen=True, slots=True)
class Line(Value):
    """One thing that happened."""

    at: float
    """Seconds since the start."""
    who: str
    """Whom it is about: ``pod/pi-00000``, ``job/pi``, ``user``."""
    what: str
    """What happened."""
    rule: str | None = None
    """The rule that decided, of a note."""

    def __str__(self) -> str:
        text = f"· {self.what} [{self.rule}]" if self.rule else self.what
        return f"{self.at:g}s {self.who} {text}"


@dataclass(frozen=True, slots=True)
class PodLane(Value):
    """What became of one pod."""

    name: str
    index: int | None
    created: float
    """When it was created, in seconds since the start."""
    running: float | None
    """When it ran."""
    deleted: float | None
    """When it was asked to go."""
    ended: float | None
    """When it had ended."""
    gone: float | None
    """When it was no longer there."""
    phase: str
    """Its last phase."""
    exit_code: int | None = None
    """The exit code other than 0 that a container ended with."""
    disrupted: bool = False
    """Whether it was disrupted."""


@dataclass(frozen=True, slots=True)
class ConditionMark(Value):
    """A condition of the Job, and when it was first seen so."""

    at: float
    type: str
    status: str
    reason: str


@dataclass(frozen=True, slots=True)
class WaitSpan(Value):
    """A time in which the Job waited for a retry."""

    start: float
    until: float


@dataclass(frozen=True, slots=True)
class Timeline(Value):
    """What became of a Job in virtual time.

    It prints as text, with the rules that decided; in a notebook it is a picture.
    """

    job: Job
    """The Job as it was last."""
    outcome: Outcome
    """How it stood at the end."""
    kube: str
    """The Kubernetes version."""
    start: datetime
    """The time that the others count from."""
    end: float
    """How many seconds were played."""
    lines: tuple[Line, ...] = field(repr=False)
    """What happened, in order."""
    pods: tuple[PodLane, ...] = field(repr=False)
    """The pods in the order of their creation."""
    conditions: tuple[ConditionMark, ...] = field(repr=False)
    """The Job's conditions as they came."""
    waits: tuple[WaitSpan, ...] = field(repr=False)
    """When it waited for a retry."""
    events: tuple[Event, ...] = field(repr=False)
    """The Events that the controllers recorded."""
    warnings: tuple[str, ...] = field(repr=False)
    """What the API server warned of when the Job was created."""
    text: str = field(repr=False)
    """All of it for people."""

    @property
    def status(self) -> dict[str, Any]:
        """The Job's last status."""
        return self.job.status

    def condition(self, type: str) -> ConditionMark | None:
        """The first time at which the condition held, if it ever did."""
        held = (c for c in self.conditions if c.type == type and c.status == "True")
        return next(held, None)

    def pods_of(self, index: int) -> tuple[PodLane, ...]:
        """The pods of one completion index."""
        return tuple(pod for pod in self.pods if pod.index == index)

    def to_svg(self, path: Any = None) -> str:
        """The picture as SVG, which is also written to ``path`` if one is given."""
        from ._picture import timeline_svg

        svg = timeline_svg(self)
        if path is not None:
            from pathlib import Path

            Path(path).write_text(svg, encoding="utf-8")
        return svg

    def to_pandas(self) -> Any:
        """The pods as a ``pandas.DataFrame``, one row each."""
        import pandas as pd  # pyright: ignore[reportMissingTypeStubs, reportMissingImports]

        rows = [pod.to_dict() for pod in self.pods]
        names = [part.name for part in fields(PodLane)]
        return pd.DataFrame(rows, columns=names).convert_dtypes()

    def __str__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        from ._picture import timeline_html

        return timeline_html(self)
