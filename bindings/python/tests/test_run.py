"""`run`: a Job's semantics for any callable. No test waits by the wall clock for a result."""

from __future__ import annotations

import asyncio
import concurrent.futures as futures
import functools
import json
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import jobsem
import pytest

from conftest import indexed, manifest

V = jobsem.VirtualClock


def test_a_coroutine_is_retried_with_the_back_off_of_kubernetes() -> None:
    starts: list[Any] = []
    clock = V()

    async def worker(ctx: jobsem.Context) -> str:
        starts.append(clock.now())
        await ctx.sleep(1)
        if ctx.attempt < 4:
            raise RuntimeError("not yet")
        return "done"

    result = jobsem.run_sync(manifest(backoffLimit=6), worker, clock=clock)
    assert result.check().values == ["done"]
    # The back-off counts from the end of a failure, in whole seconds: 10, 20, 40.
    gaps = [(b - a).total_seconds() - 1 for a, b in zip(starts, starts[1:])]
    assert gaps == [10, 20, 40]
    assert [a.exit_code for a in result.attempts] == [1, 1, 1, 0]
    assert str(result.attempts[0].error) == "not yet"
    assert result.status["failed"] == 3


def test_the_simulation_and_the_run_of_a_job_take_the_same_time() -> None:
    job = indexed(4, parallelism=2, backoffLimit=5)

    async def worker(ctx: jobsem.Context) -> None:
        await ctx.sleep(5)
        if ctx.index == 1 and ctx.attempt <= 2:
            raise jobsem.Exit(42)

    result = jobsem.run_sync(job, worker, clock=V())
    does: dict[str, Any] = {"start": 0, "run": 5}
    script = {f"index 1 attempt {n}": {**does, "exit": 42} for n in (1, 2)}
    played = jobsem.simulate(job, pods={"*": does, **script})
    assert (result.ended - result.started).total_seconds() == played.end
    for name in ("succeeded", "failed", "completedIndexes"):
        assert result.status[name] == played.status[name]


def test_limits_per_index_and_their_results() -> None:
    def worker(ctx: jobsem.Context) -> int:
        assert ctx.index is not None and ctx.env["JOB_COMPLETION_INDEX"] == str(ctx.index)
        if ctx.index == 2:
            raise ValueError("never")
        return ctx.index * 10

    job = indexed(4, backoffLimitPerIndex=1)
    result = jobsem.run_sync(job, worker, clock=V())
    assert not result.succeeded and result.outcome.reason == "FailedIndexes"
    assert result.values == [0, 10, None, 30]
    assert pickle.loads(pickle.dumps(result)) == result
    written = json.loads(json.dumps(result.to_dict()))["attempts"]
    assert {attempt["error"] for attempt in written} == {None, "ValueError: never"}
    assert [index.status for index in result.indexes] == ["succeeded"] * 2 + ["failed", "succeeded"]
    assert len(result.indexes[2].attempts) == 2
    assert isinstance(result.indexes[2].error, ValueError)
    with pytest.raises(jobsem.JobFailed, match="FailedIndexes") as caught:
        result.check()
    assert caught.value.result is result


def test_a_pod_failure_policy_tells_exit_codes_and_disruptions_apart() -> None:
    policy = {
        "rules": [
            {"action": "FailJob", "onExitCodes": {"operator": "In", "values": [42]}},
            {"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget"}]},
        ]
    }

    async def worker(ctx: jobsem.Context) -> None:
        if ctx.attempt <= 3:
            raise jobsem.Disrupted("the spot machine is taken back")
        raise jobsem.Exit(42)

    job = manifest(backoffLimit=0, podFailurePolicy=policy)
    result = jobsem.run_sync(job, worker, clock=V())
    assert result.outcome.reason == "PodFailurePolicy"
    assert [a.disrupted for a in result.attempts] == [True, True, True, False]
    assert result.status["failed"] == 1


def test_a_success_policy_ends_the_others() -> None:
    stopped: list[int | None] = []

    async def worker(ctx: jobsem.Context) -> str:
        if ctx.index == 0:
            return "leader"
        try:
            await ctx.stopped()
        finally:
            stopped.append(ctx.index)
        return ""

    job = indexed(3, successPolicy={"rules": [{"succeededIndexes": "0"}]})
    result = jobsem.run_sync(job, worker, clock=V())
    assert result.outcome.reason == "SuccessPolicy"
    assert sorted(stopped) == [1, 2]  # type: ignore[type-var]


