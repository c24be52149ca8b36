"""`run`: a Job's semantics for any callable.

What a Job does is decided by a cluster in memory; here its pods become calls of the worker, and
what comes of them is told to it.
"""

from __future__ import annotations

import asyncio
import concurrent.futures as futures
import contextlib
import inspect
import os
import random
import sys
import threading
from collections import deque
from collections.abc import Callable, Generator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, ParamSpec, TypeVar

from ._clock import Clock, VirtualClock, to_datetime
from ._context import Context, Disrupted, Exit, TaskWaiter, ThreadWaiter
from ._core import Host, Job, outcome
from ._errors import StateError
from ._results import Attempt, IndexResult, JobFailed, Progress, RunResult
from ._values import Created, Event, Note
from ._workers import (
    Backend,
    Command,
    Commands,
    Coroutines,
    Ending,
    Executors,
    Slot,
    is_coroutine,
    processes,
    valid,
)

__all__ = [
    "Attempt",
    "Clock",
    "Command",
    "Context",
    "Disrupted",
    "Exit",
    "IndexResult",
    "JobFailed",
    "Progress",
    "Run",
    "RunResult",
    "VirtualClock",
    "run",
    "run_sync",
]

#: How many threads a pool of our own has at most.
_MOST_THREADS = 256


class Run:
    """A Job that is run, for those who want to change it meanwhile: ``await`` it for the result.

    The options are those of :func:`run`. The methods may be called from any thread.
    """

    def __init__(
        self,
        manifest: Any,
        worker: Callable[[Context], Any] | Command | None = None,
        *,
        executor: Any = None,
        kube: str | None = None,
        gates: Mapping[str, bool] | None = None,
        clock: Clock | None = None,
        progress: Callable[[Progress], object] | None = None,
        live: bool = False,
        seed: int | None = None,
        explain: bool = False,
        cancel_grace_seconds: float = 5.0,
    ) -> None:
        self._worker = Command() if worker is None else worker
        self._executor = executor
        self._clock = Clock() if clock is None else clock
        self._progress = progress
        self._live = live
        self._grace = cancel_grace_seconds
        seed = random.getrandbits(63) if seed is None else seed
        given = None if gates is None else dict(gates)
        self._host = Host(
            kube=kube,
            gates=given,
            seed=seed,
            explain=explain,
            starts_at_once=not isinstance(self._worker, Command),
        )
        self._explain = explain
        self.created: Created = self._host.create(self._clock.now_ns(), manifest)
        """The Job's name and namespace, and what the API server would warn of."""
        self._begun = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._wake = asyncio.Event()
        self._notified = False
        self._started: list[int] = []
        self._refusal: BaseException | None = None
        self._ended: deque[Slot] = deque()
        self._patches: deque[Mapping[str, Any]] = deque()
        self._slots: dict[int, Slot] = {}
        self._attempts: list[Attempt] = []
        self._tries: dict[int | None, int] = {}
        self._lock = threading.Lock()
        self._waits: dict[Any, tuple[int | None, Context]] = {}
        self._shown: Progress | None = None
        self._began_at = self._clock.now()
        self._events: list[Event] = []
        self._notes: list[Note] = []

    # What others may do with it.

    @property
    def job(self) -> Job:
        """The Job as it is now."""
        job = self._host.job()
        if job is None:
            raise StateError("the Job is gone")
        return job

    def patch(self, patch: Mapping[str, Any]) -> None:
        """Merges a patch into the Job, as ``kubectl patch`` does; a refusal ends the run."""
        self._patches.append(patch)
        self._notify()

    def suspend(self) -> None:
        """Stops all workers until :meth:`resume`."""
        self.patch({"spec": {"suspend": True}})

    def resume(self) -> None:
        """Goes on after :meth:`suspend`."""
        self.patch({"spec": {"suspend": False}})

    def __await__(self) -> Generator[Any, None, RunResult]:
        return self._run().__await__()

    # The loop.

    async def _run(self) -> RunResult:
        if self._begun:
            raise StateError("a run is awaited once")
        self._begun = True
        self._loop = asyncio.get_running_loop()
        backend = self._backend()
        interrupted = True
        try:
            await self._turn_until_over(backend)
            interrupted = False
        finally:
            try:
                if interrupted:
                    await self._stop_all(backend)
            finally:
                await backend.close(interrupted=interrupted)
                self._clear_line()
        return self._result()

    async def _turn_until_over(self, backend: Backend) -> None:
        while True:
            self._wake.clear()
            self._notified = False
            now = self._clock.now_ns()
            while self._patches:
                self._host.patch_job(now, dict(self._patches.popleft()))
            started, self._started = self._started, []
            ended = self._take_ended(now)
            if self._refusal is not None:
                raise self._refusal
            turn = self._host.turn(now, started, ended)
            starts, stops, kills, wakeup, over = turn
            if starts:
                began, deadline = to_datetime(now), self._host.deadline()
                for start in starts:
                    new = self._slot(began, deadline, *start)
                    if backend.starts_at_once:
                        backend.start_now(new)
                    else:
                        await backend.start(new)
            for ticket in stops:
                if slot := self._slots.get(ticket):
                    backend.stop(slot)
                    self._works(slot.context)
            for ticket in kills:
                if slot := self._slots.get(ticket):
                    backend.kill(slot)
            self._events.extend(self._host.events())
            if self._explain:
                self._notes.extend(self._host.notes())
            self._observe(now)
            if over:
                return
            if not self._started and not self._ended and not self._patches:
                await self._wait(now, wakeup)

    def _slot(
        self,
        began: datetime,
        deadline: datetime | None,
        ticket: int,
        pod: Any,
        container: str,
        restarts: int,
        index: int | None,
    ) -> Slot:
        attempt = self._tries[index] = self._tries.get(index, 0) + 1
        context = Context(
            pod,
            container,
            index=index,
            attempt=attempt,
            restarts=restarts,
            deadline=deadline,
        )
        slot = Slot(ticket, context, began)
        self._slots[ticket] = slot
        return slot

    def _take_ended(self, now: int) -> list[tuple[int, int, str, str, str | None]]:
        out: list[tuple[int, int, str, str, str | None]] = []
        at = to_datetime(now)
        while self._ended:
            slot = self._ended.popleft()
            ending = slot.ended
            if ending is None or self._slots.pop(slot.ticket, None) is None:
                continue
            if ending.refused:
                self._refusal = ending.error
            # A future knows its slot: without the circle both go at once, not when a collector
            # comes by, which would take a sixth of the time.
            slot.handle = None
            disruption = None if ending.disruption is None else valid(ending.disruption)
            message = valid(ending.message)
            out.append((slot.ticket, ending.code, ending.reason, message, disruption))
            context = slot.context
            self._attempts.append(
                Attempt(
                    context.pod.name,
                    context.index,
                    context.attempt,
                    slot.started,
                    at,
                    ending.code,
                    ending.value,
                    ending.error,
                    ending.disruption is not None,
                )
            )
        return out

    async def _wait(self, now: int, wakeup: int | None) -> None:
        with self._lock:
            times = [at for at, _ in self._waits.values() if at is not None]
            idle = len({id(of) for _, of in self._waits.values()}) >= len(self._slots)
        if wakeup is not None:
            times.append(wakeup)
        next_at = min(times, default=None)
        if isinstance(self._clock, VirtualClock):
            if idle:
                if next_at is None:
                    raise StateError("nothing will ever happen to the Job in virtual time")
                self._clock.advance_to(next_at)
                self._release(next_at)
                # Whoever was released has its turn before the time may move again.
                await asyncio.sleep(0)
                return
            next_at = None
        elif next_at is not None and next_at <= now:
            self._release(now)
            await asyncio.sleep(0)
            return
        timer = None
        if next_at is not None and self._loop is not None:
            delay = self._clock.real_seconds(next_at - now)
            timer = self._loop.call_later(min(delay, 86_400.0), self._wake.set)
        try:
            await self._wake.wait()
        finally:
            if timer is not None:
                timer.cancel()
        self._release(self._clock.now_ns())

    def _release(self, now: int) -> None:
        """Wakes the workers whose sleep is over."""
        with self._lock:
            due = [t for t, (at, _) in self._waits.items() if at is not None and at <= now]
            for token in due:
                del self._waits[token]
        for token in due:
            if isinstance(token, threading.Event):
                token.set()
            elif not token.done():
                token.set_result(None)

    def _works(self, context: Context) -> None:
        """A worker that was asked to stop waits no more: it has something to do."""
        with self._lock:
            for token in [t for t, (_, of) in self._waits.items() if of is context]:
                del self._waits[token]

    # What workers and their threads call.

    def _notify(self) -> None:
        if self._loop is not None and not self._notified:
            self._notified = True
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits
                self._loop.call_soon_threadsafe(self._wake.set)

    def _on_end(self, slot: Slot, ending: Ending) -> None:
        if slot.ended is None:
            slot.ended = ending
            self._ended.append(slot)
            self._notify()

    def _on_wait(self, token: Any, at: int | None, context: Context) -> None:
        with self._lock:
            self._waits[token] = (at, context)
        self._notify()

    def _on_waited(self, token: Any) -> None:
        with self._lock:
            self._waits.pop(token, None)

    def _on_started(self, slot: Slot) -> None:
        self._started.append(slot.ticket)

    # The rest.

    def _backend(self) -> Backend:
        worker, executor = self._worker, self._executor
        assert self._loop is not None
        waits = (self._clock.now_ns, self._on_wait, self._on_waited, self._loop)
        if isinstance(worker, Command):
            if executor is not None:
                raise TypeError("a command needs no executor")
            task = asyncio.current_task()
            assert task is not None
            return Commands(worker, self._on_end, self._on_started, task.cancel)
        if not callable(worker):
            raise TypeError(f"a worker is a callable or a Command, not {type(worker).__name__}")
        if is_coroutine(worker):
            if executor is not None:
                raise TypeError("a coroutine function needs no executor")
            return Coroutines(worker, self._on_end, TaskWaiter(*waits))
        own = executor is None or isinstance(executor, str)
        wanted = self.job.parallelism or 1
        if executor in (None, "thread"):
            most = wanted if isinstance(self._clock, VirtualClock) else _MOST_THREADS
            executor = futures.ThreadPoolExecutor(
                max(1, min(wanted, most)), thread_name_prefix=self.created.name
            )
        elif executor == "process":
            executor = processes(max(1, min(wanted, os.cpu_count() or 1)))
        elif isinstance(executor, str):
            raise ValueError(f"an executor is 'thread', 'process' or an object, not {executor!r}")
        threads = isinstance(executor, futures.ThreadPoolExecutor)
        waiter = ThreadWaiter(*waits) if threads else None
        return Executors(worker, executor, self._on_end, own=own, waiter=waiter)

    async def _stop_all(self, backend: Backend) -> None:
        """Ends all workers: first they are asked, then killed as far as that can be done."""
        for slot in self._slots.values():
            backend.stop(slot)
        self._release_all()
        loop = asyncio.get_running_loop()
        end = loop.time() + self._grace
        try:
            while self._slots and (left := end - loop.time()) > 0:
                self._wake.clear()
                self._notified = False
                self._take_ended(self._clock.now_ns())
                if self._slots:
                    with contextlib.suppress(asyncio.TimeoutError):
                        await asyncio.wait_for(self._wake.wait(), left)
        finally:
            # Also upon a second Ctrl-C, which does not want to wait.
            for slot in self._slots.values():
                backend.kill(slot)

    def _release_all(self) -> None:
        with self._lock:
            waiting = list(self._waits)
            self._waits.clear()
        for token in waiting:
            if isinstance(token, threading.Event):
                token.set()

    def _observe(self, now: int) -> None:
        if self._progress is None and not self._live:
            return
        job = self.job
        status = job.status
        wakeup = self._host.wakeup()
        retry = wakeup.at if wakeup is not None and wakeup.reason == "backoff" else None
        progress = Progress(
            self.created.name,
            to_datetime(now),
            outcome(job).verdict,
            active=status.get("active") or 0,
            ready=status.get("ready") or 0,
            succeeded=status.get("succeeded") or 0,
            failed=status.get("failed") or 0,
            running=len(self._slots),
            completions=job.completions,
            backoff_until=retry,
        )
        seen = replace(progress, time=self._began_at)
        if seen == self._shown:
            return
        self._shown = seen
        if self._progress is not None:
            self._progress(progress)
        if self._live:
            text, end = str(progress), "\n"
            if sys.stderr.isatty():
                # A line that wraps could not be taken back.
                columns = os.get_terminal_size(sys.stderr.fileno()).columns or 80
                text, end = f"\x1b[2K\r{text[: columns - 1]}", ""
            print(text, end=end, file=sys.stderr, flush=True)

    def _clear_line(self) -> None:
        if self._live and sys.stderr.isatty():
            print(file=sys.stderr, flush=True)

    def _result(self) -> RunResult:
        job = self.job
        self._events.extend(self._host.events())
        return RunResult(
            job=job,
            outcome=outcome(job),
            started=self._began_at,
            ended=self._clock.now(),
            attempts=tuple(self._attempts),
            events=tuple(self._events),
            notes=tuple(self._notes),
        )


