"""How the elements of a sequence fill it: its boundaries.

In: a `Series` and where it begins and ends. Out: the boundaries, one more than elements.
The one rule: between two fixed boundaries one element at most takes what is left, or some share it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from fractions import Fraction
from itertools import pairwise
from typing import TypeAlias

from schedc.diagnostics import tiling, timing
from schedc.diagnostics.base import Finding, Refused
from schedc.expr import ONE, ZERO, Apply, Expr, Num, Var, make, variables
from schedc.kinds import MOVING
from schedc.lengths import (
    FIXED,
    FLEXIBLE,
    NONE,
    UNTIL,
    Layout,
    Within,
    end_of,
    extent,
    own_length,
    settle,
    share_of,
    sizing,
    start_of,
    title,
    unit_of,
)
from schedc.plan import (
    CurvePhase,
    Formula,
    Length,
    Plan,
    RoundedLength,
    ScaledLength,
    Series,
    Take,
)
from schedc.shown import counted, shown, shown_value
from schedc.source import Span


def tile(lay: Layout, plan: Series, start: Expr, stop: Expr | None, within: Within) -> list[Expr]:
    """The boundaries of a sequence: one more than it has elements."""
    elements = plan.elements
    kinds = [FLEXIBLE if (kind := sizing(e)) == NONE else kind for e in elements]
    bounds: list[Expr] = [start]
    index = 0
    while index < len(elements):
        last = index
        while last < len(elements) - 1 and kinds[last] != UNTIL:
            last += 1
        takers = [i for i in range(index, last + 1) if kinds[i] not in (FIXED, UNTIL)]
        if kinds[last] == UNTIL:
            end = end_of(lay, elements[last], bounds[-1], within)
            takers.append(last)
        elif takers:
            if stop is None:
                raise Refused(tiling.NoEnd(elements[takers[0]].span, title(elements[takers[0]])))
            end = stop
            if len(bounds) > 1 and lay.compare(bounds[-1], end, plan.span) > 0:
                raise Refused(overrun(lay, elements, bounds, end, plan.span))
        else:
            for i in range(index, last + 1):
                bounds.append(end_of(lay, elements[i], bounds[-1], within))
            break
        bounds += _share_out(lay, plan, index, last, takers, bounds[-1], end, within)
        index = last + 1
    if stop is not None and lay.compare(bounds[-1], stop, plan.span) > 0:
        if isinstance(elements[-1], Take) and lay.compare(bounds[-2], stop, plan.span) <= 0:
            bounds[-1] = stop
        else:
            raise Refused(overrun(lay, elements, bounds, stop, plan.span))
    return bounds


def _share_out(
    lay: Layout,
    plan: Series,
    index: int,
    last: int,
    takers: list[int],
    start: Expr,
    end: Expr,
    within: Within,
) -> list[Expr]:
    """The boundaries after each of the elements index..last, which fill `[start, end)` exactly."""
    elements = plan.elements
    whole = [i for i in takers if share_of(own_length(elements[i])) is None]
    if len(whole) > 1:
        a, b = elements[whole[0]], elements[whole[1]]
        raise Refused(tiling.TwoFlexible(b.span, title(a), title(b), a.span))
    if len(takers) == 1 and whole:
        return _fill_one(lay, plan, index, last, whole[0], start, end, within)
    shares: dict[int, Expr] = {}
    total: Expr = ZERO
    for i in takers:
        share = share_of(own_length(elements[i]))
        if share is not None:
            shares[i] = settle(lay, share)
            total = make("add", total, shares[i])
    if lay.compare(total, ONE, plan.span) > 0:
        raise Refused(tiling.OverShared(plan.span, shown_value(total)))
    more = any(_more(elements[i]) for i in takers)
    full = bool(whole) or (total == ONE and not more)
    for i in whole:
        shares[i] = make("sub", ONE, total)
    rest, ends = _rest(lay, plan, index, last, shares, start, end, within)
    if lay.compare(rest, ZERO, plan.span) < 0:
        raise Refused(overrun(lay, elements[index:], [start, *ends(ZERO)], end, plan.span))
    out = ends(rest)
    for i, (here, there) in enumerate(pairwise([start, *out]), index):
        if lay.compare(here, there, plan.span) > 0:
            amount = counted(make("sub", there, here))
            raise Refused(tiling.NegativeLength(elements[i].span, title(elements[i]), amount))
    if full:
        out[-1] = end
    return out


def _rest(
    lay: Layout,
    plan: Series,
    index: int,
    last: int,
    shares: Mapping[int, Expr],
    start: Expr,
    end: Expr,
    within: Within,
) -> tuple[Expr, Callable[[Expr], list[Expr]]]:
    """What there is to share, on the clock of the run; and where each element ends for a rest.

    It is the room less what the other elements take. Where a batch ramp bends the clock, that may
    depend on where they stand: then the rest is what makes all of them fill the room.
    """
    run, clock = lay.run, lay.run.clock
    elements = plan.elements
    others = [elements[i] for i in range(index, last + 1) if i not in shares]
    every = tuple([part for i in shares for part in _more(elements[i])])

    def ends(rest: Expr) -> list[Expr]:
        out: list[Expr] = []
        here = start
        for i in range(index, last + 1):
            if i not in shares:
                here = end_of(lay, elements[i], here, within)
            else:
                there = make("add", run.position(here, clock), make("mul", shares[i], rest))
                there = run.updates(there, clock)
                if more := _more(elements[i]):
                    beside = extent(lay, Length(more), there, True, within.stretch)
                    there = make("add", there, beside)
                elif share_of(own_length(elements[i])) is None and every:  # it leaves room for them
                    beside = extent(lay, Length(every), there, False, within.stretch)
                    there = make("sub", there, beside)
                here = there
            out.append(here)
        return out

    room = make("sub", run.position(end, clock), run.position(start, clock))
    rest = room
    for other in others:
        until = run.position(end_of(lay, other, start, within), clock)
        rest = make("sub", rest, make("sub", until, run.position(start, clock)))
    if clock not in run.uneven:
        return rest, ends
    bent = [e for e in others if _unit(lay, e) != clock]
    mixed = [elements[i] for i in shares if _unit(lay, elements[i]) not in (clock, None)]
    for part in (*bent, *mixed):
        if part in mixed or _rounded(part):
            raise Refused(timing.SharesAcrossUnits(part.span, title(part), clock))
    if not bent:
        return rest, ends

    def taken(rest: Fraction) -> Fraction:
        here, amount = start, rest
        for i, there in enumerate(ends(Num(rest)), index):
            if i not in shares:
                span = make("sub", run.position(there, clock), run.position(here, clock))
                assert isinstance(span, Num)
                amount += span.value
            here = there
        return amount

    assert isinstance(room, Num)  # a run whose batch changes has a length
    found = place_of(taken, room.value)
    if found is None:
        raise Refused(timing.SharesAcrossUnits(bent[0].span, title(bent[0]), clock))
    return Num(found), ends


def _more(part: Plan) -> tuple[tuple[str, Expr], ...]:
    """What a part asks for beside its share of the rest: `rest/4 + 6 steps`."""
    own = own_length(part)
    return own.parts if isinstance(own, Length) and own.rest is not None else ()


def _unit(lay: Layout, part: Plan) -> str | None:
    """The unit of a part's own length; None for what has none, and for a bare share of the rest."""
    own = own_length(part)
    if own is None:
        return None
    if isinstance(own, Length) and own.rest is not None:
        return unit_of(lay, Length(own.parts)) if own.parts else None
    return unit_of(lay, own)


