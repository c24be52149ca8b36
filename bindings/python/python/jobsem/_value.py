"""What all values of the package can do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timezone
from typing import Any, cast

from ._core import CronJob, Job, Pod


def _plain(value: Any) -> Any:
    if isinstance(value, Value):
        return value.to_dict()
    if isinstance(value, (Job, Pod, CronJob)):
        return value.to_dict()
    if isinstance(value, datetime):
        return value.astimezone(timezone.utc).isoformat().replace("+00:00", "Z")
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in cast("list[Any]", value)]
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in cast("Mapping[str, Any]", value).items()}
    if isinstance(value, BaseException):
        return f"{type(value).__name__}: {value}"
    return value


class Value:
    """What all values can do."""

    __slots__ = ()

    def to_dict(self) -> dict[str, Any]:
        """The value as plain data, ready for ``json.dumps``; times and exceptions as text."""
        own: Any = self
        return {part.name: _plain(getattr(self, part.name)) for part in fields(own)}


@dataclass(frozen=True, slots=True)
class ErrorDetail(Value):
    """One thing that is wrong with a manifest, in the API server's words."""

    path: str
    """The field, such as ``spec.backoffLimit``."""
    type: str
    """The server's reason, such as ``FieldValueInvalid``."""
    detail: str
    """What is said of it."""