@pytest.mark.parametrize("kind", ["coroutine", "thread"])
def test_a_deadline_stops_workers(kind: str) -> None:
    seen: list[Any] = []

    async def coroutine(ctx: jobsem.Context) -> None:
        seen.append(ctx.deadline)
        await ctx.sleep(1000)

    def thread(ctx: jobsem.Context) -> None:
        seen.append(ctx.deadline)
        ctx.sleep(1000)
        ctx.check()

    clock = V()
    job = manifest(activeDeadlineSeconds=5)
    result = jobsem.run_sync(job, coroutine if kind == "coroutine" else thread, clock=clock)
    assert result.outcome.reason == "DeadlineExceeded"
    assert seen[0] == result.started + timedelta(seconds=5)
    assert result.attempts[0].exit_code == 143
    assert result.ended - result.started < timedelta(seconds=10)


def test_a_container_restarts_in_its_pod_if_the_policy_says_so() -> None:
    template = {
        "spec": {"restartPolicy": "OnFailure", "containers": [{"name": "m", "image": "i"}]}
    }
    restarts: list[int] = []

    async def worker(ctx: jobsem.Context) -> None:
        restarts.append(ctx.restarts)
        if ctx.restarts < 2:
            raise jobsem.Exit(1)

    result = jobsem.run_sync(manifest(template=template), worker, clock=V())
    assert result.succeeded and restarts == [0, 1, 2]
    assert len({attempt.pod for attempt in result.attempts}) == 1


def test_a_job_is_suspended_and_resumed() -> None:
    async def main() -> jobsem.RunResult:
        tries: list[int] = []

        async def worker(ctx: jobsem.Context) -> None:
            tries.append(ctx.attempt)
            if len(tries) == 1:
                run.suspend()
                await ctx.stopped()

        run = jobsem.Run(manifest(), worker, clock=jobsem.Clock(speed=50))

        def progress() -> None:
            if "Suspended" in str(run.job.status) and not tries[1:]:
                run.resume()

        async def resume() -> None:
            while not run.job.suspended or run.job.status.get("active"):
                await asyncio.sleep(0.001)
            run.resume()

        asyncio.get_running_loop().create_task(resume())
        return await run

    result = asyncio.run(main())
    assert result.succeeded
    reasons = [event.reason for event in result.events]
    assert reasons.index("Suspended") < reasons.index("Resumed")


def _square(ctx: jobsem.Context) -> tuple[int, int, str]:
    assert ctx.index is not None
    return ctx.index**2, os.getpid(), ctx.env["JOB_COMPLETION_INDEX"]


def _waits_to_stop(ctx: jobsem.Context) -> str:
    while not ctx.should_stop:
        time.sleep(0.005)
    raise jobsem.Exit(143)


def _dies(path: str, ctx: jobsem.Context) -> str:
    if not Path(path).exists():
        Path(path).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return "second try"


def test_processes_get_the_context_and_give_values_back() -> None:
    result = jobsem.run_sync(indexed(3), _square, executor="process")
    assert [value[0] for value in result.values] == [0, 1, 4]
    assert [value[2] for value in result.values] == ["0", "1", "2"]
    assert all(value[1] != os.getpid() for value in result.values)


def test_a_process_is_told_to_stop() -> None:
    job = manifest(activeDeadlineSeconds=1)
    result = jobsem.run_sync(job, _waits_to_stop, executor="process")
    assert result.outcome.reason == "DeadlineExceeded"
    assert result.attempts[0].exit_code == 143


def test_a_process_that_dies_is_a_failed_pod_and_not_the_end(tmp_path: Path) -> None:
    worker = functools.partial(_dies, str(tmp_path / "died"))
    clock = jobsem.Clock(speed=20)
    result = jobsem.run_sync(manifest(), worker, executor="process", clock=clock)
    assert [a.exit_code for a in result.attempts] == [137, 0]
    assert result.values == ["second try"]


def test_an_executor_that_was_passed_in_stays_open() -> None:
    with futures.ThreadPoolExecutor(4) as pool:
        result = jobsem.run_sync(indexed(4), lambda ctx: ctx.index, executor=pool, clock=V())
        assert result.values == [0, 1, 2, 3]
        assert pool.submit(lambda: 5).result() == 5


