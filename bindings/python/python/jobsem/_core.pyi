"""The compiled half of ``jobsem``; everything public is also in ``jobsem`` itself."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from os import PathLike
from typing import Any, Final, Literal, TypeAlias, final

from ._values import (
    ApiError,
    Created,
    Event,
    Explanation,
    Finding,
    Invocation,
    Note,
    Outcome,
    Plan,
    Request,
    Timeline,
    Validation,
    Wakeup,
    Work,
)

__all__ = [
    "KUBE_VERSIONS",
    "TZDB_VERSION",
    "CleanupScheduler",
    "Cluster",
    "Controller",
    "CronJob",
    "CronSchedule",
    "Host",
    "Job",
    "Pod",
    "__version__",
    "_panic",
    "admit",
    "deletion_plan",
    "excess",
    "expiry",
    "explain",
    "forecast",
    "lint",
    "outcome",
    "play",
    "reconcile",
    "simulate",
    "validate",
]

_Document: TypeAlias = Mapping[str, Any] | str | bytes | PathLike[str] | Job | Pod | CronJob | Any
"""A document: a mapping, YAML or JSON text or bytes, a path, one of our own objects, or an object
of the ``kubernetes`` client (known by what it has, not by its class)."""

_Time: TypeAlias = datetime | int
"""An aware ``datetime``, or nanoseconds since 1970, as from ``time.time_ns()``. A naive
``datetime`` is refused, and so is a number in the year 1970, which seconds and milliseconds of
today look like."""

__version__: Final[str]
"""The version of the package and of the core in it."""
KUBE_VERSIONS: Final[tuple[str, ...]]
"""The emulated Kubernetes versions, oldest first."""
TZDB_VERSION: Final[str]
"""The release of the time zone database for schedules."""

@final
class Job:
    """A Job, read once: passing it again costs nothing.

    >>> Job({"metadata": {"name": "pi", "namespace": "default"}})
    <Job default/pi pending>
    """

    __match_args__: Final = ("namespace", "name")

    def __new__(cls, document: _Document, /) -> Job:
        """Reads a stored Job; members that are not known are kept as they are."""

    @property
    def name(self) -> str:
        """The Job's name."""

    @property
    def namespace(self) -> str:
        """Its namespace."""

    @property
    def uid(self) -> str:
        """Its UID."""

    @property
    def spec(self) -> dict[str, Any]:
        """What is asked for, as the API has it."""

    @property
    def status(self) -> dict[str, Any]:
        """What has come of it, as the API has it."""

    @property
    def suspended(self) -> bool:
        """Whether it shall have no pods for now."""

    @property
    def indexed(self) -> bool:
        """Whether its completions are told apart by an index."""

    @property
    def parallelism(self) -> int | None:
        """How many pods may run at once."""

    @property
    def completions(self) -> int | None:
        """How many pods must succeed."""

    @property
    def completed_indexes(self) -> list[int]:
        """The indexes that have succeeded, of an Indexed Job."""

    @property
    def failed_indexes(self) -> list[int]:
        """The indexes that have failed, of a Job with ``backoffLimitPerIndex``."""

    def to_dict(self) -> dict[str, Any]:
        """The whole object as the API has it."""

    def __eq__(self, other: object, /) -> bool: ...
    def __ne__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __reduce__(self) -> tuple[Any, ...]: ...

@final
class Pod:
    """A pod, read once."""

    __match_args__: Final = ("namespace", "name")

    def __new__(cls, document: _Document, /) -> Pod:
        """Reads a stored pod."""

    @property
    def name(self) -> str:
        """The pod's name; empty where the API has still to make it from ``generate_name``."""

    @property
    def generate_name(self) -> str:
        """What its name is made from."""

    @property
    def namespace(self) -> str:
        """Its namespace."""

    @property
    def uid(self) -> str:
        """Its UID."""

    @property
    def index(self) -> int | None:
        """Its completion index."""

    @property
    def phase(self) -> str:
        """``Pending``, ``Running``, ``Succeeded``, ``Failed`` or ``Unknown``."""

    @property
    def created(self) -> datetime | None:
        """When it was created."""

    @property
    def deleting(self) -> bool:
        """Whether it was asked to go."""

    @property
    def containers(self) -> list[str]:
        """The names of its containers, without init containers."""

    @property
    def status(self) -> dict[str, Any]:
        """Its status, as the API has it."""

    def to_dict(self) -> dict[str, Any]:
        """The whole object as the API has it."""

    def __eq__(self, other: object, /) -> bool: ...
    def __ne__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __reduce__(self) -> tuple[Any, ...]: ...

