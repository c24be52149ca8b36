"""Builds the API documentation: `python docs.py DIRECTORY`. Any warning is an error."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

import jobsem
import pdoc
import pdoc.render


def main(directory: str) -> None:
    warnings.simplefilter("error")
    for name in jobsem.__all__:
        getattr(jobsem, name)  # what is imported late has to be there
    pdoc.render.configure(docformat="restructuredtext", show_source=False)
    pdoc.pdoc(
        "jobsem", "jobsem.testing", "jobsem.pytest_plugin", output_directory=Path(directory)
    )


if __name__ == "__main__":
    main(sys.argv[1])
