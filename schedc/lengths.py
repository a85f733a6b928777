"""How long a part is: lengths in every unit, measured in updates, forwards and backwards.

In: lengths and plans. Out: exact positions in updates.
The one rule: a length is measured from where it stands, because a sample is not always the same
share of an update.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from schedc.algebra import canonical
from schedc.diagnostics import tiling
from schedc.diagnostics.base import Refused
from schedc.expr import (
    ONE,
    ZERO,
    Expr,
    Num,
    TooLarge,
    make,
    num,
    operators,
    substitute,
    variables,
)
from schedc.horizon import Horizon, Undecided
from schedc.integers import rational
from schedc.kinds import MOVING
from schedc.plan import (
    AnyLength,
    CurvePhase,
    Extended,
    Formula,
    Length,
    Measured,
    Plan,
    Pointwise,
    Reference,
    Repeat,
    RoundedLength,
    Sampled,
    ScaledLength,
    Series,
    Take,
    Timed,
    Until,
    Whole,
)
from schedc.program import Case
from schedc.prove import in_digits
from schedc.run import Run
from schedc.shown import counted, shown, shown_value
from schedc.source import NOWHERE, Span

MAX_PIECES = 20_000
"""Phases of a schedule, and rounds of a repetition."""

MAX_BITS = 5_000
"""Of all a boundary's digits, 1.1^1,250: a round longer by 10% than the one before, 1,250 times."""


NONE, FIXED, UNTIL, SHARE, FLEXIBLE = "none", "fixed", "until", "share", "flexible"
"""How a plan gets its length: none, stated, up to a position, a share of the rest, the rest."""


_OF_FRACTIONS = frozenset({
    "add", "sub", "mul", "div", "neg", "min", "max", "abs", "floor", "ceil", "round", "mod",
    "progress",
})  # fmt: skip
"""What leaves a fraction a fraction."""


@dataclass(frozen=True)
class Layout:
    """What stays the same while one schedule is laid out for one range of N.

    ends: where parts of parts end, once measured: what stands in brackets is asked at each level.
    """

    run: Run
    horizon: Horizon
    reference: Callable[[str, Horizon, Span], Case]
    measured: Mapping[str, Measured]
    measure: Callable[[Layout, Measured], Expr]  # `layout.measure`: it lays out in its turn
    ends: dict[tuple[int, Expr, Expr, bool], Expr] = field(default_factory=dict)

    def compare(self, a: Expr, b: Expr, where: Span) -> int:
        try:
            return self.horizon.compare(a, b)
        except Undecided:
            for position in (a, b):
                if operators(position) - _OF_FRACTIONS:
                    at = in_digits(position, 6) or shown(position)
                    irrational = tiling.IrrationalLength(where, at)
                    raise Refused(irrational) from None
            raise Refused(tiling.NeedsHorizon(where, "the order of two phases")) from None


@dataclass(frozen=True, slots=True)
class Within:
    """What a part inherits from where it stands."""

    inherited: Expr | None = None  # the end value of the element before
    first: bool = True  # nothing stands before it (else: it stands inside arithmetic)
    stretch: Expr = ONE
    repeated: bool = False


def settle(lay: Layout, value: Expr) -> Expr:
    """Put numbers read off other schedules (`peak(lr)`) in their places."""
    if isinstance(value, Num):
        return value
    asked = variables(value) & lay.measured.keys()
    found: dict[str, Expr] = {key: lay.measure(lay, lay.measured[key]) for key in asked}
    found["total"] = lay.run.total
    return substitute(value, found)


# ---- lengths


def extent(lay: Layout, of: AnyLength, anchor: Expr, forward: bool, stretch: Expr = ONE) -> Expr:
    """A length in updates, measured from (or, backwards, to) a position in updates."""
    match of:
        case Length((("steps", Num() as updates),)) if stretch is ONE and isinstance(anchor, Num):
            return updates
        case Length(parts):
            position = anchor
            op = "add" if forward else "sub"
            for unit, amount in sorted(parts, key=lambda part: part[0] == "steps"):
                amount = settle(lay, amount)
                if stretch is not ONE:
                    amount = make("mul", stretch, amount)
                if unit == "%":
                    unit = lay.run.clock
                    amount = make("mul", amount, lay.run.position(lay.run.total, unit))
                if unit == "steps":
                    position = make(op, position, amount)
                else:
                    there = make(op, lay.run.position(position, unit), amount)
                    position = lay.run.updates(there, unit)
            return make("sub", position, anchor) if forward else make("sub", anchor, position)
        case RoundedLength(op, args):
            amounts = [extent(lay, a, anchor, forward) for a in args]
            if op in ("min", "max"):
                amount = _extreme(lay, amounts, -1 if op == "min" else 1)
            else:
                amount = make(op, *amounts)
                whole = None if variables(amount) else rational(amount)
                amount = amount if whole is None else Num(whole)
            return make("mul", stretch, amount)
        case ScaledLength(terms):
            total: Expr = ZERO
            for factor, inner in terms:
                amount = extent(lay, inner, anchor, forward, stretch)
                total = make("add", total, make("mul", settle(lay, factor), amount))
            return total


