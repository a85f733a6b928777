"""No input may crash the compiler, make it hang or eat memory: each gets a clear answer, soon.

Each is checked by the command line in a process of its own, with 1 GB of memory and two minutes
before it is called hung. How soon each answers is measured in `tests/bench/hostile.py`: a bound in
seconds would test the machine.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hostile import ANSWERS, HOSTILE
from hostile_process import checked
from hypothesis import example, given, settings
from hypothesis import strategies as st

from schedc.diagnostics import CATALOGUE, Level
from schedc.groups import never_both, pattern


@pytest.mark.parametrize("name", HOSTILE)
def test_it_gets_a_clear_answer(name: str, tmp_path: Path) -> None:
    done = checked(tmp_path, HOSTILE[name])
    assert not done.errors, "nothing is said but the report"
    found = json.loads(done.output)["diagnostics"]
    codes = {f["code"] for f in found if f["level"] != "advice"}
    assert codes == set(ANSWERS.get(name, ()))
    assert done.code == any(CATALOGUE[code].level == Level.ERROR for code in codes)
    assert max([len(f["message"]) for f in found], default=0) < 500, "a page is no message"


def as_written(text: str) -> re.Pattern[str]:
    """A pattern letter by letter: right, and for ever on its way where many `*` fit nothing."""
    parts = {"*": ".*", "?": ".", "{i}": "(?P<i>[0-9]+)", "{j}": "(?P<j>[0-9]+)"}
    known: set[str] = set()
    regex = ""
    for part in re.findall(r"\{.\}|.", text):
        regex += f"(?P={part[1]})" if part in known else parts.get(part, re.escape(part))
        known |= {part} if part[0] == "{" else set()
    return re.compile(regex)


PARTS = ["*", "*", "?", "a", "1", ".", "{i}", "{j}", "a.", "*1"]


@settings(max_examples=500)
@given(st.lists(st.sampled_from(PARTS), max_size=7).map("".join), st.text("a1.2", max_size=9))
@example("*a*.{i}.*", "a.a.1.a.2.a")
@example("*{i}*{j}*{i}", "12a3a2")
def test_a_pattern_matches_what_it_says(text: str, name: str) -> None:
    expected = as_written(text).fullmatch(name)
    found = pattern(text).match(name)
    assert (found is None) == (expected is None)
    if found is not None and expected is not None:
        assert dict(found) == {index: int(value) for index, value in expected.groupdict().items()}


@settings(max_examples=500)
@given(
    st.lists(st.sampled_from(PARTS), max_size=5).map("".join),
    st.lists(st.sampled_from(PARTS), max_size=5).map("".join),
    st.text("a1.2", max_size=6),
)
@example("*a", "b*", "a")
@example("a.{i}.*", "*.a", "a.1.a")
def test_two_patterns_that_never_meet_have_no_name_in_common(a: str, b: str, name: str) -> None:
    if never_both(pattern(a), pattern(b)):
        assert pattern(a).match(name) is None or pattern(b).match(name) is None
    elif "{" not in a + b:  # what they have in common is found out by a shortest walk
        alone = [x for x in (a, b) if "*" not in x and "?" not in x]
        assert all(pattern(y).match(x) is not None for x in alone for y in (a, b))


def test_a_pattern_of_many_stars_is_done_with_what_it_does_not_match() -> None:
    assert pattern("*a" * 400 + "b").match("a" * 3000) is None
    assert pattern("*{i}*a*a*a*{j}*a*a*a*a*b").match("1a" * 60) is None
