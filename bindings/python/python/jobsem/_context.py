"""What a worker is told, and how it says what came of it."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from datetime import datetime
from multiprocessing import shared_memory
from typing import Any

from ._core import Host, Pod


class Exit(Exception):
    """Ends a worker with an exit code of its own, as ``sys.exit`` ends a process.

    >>> Exit(42).code
    42
    """

    def __init__(self, code: int, message: str = "") -> None:
        if not 0 <= code <= 255:
            raise ValueError("an exit code is 0 to 255")
        super().__init__(code, message)
        self.code = code
        self.message = message

    def __str__(self) -> str:
        return f"exit code {self.code}" + (f": {self.message}" if self.message else "")


class Disrupted(Exception):
    """Ends a worker's pod as an eviction does: it fails with the condition ``DisruptionTarget``,
    which a ``podFailurePolicy`` can tell from a failure of the work."""

    def __init__(self, message: str = "the worker was disrupted") -> None:
        super().__init__(message)
        self.message = message


class Context:
    """What a worker gets: which one it is, how long it has, whether it should stop.

    It can be pickled; in another process :attr:`should_stop` goes on working on the same machine.
    """

    # Of the class, as most contexts never have others.
    _env: dict[str, str] | None = None
    _stop = False
    _waiter: Any = None
    _flag: _Flag | None = None
    _waiting: threading.Event | None = None

    def __init__(
        self,
        pod: Pod,
        container: str,
        *,
        index: int | None,
        attempt: int,
        restarts: int,
        deadline: datetime | None,
    ) -> None:
        self.pod: Pod = pod
        """The pod that the worker stands for."""
        self.container: str = container
        """The container that it stands for."""
        self.index: int | None = index
        """The completion index, in an Indexed Job."""
        self.attempt: int = attempt
        """The how-manieth try it is of its index, or of the Job: 1 is the first."""
        self.restarts: int = restarts
        """How often the container was started before in the same pod."""
        self.deadline: datetime | None = deadline
        """When the Job's ``activeDeadlineSeconds`` will have passed."""

    @property
    def name(self) -> str:
        """The pod's name."""
        return self.pod.name

    @property
    def env(self) -> dict[str, str]:
        """The container's environment as its spec has it, with ``JOB_COMPLETION_INDEX``.

        Raises :class:`UnsupportedError` where a value comes from a ConfigMap or a Secret.
        """
        if self._env is None:
            self._env = Host.invocation(self.pod, self.container)[2]
        return self._env

    @property
    def should_stop(self) -> bool:
        """Whether the Job wants the worker to end: its deadline has passed, it has failed, was
        suspended or cancelled. Coroutines are cancelled besides."""
        return self._stop or (self._flag is not None and self._flag.is_set())

    def check(self) -> None:
        """Ends the worker with exit code 143, as SIGTERM does, if it should stop."""
        if self.should_stop:
            raise Exit(143, "asked to stop")

    def sleep(self, seconds: float) -> Any:
        """Waits by the run's clock.

        In a coroutine: ``await ctx.sleep(5)``. In a thread it blocks, and comes back early with
        ``True`` if the worker should stop; in another process it waits by the wall clock.
        """
        waiter = self._waiter
        if waiter is not None:
            return waiter.sleep(self, seconds)
        end = time.monotonic() + seconds
        while not self.should_stop and (left := end - time.monotonic()) > 0:
            time.sleep(min(left, 0.05))
        return self.should_stop

    async def stopped(self) -> None:
        """Waits, in a coroutine, until it is cancelled because the worker should stop."""
        if self._waiter is None:
            raise RuntimeError("stopped() is for coroutines")
        await self._waiter.forever(self)

    def __reduce__(self) -> Any:
        arguments = (self.index, self.attempt, self.restarts, self.deadline)
        try:
            env: dict[str, str] | None = self.env
        except Exception:
            env = None  # who asks for it over there is told why
        return _restored, (self.pod, self.container, arguments, env, self._flag)

    def __repr__(self) -> str:
        which = "" if self.index is None else f" index {self.index}"
        return f"<Context of {self.name}{which} attempt {self.attempt}>"


def _restored(
    pod: Pod,
    container: str,
    arguments: tuple[int | None, int, int, datetime | None],
    env: dict[str, str] | None,
    flag: _Flag | None,
) -> Context:
    index, attempt, restarts, deadline = arguments
    context = Context(
        pod, container, index=index, attempt=attempt, restarts=restarts, deadline=deadline
    )
    context._env = env
    context._flag = flag
    return context


class _Flag:
    """One byte of shared memory: whether a worker in another process should stop."""

    def __init__(self, memory: str, place: int) -> None:
        self.memory = memory
        self.place = place

    def is_set(self) -> bool:
        block = _attached(self.memory)
        return block is not None and block.buf is not None and block.buf[self.place] != 0


_blocks: dict[str, shared_memory.SharedMemory | None] = {}


def _attached(name: str) -> shared_memory.SharedMemory | None:
    """The block of that name; none on another machine, or when the run is over."""
    if name not in _blocks:
        for old in _blocks.values():
            if old is not None:
                old.close()
        _blocks.clear()
        try:
            _blocks[name] = _attach(name)
        except (OSError, ValueError):
            _blocks[name] = None
    return _blocks[name]


def _attach(name: str) -> shared_memory.SharedMemory:
    # Before Python 3.13 whoever attaches is taken for an owner, and would remove it at its end.
    from multiprocessing import resource_tracker

    register = resource_tracker.register
    with _attaching:
        resource_tracker.register = lambda *_: None
        try:
            return shared_memory.SharedMemory(name)
        finally:
            resource_tracker.register = register


_attaching = threading.Lock()


class Waiter:
    """Lets workers wait by the run's clock, and the run know that they wait."""

    def __init__(
        self,
        now_ns: Callable[[], int],
        wait: Callable[[Any, int | None, Context], None],
        done: Callable[[Any], None],
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        self.now_ns = now_ns
        self.wait = wait
        self.done = done
        self.loop = loop

    def sleep(self, context: Context, seconds: float) -> Any:
        raise NotImplementedError

    async def forever(self, context: Context) -> None:
        raise RuntimeError("stopped() is for coroutines")


class TaskWaiter(Waiter):
    """For coroutines."""

    def sleep(self, context: Context, seconds: float) -> Any:
        return self._until(context, self.now_ns() + int(max(0.0, seconds) * 1e9))

    async def forever(self, context: Context) -> None:
        await self._until(context, None)

    async def _until(self, context: Context, at: int | None) -> bool:
        future: asyncio.Future[None] = self.loop.create_future()
        self.wait(future, at, context)
        try:
            await future
        finally:
            self.done(future)
        return False


class ThreadWaiter(Waiter):
    """For threads."""

    def sleep(self, context: Context, seconds: float) -> Any:
        event = threading.Event()
        context._waiting = event
        if context.should_stop:
            return True
        self.wait(event, self.now_ns() + int(max(0.0, seconds) * 1e9), context)
        event.wait()
        self.done(event)
        return context.should_stop


def stop(context: Context) -> None:
    """Tells a worker that it should stop."""
    context._stop = True
    if context._waiting is not None:
        context._waiting.set()
