"""Values in, values out."""

from __future__ import annotations

import copy
import datetime as dt
import json
import pickle
import subprocess
import sys
import threading
import types
from dataclasses import FrozenInstanceError
from pathlib import Path

import jobsem
import pytest

from conftest import REPOSITORY, indexed, manifest

NOW = dt.datetime(2024, 1, 1, tzinfo=dt.timezone.utc)
START = 1_700_000_000 * 10**9
FAILING = {
    "status": {
        "active": 1,
        "startTime": "2024-01-01T00:00:00Z",
        "conditions": [
            {"type": "FailureTarget", "status": "True", "reason": "BackoffLimitExceeded"}
        ],
    }
}


def test_every_version_in_the_repository_is_the_same() -> None:
    def version_of(path: str) -> str:
        lines = (REPOSITORY / path).read_text().splitlines()
        return next(line.split('"')[1] for line in lines if line.startswith("version ="))

    import importlib.metadata

    assert jobsem.__version__ == version_of("Cargo.toml")
    assert jobsem.__version__ == version_of("bindings/python/Cargo.toml")
    assert jobsem.__version__ == importlib.metadata.version("jobsem")


@pytest.mark.parametrize(
    "make",
    [
        lambda path: FAILING,
        lambda path: json.dumps(FAILING),
        lambda path: json.dumps(FAILING).encode(),
        lambda path: path,
        lambda path: types.MappingProxyType(FAILING),
        lambda path: jobsem.Job(FAILING),
        lambda path: "status:\n  conditions: [{type: FailureTarget, status: 'True', "
        "reason: BackoffLimitExceeded}]\n",
    ],
)
def test_an_outcome_is_the_same_for_every_form_of_a_job(make: object, tmp_path: Path) -> None:
    path = tmp_path / "job.json"
    path.write_text(json.dumps(FAILING))
    outcome = jobsem.outcome(make(path))  # type: ignore[operator]
    assert outcome.verdict == "will-fail"
    assert (outcome.decided, outcome.is_final) == (False, False)


def test_objects_of_the_kubernetes_client_are_read_by_what_they_have() -> None:
    client = pytest.importorskip("kubernetes.client")
    job = client.V1Job(
        metadata=client.V1ObjectMeta(name="pi", namespace="default", creation_timestamp=NOW),
        spec=client.V1JobSpec(
            backoff_limit=3,
            template=client.V1PodTemplateSpec(
                spec=client.V1PodSpec(
                    restart_policy="Never", containers=[client.V1Container(name="m", image="i")]
                )
            ),
        ),
        status=client.V1JobStatus(
            conditions=[client.V1JobCondition(type="Complete", status="True")]
        ),
    )
    assert jobsem.outcome(job).succeeded
    assert jobsem.validate(job).valid
    assert jobsem.Job(job).to_dict()["metadata"]["creationTimestamp"] == "2024-01-01T00:00:00Z"
    with pytest.raises(jobsem.DecodeError, match="sanitize_for_serialization"):
        jobsem.outcome(job.to_dict())


def test_values_are_frozen_equal_matched_and_pickled() -> None:
    cluster = jobsem.Cluster()
    cluster.create(NOW, manifest(activeDeadlineSeconds=9))
    work = cluster.work()
    plan = jobsem.reconcile(cluster.job("pi"), [], NOW, explain=True)
    values = [
        jobsem.outcome(FAILING), *work, plan, *plan.requests, *plan.notes, *plan.events,
        cluster.next_wakeup(), jobsem.validate(manifest(backoffLimit=-1)),
        jobsem.simulate(manifest()), jobsem.CronSchedule("* * * * *", zone="Europe/Berlin"),
        jobsem.explain(cluster.job("pi"), cluster.pods(), NOW), cluster.job("pi"),
    ]  # fmt: skip
    for value in values:
        again = pickle.loads(pickle.dumps(value))
        assert again == value
        assert copy.deepcopy(value) == value
        assert repr(again) == repr(value)
        assert value != object()
        if hasattr(value, "to_dict"):
            json.dumps(value.to_dict())
    with pytest.raises(FrozenInstanceError):
        values[0].verdict = "failed"
    with pytest.raises(AttributeError):
        cluster.job("pi").name = "x"  # type: ignore[union-attr, misc]
    match work[0]:
        case jobsem.Start(jobsem.Pod(namespace, name)):
            assert (namespace, name) == ("default", "pi-00000")
        case _:
            pytest.fail("no start")


