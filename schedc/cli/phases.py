"""A block in words: the facts of the run, and of each schedule its phases, joins and values.

In: a compiled block. Out: text, in columns.
The one rule: boundaries are exact, in every unit that the run knows; only values are floats.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from schedc.cli import streams

if TYPE_CHECKING:
    from schedc.compiler import Compiled
    from schedc.expr import Expr
    from schedc.program import Case, Phase, Track
    from schedc.run import Known, Run
    from schedc.verify import Joined


def block_text(compiled: Compiled) -> str:
    """The run of a block, and each of its schedules."""
    from schedc.reports.text import writable

    known = compiled.run.known_facts or not compiled.block.run  # else its fault is told below
    parts = [_run(compiled.run)] if known else []
    parts += [_track(track, compiled) for track in compiled.tracks.values()]
    return writable("\n".join(parts).rstrip("\n"), streams.style(sys.stdout)) + "\n"


def _run(run: Run) -> str:
    """Every fact, with where it comes from."""
    from schedc.doctor import ramps
    from schedc.shown import shown_fraction

    if not run.known_facts:
        return "run: nothing is stated; lengths are proved for every N\n"
    rows = [(name, shown_fraction(k.value), _origin(k)) for name, k in run.known_facts.items()]
    widths = [max(len(row[i]) for row in rows) for i in (0, 1)]
    lines = [f"  {n:<{widths[0]}}  {v:>{widths[1]}}  {why}".rstrip() for n, v, why in rows]
    lines += [f"  {line}" for line in ramps(run)]
    lines.append(f"  % and rest move with {run.clock}")
    if run.first:
        lines.append("  first: 1, so update k has the value at clock k + 1")
    if run.endpoint:
        lines.append("  endpoint: true, so the last update has the final value")
    if run.stop is not None:
        lines.append(f"  stops at update {shown_fraction(run.stop)}")
    return "\n".join(["run", *lines, ""])


def _origin(known: Known) -> str:
    from schedc.shown import shown_fraction

    if not known.rule:
        line = f", line {known.span.line}" if known.origin == "file" and known.span else ""
        return f"stated: {known.origin or 'file'}{line}"
    inputs_shown = ", ".join(f"{k.name} {shown_fraction(k.value)}" for k in known.inputs)
    return f"= {known.rule}" + (f"  ({inputs_shown})" if inputs_shown else "")


def _track(track: Track, compiled: Compiled) -> str:
    where = f"  (line {track.span.line})" if track.span and track.span.line > 1 else ""
    lines = [f"{track.name}: {' '.join(track.text.split())}{where}", ""]
    for case in track.cases:
        if track.run.known is None and (case.low > 1 or case.high is not None):
            lines.append(f"  for {_range(case)}:")
        lines += [*_phases(case, track.run), ""]
    lines += _joins(compiled.joins.get(track.name, ()), track.run)
    if track.run.known is None:
        lines += [f"  {condition}" for condition in conditions(track)]
    if track.run.known is not None:
        lines += ["  values", *_values(track), ""]
    else:
        lines += ["  values need the length of the run: add --steps 10k", ""]
    return "\n".join(lines)


def conditions(track: Track) -> list[str]:
    """Which lengths a schedule does not fit, and why, in the words of the first that it refuses."""
    merged: list[tuple[int, int | None, str]] = []
    for low, high, finding in sorted(track.refused, key=lambda range_: range_[0]):
        why = finding.message().partition("\n")[0]
        if merged and merged[-1][1] == low - 1:
            low, _, why = merged.pop()
        merged.append((low, high, why))
    told = []
    for low, high, why in merged:
        if low == 1 and high is not None:
            told.append(f"needs at least {high + 1:,} updates")
        elif high is None:
            told.append(f"takes at most {low - 1:,} updates: for more, {why}")
        else:
            told.append(f"does not fit {low:,} to {high:,} updates: {why}")
    return told


def _range(case: Case) -> str:
    if case.high is None:
        return f"N >= {case.low:,} updates"
    return f"N from {case.low:,} to {case.high:,} updates"


def _phases(case: Case, run: Run) -> list[str]:
    """A row for each phase: from where to where in every unit known, and its end values."""
    from schedc.doctor import owned
    from schedc.expr import Num
    from schedc.program import titles
    from schedc.run import CLOCK_OF_UNIT

    units = ["steps", *[u for u in CLOCK_OF_UNIT if u in run.rates or u in run.uneven]]
    units = list(dict.fromkeys(units))
    rows = [["phase", *[_unit_title(u) for u in units], "value"]]
    between = run.known is not None and any(
        isinstance(p.stop, Num) and p.stop.value.denominator != 1 for p in case.phases
    )
    if between or run.first:  # else the boundaries say it
        rows[0].insert(1, "owns")
    for phase, title in zip(case.phases, titles(case.phases), strict=True):
        ends = [_stretch(phase, run, unit) for unit in units]
        if len(rows[0]) > len(ends) + 2:
            first, last = owned(phase, run)
            owns = "none" if last < first else f"{first:,}" + f" to {last:,}" * (last > first)
            ends.insert(0, owns)
        rows.append([_short(title, 44), *ends, _passed(phase, case)])
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return [
        ("  " + "  ".join(f"{c:<{w}}" for c, w in zip(row, widths, strict=True))).rstrip()
        for row in rows
    ]


def _passed(phase: Phase, case: Case) -> str:
    """The values that a phase passes where its formula changes, from its first to its last."""
    from schedc.expr import Num
    from schedc.shown import shown_value

    starts, stops = [p.start for p in case.pieces], [p.stop for p in case.pieces]
    if phase.start not in starts or phase.stop not in stops:
        return f"{shown_value(phase.first)} → {shown_value(phase.last)}"
    told: list[str] = []
    for piece in case.pieces[starts.index(phase.start) : stops.index(phase.stop) + 1]:
        ends = [shown_value(piece.first), shown_value(piece.last)]
        if isinstance(piece.value, Num):
            ends.pop()
        told += ends[1:] if told and told[-1] == ends[0] else ends
    return " → ".join(told if len(told) <= 5 else [*told[:2], "…", *told[-2:]])


def _unit_title(unit: str) -> str:
    return "updates" if unit == "steps" else unit


def _short(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"


def _stretch(phase: Phase, run: Run, unit: str) -> str:
    from schedc.diagnostics.base import Refused

    try:
        start, stop = (run.position(e, unit) for e in (phase.start, phase.stop))
    except Refused:
        return "?"
    return f"{_exact(start)} … {_exact(stop)}"


def _exact(position: Expr) -> str:
    """A position exactly, and about where that is if it is a long fraction."""
    from schedc.expr import Num
    from schedc.shown import shown

    text = shown(position)
    if isinstance(position, Num) and text.endswith("…") and len(str(position.value)) <= 24:
        return f"{position.value} ≈ {float(position.value):,.2f}"
    return text


def _joins(joined: Sequence[Joined], run: Run) -> list[str]:
    """A row for each boundary, with both values and its verdict."""
    from schedc.shown import shown, shown_value

    if not joined:
        return []
    lines = ["  joins"]
    for join in joined:
        boundary, verdict = join.boundary, join.verdict
        left, right = shown_value(boundary.left), shown_value(boundary.right)
        told = {"continuous": "proved continuous", "jump": "a jump"}.get(verdict.kind, "unproved")
        by = f" (by {verdict.by})" if verdict.by else ""
        factor = f" by the factor {verdict.factor[:12]}" if verdict.factor else ""
        told += by if verdict.kind == "continuous" else factor if verdict.kind == "jump" else (
            f": {verdict.reason}" if verdict.reason else ""
        )  # fmt: skip
        where = "" if run.known is not None else f" for N from {join.low:,}" + (
            f" to {join.high:,}" if join.high is not None else ""
        )  # fmt: skip
        values = left if left == right else f"{left} | {right}"
        lines.append(f"    at {shown(boundary.at)}{where}: {values}, {told}")
    return [*lines, ""]


def _values(track: Track) -> list[str]:
    """The value at the updates that people ask about first."""
    from schedc.backends import python
    from schedc.cli.values import edges

    run = track.run
    total = run.executed
    assert total is not None
    ks = {k for k in (0, 1, total - 1, total) if 0 <= k <= total}
    phases: list[Expr] = [p.start for p in track.only.phases]
    ks |= {int(k) for k in edges(phases, total)}
    try:
        function = python.function(track)
    except OverflowError:
        return ["    none: its numbers are beyond those of a computer"]
    given = {"base": 1.0} if "base" in _parameters(function) else {}
    rows = [f"    {k:>12,}  {_at(function, k, given)}{_note(k, run)}" for k in sorted(ks)]
    if given:
        rows.insert(0, "    in terms of `base`, the optimizer's own rate; here for base = 1")
    return rows


def _at(function: Callable[..., float], k: int, given: Mapping[str, float]) -> str:
    """A value, or that there is none: the finding below says why."""
    try:
        return repr(function(k, **given))
    except (ArithmeticError, ValueError):
        return "none"


def _note(k: int, run: Run) -> str:
    if k == run.executed:
        early = run.length is None or run.executed < run.length
        return "   the run has stopped" if early else "   after the last update, for ever"
    return "   the last update" if run.executed is not None and k == run.executed - 1 else ""


def _parameters(function: object) -> Sequence[str]:
    """The names of the parameters of a compiled function."""
    code = function.__code__  # type: ignore[attr-defined]
    names: Sequence[str] = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    return names