@final
class CronJob:
    """A CronJob, read once."""

    __match_args__: Final = ("namespace", "name")

    def __new__(cls, document: _Document, /) -> CronJob:
        """Reads a stored CronJob; unknown members are kept."""

    @property
    def name(self) -> str:
        """The CronJob's name."""

    @property
    def namespace(self) -> str:
        """Its namespace."""

    @property
    def uid(self) -> str:
        """Its UID."""

    @property
    def schedule(self) -> str:
        """``spec.schedule``."""

    @property
    def suspended(self) -> bool:
        """Whether ``spec.suspend`` is true."""

    @property
    def last_schedule(self) -> datetime | None:
        """``status.lastScheduleTime``: the time for which it last started a Job."""

    @property
    def spec(self) -> dict[str, Any]:
        """The spec, as the API has it."""

    @property
    def status(self) -> dict[str, Any]:
        """The status, as the API has it."""

    def to_dict(self) -> dict[str, Any]:
        """The whole object as the API has it."""

    def __eq__(self, other: object, /) -> bool: ...
    def __ne__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __reduce__(self) -> tuple[Any, ...]: ...

def expiry(job: _Document, /) -> datetime | None:
    """When a Job's ``ttlSecondsAfterFinished`` deletes it; ``None`` if the Job has not finished,
    has no such limit or is being deleted."""

def excess(limit: int, runs: Iterable[Mapping[str, Any]], /) -> list[int]:
    """Which finished children of an owner exceed its limit.

    ``runs`` have a ``name``, and a ``start`` (RFC 3339) if they started. Returns the positions of
    the runs to delete, in the order of their deletion.

    >>> excess(1, [{"name": "a"}, {"name": "b", "start": "2024-01-01T00:00:00Z"}])
    [1]
    """

def deletion_plan(
    object: Mapping[str, Any],
    /,
    *,
    propagation: Literal["Background", "Foreground", "Orphan"] = "Background",
) -> list[dict[str, Any]]:
    """The steps that delete an object and everything that it owns.

    ``object`` is ``{"id": …, "owns": […]}``, with ``"blocks": False`` if its owner does not wait
    for it. Each step has the ``id``, the ``kind`` (``mark``, ``remove`` or ``release``) and in
    ``after`` the positions of the steps that come before it.

    >>> [step["kind"] for step in deletion_plan({"id": "job", "owns": [{"id": "pod"}]})]
    ['remove', 'remove']
    """

def outcome(job: _Document, /) -> Outcome:
    """How a Job stands, judged from its status alone: the earliest verdict that is sound.

    Pod counters decide nothing, conditions that are not True say nothing, and ``FailureTarget``
    and ``SuccessCriteriaMet`` already decide the end while pods still run.
    """

def validate(
    manifest: _Document,
    /,
    *,
    kube: str | None = None,
    gates: Mapping[str, bool] | None = None,
    update_from: _Document | None = None,
    namespace: str = "default",
    field_validation: Literal["Strict", "Warn", "Ignore"] = "Strict",
) -> Validation:
    """What the API server would say of a Job or CronJob that is created, or with ``update_from``
    applied over one that is there. Raises :class:`DecodeError` only for what is no such object."""

def admit(
    manifest: _Document,
    now: _Time,
    /,
    *,
    kube: str | None = None,
    gates: Mapping[str, bool] | None = None,
    seed: int | None = None,
    update_from: _Document | None = None,
    status: bool = False,
    field_validation: Literal["Strict", "Warn", "Ignore"] = "Strict",
) -> dict[str, Any]:
    """What the API server stores of a Job or CronJob: its ``object``, and the ``warnings``.

    With ``update_from`` the manifest is written over that object; with ``status``, too, only its
    status is. Raises :class:`InvalidError` if the server refuses it.
    """

def lint(
    manifest: _Document,
    now: _Time,
    /,
    *,
    kube: str | None = None,
    gates: Mapping[str, bool] | None = None,
    min_kube: str | None = None,
    allow: list[str] | None = None,
) -> tuple[Finding, ...]:
    """What is legal in a Job or CronJob and will disappoint; ``code`` is the rule, as in
    ``docs/lint.md``.

    Clock changes are looked for in the year after ``now``. ``min_kube`` is the oldest version that
    has to take the object, ``allow`` names rules that are not applied.
    """

