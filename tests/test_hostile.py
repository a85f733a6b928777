"""No input may crash the compiler, make it hang or eat memory: each gets a clear answer, soon.

Each is checked by the command line in a process of its own, with 1 GB of memory and two minutes
before it is called hung. How soon each answers is measured in `tests/bench/hostile.py`: a bound in
seconds would test the machine.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hostile import ANSWERS, HOSTILE
from hostile_process import checked

from schedc.diagnostics import CATALOGUE, Level


@pytest.mark.parametrize("name", HOSTILE)
def test_it_gets_a_clear_answer(name: str, tmp_path: Path) -> None:
    done = checked(tmp_path, HOSTILE[name])
    assert not done.errors, "nothing is said but the report"
    found = json.loads(done.output)["diagnostics"]
    codes = {f["code"] for f in found if f["level"] != "advice"}
    assert codes == set(ANSWERS.get(name, ()))
    assert done.code == any(CATALOGUE[code].level == Level.ERROR for code in codes)
