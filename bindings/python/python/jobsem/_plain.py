"""Documents of other libraries as plain dicts, lists and texts."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timezone
from enum import Enum
from typing import Any

from ._core import CronJob, CronSchedule, Job, Pod
from ._errors import DecodeError


def plain(value: Any, path: str = "") -> Any:
    """The same document with nothing in it but what JSON has.

    Understood besides: objects of the ``kubernetes`` client and of libraries made like it
    (``openapi_types`` and ``attribute_map``), pydantic models, the package's own objects, other
    mappings and iterables, times and enumerations.
    """
    if value is None or isinstance(value, (str, bool, int, float)):
        value = value.value if isinstance(value, Enum) else value
        if isinstance(value, int) and not -(2**63) <= value < 2**64:
            raise DecodeError("the number has more than 64 bits", path or None)
        if isinstance(value, float) and not math.isfinite(value):
            raise DecodeError(f"{value} has no place in a document", path or None)
        return value
    if isinstance(value, Mapping):
        return _mapping(value, path)
    if isinstance(value, (Job, Pod, CronJob)):
        return value.to_dict()
    if isinstance(value, datetime):
        return _time(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Enum):
        return plain(value.value, path)
    if hasattr(value, "openapi_types") and hasattr(value, "attribute_map"):
        names: dict[str, str] = value.attribute_map
        parts = {name: getattr(value, own) for own, name in names.items()}
        return {k: plain(v, _at(path, k)) for k, v in parts.items() if v is not None}
    if hasattr(value, "model_dump"):
        return plain(value.model_dump(mode="json", by_alias=True, exclude_none=True), path)
    if hasattr(value, "to_dict"):
        return plain(value.to_dict(), path)
    if isinstance(value, Iterable) and not isinstance(value, (bytes, bytearray)):
        return [plain(item, f"{path}[{i}]") for i, item in enumerate(value)]
    kind = type(value).__name__
    raise DecodeError(f"a value of type `{kind}` has no place in a document", path or None)


def _mapping(value: Mapping[Any, Any], path: str) -> dict[str, Any]:
    if not path and "api_version" in value:
        text = (
            "these are the Python names of the kubernetes client: pass the object itself, "
            "or ApiClient().sanitize_for_serialization(object)"
        )
        raise DecodeError(text, "api_version")
    out: dict[str, Any] = {}
    for key, item in value.items():
        if not isinstance(key, str):
            text = f"the key {key!r} is no text (YAML reads some words as numbers or booleans)"
            raise DecodeError(text, path or None)
        out[key] = plain(item, _at(path, key))
    return out


def _at(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _time(value: datetime) -> str:
    """As the API has it; YAML's own times come without a zone and mean UTC."""
    aware = value.replace(tzinfo=timezone.utc) if value.utcoffset() is None else value
    text = aware.astimezone(timezone.utc).isoformat()
    return text.replace("+00:00", "Z")


def cron_schedule(text: str, zone: str | None) -> CronSchedule:
    """What pickling calls: a keyword argument cannot be pickled."""
    return CronSchedule(text, zone=zone)
