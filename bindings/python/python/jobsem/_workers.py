"""The ways in which workers run: coroutines, executors, commands.

Each starts a slot's worker, asks it to stop, kills it where that can be done, and tells the run
when it has ended. None of them knows a rule of Jobs.
"""

from __future__ import annotations

import asyncio
import concurrent.futures as futures
import inspect
import multiprocessing
import os
import signal
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from multiprocessing import shared_memory
from typing import IO, Any

from ._context import Context, Disrupted, Exit, TaskWaiter, ThreadWaiter, _Flag, stop
from ._core import Host
from ._errors import JobsemError, UnsupportedError
from ._signals import Guard

_LONGEST_MESSAGE = 4096


@dataclass(slots=True)
class Ending:
    """How a worker ended; nobody changes it. (Frozen ones take twice as long to make.)"""

    code: int
    value: Any = None
    error: BaseException | None = None
    reason: str = ""
    message: str = ""
    disruption: str | None = None
    refused: bool = False
    """Whether the worker itself is wrong, so that the run ends with ``error``."""


class Slot:
    """One run of one worker."""

    __slots__ = ("context", "ended", "handle", "started", "stopping", "ticket")

    def __init__(self, ticket: int, context: Context, started: datetime) -> None:
        self.ticket = ticket
        self.context = context
        self.started = started
        self.stopping = False
        self.handle: Any = None
        self.ended: Ending | None = None


Ended = Callable[[Slot, Ending], None]


def ending_of(error: BaseException | None, value: Any, stopping: bool) -> Ending:
    """What a result or an exception means for a container."""
    if error is None:
        return ending_with(value)
    if isinstance(error, Exit):
        own = error.code if isinstance(error.code, int) else 1
        return Ending(own & 255, error=error, message=error.message)
    if isinstance(error, Disrupted):
        return Ending(137, error=error, message=error.message, disruption=error.message)
    if isinstance(error, (asyncio.CancelledError, futures.CancelledError)):
        # As after SIGTERM; a worker that cancels itself has failed.
        return Ending(143 if stopping else 1, error=error, message="cancelled")
    if isinstance(error, futures.BrokenExecutor):
        return Ending(137, error=error, message=f"the worker's process is gone: {error}")
    if isinstance(error, SystemExit):
        code = error.code
        number = code if isinstance(code, int) else 0 if code is None else 1
        return Ending(number & 255, error=error)
    name = type(error).__name__
    try:
        text = f"{name}: {error}"
    except BaseException:  # a `__str__` of its own that raises
        text = name
    return Ending(1, error=error, message=text)


def ending_with(value: Any) -> Ending:
    """What a returned value means: one that still has to be awaited or iterated did nothing."""
    unfinished = inspect.isawaitable(value) or inspect.isgenerator(value)
    if not unfinished and not inspect.isasyncgen(value):
        return Ending(0, value)
    if inspect.iscoroutine(value) or inspect.isgenerator(value):
        value.close()
    text = (
        f"the worker returned a {type(value).__name__}, which nobody would run: pass a coroutine "
        "function (`async def`), or return what it gives"
    )
    return Ending(1, error=TypeError(text), refused=True)


def valid(text: object) -> str:
    """A text as a status can hold it: whole characters, and not too many."""
    if not isinstance(text, str):
        return ""
    return text[:_LONGEST_MESSAGE].encode(errors="backslashreplace").decode()


class Backend:
    """How workers run."""

    #: Whether a start is known to have worked as soon as it was asked for.
    starts_at_once = True

    def start_now(self, slot: Slot) -> None:
        """Starts a worker, of those that start at once."""
        raise NotImplementedError

    async def start(self, slot: Slot) -> None:
        """Starts a worker."""
        self.start_now(slot)

    def stop(self, slot: Slot) -> None:
        """Asks it to end."""
        raise NotImplementedError

    def kill(self, slot: Slot) -> None:
        """Ends it, if that can be done."""

    async def close(self, *, interrupted: bool) -> None:
        """Leaves nothing running."""


class Coroutines(Backend):
    """A task for each worker."""

    def __init__(self, worker: Callable[[Context], Any], ended: Ended, waiter: TaskWaiter) -> None:
        self.worker = worker
        self.ended = ended
        self.waiter = waiter
        self.loop = asyncio.get_running_loop()

    def start_now(self, slot: Slot) -> None:
        slot.context._waiter = self.waiter
        slot.handle = self.loop.create_task(self._work(slot))

    async def _work(self, slot: Slot) -> None:
        try:
            value = await self.worker(slot.context)
        except BaseException as error:
            self.ended(slot, ending_of(error, None, slot.stopping))
            if isinstance(error, KeyboardInterrupt):
                raise
        else:
            self.ended(slot, ending_with(value))

    def stop(self, slot: Slot) -> None:
        slot.stopping = True
        stop(slot.context)
        if not slot.handle.cancel():
            return
        # A task that is cancelled before its first step never runs, and could not say so.
        slot.handle.add_done_callback(lambda task: self._unbegun(slot, task))

    def _unbegun(self, slot: Slot, task: asyncio.Task[None]) -> None:
        if slot.ended is None and task.cancelled():
            self.ended(slot, ending_of(asyncio.CancelledError(), None, True))

    def kill(self, slot: Slot) -> None:
        slot.handle.cancel()