_P = ParamSpec("_P")
_R = TypeVar("_R")


def _taken_by(
    constructor: Callable[_P, Run],
) -> Callable[[Callable[..., _R]], Callable[_P, _R]]:
    """The function takes what the constructor takes, for readers and type checkers."""
    signature = inspect.signature(constructor)

    def taken(function: Callable[..., _R]) -> Callable[_P, _R]:
        returned = signature.replace(return_annotation="RunResult")
        setattr(function, "__signature__", returned)  # noqa: B010
        return function

    return taken


@_taken_by(Run)
async def run(*given: Any, **options: Any) -> RunResult:
    """Runs a Job whose pods are calls of ``worker``.

    :param manifest: the Job: a mapping, YAML or JSON text, bytes, a ``Path``, or an object of the
        ``kubernetes`` client.
    :param worker: called with a :class:`Context` for each container of each pod. What it returns
        is a success, an exception exit code 1, :class:`Exit` another code, :class:`Disrupted` a
        disruption. A coroutine function runs as a task; any other callable in ``executor``;
        a :class:`Command` as a local process. ``None`` runs the container's own command;
        without one, or with a variable from elsewhere, that is an :class:`UnsupportedError`.
    :param executor: ``"thread"`` (the default), ``"process"``, or an executor as
        ``concurrent.futures`` has them, which is left open.
    :param kube: the Kubernetes version, such as ``"1.34"``; the newest by default.
    :param gates: feature gates that differ from the version's defaults.
    :param clock: ``VirtualClock()`` or ``Clock(speed=100)`` for tests; the wall clock by default.
    :param progress: called with a :class:`Progress` whenever something has changed.
    :param live: whether a line on stderr says how it goes.
    :param seed: what names of pods and UIDs follow from.
    :param explain: whether the result has the reasons of all decisions.
    :param cancel_grace_seconds: how long workers have when the run is cancelled.

    The pace is Kubernetes': what happens within a second is looked at together, a retry waits for
    its back-off, 500 pods at most are made at once.
    """
    return await Run(*given, **options)


@_taken_by(Run)
def run_sync(*given: Any, **options: Any) -> RunResult:
    """The same as :func:`run`, for those who have no event loop."""
    return asyncio.run(run(*given, **options))
