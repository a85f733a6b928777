"""JSON: the resolved program, for other programs: phases, formulas, exact numbers, decimals.

In: tracks. Out: the text of one JSON object.
The one rule: a number is written twice: exactly, as text, and as the nearest double.

    {"format": 1, "schedc": …, "origin": …, "program": …, "run": {…}, "schedules": {name: {
        "text": …, "needs": ["total"], "cases": [{
            "low": 1, "high": null,            the lengths of the run that this case is for
            "phases": [{"name", "text", "unit", "start", "stop", "first", "last"}],
            "pieces": [{"start", "stop", "formula", "tree", "first", "last"}],
            "final": number}]}}}               the value that holds from the end on

A number is {"exact": "1/1000", "decimal": 0.001}; one that is not rational has its formula as
"exact", one that depends on `total` or `base` has no "decimal". A tree is a number's exact text, a
variable {"var": "step"}, or {"op": "mul", "args": […]} with an operator of `schedc.expr.OPS`.
Positions are in updates; a piece owns [start, stop).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from schedc.backends.base import Backend, Header, layouts, signature
from schedc.backends.clocks import tables
from schedc.backends.constants import closed
from schedc.expr import Expr, Num, Var, variables
from schedc.program import Case, Track, by_update
from schedc.render import LANGUAGE, nearest, text

FORMAT = 1


def source(tracks: Mapping[str, Track], header: Header) -> str:
    """The text of the program as JSON, its keys in a fixed order."""
    program = {
        "format": FORMAT,
        "schedc": header.version,
        "origin": header.origin,
        "program": header.digest,
        "run": _run(tracks),
        "schedules": {name: _schedule(by_update(track)) for name, track in tracks.items()},
    }
    return json.dumps(program, indent=2, ensure_ascii=False) + "\n"


def _run(tracks: Mapping[str, Track]) -> dict[str, Any]:
    runs = [by_update(track).run for track in tracks.values()]
    if not runs:
        return {}
    run = runs[0]
    out: dict[str, Any] = {"total": _number(run.total), "clock": run.clock}
    out["rates"] = {unit: _number(Num(rate)) for unit, rate in sorted(run.rates.items())}
    ramp = tables(run)
    return {**out, "ramp": {name: list(row) for name, row in ramp.items()}} if ramp else out


def _schedule(track: Track) -> dict[str, Any]:
    return {
        "text": " ".join(track.text.split()),
        "needs": sorted(signature(track, layouts(track))),
        "cases": [_case(case) for case in track.cases],
    }


def _case(case: Case) -> dict[str, Any]:
    return {
        "low": case.low,
        "high": case.high,
        "phases": [
            {
                "name": phase.name,
                "text": " ".join(phase.span.text.split()),
                "unit": phase.unit,
                **_ends(phase.start, phase.stop, phase.first, phase.last),
            }
            for phase in case.phases
        ],
        "pieces": [
            {
                "formula": text(piece.value),
                "tree": _tree(piece.value),
                **_ends(piece.start, piece.stop, piece.first, piece.last),
            }
            for piece in case.pieces
        ],
        "final": _number(case.final),
    }


def _ends(start: Expr, stop: Expr, first: Expr, last: Expr) -> dict[str, Any]:
    ends: Sequence[tuple[str, Expr]] = (
        ("start", start),
        ("stop", stop),
        ("first", first),
        ("last", last),
    )
    return {name: _number(expr) for name, expr in ends}


def _number(expr: Expr) -> dict[str, Any]:
    exact = str(expr.value) if isinstance(expr, Num) else text(expr)
    if variables(expr):
        return {"exact": exact}
    return {"exact": exact, "decimal": nearest(closed(expr))}


def _tree(expr: Expr) -> Any:
    match expr:
        case Num(value):
            return str(value)
        case Var(name):
            return {"var": name}
    return {"op": expr.op, "args": [_tree(a) for a in expr.args]}


BACKEND = Backend(
    LANGUAGE, source, ".json", "The resolved program: phases, exact numbers, decimals."
)
