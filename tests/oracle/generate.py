#!/usr/bin/env python3
"""Random scenarios, one JSON a line: generate.py FAMILY SEED COUNT. Without arguments: the families."""

import inspect
import json
import sys

from generator import FAMILIES, scenario

if len(sys.argv) == 1:
    for name, family in FAMILIES.items():
        print(f"{name:12}", " ".join(inspect.getdoc(family).split()))
elif len(sys.argv) != 4 or sys.argv[1] not in FAMILIES:
    sys.exit(f"{__doc__}\nfamilies: {' '.join(FAMILIES)}")
else:
    family, seed, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    for k in range(count):
        print(json.dumps(scenario(family, seed, k)))