def test_no_more_threads_than_parallelism_work_at_once() -> None:
    lock, now, peak = threading.Lock(), 0, 0

    def worker(ctx: jobsem.Context) -> None:
        nonlocal now, peak
        with lock:
            now += 1
            peak = max(peak, now)
        ctx.sleep(3)
        with lock:
            now -= 1

    job = indexed(12, parallelism=3)
    assert jobsem.run_sync(job, worker, clock=V()).succeeded
    assert peak == 3


def test_commands_run_with_their_exit_codes_and_environment() -> None:
    code = 'import os, sys; print(os.environ["GREETING"], end=""); sys.exit(7 * (1 - int(' \
           'os.environ["JOB_COMPLETION_INDEX"])))'
    container = {"command": [sys.executable, "-c", code], "env": [{"name": "GREETING", "value": "hi"}]}
    job = indexed(2, container=container, backoffLimitPerIndex=0)
    result = jobsem.run_sync(job, jobsem.Command(capture=True), clock=jobsem.Clock(speed=20))
    codes = {attempt.index: attempt.exit_code for attempt in result.attempts}
    assert codes == {0: 7, 1: 0}
    assert result.indexes[1].value == "hi"
    missing = manifest(container={"command": ["/nowhere/command"]}, backoffLimit=0)
    result = jobsem.run_sync(missing, clock=jobsem.Clock(speed=20))
    assert result.attempts[0].exit_code == 128


def test_what_a_command_leaves_behind_ends_with_it(tmp_path: Path) -> None:
    told = tmp_path / "pid"
    container = {"command": ["sh", "-c", f"sleep 1000 & echo $! > {told}; echo said"]}
    clock = jobsem.Clock(speed=20)
    job = manifest(container=container)
    result = jobsem.run_sync(job, jobsem.Command(capture=True), clock=clock)
    assert result.values == ["said\n"]
    assert not _runs(int(told.read_text()))


def test_a_command_that_ignores_sigterm_is_killed() -> None:
    code = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN)\nwhile 1: time.sleep(1)"
    job = manifest(container={"command": [sys.executable, "-c", code]}, activeDeadlineSeconds=20)
    result = jobsem.run_sync(job, clock=jobsem.Clock(speed=20))
    assert result.outcome.reason == "DeadlineExceeded"
    assert result.attempts[0].exit_code in (137, 143)


def test_cancellation_stops_what_runs() -> None:
    ended: list[str] = []

    async def main() -> None:
        begun = asyncio.Event()

        async def worker(ctx: jobsem.Context) -> None:
            begun.set()
            try:
                await asyncio.sleep(1000)
            finally:
                ended.append(ctx.name)

        task = asyncio.create_task(jobsem.run(manifest(), worker))
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(main())
    assert len(ended) == 1


_INTERRUPTED = """
import jobsem, signal, sys, time

JOB = {job!r}


def patient(ctx):
    while not ctx.should_stop:
        time.sleep(0.01)


def stubborn(ctx):
    time.sleep(1000)


def progress(p):
    if p.running and p.ready == p.running:
        print("running", flush=True)


if __name__ == "__main__":
    jobsem.run_sync(JOB, {worker}, progress=progress, {options})
"""

_IGNORES = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN)\ntime.sleep(1000)"