def _extreme(lay: Layout, amounts: list[Expr], sign: int) -> Expr:
    """The largest (sign 1) or smallest of some lengths: which it is may depend on N."""
    chosen = amounts[0]
    for amount in amounts[1:]:
        if lay.compare(amount, chosen, NOWHERE) == sign:
            chosen = amount
    return chosen


def position_of(lay: Layout, of: AnyLength) -> Expr:
    """A position of the run, in updates."""
    return extent(lay, of, ZERO, True)


def unit_of(lay: Layout, of: AnyLength | Until | None) -> str:
    """The unit that a phase's progress moves in: the one its length is written in."""
    if isinstance(of, Until):
        of = of.position
    if of is None:
        return lay.run.clock
    if isinstance(of, Length):
        unit = of.unit
        return lay.run.clock if unit == "%" else unit or "steps"
    return "steps"


def share_of(of: AnyLength | Until | None) -> Expr | None:
    """The share of the rest that a length asks for."""
    return of.rest if isinstance(of, Length) else None


# ---- how a part gets its length


def sizing(plan: Plan) -> str:
    """How the length of a plan comes about."""
    match plan:
        case CurvePhase(length=length) | Timed(length=length):
            if length is None:
                return FLEXIBLE
            if isinstance(length, Until):
                return UNTIL
            return FIXED if share_of(length) is None else SHARE
        case Formula(value):
            return FLEXIBLE if variables(value) & MOVING else NONE
        case Pointwise(_, args):
            return _widest([sizing(a) for a in args])
        case Series(elements):
            kinds = [sizing(e) for e in elements]
            if any(k in (FLEXIBLE, SHARE, NONE) for k in kinds):
                return FLEXIBLE
            return UNTIL if UNTIL in kinds else FIXED
        case Repeat(body, times):
            return FIXED if times is not None and sizing(body) == FIXED else FLEXIBLE
        case Take():
            return FIXED
        case Sampled(body):
            return sizing(body)
        case Extended():
            return FLEXIBLE
        case Whole() | Reference():
            return NONE
    raise AssertionError(plan)


def _widest(kinds: list[str]) -> str:
    for kind in (FLEXIBLE, SHARE, UNTIL, FIXED):
        if kind in kinds:
            return FLEXIBLE if kind == SHARE else kind
    return NONE


def own_length(plan: Plan) -> AnyLength | Until | None:
    match plan:
        case CurvePhase(length=length) | Timed(length=length):
            return length
        case Take(_, length):
            return length
        case Sampled(body):
            return own_length(body)
    return None


def as_long_anywhere(lay: Layout, of: Plan | AnyLength | Until | None) -> bool:
    """Is what has a stated length as long wherever it stands, each unit of it moving evenly?"""
    if not lay.run.uneven:
        return True
    match of:
        case Length(parts, None):
            units = {lay.run.clock if unit == "%" else unit for unit, _ in parts}
            return not units & lay.run.uneven.keys()
        case RoundedLength(_, args):
            return all(as_long_anywhere(lay, a) for a in args)
        case ScaledLength(terms):
            return all(as_long_anywhere(lay, inner) for _, inner in terms)
        case CurvePhase() | Timed() | Take():
            return as_long_anywhere(lay, own_length(of))
        case Series(elements):
            return all(as_long_anywhere(lay, e) for e in elements)
        case Pointwise(_, args):
            return all(as_long_anywhere(lay, a) for a in args if sizing(a) == FIXED)
        case Sampled(body) | Repeat(body):
            return as_long_anywhere(lay, body)
    return False


def end_of(lay: Layout, plan: Plan, start: Expr, within: Within) -> Expr:
    """Where a part of stated length ends that begins at `start`."""
    if not isinstance(plan, Pointwise | Series):
        return _end_of(lay, plan, start, within)
    key = (id(plan), start, within.stretch, within.repeated)
    if key not in lay.ends:
        lay.ends[key] = _end_of(lay, plan, start, within)
    return lay.ends[key]


