"""``tests/capabilities.json`` names what the package offers."""

from __future__ import annotations

import json
import types
from functools import reduce

import jobsem

from conftest import REPOSITORY

#: The classes whose methods are capabilities; what the others have is described by their types.
CLASSES = ("Cluster", "Controller", "CleanupScheduler", "CronSchedule")
#: Properties that repeat what the object was made of.
OWN = {"CronSchedule.text", "CronSchedule.zone"}


def named() -> set[str]:
    text = (REPOSITORY / "tests/capabilities.json").read_text(encoding="utf-8")
    every = [one["python"] for one in json.loads(text)["capabilities"]]
    return {name for names in every if isinstance(names, list) for name in names}


def test_every_name_of_the_list_is_there() -> None:
    for name in sorted(named()):
        reduce(getattr, name.split("."), jobsem)


def test_every_function_and_method_is_in_the_list() -> None:
    functions = {
        name
        for name in jobsem.__all__
        if isinstance(getattr(jobsem, name), (types.FunctionType, types.BuiltinFunctionType))
    }
    methods = {
        f"{name}.{method}"
        for name in CLASSES
        for method in vars(getattr(jobsem, name))
        if not method.startswith("_")
    }
    assert functions | methods - OWN <= named()
