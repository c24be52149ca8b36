"""Tests of a manifest: `pytest test_manifest.py --kube all`."""

from jobsem.pytest_plugin import SimulateJob
from jobsem.testing import Pods

MANIFEST = "../indexed-backoff-per-index.yaml"


def test_a_drained_node_uses_up_the_retry_of_its_index(simulate_job: SimulateJob) -> None:
    pods = Pods().index(3).exits(42).then_is_disrupted()
    sim = simulate_job(MANIFEST, pods)
    sim.fails(reason="FailedIndexes").created_pods(2, index=3)
    sim.indexes(completed="0-2", failed="3")


def test_one_retry_is_enough_for_a_flaky_index(simulate_job: SimulateJob) -> None:
    pods = Pods().index(1).exits(1).all(run="10s")
    sim = simulate_job(MANIFEST, pods)
    sim.succeeds().counts(succeeded=4, failed=1).takes(at_least=20).runs_at_once(4)
    sim.decided_by("MANAGE-10")


def test_every_version_takes_the_manifest(simulate_job: SimulateJob) -> None:
    assert simulate_job.validate(MANIFEST).valid