def _end_of(lay: Layout, plan: Plan, start: Expr, within: Within) -> Expr:
    match plan:
        case CurvePhase(length=Until(position, span)) | Timed(length=Until(position, span)):
            if within.repeated:
                raise Refused(tiling.UntilInside(span))
            return position_of(lay, position)
        case CurvePhase(length=length) | Timed(length=length) | Take(length=length):
            assert length is not None
            return _after(lay, length, start, within.stretch, plan)  # type: ignore[arg-type]
        case Pointwise(_, args):
            ends = [end_of(lay, a, start, within) for a in args if sizing(a) in (FIXED, UNTIL)]
            return _extreme(lay, ends, 1)
        case Series(elements):
            for element in elements:
                start = end_of(lay, element, start, within)
            return start
        case Sampled(body):
            return end_of(lay, body, start, within)
        case Repeat(body, _, _, stretch):
            factor, ratio, rounds = within.stretch, settle(lay, stretch), rounds_of(lay, plan)
            keep_digits(ratio, rounds)
            for _ in range(rounds):
                start = end_of(lay, body, start, replace(within, stretch=factor))
                factor = make("mul", factor, ratio)
            return start
    raise AssertionError(plan)


def _after(lay: Layout, length: AnyLength, start: Expr, stretch: Expr, plan: Plan) -> Expr:
    return canonical(make("add", start, _measured(lay, length, start, True, stretch, plan)))


def _measured(
    lay: Layout, length: AnyLength, anchor: Expr, forward: bool, stretch: Expr, plan: Plan
) -> Expr:
    """The length of a part, not negative; what is wrong with it stands at the part."""
    try:
        amount = extent(lay, length, anchor, forward, stretch)
    except Refused as refused:
        if refused.finding.where == NOWHERE:
            raise Refused(replace(refused.finding, where=plan.span)) from None
        raise
    if lay.compare(amount, ZERO, plan.span) < 0:
        raise Refused(tiling.NegativeLength(plan.span, title(plan), counted(amount)))
    return amount


def start_of(lay: Layout, plan: Plan, stop: Expr, within: Within) -> Expr:
    """Where a part of stated length begins that ends at `stop`."""
    match plan:
        case CurvePhase(length=length) | Timed(length=length) | Take(length=length):
            assert length is not None and not isinstance(length, Until)
            amount = _measured(lay, length, stop, False, within.stretch, plan)
            return canonical(make("sub", stop, amount))
        case Pointwise(_, args):
            starts = [start_of(lay, a, stop, within) for a in args if sizing(a) == FIXED]
            return _extreme(lay, starts, -1)
        case Series(elements):
            for element in reversed(elements):
                stop = start_of(lay, element, stop, within)
            return stop
        case Sampled(body):
            return start_of(lay, body, stop, within)
        case Repeat(body, _, _, stretch):
            ratio, rounds = settle(lay, stretch), rounds_of(lay, plan)
            keep_digits(ratio, rounds)
            for index in reversed(range(rounds)):
                factor = make("mul", within.stretch, make("pow", ratio, num(index)))
                stop = start_of(lay, body, stop, replace(within, stretch=factor))
            return stop
    raise AssertionError(plan)


def rounds_of(lay: Layout, plan: Repeat) -> int:
    """`times` as a whole number."""
    assert plan.times is not None
    times = settle(lay, plan.times)
    if not isinstance(times, Num) or times.value.denominator != 1 or times.value < 1:
        raise Refused(
            tiling.NotARound(plan.span, "times", shown_value(times), "a whole number above 0")
        )
    if times.value > MAX_PIECES:
        raise Refused(tiling.TooManyPhases(plan.span, MAX_PIECES))
    return int(times.value)


def keep_digits(stretch: Expr, rounds: float) -> None:
    """Each round adds to a boundary as many digits as the stretch has. Raises `TooLarge`."""
    if isinstance(stretch, Num) and stretch.value != 1:
        bits = max(stretch.value.numerator.bit_length(), stretch.value.denominator.bit_length())
        if bits * rounds > MAX_BITS:
            raise TooLarge


def title(plan: Plan) -> str:
    """A part as its author wrote it, for messages."""
    text = " ".join(plan.span.text.split())
    return text if len(text) <= 60 else text[:57] + "…"