def test_naive_times_are_refused_and_aware_ones_of_any_zone_are_the_same_instant() -> None:
    with pytest.raises(ValueError, match="naive"):
        jobsem.Cluster().handle_timeout(dt.datetime(2024, 1, 1))
    for wrong in (1.5, "now", True, None):
        with pytest.raises(TypeError, match="aware datetime"):
            jobsem.Cluster().handle_timeout(wrong)  # type: ignore[arg-type]
    schedule = jobsem.CronSchedule("0 0 * * *")
    east = NOW.astimezone(dt.timezone(dt.timedelta(hours=5, minutes=45)))
    seconds = int(NOW.timestamp()) * 1_000_000_000
    assert schedule.next(east) == schedule.next(NOW) == schedule.next(seconds)


def test_wakeups_are_rounded_up_and_recorded_times_down() -> None:
    cluster = jobsem.Cluster()
    cluster.create(START + 1, manifest())
    [start] = cluster.work()
    cluster.report(START + 1, start.pod, exited=0)
    wakeup = cluster.next_wakeup()
    assert wakeup is not None
    at = round(wakeup.at.timestamp() * 1_000_000) * 1_000
    assert wakeup.at_ns <= at < wakeup.at_ns + 1_000
    assert wakeup.at_ns % 1_000 == 1
    cluster.handle_timeout(wakeup.at)
    later = cluster.next_wakeup()
    assert later is None or later.at_ns > wakeup.at_ns


def test_deadlines_beyond_the_year_9999_are_the_last_datetime() -> None:
    scheduler = jobsem.CleanupScheduler()
    far = dt.datetime(9999, 12, 31, tzinfo=dt.timezone.utc)
    scheduler.add(1, far, 2**31 - 1)
    wakeup = scheduler.next_wakeup()
    assert wakeup is not None and wakeup.at.year == 9999


def test_a_manifest_that_is_refused_says_what_the_api_server_would_say() -> None:
    with pytest.raises(jobsem.InvalidError) as caught:
        jobsem.Cluster().create(NOW, manifest(backoffLimit=-4))
    assert isinstance(caught.value, ValueError)
    assert str(caught.value) == (
        'Job.batch "pi" is invalid: spec.backoffLimit: Invalid value: -4: '
        "must be greater than or equal to 0"
    )
    [detail] = caught.value.errors()
    assert (detail.path, detail.type) == ("spec.backoffLimit", "FieldValueInvalid")
    again = pickle.loads(pickle.dumps(caught.value))
    assert str(again) == str(caught.value) and again.errors() == caught.value.errors()


def test_text_that_cannot_be_decoded_has_a_line_and_a_column() -> None:
    with pytest.raises(jobsem.DecodeError) as caught:
        jobsem.Cluster().create(NOW, "kind: Job\napiVersion: batch/v1\nspec:\n  paralelism: 2\n")
    assert (caught.value.line, caught.value.column) == (4, 3)
    assert pickle.loads(pickle.dumps(caught.value)).line == 4
    with pytest.raises(jobsem.DecodeError) as caught:
        jobsem.outcome("spec: [\n")
    assert caught.value.line is not None
    for wrong in (3, "false", [True]):
        with pytest.raises(jobsem.DecodeError) as caught:
            jobsem.outcome({"spec": {"suspend": wrong}})
        assert caught.value.path == "spec.suspend" and caught.value.line is None