def _rounded(part: object) -> bool:
    """Is a length in it rounded or multiplied: does it jump where the part is moved a little?"""
    if isinstance(part, ScaledLength) or (
        isinstance(part, RoundedLength) and part.op not in ("min", "max")
    ):
        return True
    if isinstance(part, tuple):
        return any(map(_rounded, part))
    if is_dataclass(part) and not isinstance(part, Num | Var | Apply | Span):
        inside = [f.name for f in fields(part) if f.name not in ("curve", "span")]
        return any(_rounded(getattr(part, name)) for name in inside)
    return False


_HALVINGS = 200

_Point: TypeAlias = tuple[Fraction, Fraction]


def _lines(below: list[_Point], above: list[_Point]) -> Iterator[tuple[_Point, _Point]]:
    """Pairs of places that may lie on the straight piece that meets the level."""
    yield below[-1], above[-1]
    for side in (below, above):
        if len(side) > 1:
            yield side[-2], side[-1]


def place_of(rising: Callable[[Fraction], Fraction], level: Fraction) -> Fraction | None:
    """Where a function made of rising straight pieces has the value `level`, exactly.

    It is looked for between 0 and `level` by halving, until the lines through the last two places
    on one side, or on both, meet the level where the function does too. None if they never do.
    """
    least, most = rising(Fraction(0)), rising(level)
    if least >= level:
        return level - least
    below, above = [(Fraction(0), least)], [(level, most)]
    for _ in range(_HALVINGS):
        for (a, at_a), (b, at_b) in _lines(below, above):
            guess = a + (level - at_a) * (b - a) / (at_b - at_a)
            if below[-1][0] <= guess <= above[-1][0] and rising(guess) == level:
                return guess
        middle = (below[-1][0] + above[-1][0]) / 2
        value = rising(middle)
        (below if value < level else above).append((middle, value))
    return None


