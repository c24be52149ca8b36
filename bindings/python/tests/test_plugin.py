"""The pytest plugin, pictures, examples and documents."""

from __future__ import annotations

import builtins
import doctest
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import jobsem
import jobsem.testing
import pytest
from jobsem.testing import Pods, simulate

from conftest import REPOSITORY, indexed

EXAMPLES = REPOSITORY / "examples/python"
README = REPOSITORY / "bindings/python/README.md"
TUTORIAL = REPOSITORY / "docs/tutorials/python.md"


def test_a_script_says_what_each_attempt_does() -> None:
    pods = Pods().index(3).exits(42, times=2).then_is_disrupted().each().hangs().all(run="1s")
    assert pods.script() == {
        "index 3 attempt 1": {"exit": 42},
        "index 3 attempt 2": {"exit": 42},
        "index 3 attempt 3": {"exit": 143, "disrupted": True},
        "attempt 1": {"run": "forever"},
        "*": {"run": "1s"},
    }


def test_assertions_hold_or_tell_the_timeline() -> None:
    sim = simulate(indexed(4, backoffLimitPerIndex=1), Pods().index(3).exits(42, times=2))
    sim.fails(reason="FailedIndexes").created_pods(5).created_pods(2, index=3)
    sim.has_condition("Failed", reason="FailedIndexes", after=10, before=60)
    sim.has_no_condition("Complete").counts(succeeded=3, failed=2)
    sim.indexes(completed="0-2", failed="3").takes(at_least=10, at_most=60).runs_at_once(4)
    sim.has_event("FailedIndexes").decided_by("MANAGE-10")
    wrong = [
        lambda: sim.succeeds(),
        lambda: sim.fails(reason="X"),
        lambda: sim.has_condition("Complete"),
        lambda: sim.has_condition("Failed", before=1),
        lambda: sim.has_no_condition("Failed"),
        lambda: sim.created_pods(1),
        lambda: sim.counts(failed=0),
        lambda: sim.indexes(failed="1"),
        lambda: sim.takes(at_most=1),
        lambda: sim.runs_at_once(3),
        lambda: sim.has_event("Completed"),
        lambda: sim.decided_by("NONE"),
    ]
    for assertion in wrong:
        with pytest.raises(AssertionError, match=r"\[MANAGE-10\]"):
            assertion()


def test_a_failing_test_prints_the_timeline_with_the_rules(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Where CI is set, pytest repeats the whole text of a failure in its summary.
    for name in ("CI", "BUILD_NUMBER"):
        monkeypatch.delenv(name, raising=False)
    pytester.path.joinpath("job.json").write_text(
        '{"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "pi"}, "spec": {"template":'
        '{"spec": {"restartPolicy": "Never", "containers": [{"name": "m", "image": "i"}]}}}}'
    )
    pytester.makepyfile(
        """
        import pytest

        def test_own(simulate_job):
            assert simulate_job("job.json").timeline.end == 1234

        def test_ours(simulate_job):
            simulate_job("job.json").fails()

        @pytest.mark.kube("1.29", "1.37")
        def test_versions(simulate_job, kube):
            assert simulate_job("job.json").timeline.kube == kube
        """
    )
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", "--kube", "1.30")
    result.assert_outcomes(passed=2, failed=2)
    text = result.stdout.str()
    assert text.count("1 created [MANAGE-10]") == 2
    assert "Job pi on Kubernetes 1.30" in text and "test_own[1.30]" in text
    # Both point at the line of the test.
    assert ">       simulate_job(\"job.json\").fails()" in text and "testing.py" not in text


def test_versions_that_are_not_emulated_are_refused(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_it(kube): pass")
    result = pytester.runpytest_subprocess("--kube", "1.12")
    result.stdout.fnmatch_lines(["*1.12 is not emulated*"])
    result = pytester.runpytest_subprocess("--kube", "all")
    result.assert_outcomes(passed=len(jobsem.KUBE_VERSIONS))


def test_a_timeline_is_a_picture(tmp_path: Path) -> None:
    script = {"index 1": {"exit": 42}, "index 0 attempt 1": {"exit": 143, "disrupted": True}}
    timeline = jobsem.simulate(indexed(3, backoffLimitPerIndex=1), pods=script)
    path = tmp_path / "timeline.svg"
    assert timeline.to_svg(path) == path.read_text(encoding="utf-8")
    texts = [element.text for element in ElementTree.parse(path).iter() if element.text]
    for pod in timeline.pods:
        assert pod.name in texts
    assert {"FailureTarget", "Failed", "143 disrupted", "42"} <= set(texts)
    assert any(text.startswith("back-off") for text in texts)
    assert "prefers-color-scheme:dark" in path.read_text(encoding="utf-8")
    html = timeline._repr_html_()
    assert "prefers-color-scheme" not in html and "[MANAGE-10]" in html


def test_what_a_picture_shows_is_escaped() -> None:
    html = jobsem.Outcome("failed", "<b>", "a & b")._repr_html_()
    assert "&lt;b&gt;" in html and "a &amp; b" in html


def test_many_pods_make_no_endless_picture() -> None:
    timeline = jobsem.simulate(indexed(300))
    assert "and 240 more pods" in timeline.to_svg()


def test_a_timeline_is_a_data_frame() -> None:
    pytest.importorskip("pandas")
    frame = jobsem.simulate(indexed(3)).to_pandas()
    assert list(frame["index"]) == [0, 1, 2]
    assert frame["phase"].tolist() == ["Succeeded"] * 3


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("[!t]*.py")), ids=lambda path: path.name)
def test_the_examples_run(path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-W", "error", path], capture_output=True, text=True, timeout=120
    )
    assert (run.returncode, run.stderr) == (0, "") and run.stdout


