"""1,000 items with retries on a process pool: each item is an index with three tries."""

import asyncio
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import jobsem

ITEMS = 1000
JOB = {
    "apiVersion": "batch/v1",
    "kind": "Job",
    "metadata": {"name": "items"},
    "spec": {
        "completions": ITEMS,
        "parallelism": ITEMS,
        "completionMode": "Indexed",
        "backoffLimitPerIndex": 2,
        "maxFailedIndexes": 10,
        "template": {
            "spec": {
                "restartPolicy": "Never",
                "containers": [{"name": "main", "image": "none"}],
            }
        },
    },
}


def work(ctx: jobsem.Context) -> int:
    """Fails on every hundredth item the first time."""
    assert ctx.index is not None
    if ctx.index % 100 == 0 and ctx.attempt == 1:
        raise OSError("the network was not in the mood")
    return ctx.index**2


async def main() -> None:
    # Back-offs of ten seconds pass in a tenth; leave the clock out for Kubernetes' own pace.
    clock = jobsem.Clock(speed=100)
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        result = await jobsem.run(JOB, work, executor=pool, clock=clock)
    values: list[int] = result.check().values
    retried = sum(len(index.attempts) - 1 for index in result.indexes)
    print(f"{len(values)} items, {retried} retries, sum {sum(values)}")


if __name__ == "__main__":
    asyncio.run(main())
