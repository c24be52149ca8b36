"""What several tests use."""

from __future__ import annotations

from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[3]


def manifest(name: str = "pi", container: dict[str, Any] | None = None, **spec: Any) -> dict[str, Any]:
    """A Job with one container."""
    main = {"name": "main", "image": "perl", **(container or {})}
    pod = {"restartPolicy": "Never", "terminationGracePeriodSeconds": 3, "containers": [main]}
    template = spec.pop("template", {"spec": pod})
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": name},
        "spec": {"template": template, **spec},
    }


def indexed(completions: int, **spec: Any) -> dict[str, Any]:
    """An Indexed Job that runs all indexes at once."""
    own = {"completions": completions, "parallelism": completions, "completionMode": "Indexed"}
    return manifest(**{**own, **spec})
