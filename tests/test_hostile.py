"""No input may crash the compiler, make it hang or eat memory: each gets a clear answer, soon.

Each is checked by the command line in a process of its own, with 1 GB of memory. "Soon" is a second
of the processor's time (not of the clock: others may be using the machine), and more where even a
file of three lines takes longer than usual. What sympy takes in its own process has its own limit.
"""

from __future__ import annotations

import json
import multiprocessing
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hostile import ANSWERS, HOSTILE
from hostile_process import Answer, answer

from schedc.diagnostics import CATALOGUE, Level

USUAL = 0.05
"""Seconds that a file of three lines takes on an idle core."""

LONGER = {"a ramp that waves": 8.0}
"""Twenty thousand values of a formula are tried before a batch schedule is given up."""

PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["hostile_process"])


def checked(folder: Path, files: dict[str, str]) -> Answer:
    for name, text in files.items():
        (folder / name).write_bytes(text.encode("utf-8", "surrogateescape"))
    mine, its = PROCESSES.Pipe(duplex=False)
    process = PROCESSES.Process(target=answer, args=(str(folder), its))
    process.start()
    its.close()
    try:
        assert mine.poll(120), "it hangs"
        found: Answer = mine.recv()
    finally:
        process.kill()
        process.join()
        mine.close()
    return found


@cache
def slowness() -> float:
    """How much slower than usual this machine is just now, at least 1."""
    with TemporaryDirectory() as folder:
        plain = {"main.yaml": "run: {steps: 100}\nschedules:\n  lr: cosine(1→0)\n"}
        done = checked(Path(folder), plain)
    assert done.code == 0
    return max(done.seconds / USUAL, 1.0)


@pytest.mark.parametrize("name", HOSTILE)
def test_it_gets_a_clear_answer_within_a_second(name: str, tmp_path: Path) -> None:
    done = checked(tmp_path, HOSTILE[name])
    assert not done.errors, "nothing is said but the report"
    found = json.loads(done.output)["diagnostics"]
    codes = {f["code"] for f in found if f["level"] != "advice"}
    assert codes == set(ANSWERS.get(name, ()))
    assert done.code == any(CATALOGUE[code].level == Level.ERROR for code in codes)
    assert done.seconds < slowness() * LONGER.get(name, 1.0)
