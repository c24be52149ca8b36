"""Signals that end this process end the commands that it runs, too.

Commands are in process groups of their own, so a signal to this process does not reach them.
Ctrl-C raises ``KeyboardInterrupt``, which ends a run by itself; SIGTERM and SIGHUP would end the
process at once and leave the commands behind. While commands run, both cancel the runs first, and
then do what they would have done. A handler that the program has set itself stays.

Deliberately absent: SIGKILL, which no process sees; runs outside the main thread, where Python
lets nobody handle a signal.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import threading
from collections.abc import Callable

#: What a service manager, a container runtime and a closed terminal send.
_SIGNALS = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]

_guards: list[Guard] = []
_handled: list[int] = []
_received: int | None = None


class Guard:
    """Ends one run when the process is asked to end."""

    def __init__(self, cancel: Callable[[], object], kill: Callable[[], object]) -> None:
        self.cancel = cancel
        """Asks the run to end."""
        self.kill = kill
        """Ends its commands at once."""

    def open(self) -> None:
        """Handles the signals that nobody handles; before the first command starts."""
        if threading.current_thread() is not threading.main_thread():
            return
        if not _guards:
            loop = asyncio.get_running_loop()
            for number in _SIGNALS:
                if signal.getsignal(number) is signal.SIG_DFL:
                    # Windows has no such handlers in an event loop.
                    with contextlib.suppress(NotImplementedError):
                        loop.add_signal_handler(number, _on_signal, number)
                        _handled.append(number)
        _guards.append(self)

    def close(self) -> None:
        """Gives the signals back; after the last command has ended."""
        if self not in _guards:
            return
        _guards.remove(self)
        if not _guards:
            _release()


def _on_signal(number: int) -> None:
    global _received
    if _received is not None:
        # Who asks twice does not wait for a grace period.
        for guard in _guards:
            guard.kill()
        _guards.clear()
        _release()
        return
    _received = number
    for guard in list(_guards):
        guard.cancel()


def _release() -> None:
    """Stops handling the signals; one that was received has its default effect now."""
    global _received
    loop = asyncio.get_running_loop()
    for number in _handled:
        loop.remove_signal_handler(number)
    _handled.clear()
    received, _received = _received, None
    if received is not None:
        os.kill(os.getpid(), received)