def forecast(
    schedule: _Document,
    after: _Time,
    /,
    count: int,
    *,
    takes_seconds: int | None = None,
    zone: str | None = None,
    kube: str | None = None,
    gates: Mapping[str, bool] | None = None,
) -> dict[str, Any]:
    """What is to come of a CronJob (its manifest) or of a bare schedule: ``coming``, the next
    times with what happens at each, and ``clockChanges`` up to then.

    ``takes_seconds`` is how long each Job runs, if that is known; ``zone`` is the zone of a
    schedule that names none.
    """

def reconcile(
    job: _Document,
    pods: Iterable[_Document],
    now: _Time,
    /,
    *,
    kube: str | None = None,
    gates: Mapping[str, bool] | None = None,
    explain: bool = False,
) -> Plan:
    """What one sync of the Job controller would do now.

    ``pods`` are all pods of the namespace, or at least those that the Job owns or might adopt.
    Every request is taken to succeed.
    """

def explain(
    job: _Document,
    pods: Iterable[_Document],
    now: _Time,
    /,
    *,
    kube: str | None = None,
    gates: Mapping[str, bool] | None = None,
) -> Explanation:
    """Why a Job stands as it does, how each pod stands with it, what a sync would do and why."""

def simulate(
    manifest: _Document,
    /,
    *,
    pods: _Document | None = None,
    kube: str | None = None,
    gates: Mapping[str, bool] | None = None,
    until: float | None = None,
    steps: Iterable[Mapping[str, Any]] | None = None,
    faults: Iterable[Mapping[str, Any]] | None = None,
) -> Timeline:
    """Plays a Job in virtual time: what a cluster would do, and why.

    ``pods`` says what pods do, by ``*``, ``attempt N``, ``index N``, ``index N attempt M`` or a
    pod's name: ``{"attempt 1": {"exit": 1}, "*": {"run": "2m"}}``. Members: ``start``, ``run``
    (seconds, ``"90s"``, ``"forever"``), ``exit``, ``restarts``, ``disrupted``, ``container``,
    ``unready``, ``onDelete`` (``after``, ``exit``). What is not said succeeds after five seconds.

    ``steps`` (what users do) and ``faults`` (calls that fail) are those of scenarios; ``until`` is
    the time to stop at, in seconds, by default when the Job has ended or after a day.
    """

def play(scenario: _Document, /, *, kube: str | None = None) -> dict[str, Any]:
    """Plays a scenario of the conformance vectors, and returns the result in their form."""

@final
class Controller:
    """One of the three controllers, over an API of your own.

    After every input, carry out :meth:`requests` and answer each with :meth:`handle_result`, then
    read :meth:`next_wakeup`. It may be used from several threads.
    """

    def __new__(
        cls,
        *,
        kind: Literal["job", "ttl", "cronjob"] = "job",
        kube: str | None = None,
        gates: Mapping[str, bool] | None = None,
        workers: int = 1,
        time_zone: str | None = None,
        explain: bool = False,
    ) -> Controller:
        """A controller that knows no object: the one for Jobs, for ``ttlSecondsAfterFinished``
        (``ttl``) or for CronJobs. ``workers`` is how many objects it works on at once,
        ``time_zone`` the zone of schedules that name none. With ``explain`` it keeps
        :meth:`notes`."""

    def handle_watch(
        self, now: _Time, type: Literal["ADDED", "MODIFIED", "DELETED"], object: _Document, /
    ) -> None:
        """Takes a change that a watch has shown, of a Job, a pod or a CronJob."""

    def handle_list(
        self, now: _Time, objects: Iterable[_Document], /, *, version: str = ""
    ) -> None:
        """Takes what a first list has shown: all of it is known before anything is worked on.

        ``version`` is the list's own resource version."""

    def handle_result(
        self, now: _Time, request: Request | int, answer: _Document | ApiError | None = None, /
    ) -> None:
        """Takes the answer to a request: the object as stored, an :class:`ApiError`, or ``None``
        for a delete that is done."""

    def handle_timeout(self, now: _Time, /) -> None:
        """Does what is due; early or repeated calls change nothing."""

    def restart(self, begin: _Time, /) -> None:
        """Forgets everything but the options and the time, as a crash does; it begins to work at
        that time."""

    def wakeup_of(self, name: str, /, *, namespace: str = "default") -> Wakeup | None:
        """When it looks at one object again, if that is known."""

    def requests(self) -> list[Request]:
        """What is asked for since the last call."""

    def events(self) -> list[Event]:
        """The Events to record since the last call."""

    def notes(self) -> list[Note]:
        """Why it decided as it did, since the last call; empty without ``explain``."""

    def next_wakeup(self) -> Wakeup | None:
        """When to call :meth:`handle_timeout`, if nothing else happens before."""

