"""The exceptions of the package."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._value import ErrorDetail

__all__ = [
    "AlreadyExistsError",
    "DecodeError",
    "InternalError",
    "InvalidError",
    "JobsemError",
    "NotFoundError",
    "StateError",
    "TimeWentBackError",
    "UnsupportedError",
]


class JobsemError(Exception):
    """Everything that this package raises on its own account."""


class InvalidError(JobsemError, ValueError):
    """The API server would refuse the object.

    The text is the server's own message; :meth:`errors` has its parts.
    """

    def __init__(self, message: str, errors: tuple[ErrorDetail, ...] = ()) -> None:
        super().__init__(message, errors)
        self._errors = errors

    def errors(self) -> list[ErrorDetail]:
        """What is wrong, in the server's order."""
        return list(self._errors)

    def __str__(self) -> str:
        return str(self.args[0])


class DecodeError(JobsemError, ValueError):
    """A document is neither YAML nor JSON, or not of the expected shape."""

    path: str | None
    """The field, if it is about one."""
    line: int | None
    """The line, counted from 1, where the document was text."""
    column: int | None
    """The column in characters, counted from 1."""

    def __init__(
        self,
        message: str,
        path: str | None = None,
        line: int | None = None,
        column: int | None = None,
    ) -> None:
        super().__init__(message, path, line, column)
        self.message = message
        self.path = path
        self.line = line
        self.column = column

    def __str__(self) -> str:
        text = f"{self.path}: {self.message}" if self.path else self.message
        return text if self.line is None else f"line {self.line}, column {self.column}: {text}"


class NotFoundError(JobsemError, LookupError):
    """There is no object of that name."""


class UnsupportedError(JobsemError, ValueError):
    """Something is asked for that is not emulated, such as a version or a zone."""


class StateError(JobsemError):
    """A call came at the wrong moment, or with a request that is not open."""


class AlreadyExistsError(StateError):
    """There is an object of that name already."""


class TimeWentBackError(StateError):
    """The time lies before one that was passed in earlier."""


class InternalError(JobsemError):
    """A bug in jobsem, or a request on which Kubernetes itself fails.

    An object that raised it because of a bug cannot be used any more.
    """

