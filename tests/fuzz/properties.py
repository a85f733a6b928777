"""What must hold of any text, and of what a check accepts.

In: the text of a file, or of an expression. Out: `examine(text)`, `told(text)`, `parsed(text)`,
`read(content)`: nothing of interest, or an AssertionError that says what failed.
The one rule: a text may be refused, but nothing may raise; and what is accepted has a value at
every update, the same in the compiled function as in the reference, within its proved bounds.
"""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable, Iterator
from fractions import Fraction
from inspect import signature
from math import isfinite
from typing import Any

from schedc import format
from schedc.backends import python
from schedc.bounds import Which, extreme
from schedc.checks import Report, check_source
from schedc.cli.wanted import Wanted, file_result
from schedc.compiler import part_of
from schedc.diagnostics.base import Finding, Refused
from schedc.document import Block, Entry, blocks, decode
from schedc.expr import CLOCKS, Apply, Num, variables, walk
from schedc.intervals import enclose
from schedc.numeric import numerically
from schedc.parse import parse_assertion, parse_definitions, parse_position, parse_schedule
from schedc.program import Case, Piece, Track
from schedc.reports import REPORTS, render
from schedc.reports.base import Results, Style
from schedc.rewrite import formatted, mended
from schedc.run import Run
from schedc.source import Source

ALL_UP_TO = 200
"""Updates: of a longer run only some are looked at (`examine(text, every_update=True)`: 2,000)."""

BASE = 0.037
TOLERANCE = 1e-9
"""Of the larger of the value and the largest of the numbers that cancel in it, about."""

EXTREMES: tuple[Which, Which] = ("max", "min")
STEPPED = frozenset({"floor", "ceil", "round", "mod"})


def examine(
    text: str,
    checked: Callable[[], None] = lambda: None,
    every_update: bool = False,
    values: bool = True,
) -> Report:
    """Check a text, and what the check accepts. checked: called between the two. values: whether
    what is accepted is compiled and compared with the reference."""
    report = check_source(Source("main.yaml", text))
    checked()
    for finding in report.findings:
        sound(finding)
    if report.ok and values:
        for compiled in report.compiled:
            for name, track in compiled.tracks.items():
                if any(f.code == "SCH406" for f in compiled.told.get(part_of(name), ())):
                    continue  # it was said that there may be no value
                total = None if isinstance(track.run.total, Num) else _length(track)
                hold(track, total, 2_000 if every_update else ALL_UP_TO)
    return report


def told(text: str, report: Report) -> None:
    """Every form of report can tell what was found; formatting again changes nothing; every fix
    that is safe to make leaves a file that can be checked."""
    source = Source("main.yaml", text)
    done = file_result(source, report, Wanted())
    for form in REPORTS:
        said = render(form, Results((done,), "0"), Style(encoding="ascii", width=50))
        assert said or form in QUIET
    formed = formatted(source)
    assert formatted(Source("main.yaml", formed.text)).text == formed.text, "formatted twice"
    mended(source, lambda it: check_source(it).findings)


def sound(finding: Finding) -> None:
    """It says something, about a place that there is."""
    where = finding.where
    assert finding.message() and finding.help() is not None
    assert 0 <= where.start <= where.stop <= len(where.source.text), (where.start, where.stop)


def read(content: bytes) -> bool:
    """Whether the bytes are YAML with a block and without a fault; each text of a block stands in
    the file where it is said to stand. (Patterns are values of YAML and may be folded.)"""
    try:
        source = decode(content, "main.yaml")
    except Refused as refused:
        sound(refused.finding)
        return False
    document = blocks(source)
    for finding in document.findings:
        sound(finding)
    for block in document.blocks:
        for entry in _entries(block):
            assert 0 <= entry.outer.start <= entry.span.start <= entry.span.stop
            assert entry.span.stop <= entry.outer.stop <= len(source.text)
            if isinstance(entry.offsets, int):
                assert source.text.startswith(entry.text, entry.offsets), entry
            else:
                assert len(entry.offsets) == len(entry.text) + 1, entry
                assert sorted(entry.offsets) == list(entry.offsets), entry
    return bool(document.blocks) and not document.findings