@final
class Cluster:
    """Controllers and an API server in memory, for hosts that are no Kubernetes.

    After every call that takes a time, carry out :meth:`work`, then read :meth:`next_wakeup`. It
    may be used from several threads.

    >>> cluster = Cluster()
    >>> now = 1_700_000_000 * 10**9
    >>> created = cluster.create(now, {"metadata": {"name": "pi"}, "spec": {"template": {"spec": {
    ...     "restartPolicy": "Never", "containers": [{"name": "main", "image": "perl"}]}}}})
    >>> [start] = cluster.work()
    >>> cluster.report(now + 10**9, start.pod, exited=0)
    >>> while (wakeup := cluster.next_wakeup()) is not None:
    ...     cluster.handle_timeout(wakeup.at_ns)
    >>> cluster.job("pi")
    <Job default/pi succeeded>
    """

    def __new__(
        cls,
        *,
        kube: str | None = None,
        gates: Mapping[str, bool] | None = None,
        seed: int | None = None,
        explain: bool = False,
    ) -> Cluster:
        """An empty cluster. Names are counted through, or follow from ``seed``."""

    def create(self, now: _Time, manifest: _Document, /) -> Created:
        """Creates a Job or a CronJob, as a user's create through the API would."""

    def patch_job(
        self, now: _Time, name: str, patch: _Document, /, *, namespace: str = "default"
    ) -> list[str]:
        """Merges a strategic merge patch into a Job; returns warnings."""

    def delete_job(
        self,
        now: _Time,
        name: str,
        /,
        *,
        namespace: str = "default",
        propagation: Literal["Background", "Foreground", "Orphan"] = "Background",
    ) -> None:
        """Deletes a Job."""

    def patch_cronjob(
        self, now: _Time, name: str, patch: _Document, /, *, namespace: str = "default"
    ) -> list[str]:
        """Merges a strategic merge patch into a CronJob; returns warnings."""

    def delete_cronjob(
        self,
        now: _Time,
        name: str,
        /,
        *,
        namespace: str = "default",
        propagation: Literal["Background", "Foreground", "Orphan"] = "Background",
    ) -> None:
        """Deletes a CronJob, and with it the Jobs that it owns, unless they are orphaned."""

    def delete_pod(
        self,
        now: _Time,
        name: str,
        /,
        *,
        namespace: str = "default",
        grace_seconds: int | None = None,
    ) -> None:
        """Asks a pod to go."""

    def report(
        self,
        now: _Time,
        pod: Pod | str,
        /,
        *,
        namespace: str | None = None,
        running: bool = False,
        exited: int | None = None,
        container: str | None = None,
        status: _Document | None = None,
        removed: bool = False,
    ) -> None:
        """Says what became of a pod; one of these:

        ``running=True``: all its containers run and are ready. ``exited=CODE``: it ended with the
        exit code of one container (the first, or ``container``). ``status={…}``: its whole
        status. ``removed=True``: nothing of a deleted pod runs any more.

        An exit code is 0 to 255. A negative one is minus a signal, as in
        ``subprocess.Popen.returncode``: -9 counts as 137. A container that the pod does not have
        raises :class:`NotFoundError`.

        A pod may be given by its name. Without a namespace that is the pod in ``default``, else
        the only one of that name; :class:`NotFoundError` or :class:`StateError` says that there is
        none, or more than one. A report on a :class:`Pod` that is gone changes nothing, nor does
        one on a name with its namespace.
        """

    def handle_timeout(self, now: _Time, /) -> None:
        """Does what is due; early or repeated calls change nothing."""

    def restart_controllers(self, now: _Time, /, *, pause_seconds: float = 0.0) -> None:
        """The controllers lose their memory and start again, as after a crash."""

    def work(self) -> list[Work]:
        """What there is to do since the last call."""

    def events(self) -> list[Event]:
        """The Events that were recorded since the last call."""

    def notes(self) -> list[Note]:
        """Why the controllers decided as they did, since the last call."""

    def next_wakeup(self) -> Wakeup | None:
        """When to call :meth:`handle_timeout`, if nothing else happens before."""

    def wakeup_of(self, name: str, /, *, namespace: str = "default") -> Wakeup | None:
        """When a controller looks at one Job again, if that is known."""

    def wakeup_of_cronjob(self, name: str, /, *, namespace: str = "default") -> Wakeup | None:
        """When a controller looks at one CronJob again, if that is known."""

    def invocation(
        self, pod: Pod | str, /, *, namespace: str | None = None, container: str | None = None
    ) -> Invocation:
        """What a container of a pod is started with; the pod's first one unless it is named.

        Raises :class:`UnsupportedError` if the container needs what only a real cluster has, such
        as a Secret.
        """

    def cronjob(self, name: str, /, *, namespace: str = "default") -> CronJob | None:
        """A CronJob as stored."""

    def cronjobs(self) -> list[CronJob]:
        """All CronJobs, by namespace and name."""

    def job(self, name: str, /, *, namespace: str = "default") -> Job | None:
        """A Job as stored."""

    def jobs(self) -> list[Job]:
        """All Jobs, by namespace and name."""

    def pod(self, name: str, /, *, namespace: str = "default") -> Pod | None:
        """A pod as stored."""

    def pods(self) -> list[Pod]:
        """All pods, by namespace and name."""

