"""Where the rounds of a repetition end, and how many there are.

In: a `Repeat`, and where it begins and its room ends. Out: boundaries, one for each round.
The one rule: whatever can be counted is counted before the first round is laid out, so that too
many are refused at once.
"""

from __future__ import annotations

from dataclasses import replace
from math import inf, log

from schedc.algebra import canonical
from schedc.diagnostics import naming, tiling
from schedc.diagnostics.base import Refused
from schedc.expr import CLOCKS, ONE, ZERO, Apply, Expr, Num, Var, make, num, variables
from schedc.lengths import (
    FIXED,
    MAX_PIECES,
    UNTIL,
    Layout,
    Within,
    as_long_anywhere,
    end_of,
    keep_digits,
    rounds_of,
    settle,
    sizing,
    title,
)
from schedc.plan import (
    AnyLength,
    CurvePhase,
    Extended,
    Formula,
    Plan,
    Pointwise,
    Repeat,
    Sampled,
    Series,
    Timed,
    Until,
)


def round_ends(
    lay: Layout, plan: Repeat, start: Expr, stop: Expr, stretch: Expr, within: Within
) -> list[Expr]:
    """Where each round ends; the last may lie behind `stop` and is cut there."""
    body = sizing(plan.body)
    if body == UNTIL:
        end_of(lay, plan.body, start, replace(within, repeated=True))  # refuses the `until`
    if body == FIXED:
        rounds = None if plan.times is None else rounds_of(lay, plan)
        if rounds is None and not (isinstance(start, Num) and isinstance(stop, Num)):
            raise Refused(tiling.NeedsHorizon(plan.span, "how often a part repeats"))
        ends: list[Expr] = []
        here, factor = start, within.stretch
        even = as_long_anywhere(lay, plan.body)
        alike = stretch == ONE and even  # each round is as long as the first
        each: Expr = ZERO
        while rounds is None or len(ends) < rounds:
            if rounds is None and lay.compare(here, stop, plan.span) >= 0:
                break
            if alike and ends:
                each = make("sub", ends[0], start) if len(ends) == 1 else each
                end = make("add", start, make("mul", num(len(ends) + 1), each))
                if not isinstance(end, Num):
                    end = canonical(end)
            else:
                inner = replace(within, stretch=factor)
                end = end_of(lay, plan.body, here, inner)
            if lay.compare(end, here, plan.span) <= 0:
                raise Refused(tiling.NegativeLength(plan.span, title(plan), "0 updates"))
            if rounds is None and not ends and even:
                room, length = make("sub", stop, start), make("sub", end, start)
                fitting = rounds_that_fit(room, length, stretch)
                if fitting > MAX_PIECES:  # before the first of them is laid out
                    raise Refused(tiling.TooManyPhases(plan.span, MAX_PIECES))
                keep_digits(stretch, fitting)
            ends.append(end)
            here, factor = end, make("mul", factor, stretch)
            if len(ends) > MAX_PIECES:
                raise Refused(tiling.TooManyPhases(plan.span, MAX_PIECES))
        return ends
    if plan.times is None:
        raise Refused(naming.MissingParameter(plan.span, "repeat", "times", "number"))
    rounds = rounds_of(lay, plan)
    clock = lay.run.clock
    begin, end = lay.run.position(start, clock), lay.run.position(stop, clock)
    keep_digits(stretch, rounds)
    weights = [make("pow", stretch, num(i)) for i in range(rounds)]
    total: Expr = ZERO
    for weight in weights:
        total = make("add", total, weight)
    ends = []
    so_far: Expr = ZERO
    room = make("sub", end, begin)
    for weight in weights[:-1]:
        so_far = make("add", so_far, weight)
        share = make("div", so_far, total)
        there = make("add", begin, make("mul", share, room))
        ends.append(lay.run.updates(there, clock))
    return [*ends, stop]


def alike_anywhere(lay: Layout, plan: Plan) -> bool:
    """Does a part say nothing of the place where it begins, so that each round of it may be the
    first one, moved? What its formulas then are of, `laid.can_move` sees."""

    def even(length: AnyLength | Until | None) -> bool:  # there is no `until` in a round
        return length is None or as_long_anywhere(lay, length)

    match plan:
        case CurvePhase(curve):
            asked = [plan.start, plan.stop, *plan.parameters.values()]
            given = [variables(one) for one in asked if isinstance(one, Num | Var | Apply)]
            return "start" not in curve.needs.union(curve.uses, *given) and even(plan.length)
        case Formula(value):
            return not variables(value) & {*CLOCKS, "start"}
        case Timed(body, length) | Sampled(body, length):
            return alike_anywhere(lay, body) and even(length)
        case Series(parts) | Pointwise(_, parts):
            return all(alike_anywhere(lay, part) for part in parts)
        case Repeat(body):
            return alike_anywhere(lay, body)
    return False


def unfolding(lay: Layout, plan: Plan, start: Expr, stop: Expr) -> float:
    """About how many rounds there are in a part, before any is laid out; 1 where none is seen."""
    match plan:
        case Sampled(body) | Extended(body):
            return unfolding(lay, body, start, stop)
        case Repeat(body) if sizing(body) == FIXED and as_long_anywhere(lay, body):
            end = end_of(lay, body, start, Within())
            room, length = make("sub", stop, start), make("sub", end, start)
            if plan.times is None:
                rounds = rounds_that_fit(room, length, settle(lay, plan.stretch))
            else:
                rounds = rounds_of(lay, plan)
            return max(rounds, 1) * unfolding(lay, body, start, end)
    return 1


def rounds_that_fit(room: Expr, length: Expr, stretch: Expr) -> float:
    """About how many rounds, of which each is longer by `stretch`, fit into a room."""
    if not (isinstance(room, Num) and isinstance(length, Num) and isinstance(stretch, Num)):
        return 0
    if not length.value:  # it is told as such where the round is laid out
        return 0
    share = room.value / length.value
    if share > 10 * MAX_PIECES and stretch.value <= 1:
        return inf
    if stretch.value == 1:
        return float(share)
    # length * (s^n - 1) / (s - 1) = room
    grown = 1 + share * (stretch.value - 1)
    if grown <= 0:  # they grow shorter and shorter and never fill it
        return inf
    pace = log(stretch.value.numerator) - log(stretch.value.denominator)
    if not pace:  # 1.0000000000000000001
        return float(share)
    return (log(grown.numerator) - log(grown.denominator)) / pace