class Executors(Backend):
    """An executor of ``concurrent.futures``, or one made like it."""

    def __init__(
        self,
        worker: Callable[[Context], Any],
        executor: Any,
        ended: Ended,
        *,
        own: bool,
        waiter: ThreadWaiter | None,
    ) -> None:
        self.worker = worker
        self.executor = executor
        self.ended = ended
        self.own = own
        self.waiter = waiter
        self.flags = None if waiter is not None else _Flags()
        self.broken = False

    def start_now(self, slot: Slot) -> None:
        context = slot.context
        if self.flags is not None:
            context._flag = self.flags.take()
        else:
            context._waiter = self.waiter
        # In a thread of this process the worker says itself how it has ended; its future only
        # speaks for one that never began.
        in_thread = self.waiter is not None
        call = (self._work, slot) if in_thread else (self.worker, context)
        try:
            future = self.executor.submit(*call)
        except futures.BrokenExecutor as error:
            if not self.own:
                self._done(slot, error, None)
                return
            self.executor = processes(self.executor._max_workers)
            future = self.executor.submit(*call)
        slot.handle = future
        future.add_done_callback(partial(self._unbegun if in_thread else self._future_done, slot))

    def _work(self, slot: Slot) -> None:
        try:
            value = self.worker(slot.context)
        except BaseException as error:
            self.ended(slot, ending_of(error, None, slot.stopping))
        else:
            self.ended(slot, ending_with(value))

    def _unbegun(self, slot: Slot, future: Any) -> None:
        if slot.ended is None:
            self._future_done(slot, future)

    def _future_done(self, slot: Slot, future: Any) -> None:
        if future.cancelled():
            self._done(slot, futures.CancelledError(), None)
            return
        error = future.exception()
        self._done(slot, error, None if error is not None else future.result())

    def _done(self, slot: Slot, error: BaseException | None, value: Any) -> None:
        if self.flags is not None:
            self.flags.give_back(slot.context._flag)
        self.ended(slot, ending_of(error, value, slot.stopping))

    def stop(self, slot: Slot) -> None:
        slot.stopping = True
        if slot.handle is not None and slot.handle.cancel():
            return
        stop(slot.context)
        if self.flags is not None:
            self.flags.set(slot.context._flag)

    async def close(self, *, interrupted: bool) -> None:
        if self.own:
            processes = list((getattr(self.executor, "_processes", None) or {}).values())
            if interrupted and processes:
                for process in processes:
                    process.kill()
            loop = asyncio.get_running_loop()
            shutdown = self.executor.shutdown
            await loop.run_in_executor(None, lambda: shutdown(wait=True, cancel_futures=True))
        if self.flags is not None:
            self.flags.close()


class _Flags:
    """Which workers in other processes should stop: a byte of shared memory for each."""

    def __init__(self, size: int = 1 << 16) -> None:
        self.memory: shared_memory.SharedMemory | None
        try:
            self.memory = shared_memory.SharedMemory(create=True, size=size)
        except OSError:  # no shared memory here: workers in processes cannot be asked
            self.memory = None
        self.free = list(range(size - 1, -1, -1))

    def take(self) -> _Flag | None:
        if self.memory is None or not self.free:
            return None
        place = self.free.pop()
        self._write(place, 0)
        return _Flag(self.memory.name, place)

    def give_back(self, flag: _Flag | None) -> None:
        if flag is not None:
            self.free.append(flag.place)

    def set(self, flag: _Flag | None) -> None:
        if flag is not None:
            self._write(flag.place, 1)

    def _write(self, place: int, value: int) -> None:
        if self.memory is not None and self.memory.buf is not None:
            self.memory.buf[place] = value

    def close(self) -> None:
        if self.memory is not None:
            self.memory.close()
            self.memory.unlink()
            self.memory = None


def processes(workers: int) -> futures.ProcessPoolExecutor:
    """A pool that forks nothing which has threads."""
    return futures.ProcessPoolExecutor(
        max_workers=workers,
        mp_context=multiprocessing.get_context("spawn"),
        # A terminal's Ctrl-C reaches them, too; the run is what asks them to stop.
        initializer=signal.signal,
        initargs=(signal.SIGINT, signal.SIG_IGN),
    )