@pytest.mark.parametrize(
    ("wrong", "text"),
    [
        ({"spec": {1: 2}}, "the key 1 is no text"),
        ({"spec": {"x": object()}}, "`object` has no place"),
        ({"spec": {"completions": 2**64}}, "spec.completions: the number has more than 64 bits"),
        ({"spec": {"x": [1, float("nan")]}}, r"spec.x\[1\]: nan has no place"),
        ({"kind": "Pod"}, "expected a `Job`, found `Pod`"),
        ({"active": 1}, "found the status of one: pass the whole Job"),
        ({}, "found an empty one"),
        ({"items": []}, "found a list: pass each of its items"),
        ({"spec": {"containers": []}}, "found a Pod"),
        ({"metadata": {"name": "pi"}, "spec": {"backoff_limit": 3}}, "writes `backoffLimit`"),
        ({"metadata": {"name": "pi"}, "status": {"start_time": None}}, "writes `startTime`"),
        ([], "no object"),
        ("", "no document"),
        (3, "no object"),
    ],
)
def test_what_is_no_job_is_refused_with_a_reason(wrong: object, text: str) -> None:
    with pytest.raises(jobsem.DecodeError, match=text):
        jobsem.outcome(wrong)


def test_a_path_that_was_passed_as_text_is_noticed() -> None:
    for reads in (jobsem.simulate, jobsem.outcome):
        with pytest.raises(jobsem.DecodeError, match=r'Path\("job.yaml"\)'):
            reads("job.yaml")
    with pytest.raises(FileNotFoundError) as caught:
        jobsem.simulate(Path("/nowhere/job.yaml"))
    assert str(caught.value) == "[Errno 2] No such file or directory: '/nowhere/job.yaml'"


def test_errors_have_one_root_and_say_what_kind_they_are() -> None:
    cluster = jobsem.Cluster()
    with pytest.raises(jobsem.NotFoundError):
        cluster.patch_job(NOW, "nothing", {})
    with pytest.raises(jobsem.UnsupportedError, match=r"1\.29 to 1\.37"):
        jobsem.Cluster(kube="1.12")
    with pytest.raises(jobsem.UnsupportedError):
        jobsem.Cluster(gates={"NoGate": True})
    with pytest.raises(jobsem.TimeWentBackError, match="went back"):
        cluster.handle_timeout(START - 1)
    cluster.create(NOW, manifest())
    with pytest.raises(jobsem.AlreadyExistsError):
        cluster.create(NOW, manifest())
    for state in (jobsem.TimeWentBackError, jobsem.AlreadyExistsError):
        assert issubclass(state, jobsem.StateError)
    with pytest.raises(jobsem.DecodeError):
        jobsem.CronSchedule("61 * * * *")
    for error in (jobsem.NotFoundError, jobsem.StateError, jobsem.InternalError):
        assert issubclass(error, jobsem.JobsemError)


