"""One check by the command line, in a process with little memory.

In: a folder, and the files of a project to write into it. Out: `Answer`: what `schedc check
main.yaml` said, and the processor's time that it took; through a pipe.
The one rule: the process parts from one that has loaded the compiler, so that what is measured is
the check and not the imports.
"""

from __future__ import annotations

import contextlib
import io
import multiprocessing
import os
import resource
import sys
import time
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

MEMORY = 1 << 30
"""Bytes that a check may take, beside what the modules hold that the process began with: the server
is one for all tests, and may have loaded torch for others."""

HANG = 120
"""Seconds of the clock."""

PROCESSES = multiprocessing.get_context("forkserver")
# by the names of the compiler: the server finds no modules of the tests, and would say nothing
PROCESSES.set_forkserver_preload(["schedc.cli.check", "schedc.layout", "schedc.loading"])


@dataclass(frozen=True)
class Answer:
    """code: the exit code. seconds: of the processor's time, within this process."""

    code: int | str | None
    output: str
    errors: str
    seconds: float


def checked(folder: Path, files: dict[str, str]) -> Answer:
    """Write the files and check `main.yaml`. Raises AssertionError when no answer comes."""
    for name, text in files.items():
        (folder / name).write_bytes(text.encode("utf-8", "surrogateescape"))
    mine, its = PROCESSES.Pipe(duplex=False)
    process = PROCESSES.Process(target=answer, args=(str(folder), its))
    process.start()
    its.close()
    try:
        assert mine.poll(HANG), "it hangs"
        found: Answer = mine.recv()
    finally:
        process.kill()
        process.join()
        mine.close()
    return found


def _held() -> int:
    """Bytes of address space that this process holds."""
    pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[0]
    return int(pages) * resource.getpagesize()


def answer(folder: str, to: Connection) -> None:
    """Check `main.yaml` of a folder and say what came of it."""
    from schedc.cli import main

    most = _held() + MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    os.chdir(folder)
    sys.argv = ["schedc", "check", "main.yaml", "--json"]
    output = io.TextIOWrapper(io.BytesIO(), "utf-8")
    errors = io.StringIO()
    code: int | str | None = None
    before = time.process_time()
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(errors):
        try:
            main()
        except SystemExit as end:
            code = end.code or 0
    output.flush()
    said = output.buffer.getvalue().decode()  # type: ignore[attr-defined]
    to.send(Answer(code, said, errors.getvalue(), time.process_time() - before))
