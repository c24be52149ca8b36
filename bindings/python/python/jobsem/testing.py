"""Scripts of pods and assertions on timelines, for tests of manifests.

>>> from jobsem.testing import Pods
>>> pods = Pods().index(3).exits(42, times=2).then_is_disrupted().all(run="10s")
>>> sorted(pods.script())
['*', 'index 3 attempt 1', 'index 3 attempt 2', 'index 3 attempt 3']
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ._core import simulate as _simulate
from ._errors import JobsemError
from ._values import Event, Line, PodLane, Timeline, Verdict

__all__ = ["Pods", "Sim", "TimelineAssertionError", "simulate"]


class Pods:
    """What pods do, in the order in which they do it.

    Nothing said: a pod starts within a second, runs for five and succeeds. :meth:`index`,
    :meth:`each` and :meth:`all` say which pods are meant by what follows; ``exits``, ``runs`` and
    ``is_disrupted`` say what the next attempts do.
    """

    def __init__(self) -> None:
        self._script: dict[str, dict[str, Any]] = {}
        self._who: int | None = None
        self._next: dict[int | None, int] = {}

    def index(self, index: int) -> Pods:
        """What follows is about this completion index."""
        self._who = index
        return self

    def each(self) -> Pods:
        """What follows is about every index; of a Job that is not Indexed, about its pods."""
        self._who = None
        return self

    def all(self, **does: Any) -> Pods:
        """What all pods do of which nothing else is said."""
        self._script["*"] = does
        return self

    def exits(self, code: int, *, times: int = 1, **does: Any) -> Pods:
        """The next attempt ends with ``code``; ``times``: so do the ones after it.

        More: ``start``, ``run`` (``"90s"``, ``"forever"``), ``restarts``, ``container``,
        ``onDelete``, ``unready``, as ``jobsem simulate --pods`` has them.
        """
        return self._attempts(times, {"exit": code, **does})

    def runs(self, duration: str | float, *, times: int = 1, **does: Any) -> Pods:
        """The next attempt runs so long, and succeeds unless ``exit`` says otherwise."""
        return self._attempts(times, {"run": duration, **does})

    def hangs(self, *, times: int = 1, **does: Any) -> Pods:
        """The next attempt never ends by itself."""
        return self._attempts(times, {"run": "forever", **does})

    def is_disrupted(self, *, times: int = 1, **does: Any) -> Pods:
        """The next attempt fails because its node drains: with ``DisruptionTarget``."""
        return self._attempts(times, {"exit": 143, "disrupted": True, **does})

    then_exits = exits
    then_runs = runs
    then_hangs = hangs
    then_is_disrupted = is_disrupted

    def script(self) -> dict[str, dict[str, Any]]:
        """The same as :func:`jobsem.simulate` takes it."""
        return {key: dict(does) for key, does in self._script.items()}

    def _attempts(self, times: int, does: dict[str, Any]) -> Pods:
        if times < 1:
            raise ValueError("times is 1 or more")
        for _ in range(times):
            attempt = self._next.get(self._who, 1)
            self._next[self._who] = attempt + 1
            which = "" if self._who is None else f"index {self._who} "
            self._script[f"{which}attempt {attempt}"] = does
        return self


class TimelineAssertionError(AssertionError):
    """An assertion on a timeline that does not hold; its text has the timeline."""


def __tracebackhide__(caught: Any) -> bool:
    """Where pytest looks: a failure points at the line of the test, not into this module."""
    return bool(caught.errisinstance((TimelineAssertionError, JobsemError)))


def simulate(
    manifest: Any,
    pods: Pods | Mapping[str, Any] | None = None,
    *,
    kube: str | None = None,
    gates: Mapping[str, bool] | None = None,
    until: float | None = None,
    steps: Any = None,
    faults: Any = None,
) -> Sim:
    """:func:`jobsem.simulate`, with assertions."""
    script = pods.script() if isinstance(pods, Pods) else None if pods is None else dict(pods)
    timeline = _simulate(
        manifest,
        pods=script,
        kube=kube,
        gates=None if gates is None else dict(gates),
        until=until,
        steps=steps,
        faults=faults,
    )
    return Sim(timeline)


class Sim:
    """A timeline, and what may be asserted of it. Every assertion returns the same object."""

    def __init__(self, timeline: Timeline) -> None:
        self.timeline: Timeline = timeline
        """What happened."""

    def __repr__(self) -> str:
        return f"<Sim of {self.timeline.job.name}: {self.timeline.outcome}>"

    @property
    def pods(self) -> tuple[PodLane, ...]:
        """The pods, in the order of their creation."""
        return self.timeline.pods

    @property
    def status(self) -> dict[str, Any]:
        """The Job's last status."""
        return self.timeline.status

    def verdict(self, verdict: Verdict, *, reason: str | None = None) -> Sim:
        """How the Job stands at the end, and why."""
        outcome = self.timeline.outcome
        self._hold(outcome.verdict == verdict, f"the Job is {outcome}, not {verdict}")
        text = f"the reason is {outcome.reason!r}, not {reason!r}"
        self._hold(reason is None or outcome.reason == reason, text)
        return self

    def succeeds(self, *, reason: str | None = None) -> Sim:
        """The Job is Complete."""
        return self.verdict("succeeded", reason=reason)

    def fails(self, *, reason: str | None = None) -> Sim:
        """The Job is Failed."""
        return self.verdict("failed", reason=reason)

    def has_condition(
        self,
        type: str,
        *,
        reason: str | None = None,
        after: float | None = None,
        before: float | None = None,
    ) -> Sim:
        """The condition held at some time; ``after`` and ``before`` bound when it came."""
        mark = self.timeline.condition(type)
        if mark is None:
            came = ", ".join(f"{c.type}={c.status}" for c in self.timeline.conditions) or "none"
            raise self._failure(f"there was no condition {type}; there were: {came}")
        text = f"the reason of {type} is {mark.reason!r}, not {reason!r}"
        self._hold(reason is None or mark.reason == reason, text)
        text = f"{type} came at {mark.at:g}s"
        self._hold(after is None or mark.at >= after, f"{text}, not after {after}s")
        self._hold(before is None or mark.at <= before, f"{text}, not before {before}s")
        return self

    def has_no_condition(self, type: str) -> Sim:
        """The condition never held."""
        mark = self.timeline.condition(type)
        self._hold(mark is None, f"there was the condition {type}: {mark}")
        return self

    def created_pods(self, count: int, *, index: int | None = None) -> Sim:
        """So many pods were created, in all or of one index."""
        pods = self.pods if index is None else self.timeline.pods_of(index)
        of = "" if index is None else f" of index {index}"
        self._hold(len(pods) == count, f"{len(pods)} pods{of} were created, not {count}")
        return self

    def counts(self, **counts: int) -> Sim:
        """What the status counts at the end: ``succeeded=3, failed=1, active=0``."""
        for name, wanted in counts.items():
            found = self.status.get(name, 0)
            self._hold(found == wanted, f"status.{name} is {found}, not {wanted}")
        return self

    def indexes(self, *, completed: str | None = None, failed: str | None = None) -> Sim:
        """Which indexes the status has, as it spells them: ``completed="0,2-4"``."""
        for name, wanted in (("completedIndexes", completed), ("failedIndexes", failed)):
            found = self.status.get(name, "")
            text = f"status.{name} is {found!r}, not {wanted!r}"
            self._hold(wanted is None or found == wanted, text)
        return self

    def takes(self, *, at_least: float | None = None, at_most: float | None = None) -> Sim:
        """How long the Job takes, in seconds."""
        end = self.timeline.end
        text = f"it took {end:g}s"
        self._hold(at_least is None or end >= at_least, f"{text}, not {at_least}s or more")
        self._hold(at_most is None or end <= at_most, f"{text}, not {at_most}s or less")
        return self

    def runs_at_once(self, most: int) -> Sim:
        """No more pods than that run at the same time."""
        edges: list[tuple[float, int]] = []
        for pod in self.pods:
            if pod.running is not None:
                last = next((a for a in (pod.ended, pod.gone) if a is not None), None)
                edges.append((pod.running, 1))
                edges.append((self.timeline.end if last is None else last, -1))
        running = peak = 0
        for _, change in sorted(edges):
            running += change
            peak = max(peak, running)
        self._hold(peak <= most, f"{peak} pods ran at once, more than {most}")
        return self

    def has_event(self, reason: str, *, containing: str = "") -> Sim:
        """An Event of that reason was recorded, with that in its message."""
        found: list[Event] = [e for e in self.timeline.events if e.reason == reason]
        there = any(containing in event.message for event in found)
        said = "; ".join(event.message for event in found) or "none"
        self._hold(there, f"no event {reason} with {containing!r}; there were: {said}")
        return self

    def decided_by(self, rule: str) -> Sim:
        """A decision was made by that rule of ``docs/semantics``."""
        found: list[Line] = [line for line in self.timeline.lines if line.rule == rule]
        self._hold(bool(found), f"no decision was made by {rule}")
        return self

    def _hold(self, holds: bool, text: str) -> None:
        if not holds:
            raise self._failure(text)

    def _failure(self, text: str) -> TimelineAssertionError:
        return TimelineAssertionError(f"{text}\n\n{self.timeline}")
