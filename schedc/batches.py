"""Batch and sequence-length schedules: from their plans to the run they make.

In: the plans of `batch` and `sequence`, and the facts beside them. Out: the `Run`.
The one rule: such a schedule moves in one unit, and is laid out over positions in that unit; only
then is it known what an update is, and everything else can be laid out over updates.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from fractions import Fraction
from math import ceil

from schedc.derive import clock_of, derived, needs_of, run_of
from schedc.diagnostics import naming, tiling, timing
from schedc.diagnostics.base import Refused
from schedc.expr import (
    TOTAL,
    Apply,
    Expr,
    Num,
    TooLarge,
    Undefined,
    Var,
    num,
    substitute,
    variables,
)
from schedc.facts import LENGTHS, Facts
from schedc.horizon import Horizon
from schedc.integers import moves, rational
from schedc.layout import cases, lay_schedule, measure
from schedc.lengths import Layout
from schedc.numeric import numerically
from schedc.plan import CurvePhase, Formula, Length, Measured, Plan, Reference, RoundedLength
from schedc.program import Case
from schedc.ramp import (
    MOST_ROWS,
    UNITS,
    Level,
    Levels,
    NotWhole,
    Table,
    TooManyProbes,
    TooManyRows,
    constant_levels,
    tabulate,
    tabulate_tokens,
)
from schedc.run import Run
from schedc.shown import shown_fraction as shown
from schedc.source import NOWHERE, Span

_UPDATES = frozenset({"step", "t", "length", "start"})
_UNITS = {
    "samples": "samples", "tokens": "tokens", "epoch": "epochs", "total": "%", "batch": "batch",
}  # fmt: skip

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
    if not plans:
        return run_of(told)
    levels = {
        name: _levels(name, plan, told, others, measured, references)
        for name, plan in plans.items()
    }
    return run_of(told, _tabulated(told, levels))


# ---- one schedule over its unit ----------------------------------------------------------------


def _levels(
    name: str,
    plan: Plan,
    told: Facts,
    others: Mapping[str, Plan],
    measured: Mapping[str, Measured],
    references: LayAgain,
) -> Levels:
    units = set(_units(plan, others, {name}))
    if "batch" in units:
        raise Refused(naming.Circular(plan.span, (*dict.fromkeys((name, "batch")), name)))
    unit = unit_of(units, told, name, plan.span)
    seen = view(told, unit)
    lay_other = references(seen)
    known = seen.known
    if told.endpoint is not None and known == 0:  # the one update is the end
        raise Refused(timing.NoEndpoint(told.endpoint.span))

    def work(horizon: Horizon) -> Case:
        return lay_schedule(Layout(seen, horizon, lay_other, measured, measure), plan)

    low, high = (1, None) if known is None else (known, known)
    done, refused = cases(work, low, high)
    if not done or done[-1].high != high:
        raise Refused(refused[-1][2])
    case = done[-1]  # without a length: as in every long run
    levels: list[Level] = []
    for piece in case.pieces:
        start, stop = piece.start, piece.stop
        if isinstance(start, Num) and piece is case.pieces[-1] and not variables(piece.value):
            break  # a level that lasts to the end lasts for ever
        if isinstance(start, Num) and piece is case.pieces[-1] and _goes_on(piece.value, start):
            end = substitute(piece.value, {"step": num(FOREVER)})
            levels.append(Level(start.value, FOREVER, piece.value))
            return Levels(unit, tuple(levels), end)
        if not isinstance(start, Num) or not isinstance(stop, Num):
            where = "" if unit == "steps" else unit
            raise Refused(tiling.NeedsHorizon(plan.span, f"`{name}`", where))
        levels.append(Level(start.value, stop.value, piece.value))
    return Levels(unit, tuple(levels), case.final)


FOREVER = Fraction(1 << 62)
"""Further than any run goes, in any unit."""


def _goes_on(value: Expr, start: Num) -> bool:
    """A formula that needs no end, and reaches a level: `min(2048, 192 + samples / 1000)`."""
    if variables(value) - {"step"} or moves(value, "step", start.value, FOREVER) is None:
        return False
    try:
        ends = [rational(substitute(value, {"step": num(at)})) for at in (FOREVER / 2, FOREVER)]
    except (Undefined, TooLarge):  # it shrinks or grows for ever
        return False
    return ends[0] is not None and ends[0] == ends[1]


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


def view(told: Facts, unit: str) -> Run:
    """The run as a batch schedule sees it: its clock is a position in one unit.

    There "updates" means that unit; only what moves evenly with it has a rate.
    """
    stated = told.stated
    value = {name: fact.value for name, fact in stated.items()}
    sequence = value.get("sequence")
    per: dict[str, Fraction] = {unit: Fraction(1)}  # unit → how much of it one of `unit` is
    if unit == "steps" and "epoch" in value:
        per["epochs"] = 1 / value["epoch"]
    if unit == "samples" and sequence:
        per["tokens"] = sequence
    if unit == "tokens" and sequence:
        per["samples"] = 1 / sequence
    if "samples" in per and "dataset" in value and "epoch" not in value:
        per["epochs"] = per["samples"] / value["dataset"]
    total: Expr = TOTAL
    for name in LENGTHS:
        if name in per and name in value:
            total = Num(value[name] / per[name])
            break
    if told.endpoint is not None and unit == "steps" and isinstance(total, Num):
        total = num(ceil(total.value) - 1)
    return Run(total=total, clock=unit, rates=per)


def unit_of(units: Iterable[str], told: Facts, name: str, where: Span) -> str:
    """The unit a batch schedule moves in, from the units it mentions (`%` is the run's clock).

    Raises `Refused` where no single unit carries them all.
    """
    mentioned = {clock_of(told) if unit == "%" else unit for unit in units}
    for unit in ("steps", "tokens") if name == "batch_tokens" else UNITS:
        if mentioned <= view(told, unit).rates.keys():
            return unit
    ordered = tuple(unit for unit in LENGTHS if unit in mentioned)
    wants = ""
    if mentioned == {"samples", "tokens"}:
        wants = "a fixed `sequence` would connect them"
    elif "epochs" in mentioned and "samples" in mentioned:
        wants = "a `dataset` would connect them"
    raise Refused(timing.BatchUnits(where, name, ordered, wants))


# ---- the table of all of them -------------------------------------------------------------------


def _tabulated(told: Facts, varying: Mapping[str, Levels]) -> Table:
    def where(name: str) -> Span:
        return told.schedules[name].span if name in told.schedules else NOWHERE

    for name in varying:
        for other in _EXCLUDED[name]:
            fact = told.stated.get(other)
            span = fact.span if fact is not None else None
            if other == "drop_last" and told.drop_last is not None:
                span = told.drop_last.span
            if other in varying and other != name:
                span = where(other)
            if span is not None:
                raise Refused(timing.BatchAndFixed(span, name, other, where(name)))
    known = derived(told)
    fixed = {name: constant_levels(fact.value) for name, fact in known.items()}
    batch, sequence = ((fixed | dict(varying)).get(name) for name in ("batch", "sequence"))
    try:
        if "batch_tokens" in varying:
            tokens = known.get("sequence")
            return tabulate_tokens(
                varying["batch_tokens"], None if tokens is None else int(tokens.value)
            )
        if batch is None:
            raise Refused(
                timing.MissingFact(where("sequence"), "samples", needs_of("samples", known))
            )
        if batch.unit == "tokens" and sequence is None:
            raise Refused(timing.MissingFact(where("batch"), "tokens", (("sequence",),)))
        return tabulate(batch, sequence)
    except NotWhole as found:
        name = "batch_tokens" if "batch_tokens" in varying else found.what
        unit = "tokens" if name == "batch_tokens" and found.unit == "samples" else found.unit
        value = _value_at(found.value, found.position)
        raise Refused(
            timing.BatchNotWhole(where(name), name, found.update, found.position, unit, value)
        ) from None
    except TooManyRows:
        which = next(iter(varying))
        raise Refused(timing.BatchTooFine(where(which), which, MOST_ROWS)) from None
    except TooManyProbes as found:
        name = "batch_tokens" if "batch_tokens" in varying else found.what
        unit = "tokens" if name == "batch_tokens" and found.unit == "samples" else found.unit
        looks = timing.Looks(found.probes, found.position, unit)
        raise Refused(timing.BatchTooFine(where(name), name, MOST_ROWS, looks)) from None


_EXCLUDED = {
    "batch": ("batch", "per_device", "devices", "accumulate", "batch_tokens", "drop_last"),
    "sequence": ("sequence", "batch_tokens"),
    "batch_tokens": ("batch_tokens", "batch", "per_device", "devices", "accumulate", "drop_last"),
}
"""Facts that cannot stand beside a schedule: they speak of one fixed batch."""


def _value_at(value: Expr, at: int) -> str:
    """A formula's value at a position, for a message."""
    try:
        exact = rational(substitute(value, {"step": num(at)}))
        if exact is not None:
            return shown(exact)
        return f"{float(numerically(value, {'step': Fraction(at)}, 20)):.6g}"
    except (Undefined, TooLarge):
        return "not defined"
    except KeyError:
        return "in terms of `base`"