def _entries(block: Block) -> Iterator[Entry]:
    for named in (block.schedules, block.run, block.lets, *(g.entries for g in block.groups)):
        yield from named.values()
    for several in (block.horizons, block.defines, block.includes, block.asserts):
        yield from several


def parsed(text: str, kind: int = 0) -> bool:
    """Whether it is an expression (an assertion, a position, a definition, see `TEXTS`); what is
    one reads the same when it was written anew."""
    read, write = TEXTS[kind]
    try:
        tree = read(text)
    except Refused as refused:
        sound(refused.finding)
        return False
    for part in tree if isinstance(tree, tuple) else (tree,):
        assert 0 <= part.span.start < part.span.stop <= len(text), part.span
    assert read(write(tree)) == tree, f"not read again: {write(tree)}"
    return True


TEXTS: list[tuple[Callable[[str], Any], Callable[[Any], str]]] = [
    (parse_schedule, format.render),
    (parse_assertion, format.render),
    (parse_position, format.render),
    (parse_definitions, lambda found: "\n".join(map(format.render_definition, found))),
]
QUIET = {"concise", "json-lines", "github"}
"""Reports that say nothing where there is nothing to say."""


def _length(track: Track) -> int:
    """A length that fits a schedule without a horizon."""
    case = track.cases[-1]
    return case.low + 123 if case.high is None else case.high


def hold(track: Track, total: int | None, most: int) -> None:
    """The promises to somebody who trains with the schedule."""
    case = track.only if total is None else track.case(total)
    assert case is not None
    function = python.function(track)
    takes = signature(function).parameters
    more: dict[str, float] = {} if total is None or "total" not in takes else {"total": total}
    based = any("base" in variables(e) for p in case.pieces for e in (p.value, p.first, p.last))
    if "base" in takes:
        more["base"] = BASE
    base = Fraction(BASE) if based else None
    top, bottom = (bound(w, case, track.run, base, total) for w in EXTREMES)
    scale = max(abs(top or 0), abs(bottom or 0))
    updates = total if total is not None else track.run.executed
    assert updates is not None
    stepped = _stepped(case)
    for k in _sample(updates, most):
        value = function(k, **more)
        assert isinstance(value, int | float) and isfinite(value), f"{value} at update {k}"
        slack = TOLERANCE * max(scale, abs(value)) + 1e-300
        assert top is None or value <= top + slack, f"{value} at {k} is above the bound {top}"
        assert bottom is None or value >= bottom - slack, f"{value} at {k} is below {bottom}"
        if k % 7 and most > ALL_UP_TO:  # the reference is slow
            continue
        clock = Fraction(k + track.run.first)
        exact = float(track.value(clock, total, base=base))
        assert stepped or abs(value - exact) <= slack, f"{value} at {k} should be {exact}"
    again = pickle.loads(pickle.dumps(track))
    assert _pieces(again) == _pieces(track) == _pieces(copy.deepcopy(track))
    assert python.function(again)(3, **more) == function(3, **more)


def _pieces(track: Track) -> list[tuple[Piece, ...]]:
    return [case.pieces for case in track.cases]


def _stepped(case: Case) -> bool:
    """Steps at irrational places: there the last digit decides on which side an update is."""
    parts = [part for p in case.pieces for part in walk(p.value) if isinstance(part, Apply)]
    return any(p.op in STEPPED for p in parts)


def bound(
    which: Which, case: Case, run: Run, base: Fraction | None, total: int | None
) -> float | None:
    """The proved minimum or maximum as a number, enclosed outwards: digits that cancel in its
    formula do not count against a value, and what no float holds is 0. None where none is known."""
    exact = extreme(case, run, which)
    if exact is None or variables(exact) & set(CLOCKS):
        return None
    known = {} if base is None else {"base": base}
    if total is not None:
        known["total"] = Fraction(total)
    ends = enclose(exact, known, 20)
    if ends is None:  # the root of a 0 that only sympy would see
        return float(numerically(exact, known, 20))
    return float(ends[0] if which == "min" else ends[1])


def _sample(updates: int, most: int) -> list[int]:
    if updates <= most:
        return [*range(updates), updates + 1]
    ends = [0, 1, 2, 3, updates - 2, updates - 1, updates, updates + 1]
    return ends + [updates * i // 37 for i in range(1, 37)]
