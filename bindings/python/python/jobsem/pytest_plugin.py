"""The pytest plugin: manifests under test.

It is there when jobsem is installed. ``--kube 1.31,1.37`` or ``--kube all`` runs every test that
uses ``kube`` or ``simulate_job`` once for each of these versions; a test chooses for itself with
``@pytest.mark.kube("1.29", "1.37")``.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from pathlib import Path
from typing import Any

import pytest

from ._core import KUBE_VERSIONS, validate
from ._values import Timeline, Validation
from .testing import Pods, Sim, TimelineAssertionError, __tracebackhide__, simulate

__all__ = ["SimulateJob", "__tracebackhide__"]

_played = pytest.StashKey[list[Timeline]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("jobsem", "manifests of Kubernetes Jobs")
    group.addoption(
        "--kube",
        default=KUBE_VERSIONS[-1],
        help="the Kubernetes versions to test manifests with: `all`, or a list as 1.31,1.37",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "kube(*versions): the Kubernetes versions that a test is run with"
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "kube" not in metafunc.fixturenames:
        return
    marker = metafunc.definition.get_closest_marker("kube")
    option: str = metafunc.config.getoption("kube") or ""
    wanted: list[str] = list(marker.args) if marker else option.split(",")
    versions = list(KUBE_VERSIONS) if wanted == ["all"] else wanted
    unknown = [version for version in versions if version not in KUBE_VERSIONS]
    if unknown:
        raise pytest.UsageError(
            f"Kubernetes {', '.join(unknown)} is not emulated; {KUBE_VERSIONS[0]} to "
            f"{KUBE_VERSIONS[-1]} are"
        )
    metafunc.parametrize("kube", versions)


@pytest.fixture
def kube(request: pytest.FixtureRequest) -> str:
    """The Kubernetes version that the test is run with."""
    version: str = request.param
    return version


class SimulateJob:
    """What the fixture ``simulate_job`` is."""

    def __init__(self, kube: str, directory: Path, played: list[Timeline]) -> None:
        self.kube: str = kube
        """The Kubernetes version."""
        self._directory = directory
        self._played = played

    def load(self, manifest: Any) -> Any:
        """A file's path is looked up beside the test; anything else is a manifest already."""
        if isinstance(manifest, str) and "\n" not in manifest and not manifest.startswith("{"):
            return self._directory / manifest
        return manifest

    def __call__(
        self, manifest: Any, pods: Pods | Mapping[str, Any] | None = None, **options: Any
    ) -> Sim:
        """Plays the manifest; options are those of :func:`jobsem.testing.simulate`."""
        options.setdefault("kube", self.kube)
        sim = simulate(self.load(manifest), pods, **options)
        self._played.append(sim.timeline)
        return sim

    def validate(self, manifest: Any, **options: Any) -> Validation:
        """What the API server says of the manifest."""
        options.setdefault("kube", self.kube)
        return validate(self.load(manifest), **options)


@pytest.fixture
def simulate_job(request: pytest.FixtureRequest, kube: str) -> SimulateJob:
    """Plays Jobs in virtual time; if the test fails, it is told what happened and why."""
    played: list[Timeline] = []
    request.node.stash[_played] = played
    return SimulateJob(kube, request.path.parent, played)


@pytest.fixture
def job_pods() -> Callable[[], Pods]:
    """Makes scripts of what pods do."""
    return Pods


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.when == "call" and report.failed:
        # An assertion on a timeline has it in its own text.
        told = call.excinfo is not None and call.excinfo.errisinstance(TimelineAssertionError)
        for timeline in [] if told else item.stash.get(_played, []):
            title = f"Job {timeline.job.name} on Kubernetes {timeline.kube}"
            report.sections.append((title, f"{timeline}\n{timeline.outcome}"))
    return report