def test_the_example_on_a_pool_and_the_pytest_example_run() -> None:
    for arguments in (["thousand_items.py"], ["-m", "pytest", "-q", "test_manifest.py"]):
        command = [sys.executable, *arguments]
        run = subprocess.run(command, cwd=EXAMPLES, capture_output=True, text=True, timeout=120)
        assert run.returncode == 0, run.stdout + run.stderr


def test_the_examples_in_docstrings_and_stubs_hold() -> None:
    names = ["jobsem", "jobsem.testing", "jobsem._clock", "jobsem._context", "jobsem._values"]
    attempted = 0
    for name in names:
        __import__(name)
        result = doctest.testmod(sys.modules[name], raise_on_error=False)
        assert result.failed == 0
        attempted += result.attempted
    stub = Path(jobsem.__file__).with_name("_core.pyi").read_text().replace('"""', "\n")
    parser, runner = doctest.DocTestParser(), doctest.DocTestRunner()
    globs = {name: getattr(jobsem, name) for name in jobsem.__all__}
    test = parser.get_doctest(stub, globs, "_core.pyi", None, None)
    assert runner.run(test).failed == 0
    assert attempted + len(test.examples) > 12


def test_the_lines_of_the_readme_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    blocks = re.findall(r"```python\n(.*?)```", README.read_text(), re.S)
    assert len(blocks) >= 4
    monkeypatch.chdir(tmp_path)
    Path("job.yaml").write_text((REPOSITORY / "examples/pi.yaml").read_text())
    said: list[str] = []
    monkeypatch.setattr(builtins, "print", lambda *a, **_: said.append(" ".join(map(str, a))))
    globs: dict[str, object] = {"__name__": "readme"}
    for block in blocks:
        exec(compile(block, str(README), "exec"), globs)
        for name, value in list(globs.items()):
            if name.startswith("test_"):
                from jobsem.pytest_plugin import SimulateJob

                value(SimulateJob("1.37", tmp_path, []))  # type: ignore[operator]
                del globs[name]
    assert said


def test_the_example_of_the_repository_prints_what_it_shows(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = (REPOSITORY / "README.md").read_text()
    (block,) = re.findall(r"```python\n(.*?)```", page, re.S)
    monkeypatch.chdir(REPOSITORY)
    exec(compile(block, "README.md", "exec"), {"__name__": "readme"})
    assert capsys.readouterr().out.splitlines() == re.findall(r"^print.*# (.*)$", block, re.M)


def test_the_tutorial_prints_what_it_shows(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Blocks with a file's name are that file; `text` is what the block before it prints."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    globs: dict[str, object] = {"__name__": "tutorial"}
    said, compared, tested = "", 0, False
    for info, body in re.findall(r"```([^\n]*)\n(.*?)```", TUTORIAL.read_text(), re.S):
        kind, *name = info.split()
        if name:
            Path(name[0]).write_text(body)
        elif kind == "text":
            assert said == body
            compared += 1
        elif kind == "python":
            exec(compile(body, str(TUTORIAL), "exec"), globs)
            said = capsys.readouterr().out
        elif body.startswith(("python items", "pytest")):
            arguments = body.partition("#")[0].split()
            arguments = arguments[1:] if arguments[0] == "python" else ["-m", *arguments]
            command = [sys.executable, *arguments]
            run = subprocess.run(command, capture_output=True, text=True, timeout=120)
            assert run.returncode == 0, run.stdout + run.stderr
            said = run.stdout
            tested |= "6 passed" in said
    assert compared == 6 and tested


def test_the_package_says_all_that_it_has() -> None:
    assert sorted(jobsem.__all__, key=str) == sorted(set(jobsem.__all__), key=str)
    for name in jobsem.__all__:
        assert getattr(jobsem, name) is not None
    with pytest.raises(AttributeError):
        jobsem.nothing  # type: ignore[attr-defined]


def test_importing_takes_none_of_the_heavy_modules() -> None:
    heavy = ["asyncio", "dataclasses", "html", "inspect", "multiprocessing", "pandas", "pytest"]
    code = f"import sys, jobsem; print([m for m in {heavy} if m in sys.modules])"
    # Isolated: what other packages hook into the interpreter's start is not ours.
    start = f"import sys; sys.path = {sys.path}; {code}"
    run = subprocess.run([sys.executable, "-I", "-S", "-c", start],
                         capture_output=True, text=True)
    assert run.stdout == "[]\n", run.stderr