class Command:
    """A worker that is a local command: by default the container's own.

    Its exit code is the container's. It runs in a process group of its own, gets SIGTERM when it
    should stop and SIGKILL at the end of the grace period.
    """

    def __init__(
        self,
        argv: Sequence[str] | None = None,
        *,
        env: dict[str, str] | None = None,
        inherit_env: bool = True,
        cwd: str | os.PathLike[str] | None = None,
        capture: bool = False,
    ) -> None:
        self.argv = None if argv is None else [os.fspath(part) for part in argv]
        """The command line; the container's ``command`` and ``args`` if ``None``."""
        self.env = env
        """More variables, over those of the container."""
        self.inherit_env = inherit_env
        """Whether it gets this process's environment, too."""
        self.cwd = cwd
        """Where it runs; the container's ``workingDir`` if ``None``."""
        self.capture = capture
        """Whether its standard output becomes the worker's value."""

    def __repr__(self) -> str:
        return f"Command({self.argv!r})"


class Commands(Backend):
    """A process group for each worker."""

    starts_at_once = False

    def __init__(
        self,
        command: Command,
        ended: Ended,
        started: Callable[[Slot], None],
        cancel: Callable[[], object],
    ) -> None:
        self.command = command
        self.ended = ended
        self.started = started
        self.tasks: set[asyncio.Task[None]] = set()
        self.groups: set[int] = set()
        self.guard = Guard(cancel, self._kill_all)
        self.guard.open()

    async def start(self, slot: Slot) -> None:
        command = self.command
        try:
            argv, env, directory = _invocation(slot.context, command.argv)
        except JobsemError as error:
            # A node would wait for what is missing; here nobody can bring it.
            self.ended(slot, Ending(128, error=error))
            raise
        variables = {**(os.environ if command.inherit_env else {}), **env, **(command.env or {})}
        output = None
        try:
            if command.capture:
                # A file, not a pipe: whoever outlives the command may hold that open for ever.
                output = tempfile.TemporaryFile()
            process = await asyncio.create_subprocess_exec(
                *argv,
                env=variables,
                cwd=command.cwd or directory,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                start_new_session=True,
            )
        except (OSError, ValueError, asyncio.CancelledError) as error:
            if output is not None:
                output.close()
            if isinstance(error, asyncio.CancelledError):
                # asyncio has killed what it had begun.
                self.ended(slot, ending_of(error, None, True))
                raise
            ending = Ending(128, error=error, reason="StartError", message=str(error))
            self.ended(slot, ending)
            return
        slot.handle = process
        self.groups.add(process.pid)
        self.started(slot)
        task = asyncio.get_running_loop().create_task(self._wait(slot, process, output))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def _wait(
        self, slot: Slot, process: asyncio.subprocess.Process, output: IO[bytes] | None
    ) -> None:
        code = await process.wait()
        # What the command has left behind in its group goes with it.
        _signal(process.pid, signal.SIGKILL)
        self.groups.discard(process.pid)
        value = None
        if output is not None:
            with output:
                output.seek(0)
                value = output.read().decode(errors="replace")
        self.ended(slot, Ending(128 - code if code < 0 else code, value))

    def stop(self, slot: Slot) -> None:
        slot.stopping = True
        if slot.handle is not None:
            _signal(slot.handle.pid, signal.SIGTERM)

    def kill(self, slot: Slot) -> None:
        if slot.handle is not None:
            _signal(slot.handle.pid, signal.SIGKILL)

    def _kill_all(self) -> None:
        for group in self.groups:
            _signal(group, signal.SIGKILL)

    async def close(self, *, interrupted: bool) -> None:
        try:
            if self.tasks:
                await asyncio.wait(self.tasks)
        finally:
            self.guard.close()


def _invocation(
    context: Context, argv: list[str] | None
) -> tuple[list[str], dict[str, str], str | None]:
    """The command line, the environment and the directory of a container."""
    entry, args, env, directory = Host.invocation(context.pod, context.container)
    if argv is None and not entry:
        raise UnsupportedError(
            f"the container `{context.container}` has no `command`, and its image is not looked "
            "into: pass a worker, or a Command with its own"
        )
    return entry + args if argv is None else argv, env, directory


def _signal(group: int, number: int) -> None:
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        pass


def is_coroutine(worker: Any) -> bool:
    """Whether calling it gives something to await."""
    call = getattr(type(worker), "__call__", None)  # noqa: B004
    unwrapped = inspect.unwrap(getattr(worker, "func", worker))
    return inspect.iscoroutinefunction(unwrapped) or inspect.iscoroutinefunction(call)