@pytest.mark.parametrize(
    ("worker", "options", "command", "interrupts"),
    [
        ("None", "", ["sleep", "1000"], 1),
        ("None", "cancel_grace_seconds=0.2", [sys.executable, "-c", _IGNORES], 1),
        ("None", "cancel_grace_seconds=1000", [sys.executable, "-c", _IGNORES], 2),
        ("patient", "executor='thread'", [], 1),
        ("patient", "executor='process'", [], 1),
        ("stubborn", "executor='process', cancel_grace_seconds=0.2", [], 1),
        ("stubborn", "executor='process', cancel_grace_seconds=1000", [], 2),
    ],
)
def test_ctrl_c_leaves_nothing_running(
    worker: str, options: str, command: list[str], interrupts: int, tmp_path: Path
) -> None:
    job = indexed(2, container={"command": command})
    script = tmp_path / "interrupted.py"
    script.write_text(_INTERRUPTED.format(job=job, worker=worker, options=options))
    process = subprocess.Popen(
        [sys.executable, script],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # A shell's background jobs ignore Ctrl-C, and so would their children.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert process.stdout is not None and process.stdout.readline() == "running\n"
    below = _below(process.pid)
    assert worker == "patient" and "thread" in options or len(below) >= 2
    for _ in range(interrupts):
        # As a terminal does: to all processes of the group.
        os.killpg(process.pid, signal.SIGINT)
        time.sleep(0.3)
    _, error = process.communicate(timeout=30)
    assert "KeyboardInterrupt" in error and "SpawnProcess" not in error
    # The tracker of shared memory goes when it sees that nobody is left.
    end = time.monotonic() + 10
    while (left := list(filter(_runs, below))) and time.monotonic() < end:
        time.sleep(0.01)
    assert not left


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("times", [1, 2])
def test_a_signal_that_ends_the_process_ends_its_commands_first(
    number: signal.Signals, times: int, tmp_path: Path
) -> None:
    # One that ignores SIGTERM keeps the process until the grace period or the second signal.
    command = ["sleep", "1000"] if times == 1 else [sys.executable, "-c", _IGNORES]
    job = indexed(2, container={"command": command})
    script = tmp_path / "ended.py"
    options = "cancel_grace_seconds=1000"
    script.write_text(_INTERRUPTED.format(job=job, worker="None", options=options))
    process = subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None and process.stdout.readline() == "running\n"
    below = _below(process.pid)
    assert len(below) >= 2
    for _ in range(times):
        process.send_signal(number)
        time.sleep(0.3)
    assert process.wait(timeout=30) == -number
    process.stdout.close()
    assert not list(filter(_runs, below))


def test_a_handler_of_the_program_stays() -> None:
    seen: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, _: seen.append(number))
    try:
        code = "import os, signal, time; os.kill(os.getppid(), signal.SIGTERM); time.sleep(0.2)"
        result = jobsem.run_sync(manifest(), jobsem.Command([sys.executable, "-c", code]))
    finally:
        signal.signal(signal.SIGTERM, before)
    assert result.succeeded and seen == [signal.SIGTERM]


