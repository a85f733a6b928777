"""Long work in children of this process: what dies or hangs is told by the seed it was at.

In: what a child does with some seeds. Out: what it says, line by line, as it comes.
The one rule: nothing that a seed does, not a signal and not a stack that overflows, ends the run.
"""

from __future__ import annotations

import contextlib
import json
import mmap
import os
import re
import select
import signal
import time
import traceback
from collections.abc import Callable, Iterator
from typing import Any

HANG = 10.0
"""Seconds of the processor: whatever takes longer is ended."""

DEAF = 1800.0
"""Seconds of the clock without a word from a child: it is ended from outside."""


Say = Callable[[dict[str, Any]], None]
Child = Callable[[int, int, mmap.mmap, Say], None]
"""What a child does with so many seeds from a first one on: where it is (it writes the seed there),
and how it says what it found."""


class Hang(BaseException):
    """Nothing catches this on its way out."""


class Deadline:
    """Ends what takes longer than `HANG` seconds of the processor."""

    def __init__(self) -> None:
        signal.signal(signal.SIGPROF, self._stop)

    @contextlib.contextmanager
    def __call__(self) -> Iterator[None]:
        signal.setitimer(signal.ITIMER_PROF, HANG)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)

    @staticmethod
    def _stop(*_: object) -> None:
        raise Hang


def kind_of(fault: BaseException) -> str:
    """Failures at the same place are of one kind."""
    if isinstance(fault, Hang):
        return "hang"
    frames = traceback.extract_tb(fault.__traceback__)
    place = next((f for f in reversed(frames) if "schedc" in f.filename), frames[-1])
    words = re.sub(r"[\d.e+-]+", "#", str(fault))[:60] if isinstance(fault, AssertionError) else ""
    return f"{type(fault).__name__} {place.name}:{place.lineno} {words}"


def share(work: Child, first: int, count: int) -> Iterator[dict[str, Any]]:
    """What one child says; where it dies, the seed it died of, and the rest in another child."""
    at = mmap.mmap(-1, 8)
    here, there = os.pipe()
    begun = os.fork()
    if not begun:
        os.close(here)
        code = 1
        try:
            work(first, count, at, lambda it: _write(there, it))
            code = 0
        finally:
            os._exit(code)
    os.close(there)
    said, last = b"", time.monotonic()
    seed, status = b"", 0
    while True:
        ready, _, _ = select.select([here], [], [], 5)
        if ready:
            more = os.read(here, 1 << 16)
            if not more:
                break
            *lines, said = (said + more).split(b"\n")
            yield from map(json.loads, lines)
        if at[:8] != seed:
            seed, last = at[:8], time.monotonic()
        elif time.monotonic() - last > DEAF:
            os.kill(begun, signal.SIGKILL)
            break
    _, status = os.waitpid(begun, 0)
    os.close(here)
    if status:
        died = int.from_bytes(at[:8], "big")
        yield {"seed": died, "kind": "the process died", "where": f"status {status}"}
        if died + 1 < first + count:
            yield from share(work, died + 1, first + count - died - 1)


def _write(out: int, what: dict[str, Any]) -> None:
    line = (json.dumps(what) + "\n").encode()
    while line:
        line = line[os.write(out, line) :]
