"""Batch and sequence-length schedules: from their plans to the run they make.

In: the plans of `batch` and `sequence`, and the facts beside them. Out: the `Run`.
The one rule: such a schedule moves in one unit, and is laid out over positions in that unit; only
then is it known what an update is, and everything else can be laid out over updates.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass

from schedc.derive import run_of, unit_of, view
from schedc.diagnostics.base import Refused
from schedc.diagnostics.tiling import NeedsHorizon
from schedc.expr import Apply, Num, Var, variables
from schedc.facts import Facts
from schedc.horizon import Horizon
from schedc.layout import Layout, cases, lay_schedule
from schedc.plan import CurvePhase, Formula, Length, Measured, Plan, Reference, RoundedLength
from schedc.program import Case
from schedc.ramp import Level, Levels
from schedc.run import Run
from schedc.source import Span

_UPDATES = frozenset({"step", "t", "length", "start"})
_UNITS = {"samples": "samples", "tokens": "tokens", "epoch": "epochs", "total": "%"}

LayAgain = Callable[[Run], Callable[[str, Horizon, Span], Case]]
"""How a schedule refers to another one: on the run as the batch schedule sees it."""


def run_with(
    told: Facts,
    plans: Mapping[str, Plan],
    others: Mapping[str, Plan],
    measured: Mapping[str, Measured],
    references: LayAgain,
) -> Run:
    """The run of the facts and of the plans of `batch` and `sequence`. Raises `Refused`."""
    levels = {
        name: _levels(name, plan, told, others, measured, references)
        for name, plan in plans.items()
    }
    return run_of(told, levels.get("batch"), levels.get("sequence"))


def _levels(
    name: str,
    plan: Plan,
    told: Facts,
    others: Mapping[str, Plan],
    measured: Mapping[str, Measured],
    references: LayAgain,
) -> Levels:
    unit = unit_of(set(_units(plan, others, {name})), told, name, plan.span)
    seen = view(told, unit)
    lay_other = references(seen)
    known = seen.known

    def work(horizon: Horizon) -> Case:
        return lay_schedule(Layout(seen, horizon, lay_other, measured), plan)

    low, high = (1, None) if known is None else (known, known)
    done, refused = cases(work, low, high)
    if not done or done[-1].high != high:
        raise Refused(refused[-1][2])
    case = done[-1]  # without a length: as in every long run
    levels: list[Level] = []
    for piece in case.pieces:
        start, stop = piece.start, piece.stop
        if not isinstance(start, Num):
            raise Refused(NeedsHorizon(plan.span, f"`{name}`"))
        if not isinstance(stop, Num):
            if variables(piece.value):
                raise Refused(NeedsHorizon(plan.span, f"`{name}`"))
            break  # a level that lasts to the end lasts for ever
        levels.append(Level(start.value, stop.value, piece.value))
    return Levels(unit, tuple(levels), case.final)


def _units(part: object, others: Mapping[str, Plan], seen: set[str]) -> Iterator[str]:
    """Every unit that a plan speaks of; `%` for shares of the run and phases without a length."""
    match part:
        case Num() | Var() | Apply():
            for name in variables(part):
                if name in _UPDATES:
                    yield "steps"
                elif name in _UNITS:
                    yield _UNITS[name]
            return
        case Length(parts=parts, rest=rest):
            yield from (unit for unit, _ in parts)
            if rest is not None:
                yield "%"
            return
        case RoundedLength():
            yield "steps"
        case Reference(name=name):
            if name in others and name not in seen:
                yield from _units(others[name], others, seen | {name})
            return
        case CurvePhase(curve=curve, length=None) if "u" in curve.uses:
            yield "%"
        case Formula(value=value) if "u" in variables(value):
            yield "%"
    if isinstance(part, CurvePhase):
        yield from (["steps"] if part.curve.uses & _UPDATES else [])
    if isinstance(part, Mapping):
        for item in part.values():
            yield from _units(item, others, seen)
    elif isinstance(part, tuple):
        for item in part:
            yield from _units(item, others, seen)
    elif is_dataclass(part) and not isinstance(part, Span | type):
        for field in fields(part):
            if field.name not in ("curve", "span", "places", "joins"):
                yield from _units(getattr(part, field.name), others, seen)
