"""Random scenarios for the oracle and for jobsem.

`scenario(family, seed, k)` is the k-th scenario of a family: the same three always give the same
scenario, whatever else was generated before. Each family is a function in one of the modules below
that takes a `Draw` and returns the scenario's fields; its docstring says what it varies.
"""

from . import admission, basic, cron, manifest, state, wide
from .draw import Draw

FAMILIES = {f.__name__: f for module in (basic, state, cron, admission, wide, manifest) for f in module.FAMILIES}


def scenario(family, seed, k):
    fields = FAMILIES[family](Draw(f"{family}/{seed}/{k}"))
    return {**fields, "id": f"{family}-{seed}-{k}"}
