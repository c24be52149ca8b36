"""What a call costs, beside the same without jobsem: `python overhead.py`, with an optimised wheel.

Each figure is the least of several rounds: what else the machine does only adds to it.
`cargo xtask python overhead` builds the wheel and calls this.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import jobsem

from conftest import indexed, manifest

WORKERS = 10_000
THREADS = 4

#: A time that is not in 1970, in nanoseconds.
START = 1_700_000_000 * 10**9


def least(work: Callable[[], object], *, times: int = 1, rounds: int = 5) -> float:
    """Seconds for one call of ``work`` that does something so many times."""
    taken = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        taken.append((time.perf_counter() - start) / times)
    return min(taken)


def repeated(work: Callable[[], object], times: int) -> float:
    def loop() -> None:
        for _ in range(times):
            work()

    return least(loop, times=times)


def show(what: str, seconds: float) -> None:
    unit, scale = ("ms", 1e3) if seconds >= 1e-3 else ("µs", 1e6)
    print(f"{what:<66} {seconds * scale:8.2f} {unit}")


def values() -> None:
    """Values in, values out."""
    conditions = [{"type": "Complete", "status": "True", "reason": "CompletionsReached"}]
    job = {**manifest(), "status": {"conditions": conditions, "succeeded": 1}}
    text = json.dumps(job)

    def plain() -> bool:
        return any(
            c["type"] in ("Complete", "Failed") and c["status"] == "True"
            for c in job["status"]["conditions"]
        )

    show("outcome(dict)", repeated(lambda: jobsem.outcome(job), 5_000))
    show("outcome(text of JSON)", repeated(lambda: jobsem.outcome(text), 5_000))
    show("outcome(json.dumps(dict))", repeated(lambda: jobsem.outcome(json.dumps(job)), 5_000))
    show("any(condition is true) in Python", repeated(plain, 20_000))


def thousand_pods() -> tuple[jobsem.Job, list[jobsem.Pod]]:
    cluster = jobsem.Cluster()
    cluster.create(START, indexed(1000))
    now = START
    while len(cluster.pods()) < 1000:
        now += 1_000_000_000
        cluster.handle_timeout(now)
    job = cluster.job("pi")
    assert job is not None
    return job, cluster.pods()


def reconciled() -> None:
    job, pods = thousand_pods()
    now = START + 100_000_000_000
    show("reconcile(Job, 1,000 Pods)", repeated(lambda: jobsem.reconcile(job, pods, now), 20))
    job_dict, dicts = job.to_dict(), [pod.to_dict() for pod in pods]
    call = lambda: jobsem.reconcile(job_dict, dicts, now)  # noqa: E731
    show("reconcile(dict, 1,000 dicts)", repeated(call, 3))
    show("json.dumps of these, for comparison", repeated(lambda: json.dumps(dicts), 3))


def reported() -> None:
    cluster = jobsem.Cluster()
    cluster.create(START, indexed(500))
    pods = [work.pod for work in cluster.work()]

    def all_running() -> None:
        for pod in pods:
            cluster.report(START + 10**9, pod, running=True)

    show("Cluster.report(pod, running=True)", least(all_running, times=len(pods), rounds=1))


def trivial(_: object = None) -> int:
    return 1


def trivial_workers() -> None:
    """10,000 workers that do nothing; what is left of it is overhead."""
    job = indexed(WORKERS)

    async def coroutine(_: jobsem.Context) -> int:
        return 1

    async def tasks() -> None:
        await asyncio.gather(*[asyncio.create_task(asyncio.sleep(0)) for _ in range(WORKERS)])

    def run(worker: Any, **options: Any) -> Callable[[], object]:
        clock = jobsem.VirtualClock
        return lambda: jobsem.run_sync(job, worker, clock=clock(), **options).check()

    def each(work: Callable[[], object]) -> float:
        return least(work, times=WORKERS, rounds=10)

    print(f"\n{WORKERS:,} workers that do nothing, each:")
    show("plain asyncio tasks", each(lambda: asyncio.run(tasks())))
    show("jobsem.run, coroutines", each(run(coroutine)))
    with ThreadPoolExecutor(THREADS) as pool:
        plain = each(lambda: list(pool.map(trivial, range(WORKERS))))
        show(f"plain ThreadPoolExecutor({THREADS}).map", plain)
        try:
            import tenacity
        except ImportError:
            print("tenacity is not installed: left out")
        else:
            stop = tenacity.stop_after_attempt(3)
            retrying = tenacity.retry(stop=stop, wait=tenacity.wait_exponential(10))(trivial)
            with_retries = each(lambda: list(pool.map(retrying, range(WORKERS))))
            show("the same, each with tenacity's retries", with_retries)
        ours = each(run(trivial, executor=pool))
        show("jobsem.run on that pool", ours)
        show("  over the plain pool", ours - plain)


def imported() -> None:
    def start(code: str) -> Callable[[], object]:
        command = [sys.executable, "-I", "-c", code]
        return lambda: subprocess.run(command, check=True)

    print()
    base = least(start("pass"), rounds=25)
    for code in ("import jobsem", "import jobsem; jobsem.Outcome", "import jobsem; jobsem.run",
                 "import dataclasses", "import asyncio"):  # fmt: skip
        show(code, least(start(code), rounds=25) - base)


if __name__ == "__main__":
    values()
    reconciled()
    reported()
    trivial_workers()
    imported()