def test_a_panic_is_an_internal_error_and_nothing_is_on_stderr() -> None:
    code = (
        "import jobsem, jobsem._core as c\n"
        "try: c._panic()\n"
        "except jobsem.InternalError as e: print('asked for' in str(e))\n"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (run.stdout, run.stderr, run.returncode) == ("True\n", "", 0)


def test_validation_finds_the_place_and_gives_a_hint() -> None:
    text = "apiVersion: batch/v1\nkind: Job\nmetadata: {name: x}\nspec: {paralelism: 2}\n"
    validation = jobsem.validate(text)
    assert not validation.valid
    finding = validation.findings[0]
    assert (finding.line, finding.column, finding.code) == (4, 8, "UnknownField")
    assert finding.hint == "did you mean `parallelism`?"
    with pytest.raises(jobsem.InvalidError):
        validation.check()
    jobsem.validate(manifest()).check()


def test_an_update_is_validated_against_what_is_there() -> None:
    old = manifest(completions=2, completionMode="Indexed")
    new = manifest(completions=2, completionMode="NonIndexed")
    assert jobsem.validate(new).valid
    validation = jobsem.validate(new, update_from=old)
    assert any("immutable" in finding.message for finding in validation.errors)


def test_a_plan_names_its_requests_and_why() -> None:
    cluster = jobsem.Cluster()
    cluster.create(NOW, indexed(3, parallelism=2))
    job = cluster.job("pi")
    plan = jobsem.reconcile(job, [], NOW, explain=True)
    assert [r.verb for r in plan.requests] == ["create", "create"]
    match plan.requests[0]:
        case jobsem.CreatePod(namespace="default", name=name, pod=pod):
            assert name == "pi-0-" and pod.index == 0 and pod.containers == ["main"]
        case other:
            pytest.fail(f"{other}")
    assert plan.status["active"] == 2
    assert any(note.rule == "MANAGE-10" for note in plan.notes)
    explanation = jobsem.explain(job, cluster.pods(), NOW)
    assert [pod.standing for pod in explanation.pods] == ["active", "active"]


def test_a_controller_runs_a_job_over_an_api_of_the_hosts_own() -> None:
    maker = jobsem.Cluster()
    maker.create(START, manifest())
    job = maker.job("pi")
    assert job is not None
    stored = {**job.to_dict(), "status": {}}
    controller, now, pods = jobsem.Controller(), START, {}
    controller.handle_list(now, [stored])
    for _ in range(20):
        for request in controller.requests():
            answer: object = None
            match request:
                case jobsem.CreatePod(name=name, pod=pod):
                    answer = pod.to_dict()
                    answer["metadata"].update(name=f"{name}x", uid="u1", namespace="default")
                    answer["status"] = {"phase": "Running"}
                    pods[f"{name}x"] = answer
                case jobsem.UpdateJobStatus(job=changed):
                    answer = stored = changed.to_dict()
                case jobsem.PatchPod(name=name):
                    pods[name]["metadata"]["finalizers"] = []
                    answer = pods[name]
                case jobsem.GetJob():
                    answer = stored
                case other:
                    pytest.fail(f"{other}")
            controller.handle_result(now, request, answer)
            if request.resource == "pods":
                type_ = "ADDED" if request.verb == "create" else "MODIFIED"
                controller.handle_watch(now, type_, answer)
            else:
                controller.handle_watch(now, "MODIFIED", stored)
        for pod in pods.values():
            if pod["status"]["phase"] == "Running":
                pod["status"]["phase"] = "Succeeded"
                controller.handle_watch(now, "MODIFIED", pod)
        if jobsem.outcome(stored).is_final:
            break
        now += 1_000_000_000
        controller.handle_timeout(now)
    assert jobsem.outcome(stored).succeeded
    assert [event.reason for event in controller.events()][-1] == "Completed"
    with pytest.raises(jobsem.StateError, match="no open request"):
        controller.handle_result(now, 99)


def test_an_api_error_is_an_answer() -> None:
    maker = jobsem.Cluster()
    maker.create(START, manifest())
    controller = jobsem.Controller()
    controller.handle_list(START, [maker.job("pi")])
    [create] = controller.requests()
    controller.handle_result(START, create, jobsem.ApiError(403, "Forbidden", "no quota"))
    reasons = [event.reason for event in controller.events()]
    assert "FailedCreate" in reasons


def test_a_cluster_runs_a_cronjob() -> None:
    cluster = jobsem.Cluster()
    cron = {
        "apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "nightly"},
        "spec": {"schedule": "*/5 * * * *", "jobTemplate": {"spec": manifest()["spec"]}},
    }  # fmt: skip
    cluster.create(START, cron)
    while not cluster.jobs():
        wakeup = cluster.next_wakeup()
        assert wakeup is not None
        cluster.handle_timeout(wakeup.at_ns)
    [job] = cluster.jobs()
    assert job.name.startswith("nightly-")
    [nightly] = cluster.cronjobs()
    assert nightly == cluster.cronjob("nightly") and nightly.schedule == "*/5 * * * *"
    assert nightly.last_schedule is not None and not nightly.suspended
    assert pickle.loads(pickle.dumps(nightly)) == nightly
    wakeup = cluster.wakeup_of_cronjob("nightly")
    assert wakeup is not None and wakeup.reason == "schedule"
    cluster.patch_cronjob(wakeup.at_ns, "nightly", {"spec": {"suspend": True}})
    suspended = cluster.cronjob("nightly")
    assert suspended is not None and suspended.suspended
    cluster.delete_cronjob(wakeup.at_ns, "nightly")
    assert cluster.cronjobs() == [] and cluster.cronjob("nightly") is None
    with pytest.raises(jobsem.NotFoundError):
        cluster.delete_cronjob(wakeup.at_ns, "nightly")


def test_the_admitted_object_is_what_the_server_stores() -> None:
    admitted = jobsem.admit(manifest(), START)
    assert admitted["object"]["spec"]["backoffLimit"] == 6 and admitted["warnings"] == []
    changed = {**admitted["object"], "spec": {**admitted["object"]["spec"], "parallelism": 3}}
    updated = jobsem.admit(changed, START, update_from=admitted["object"])
    assert updated["object"]["spec"]["parallelism"] == 3
    with pytest.raises(jobsem.InvalidError, match="backoffLimit"):
        jobsem.admit(manifest(backoffLimit=-1), START)


def test_lint_finds_what_is_legal_and_will_disappoint() -> None:
    wrong = manifest(ttlSecondsAfterFinished=600, activeDeadlineSeconds=5)
    found = jobsem.lint(wrong, START)
    assert "spec.activeDeadlineSeconds" in [finding.field for finding in found]
    rules = {finding.code for finding in found}
    assert rules.isdisjoint(f.code for f in jobsem.lint(wrong, START, allow=sorted(rules)))


def test_a_forecast_says_what_happens_at_each_time() -> None:
    said = jobsem.forecast("0 9 * * *", START, 2, zone="Europe/Berlin")
    assert [coming["at"] for coming in said["coming"]] == [
        "2023-11-15T08:00:00Z", "2023-11-16T08:00:00Z"
    ]  # fmt: skip
    cron = {
        "apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "nightly"},
        "spec": {"schedule": "*/5 * * * *", "concurrencyPolicy": "Forbid",
                 "jobTemplate": {"spec": manifest()["spec"]}},
    }  # fmt: skip
    fates = jobsem.forecast(cron, START, 3, takes_seconds=400)["coming"]
    assert any("until" in coming for coming in fates), "a run of 400 s delays the next one"
    with pytest.raises(jobsem.DecodeError):
        jobsem.forecast("every day", START, 1)


def test_a_report_names_a_container_and_an_exit_code_that_can_be() -> None:
    def exit_code(**report: object) -> int:
        cluster = jobsem.Cluster()
        cluster.create(START, manifest())
        [start] = cluster.work()
        cluster.report(START, start.pod.name, **report)  # type: ignore[arg-type]
        pod = cluster.pod(start.pod.name)
        assert pod is not None
        [ended] = pod.status["containerStatuses"]
        return ended["state"]["terminated"]["exitCode"]

    assert exit_code(exited=3) == exit_code(exited=3, container="main") == 3
    assert exit_code(exited=-9) == 137, "as subprocess reports SIGKILL"
    with pytest.raises(jobsem.NotFoundError, match="no container `side`; it has `main`"):
        exit_code(exited=3, container="side")
    for wrong in (256, -128):
        with pytest.raises(jobsem.DecodeError, match="0 to 255, or minus the number"):
            exit_code(exited=wrong)


def test_a_pod_named_without_its_namespace_is_found_or_refused() -> None:
    cluster = jobsem.Cluster()
    for namespace in ("a", "b"):
        job = manifest()
        job["metadata"]["namespace"] = namespace
        cluster.create(START, job)
    first, second = (work.pod for work in cluster.work())
    assert (first.namespace, second.namespace) == ("a", "b")
    cluster.report(START, second.name, exited=0)
    assert (pod := cluster.pod(second.name, namespace="b")) and pod.phase == "Succeeded"
    with pytest.raises(jobsem.NotFoundError, match="nothing"):
        cluster.report(START, "nothing", exited=0)
    cluster.report(START, "nothing", exited=0, namespace="a")


def test_seconds_passed_as_nanoseconds_are_refused() -> None:
    for wrong in (0, 1_700_000_000, 1_700_000_000_000):
        with pytest.raises(ValueError, match="time_ns"):
            jobsem.Cluster().handle_timeout(wrong)
    jobsem.Cluster().handle_timeout(dt.datetime(1970, 1, 2, tzinfo=dt.timezone.utc))


def test_an_invocation_has_the_completion_index() -> None:
    cluster = jobsem.Cluster()
    container = {"command": ["sh", "-c"], "args": ["echo $(JOB_COMPLETION_INDEX)"]}
    cluster.create(START, indexed(2, container=container))
    for index, start in enumerate(cluster.work()):
        made = cluster.invocation(start.pod)
        assert made.command == ("sh", "-c") and made.args == (f"echo {index}",)
        assert made.env["JOB_COMPLETION_INDEX"] == str(index)
        assert made == cluster.invocation(start.pod.name, container="main")
    with pytest.raises(jobsem.NotFoundError):
        cluster.invocation(start.pod, container="side")


def test_the_other_controllers_work_over_an_api_of_the_hosts_own() -> None:
    done = {"conditions": [{"type": "Complete", "status": "True",
                            "lastTransitionTime": "2024-01-01T00:00:00Z"}]}  # fmt: skip
    job = {**manifest(ttlSecondsAfterFinished=10), "status": done}
    job["metadata"] = {**job["metadata"], "namespace": "default", "uid": "u"}
    ttl = jobsem.Controller(kind="ttl")
    ttl.handle_list(NOW, [job])
    wakeup = ttl.wakeup_of("pi")
    assert wakeup is not None and 10 <= (wakeup.at - NOW).total_seconds() < 11
    ttl.handle_timeout(wakeup.at)
    [request] = ttl.requests()
    assert isinstance(request, (jobsem.GetJob, jobsem.DeleteJob))
    ttl.restart(NOW + dt.timedelta(minutes=1))
    assert ttl.requests() == []
    cron = jobsem.Controller(kind="cronjob", time_zone="Europe/Berlin")
    cron.handle_watch(NOW, "ADDED", {
        "metadata": {"name": "c", "namespace": "default", "uid": "v",
                     "creationTimestamp": "2024-01-01T00:00:00Z"},
        "spec": {"schedule": "0 9 * * *", "jobTemplate": {"spec": manifest()["spec"]}},
    })  # fmt: skip
    wakeup = cron.wakeup_of("c")
    assert wakeup is not None
    late = wakeup.at - dt.datetime(2024, 1, 1, 8, tzinfo=dt.timezone.utc)
    assert 0 <= late.total_seconds() < 2, "nine o'clock in Berlin"
    with pytest.raises(jobsem.UnsupportedError, match="`job`, `ttl` or `cronjob`"):
        jobsem.Controller(kind="node")  # type: ignore[arg-type]


def test_cleanup_says_when_what_and_in_which_order() -> None:
    done = {"conditions": [{"type": "Complete", "status": "True",
                            "lastTransitionTime": "2024-01-01T00:00:00Z"}]}  # fmt: skip
    job = {**manifest(ttlSecondsAfterFinished=10), "status": done}
    assert jobsem.expiry(job) == NOW + dt.timedelta(seconds=10)
    assert jobsem.expiry(manifest()) is None
    assert jobsem.excess(0, [{"name": "b", "start": "2024-01-01T00:00:00Z"}, {"name": "a"}])
    steps = jobsem.deletion_plan({"id": "job", "owns": [{"id": "pod"}]}, propagation="Foreground")
    assert [(step["id"], step["kind"]) for step in steps][-1] == ("job", "remove")
    with pytest.raises(jobsem.DecodeError, match="an object has an id"):
        jobsem.deletion_plan({})


def test_a_cleanup_scheduler_tells_what_is_due() -> None:
    due = jobsem.CleanupScheduler()
    for key in range(100):
        due.add(key, NOW, key)
    due.remove(3)
    assert len(due) == 99 and 3 not in due and 4 in due
    assert due.all_due(NOW + dt.timedelta(seconds=5)) == [0, 1, 2, 4, 5]
    wakeup = due.next_wakeup()
    assert wakeup is not None and wakeup.reason == "ttl"


def test_eight_threads_on_one_controller_neither_lock_up_nor_find_it_borrowed() -> None:
    maker = jobsem.Cluster()
    maker.create(START, indexed(50))
    job, pods = maker.job("pi"), maker.pods()
    controller, failures = jobsem.Controller(), []
    controller.handle_list(START, [job])
    begin = threading.Barrier(8)

    def work(number: int) -> None:
        begin.wait()
        try:
            for _ in range(200):
                controller.handle_watch(START + 1, "MODIFIED", pods[number].to_dict())
                controller.handle_timeout(START + 1)
                for request in controller.requests():
                    controller.handle_result(START + 1, request, jobsem.ApiError(500, "X", "x"))
                controller.events()
                controller.next_wakeup()
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=[n]) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not failures and not any(thread.is_alive() for thread in threads)