def _fill_one(
    lay: Layout,
    plan: Series,
    index: int,
    last: int,
    taker: int,
    start: Expr,
    end: Expr,
    within: Within,
) -> list[Expr]:
    """One element takes what the others leave between two fixed boundaries."""
    elements = plan.elements
    before = [start]
    for i in range(index, taker):
        before.append(end_of(lay, elements[i], before[-1], within))
    after = [end]
    for i in range(last, taker, -1):
        after.append(start_of(lay, elements[i], after[-1], within))
    after.reverse()
    order = lay.compare(after[0], before[-1], elements[taker].span)
    if order <= 0 and sizing(elements[taker]) == UNTIL:
        until, begin = shown(after[0]), shown(before[-1])
        late = elements[taker]
        raise Refused(tiling.UntilBeforeStart(late.span, title(late), until, begin))
    if order < 0 or (order == 0 and _moves(elements[taker])):
        rows = [
            (shown(make("sub", b, a)), title(e))
            for a, b, e in zip(before, before[1:], elements[index:], strict=False)
        ]
        rows += [
            (shown(make("sub", b, a)), title(e))
            for a, b, e in zip(after, after[1:], elements[taker + 1 :], strict=False)
        ]
        rows.append((shown(make("sub", end, start)), "the room they have"))
        short = "" if order == 0 else counted(make("sub", before[-1], after[0]))
        raise Refused(
            tiling.NothingLeft(elements[taker].span, title(elements[taker]), tuple(rows), short)
        )
    return [*before[1:], *after]


def _moves(plan: Plan) -> bool:
    """Does it matter when nothing is left for this part? A level can do without."""
    match plan:
        case CurvePhase(curve):
            return bool(variables(curve.body) & MOVING)
        case Formula(value):
            return bool(variables(value) & MOVING)
    return True


def overrun(
    lay: Layout, elements: tuple[Plan, ...], bounds: list[Expr], stop: Expr, where: Span
) -> Finding:
    """The sum that is too long, in the unit that the run is told in."""
    run, unit = lay.run, lay.run.clock
    if not all(isinstance(bound, Num) for bound in (*bounds, stop)):
        unit = "steps"

    def amount(a: Expr, b: Expr) -> str:
        if unit != "steps":
            a, b = run.position(a, unit), run.position(b, unit)
        return shown(make("sub", b, a))

    rows = [(amount(a, b), title(e)) for a, b, e in zip(bounds, bounds[1:], elements, strict=False)]
    room = "the run" if stop == run.total else "the room they have"
    rows.append((amount(bounds[0], stop), room))
    more = amount(stop, bounds[-1])
    over = f"{more} {unit[:-1] if more == '1' else unit}".replace("step", "update")
    return tiling.Overrun(where, tuple(rows), over, room)
