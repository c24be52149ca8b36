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
    "CronSchedule",
    "Host",
    "Job",
    "Pod",
    "__version__",
    "_panic",
    "explain",
    "outcome",
    "play",
    "reconcile",
    "simulate",
    "validate",
]

_Document: TypeAlias = Mapping[str, Any] | str | bytes | PathLike[str] | Job | Pod | Any
"""A document: a mapping, YAML or JSON text or bytes, a path, one of our own objects, or an object
of the ``kubernetes`` client (known by what it has, not by its class)."""

_Time: TypeAlias = datetime | int
"""An aware ``datetime``, or nanoseconds since 1970. A naive ``datetime`` is refused."""

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
    """The Job controller, over an API of your own.

    After every input, carry out :meth:`requests` and answer each with :meth:`handle_result`, then
    read :meth:`next_wakeup`. It may be used from several threads.
    """

    def __new__(
        cls,
        *,
        kube: str | None = None,
        gates: Mapping[str, bool] | None = None,
        explain: bool = False,
    ) -> Controller:
        """A controller that knows nothing yet; with ``explain`` it keeps :meth:`notes`."""

    def handle_watch(
        self, now: _Time, type: Literal["ADDED", "MODIFIED", "DELETED"], object: _Document, /
    ) -> None:
        """Takes a change that a watch has shown, of a Job or a pod."""

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
    >>> created = cluster.create(0, {"metadata": {"name": "pi"}, "spec": {"template": {"spec": {
    ...     "restartPolicy": "Never", "containers": [{"name": "main", "image": "perl"}]}}}})
    >>> [start] = cluster.work()
    >>> cluster.report(1_000_000_000, start.pod, exited=0)
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
        namespace: str = "default",
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
    >>> due.add(7, 1_000_000_000_000, 100)
    >>> due.due(7)
    datetime.datetime(1970, 1, 1, 0, 18, 20, tzinfo=datetime.timezone.utc)
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

    >>> CronSchedule("30 1 * * *", zone="America/New_York").next(0)
    datetime.datetime(1970, 1, 1, 6, 30, tzinfo=datetime.timezone.utc)
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