class _Mute(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no text")


class _Outcome(BaseException):
    """As pytest's own, which are no `Exception`."""


@pytest.mark.parametrize("kind", ["coroutine", "thread"])
@pytest.mark.parametrize(
    ("error", "code"),
    [
        (_Outcome("failed"), 1),
        (_Mute(), 1),
        (GeneratorExit(), 1),
        (SystemExit(3), 3),
        (ValueError("\ud800 alone"), 1),
        (jobsem.Disrupted("\ud800 alone"), 137),
    ],
)
def test_whatever_is_raised_ends_the_attempt_and_not_the_run(
    kind: str, error: BaseException, code: int
) -> None:
    def fails(ctx: jobsem.Context) -> None:
        raise error

    async def fails_too(ctx: jobsem.Context) -> None:
        raise error

    worker = fails if kind == "thread" else fails_too
    result = jobsem.run_sync(indexed(2, backoffLimitPerIndex=0), worker, clock=V())
    assert not result.succeeded
    assert [(a.exit_code, a.error) for a in result.attempts] == [(code, error)] * 2


async def _answer(ctx: jobsem.Context) -> int:
    return 42


async def _answers(ctx: jobsem.Context) -> Any:
    yield 42


async def _returns_one(ctx: jobsem.Context) -> Any:
    return _answer(ctx)


@pytest.mark.parametrize(
    ("worker", "what"),
    [
        (lambda ctx: _answer(ctx), "coroutine"),
        (lambda ctx: _answers(ctx), "async_generator"),
        (lambda ctx: (n for n in range(3)), "generator"),
        (_returns_one, "coroutine"),
    ],
)
def test_a_worker_that_only_promises_is_refused(worker: Any, what: str) -> None:
    with pytest.raises(TypeError, match=f"the worker returned a {what}, which"):
        jobsem.run_sync(indexed(2), worker, clock=V())


def _runs(pid: int) -> bool:
    """Whether there is such a process, and more of it than what its parent should ask for."""
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


def _below(pid: int) -> list[int]:
    """The children of a process, theirs, and so on."""
    tasks = Path(f"/proc/{pid}/task")
    if not Path("/proc/self/task").exists():
        pytest.skip("this system does not tell of children")
    children = [int(n) for t in tasks.iterdir() for n in (t / "children").read_text().split()]
    return [*children, *(n for child in children for n in _below(child))]


def test_progress_is_told_whenever_something_has_changed() -> None:
    told: list[jobsem.Progress] = []

    async def worker(ctx: jobsem.Context) -> None:
        await ctx.sleep(3)
        if ctx.attempt == 1:
            raise jobsem.Exit(1)

    jobsem.run_sync(manifest(completions=1), worker, clock=V(), progress=told.append)
    assert told[-1].verdict == "succeeded" and told[-1].failed == 1
    assert any(progress.backoff_until is not None for progress in told)
    assert "1/1 succeeded" in str(told[-1])


def test_a_live_line_says_how_it_goes(capsys: pytest.CaptureFixture[str]) -> None:
    jobsem.run_sync(manifest(), lambda ctx: None, clock=V(), live=True)
    assert "pi: succeeded" in capsys.readouterr().err


def test_a_progress_callback_that_raises_ends_the_run() -> None:
    def progress(_: jobsem.Progress) -> None:
        raise RuntimeError("enough")

    with pytest.raises(RuntimeError, match="enough"):
        jobsem.run_sync(manifest(), lambda ctx: ctx.sleep(5), clock=V(), progress=progress)


def test_a_suspended_job_that_nobody_can_resume_is_noticed_in_virtual_time() -> None:
    with pytest.raises(jobsem.StateError, match="nothing will ever happen"):
        jobsem.run_sync(manifest(suspend=True), lambda ctx: None, clock=V())


def test_wrong_workers_and_executors_are_refused() -> None:
    async def coroutine(ctx: jobsem.Context) -> None: ...

    for worker, executor in [(3, None), (coroutine, "thread"), (jobsem.Command(), "thread")]:
        with pytest.raises(TypeError):
            jobsem.run_sync(manifest(), worker, executor=executor)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="executor"):
        jobsem.run_sync(manifest(), lambda ctx: None, executor="fibre")
    with pytest.raises(jobsem.InvalidError):
        jobsem.run_sync(manifest(backoffLimit=-1), lambda ctx: None)
    with pytest.raises(jobsem.UnsupportedError, match="`main` has no `command`"):
        jobsem.run_sync(manifest())
    secret = {"name": "KEY", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}
    with pytest.raises(jobsem.UnsupportedError, match="valueFrom"):
        jobsem.run_sync(manifest(container={"command": ["true"], "env": [secret]}))


def test_a_thousand_items_on_a_pool_all_come_through() -> None:
    tries: Counter[int] = Counter()

    def worker(ctx: jobsem.Context) -> int:
        assert ctx.index is not None
        tries[ctx.index] += 1
        if ctx.index % 7 == 0 and ctx.attempt == 1:
            raise OSError("flaky")
        return ctx.index

    job = indexed(1000, parallelism=1000, backoffLimitPerIndex=3)
    with futures.ThreadPoolExecutor(4) as pool:
        result = jobsem.run_sync(job, worker, executor=pool, clock=V())
    assert result.check().values == list(range(1000))
    assert sum(tries.values()) == 1000 + len(range(0, 1000, 7))


def test_a_worker_runs_on_the_executor_of_dask() -> None:
    distributed = pytest.importorskip("distributed", reason="Dask is not installed")

    def worker(ctx: jobsem.Context) -> int:
        assert ctx.index is not None
        if ctx.index == 2 and ctx.attempt == 1:
            raise OSError("flaky")
        return ctx.index * 10

    options: dict[str, Any] = {"dashboard_address": None, "n_workers": 1, "threads_per_worker": 2}
    with distributed.Client(processes=False, **options) as client:
        result = jobsem.run_sync(
            indexed(4, backoffLimitPerIndex=1),
            worker,
            executor=client.get_executor(),
            clock=jobsem.Clock(speed=100),
        )
    assert result.check().values == [0, 10, 20, 30]
    assert [attempt.exit_code for attempt in result.indexes[2].attempts] == [1, 0]


def test_a_run_draws_itself_and_explains() -> None:
    result = jobsem.run_sync(manifest(), lambda ctx: None, clock=V(), explain=True)
    assert "<svg" in result._repr_html_()
    assert any(note.rule == "MANAGE-10" for note in result.notes)
