"""One check by the command line, in a process with little memory.

In: a folder with a `main.yaml`. Out: `Answer`, through a pipe.
"""

from __future__ import annotations

import contextlib
import io
import os
import resource
import sys
import time
from dataclasses import dataclass
from multiprocessing.connection import Connection

import schedc.cli.check
import schedc.layout
import schedc.schedule  # noqa: F401  # loaded once, before the processes part
from schedc.cli import main

MEMORY = 1 << 30


@dataclass(frozen=True)
class Answer:
    """code: the exit code. seconds: of the processor's time."""

    code: int | str | None
    output: str
    errors: str
    seconds: float


def answer(folder: str, to: Connection) -> None:
    """Check `main.yaml` of a folder and say what came of it."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    os.chdir(folder)
    sys.argv = ["schedc", "check", "main.yaml", "--json"]
    output = io.TextIOWrapper(io.BytesIO(), "utf-8")
    errors = io.StringIO()
    code: int | str | None = None
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(errors):
        try:
            main()
        except SystemExit as end:
            code = end.code or 0
    output.flush()
    said = output.buffer.getvalue().decode()  # type: ignore[attr-defined]
    to.send(Answer(code, said, errors.getvalue(), time.process_time()))
