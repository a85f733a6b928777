"""How the elements of a sequence fill it: its boundaries.

In: a `Series` and where it begins and ends. Out: the boundaries, one more than elements.
The one rule: between two fixed boundaries one element at most takes what is left, or some share it.
"""

from __future__ import annotations

from schedc.diagnostics import tiling, timing
from schedc.diagnostics.base import Finding, Refused
from schedc.expr import ONE, ZERO, Expr, make, variables
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
from schedc.plan import CurvePhase, Formula, Length, Plan, Series, Take
from schedc.shown import shown, shown_value
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
    clock = lay.run.clock
    rest = make("sub", lay.run.position(end, clock), lay.run.position(start, clock))
    for i in range(index, last + 1):
        if i not in takers:
            _check_shares(lay, elements[i])
            until = lay.run.position(end_of(lay, elements[i], start, within), clock)
            rest = make("sub", rest, make("sub", until, lay.run.position(start, clock)))
    shares: dict[int, Expr] = {}
    total: Expr = ZERO
    for i in takers:
        share = share_of(own_length(elements[i]))
        if share is not None:
            shares[i] = settle(lay, share)
            total = make("add", total, shares[i])
    if lay.compare(total, ONE, plan.span) > 0:
        raise Refused(tiling.OverShared(plan.span, shown_value(total)))
    for i in whole:
        shares[i] = make("sub", ONE, total)
    out: list[Expr] = []
    here = start
    for i in range(index, last + 1):
        if i in shares:
            there = make("add", lay.run.position(here, clock), make("mul", shares[i], rest))
            amount = make("sub", lay.run.updates(there, clock), here)
            own = own_length(elements[i])
            if isinstance(own, Length) and own.parts:
                amount = make(
                    "add", amount, extent(lay, Length(own.parts), here, True, within.stretch)
                )
            if lay.compare(amount, ZERO, plan.span) < 0:
                bounds = [start, *out, here]
                raise Refused(overrun(lay, elements, bounds, end, plan.span))
            here = make("add", here, amount)
        else:
            here = end_of(lay, elements[i], here, within)
        out.append(here)
    if whole or total == ONE:
        out[-1] = end
    return out


def _check_shares(lay: Layout, part: Plan) -> None:
    """How much of the rest a fixed part takes must not depend on where it stands."""
    clock = lay.run.clock
    if clock in lay.run.uneven and unit_of(lay, own_length(part) or Length(())) != clock:
        raise Refused(timing.SharesAcrossUnits(part.span, title(part), clock))


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
        raise Refused(tiling.UntilBeforeStart(elements[taker].span, until, begin))
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
        short = "" if order == 0 else f"{shown(make('sub', before[-1], after[0]))} updates"
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
    rows = [
        (shown(make("sub", b, a)), title(e))
        for a, b, e in zip(bounds, bounds[1:], elements, strict=False)
    ]
    room = "the run" if stop == lay.run.total else "the room they have"
    rows.append((shown(make("sub", stop, bounds[0])), room))
    over = make("sub", bounds[-1], stop)
    return tiling.Overrun(where, tuple(rows), f"{shown(over)} updates", room)
