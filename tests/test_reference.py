"""The reference, grammar/README.md: every block is run, and says what the compiler says.

` ```yaml `: a file without errors or warnings; with a code behind it, one with exactly that error.
` ```schedule `: a schedule a line, behind `#` its values at updates. ` ```sched `: definitions.
"""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path

import pytest

import schedc
from schedc.parse import parse_definitions
from schedc.prelude import extend, prelude
from schedc.source import Source, Span
from tests.laid import compiled

REFERENCE = Path(__file__).parents[1] / "grammar" / "README.md"
FENCE = re.compile(r"^```(\w+)(?: (SCH\d+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(kind: str) -> list[tuple[int, str | None, str]]:
    text = REFERENCE.read_text(encoding="utf-8")
    found = (m for m in FENCE.finditer(text) if m[1] == kind)
    return [(text[: m.start()].count("\n") + 1, m[2], m[3]) for m in found]


def schedules() -> list[tuple[int, str]]:
    return [
        (first + 1 + offset, line)
        for first, _, body in blocks("schedule")
        for offset, line in enumerate(body.splitlines())
    ]


@pytest.mark.parametrize(("line", "code", "text"), blocks("yaml"))
def test_a_file(line: int, code: str | None, text: str) -> None:
    report = schedc.check(Source(f"README.md:{line}", text))
    assert [f.code for f in report.errors] == ([code] if code else [])
    assert code or not report.warnings, [f.message() for f in report.warnings]
    assert report.compiled


@pytest.mark.parametrize(("line", "text"), schedules())
def test_a_schedule(line: int, text: str) -> None:
    expression, _, values = text.partition("#")
    out = compiled(expression.strip(), steps=1000)
    assert not [f.message() for f in out.findings if f.level.name != "ADVICE"]
    for pair in values.split(","):
        if pair.strip():
            k, value = (Fraction(part.strip()) for part in pair.split("→"))
            exact = float(out.tracks["lr"].value(k))
            assert exact == pytest.approx(float(value), rel=1e-6, abs=0), pair


@pytest.mark.parametrize(("line", "code", "text"), blocks("sched"))
def test_definitions(line: int, code: str | None, text: str) -> None:
    vocabulary, faults = extend(prelude(), parse_definitions(Span(Source("x", text), 0, len(text))))
    assert not faults
    assert len(vocabulary.names()) > len(prelude().names())


def test_every_curve_recipe_and_combinator_stands_in_it() -> None:
    from schedc.names import COMBINATORS

    text = REFERENCE.read_text(encoding="utf-8")
    in_tables = re.findall(r"^\| `(\w+)", text, re.MULTILINE)
    shown = " ".join([*in_tables, *(line for _, line in schedules())])
    names = (*prelude().names(), *COMBINATORS)
    missing = [name for name in names if not re.search(rf"\b{name}\b", shown)]
    assert missing == []


def test_all_blocks_are_run() -> None:
    text = REFERENCE.read_text(encoding="utf-8")
    kinds = re.findall(r"^```(\w+)", text, re.MULTILINE)
    assert set(kinds) <= {"yaml", "schedule", "sched"}
    assert len(kinds) == len(FENCE.findall(text))
