"""What comes of a run."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, Literal

from ._core import Job
from ._errors import JobsemError
from ._value import Value
from ._values import (
    ConditionMark,
    Event,
    Line,
    Note,
    Outcome,
    PodLane,
    Timeline,
    Verdict,
)


@dataclass(frozen=True, slots=True)
class Attempt(Value):
    """One call of the worker."""

    pod: str
    """The pod that it stood for."""
    index: int | None
    """Its completion index."""
    number: int
    """The how-manieth of its index, or of the Job, it was."""
    started: datetime
    """When it was asked for."""
    ended: datetime
    """When it had ended."""
    exit_code: int
    """0 is success."""
    value: Any = None
    """What it returned."""
    error: BaseException | None = field(default=None, compare=False)
    """What it raised; left out where attempts are compared, as exceptions equal nothing."""
    disrupted: bool = False
    """Whether it was disrupted."""


@dataclass(frozen=True, slots=True)
class IndexResult(Value):
    """What came of one completion index."""

    index: int
    status: Literal["succeeded", "failed", "incomplete"]
    """As the Job's status has it."""
    value: Any
    """What its last success returned."""
    error: BaseException | None = field(compare=False)
    """What its last failure raised."""
    attempts: tuple[Attempt, ...]
    """All its calls."""


@dataclass(frozen=True, slots=True)
class Progress(Value):
    """How a run goes."""

    name: str
    """The Job's name."""
    time: datetime
    verdict: Verdict
    active: int
    """Pods that run or are about to, by the Job's status."""
    ready: int
    succeeded: int
    failed: int
    running: int
    """Workers that run now."""
    completions: int | None
    """How many have to succeed."""
    backoff_until: datetime | None
    """When the next retry is due, if one waits."""

    def __str__(self) -> str:
        of = "" if self.completions is None else f"/{self.completions}"
        text = f"{self.name}: {self.verdict}, {self.succeeded}{of} succeeded, "
        text += f"{self.running} running, {self.failed} failed"
        if self.backoff_until is not None:
            text += f", next try at {self.backoff_until:%H:%M:%S} UTC"
        return text


class JobFailed(JobsemError):
    """The Job of a run has failed; ``result`` has the details."""

    def __init__(self, result: RunResult) -> None:
        super().__init__(result)
        self.result = result

    def __str__(self) -> str:
        return f"Job {self.result.job.name}: {self.result.outcome}"


@dataclass(frozen=True)
class RunResult(Value):
    """What came of a Job that was run."""

    job: Job
    """The Job as it was last."""
    outcome: Outcome
    """How it ended."""
    started: datetime
    ended: datetime
    attempts: tuple[Attempt, ...] = field(repr=False)
    """All calls of the worker, in the order of their ends."""
    events: tuple[Event, ...] = field(repr=False)
    """The Events that the controller recorded."""
    notes: tuple[Note, ...] = field(repr=False, default=())
    """Why it decided as it did, if that was asked for."""

    @property
    def succeeded(self) -> bool:
        """Whether the Job is Complete."""
        return self.outcome.succeeded

    @property
    def status(self) -> dict[str, Any]:
        """The Job's status."""
        return self.job.status

    @cached_property
    def indexes(self) -> tuple[IndexResult, ...]:
        """What came of each index; empty unless the Job is Indexed."""
        if not self.job.indexed:
            return ()
        tries: dict[int, list[Attempt]] = {}
        for attempt in self.attempts:
            if attempt.index is not None:
                tries.setdefault(attempt.index, []).append(attempt)
        completed, failed = set(self.job.completed_indexes), set(self.job.failed_indexes)
        out: list[IndexResult] = []
        for index in range(self.job.completions or 0):
            own = tries.get(index, [])
            good = [a for a in own if a.exit_code == 0]
            bad = [a for a in own if a.exit_code != 0]
            status: Literal["succeeded", "failed", "incomplete"] = (
                "succeeded"
                if index in completed
                else "failed" if index in failed else "incomplete"
            )
            value = good[-1].value if good else None
            error = bad[-1].error if bad else None
            out.append(IndexResult(index, status, value, error, tuple(own)))
        return tuple(out)

    @property
    def values(self) -> list[Any]:
        """What the worker returned: by index, or in the order of the ends if there are none."""
        if self.job.indexed:
            return [index.value for index in self.indexes]
        return [attempt.value for attempt in self.attempts if attempt.exit_code == 0]

    def check(self) -> RunResult:
        """The result itself, or :class:`JobFailed` if the Job is not Complete."""
        if not self.succeeded:
            raise JobFailed(self)
        return self

    @property
    def timeline(self) -> Timeline:
        """The run as a picture, with the reasons if they were asked for."""

        def seconds(at: datetime) -> float:
            return (at - self.started).total_seconds()

        lanes = [
            PodLane(
                a.pod, a.index, seconds(a.started), seconds(a.started), None, seconds(a.ended),
                None, "Failed" if a.exit_code else "Succeeded", a.exit_code or None, a.disrupted,
            )
            for a in sorted(self.attempts, key=lambda a: a.started)
        ]  # fmt: skip
        marks = [
            ConditionMark(
                max(0.0, seconds(_parsed(c["lastTransitionTime"]))),
                c["type"], c["status"], c.get("reason", ""),
            )
            for c in self.status.get("conditions", ())
        ]  # fmt: skip
        lines = [
            Line(seconds(e.time), f"{e.kind.lower()}/{e.name}", f"event {e.type} {e.reason}: "
                 f"{e.message}")
            for e in self.events
        ]  # fmt: skip
        lines += [
            Line(seconds(n.time), f"job/{self.job.name}", n.text, n.rule)
            for n in self.notes
            if n.time is not None
        ]
        lines.sort(key=lambda line: line.at)
        return Timeline(
            self.job, self.outcome, "", self.started, seconds(self.ended), tuple(lines),
            tuple(lanes), tuple(marks), (), self.events, (), "\n".join(map(str, lines)),
        )  # fmt: skip

    def _repr_html_(self) -> str:
        return self.timeline._repr_html_()


def _parsed(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))
