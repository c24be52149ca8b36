"""The clocks that runs follow."""

from __future__ import annotations

import time
from datetime import datetime, timedelta, timezone

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


class Clock:
    """The wall clock, or one that runs faster.

    >>> Clock(speed=100).speed  # a back-off of 10 s takes a tenth of a second
    100.0
    """

    #: Whether the run itself moves the time on.
    is_virtual = False

    def __init__(self, *, speed: float = 1.0) -> None:
        if not speed > 0:
            raise ValueError("a clock's speed is greater than 0")
        self.speed = float(speed)
        self._wall = time.time_ns()
        self._start = time.monotonic_ns()

    def now_ns(self) -> int:
        """The time in nanoseconds since 1970. It never goes back."""
        return self._wall + int((time.monotonic_ns() - self._start) * self.speed)

    def now(self) -> datetime:
        """The time."""
        return to_datetime(self.now_ns())

    def real_seconds(self, nanoseconds: int) -> float:
        """How long the clock takes for so many nanoseconds."""
        return max(0.0, nanoseconds / 1e9 / self.speed)


class VirtualClock(Clock):
    """Time that stands still while workers work, and jumps when all of them wait.

    Workers wait with :meth:`Context.sleep` or :meth:`Context.stopped`; back-offs and deadlines of
    hours pass at once. An executor that is passed in needs as many workers as the Job has
    parallelism: one that has not begun counts as working.
    """

    is_virtual = True

    def __init__(self, start: datetime | None = None) -> None:
        super().__init__()
        if start is None:
            start = datetime(2000, 1, 1, 0, 0, 1, tzinfo=timezone.utc)
        if start.utcoffset() is None:
            raise ValueError("a naive datetime does not say which instant it means")
        self._now = (start - _EPOCH) // timedelta(microseconds=1) * 1_000

    def now_ns(self) -> int:
        return self._now

    def advance_to(self, nanoseconds: int) -> None:
        """Moves the time on; never back."""
        self._now = max(self._now, nanoseconds)


def to_datetime(nanoseconds: int) -> datetime:
    """The instant so many nanoseconds after 1970, in UTC."""
    return _EPOCH + timedelta(microseconds=nanoseconds // 1_000)