@final
class CleanupScheduler:
    """When a great many finished Jobs are due to be deleted.

    The host numbers its Jobs; a million of them take 48 bytes each.

    >>> due = CleanupScheduler()
    >>> due.add(7, 1_700_000_000 * 10**9, 100)
    >>> due.due(7)
    datetime.datetime(2023, 11, 14, 22, 15, tzinfo=datetime.timezone.utc)
    """

    def __new__(cls) -> CleanupScheduler: ...
    def add(self, key: int, finished: _Time, ttl_seconds: int, /) -> None:
        """The Job is to go so many seconds after it finished; replaces what was said before."""

    def add_at(self, key: int, due: _Time, /) -> None:
        """The same for a time of your own, in whole seconds."""

    def remove(self, key: int, /) -> bool:
        """The Job is not to go, or has gone; ``False`` if it was not known."""

    def due(self, key: int, /) -> datetime | None:
        """When it is to go."""

    def poll_due(self, now: _Time, /) -> int | None:
        """A Job that is due, and forgotten with that."""

    def all_due(self, now: _Time, /) -> list[int]:
        """All of them."""

    def next_wakeup(self) -> Wakeup | None:
        """When the next one is due."""

    def __len__(self) -> int: ...
    def __contains__(self, key: int, /) -> bool: ...

@final
class CronSchedule:
    """When a schedule of a CronJob is due, as Kubernetes reads it.

    >>> CronSchedule("30 1 * * *", zone="America/New_York").next(1_700_000_000 * 10**9)
    datetime.datetime(2023, 11, 15, 6, 30, tzinfo=datetime.timezone.utc)
    """

    __match_args__: Final = ("text", "zone")

    def __new__(cls, text: str, /, *, zone: str | None = None) -> CronSchedule:
        """Reads a schedule; times are UTC unless it or ``zone`` names a zone."""

    @property
    def text(self) -> str:
        """The schedule as it was given."""

    @property
    def zone(self) -> str | None:
        """The zone that was given beside it."""

    @property
    def is_interval(self) -> bool:
        """Whether it is ``@every`` some time, rather than at times of the calendar."""

    def next(self, after: _Time, /) -> datetime | None:
        """The first time after that one; ``None`` if it is never due."""

    def upcoming(self, after: _Time, /, count: int) -> list[datetime]:
        """So many times after that one."""

    def __eq__(self, other: object, /) -> bool: ...
    def __ne__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __reduce__(self) -> tuple[Any, ...]: ...

@final
class Host:
    """A cluster whose containers :func:`jobsem.run` runs. No part of the public face."""

    def __new__(
        cls,
        *,
        kube: str | None = None,
        gates: Mapping[str, bool] | None = None,
        seed: int | None = None,
        explain: bool = False,
        starts_at_once: bool = True,
    ) -> Host: ...
    def create(self, now: _Time, manifest: _Document, /) -> Created: ...
    def turn(
        self,
        now: int,
        started: list[int],
        ended: list[tuple[int, int, str, str, str | None]],
        /,
    ) -> tuple[
        list[tuple[int, Pod, str, int, int | None]], list[int], list[int], int | None, bool
    ]: ...
    def patch_job(self, now: int, patch: _Document, /) -> list[str]: ...
    def events(self) -> list[Event]: ...
    def notes(self) -> list[Note]: ...
    def job(self) -> Job | None: ...
    def pods(self) -> list[Pod]: ...
    def wakeup(self) -> Wakeup | None: ...
    def deadline(self) -> datetime | None: ...
    @staticmethod
    def invocation(
        pod: Pod, container: str, /
    ) -> tuple[list[str], list[str], dict[str, str], str | None]: ...

def _panic() -> None:
    """Panics, for the test that nothing of it reaches stderr."""
