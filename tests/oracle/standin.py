#!/usr/bin/env python3
"""An oracle in the place of `jobsem replay`, to test the differ itself.

standin.py replay --kube V -   answers from stdin with the oracle of V, or of STANDIN_KUBE if that is
set: then versions that differ give real differences. STANDIN_ORACLES is the binaries' directory.
"""

import os
import pathlib
import subprocess
import sys
import tempfile

here = pathlib.Path(__file__).resolve().parent
version = os.environ.get("STANDIN_KUBE", sys.argv[3])
oracle = pathlib.Path(os.environ.get("STANDIN_ORACLES", here / "bin")) / f"oracle-{version}"
with tempfile.TemporaryDirectory() as directory:
    questions, answers = pathlib.Path(directory, "in"), pathlib.Path(directory, "out")
    questions.write_text(sys.stdin.read())
    command = [oracle, "-test.run", "^TestOracle$", "-in", questions, "-out", answers]
    run = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    sys.stdout.write(answers.read_text())
    sys.exit(run.returncode)