def test_other_threads_go_on_while_a_job_is_simulated() -> None:
    ticks, over = 0, threading.Event()

    def tick() -> None:
        nonlocal ticks
        while not over.wait(0.0001):
            ticks += 1

    script = {f"attempt {n}": {"exit": 1} for n in range(1, 40)}
    big = indexed(100, parallelism=20, backoffLimitPerIndex=40)
    # A thread that holds the interpreter keeps it: only a release lets the other run.
    old = sys.getswitchinterval()
    thread = threading.Thread(target=tick)
    thread.start()
    try:
        sys.setswitchinterval(1000)
        before = ticks
        jobsem.simulate(big, pods=script, until=3600)
        assert ticks > before
    finally:
        sys.setswitchinterval(old)
        over.set()
        thread.join()


def test_a_subinterpreter_is_refused_in_words_or_served() -> None:
    code = """
import sys
try:
    import _xxsubinterpreters as sub
except ImportError:
    import _interpreters as sub
id = sub.create()
try:
    result = sub.run_string(id, "import sys; sys.path[:] = %r\\n"
        "try:\\n    import jobsem; print('served' if jobsem.outcome({'kind': 'Job'}).verdict else '')\\n"
        "except ImportError as e: print('refused:', e)")
finally:
    sub.destroy(id)
""" % (sys.path,)
    run = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.startswith(("served", "refused: ")), run.stdout


def test_nothing_is_kept_of_what_was_asked() -> None:
    import gc
    import resource

    def ask() -> None:
        for _ in range(300):
            jobsem.outcome(FAILING)
            jobsem.simulate(manifest(), pods={"attempt 1": {"exit": 1}})
            with pytest.raises(jobsem.InvalidError):
                jobsem.Cluster().create(START, manifest(backoffLimit=-1))

    ask()
    gc.collect()
    objects, before = len(gc.get_objects()), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(5):
        ask()
    gc.collect()
    assert len(gc.get_objects()) - objects < 200
    # Kilobytes; 1,500 simulations that kept as much as one timeline each would take 15 MB.
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 5_000
