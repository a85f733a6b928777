"""Spans to boundaries: a plan laid out over the run, in pieces that tile it exactly.

In: a `Plan`, the `Run`, a `Horizon`. Out: a `Case`: pieces, and the boundaries to be proved.
The one rule: phases own `[start, stop)`, one begins exactly where the other ends, and between two
fixed boundaries at most one phase takes what is left.

Without a known length every comparison of boundaries either comes out the same for every N or
splits the range of N in two, and both halves are laid out again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from schedc.curves import lay_curve, lay_formula
from schedc.diagnostics import fitting, tiling
from schedc.diagnostics.base import Finding, Refused
from schedc.expr import ONE, ZERO, Expr, Num, TooLarge, Undefined, make, num, variables
from schedc.horizon import Horizon, Split
from schedc.kinds import MOVING, too_large
from schedc.laid import (
    Laid,
    can_move,
    computed,
    cut,
    extended,
    moved,
    sampled,
    scaled,
    value_in,
)
from schedc.lengths import (
    FIXED,
    FLEXIBLE,
    MAX_PIECES,
    NONE,
    SHARE,
    UNTIL,
    Layout,
    Within,
    end_of,
    extent,
    own_length,
    position_of,
    settle,
    sizing,
    title,
    unit_of,
)
from schedc.plan import (
    CurvePhase,
    Extended,
    Formula,
    Measured,
    Plan,
    Pointwise,
    Reference,
    Repeat,
    Sampled,
    Series,
    Take,
    Timed,
    Whole,
)
from schedc.program import Boundary, Case, Phase, Piece
from schedc.rounds import alike_anywhere, round_ends, unfolding
from schedc.shown import counted, shown, shown_value
from schedc.source import NOWHERE, Span
from schedc.tile import overrun, tile

# ---- laying out


def lay_out(
    lay: Layout,
    plan: Plan,
    start: Expr,
    stop: Expr,
    within: Within,
    *,
    hold: bool = True,
    tiled: bool = False,
) -> Laid:
    """A part over `[start, stop)`: a shorter one holds its end value, a longer one is refused.

    tiled: the part was measured when its sequence was tiled, and ends at `stop`.
    """
    try:
        own = stop if tiled else _own_stop(lay, plan, start, stop, within)
        laid = _lay_out(lay, plan, start, own, within)
        end = laid.pieces[-1].stop if laid.pieces else start
        if hold and lay.compare(end, stop, plan.span) < 0:
            laid.pieces.append(Piece(end, stop, laid.last, laid.last, laid.last))
        return laid
    except Refused as refused:  # the run does not know where it is asked
        if refused.finding.where == NOWHERE:
            raise Refused(replace(refused.finding, where=plan.span)) from None
        raise
    except Undefined as fault:
        place = " where it begins or ends"
        raise Refused(fitting.NoValue(plan.span, plan.span.text, fault.why, place)) from None
    except TooLarge as fault:
        raise Refused(too_large(fault, plan.span)) from None


def _own_stop(lay: Layout, plan: Plan, start: Expr, stop: Expr, within: Within) -> Expr:
    """Where a part of stated length ends; `stop` for others. Raises `Refused` if behind `stop`."""
    if isinstance(plan, Series | Take) or sizing(plan) not in (FIXED, UNTIL):
        return stop
    natural = end_of(lay, plan, start, within)
    if sizing(plan) == UNTIL and lay.compare(natural, start, plan.span) < 0:
        until, begin = shown(natural), shown(start)
        raise Refused(tiling.UntilBeforeStart(plan.span, title(plan), until, begin))
    order = lay.compare(natural, stop, plan.span)
    if order > 0:
        raise Refused(overrun(lay, (plan,), [start, natural], stop, plan.span))
    return natural if order < 0 else stop


def _lay_out(lay: Layout, plan: Plan, start: Expr, stop: Expr, within: Within) -> Laid:
    match plan:
        case CurvePhase():
            return lay_curve(lay, plan, start, stop, within)
        case Formula():
            return lay_formula(lay, plan, start, stop, within)
        case Series():
            return _lay_series(lay, plan, start, stop, within)
        case Pointwise():
            return _lay_pointwise(lay, plan, start, stop, within)
        case Timed(body):
            return lay_out(lay, body, start, stop, within)
        case Repeat():
            return _lay_repeat(lay, plan, start, stop, within)
        case Take():
            return _lay_take(lay, plan, start, stop, within)
        case Whole(body):
            laid = lay_out(lay, body, ZERO, lay.run.total, Within())
            return cut(lay, laid, start, stop, plan.span)
        case Reference(name, span):
            case_ = lay.reference(name, lay.horizon, span)
            pieces = list(case_.pieces)
            laid = Laid(pieces, pieces[0].first, pieces[-1].last)
            return cut(lay, laid, start, stop, span)
        case Sampled():
            return _lay_sampled(lay, plan, start, stop, within)
        case Extended():
            return _lay_extended(lay, plan, start, stop, within)
    raise AssertionError(plan)


# ---- sequences


def _lay_series(lay: Layout, plan: Series, start: Expr, stop: Expr, within: Within) -> Laid:
    bounds = tile(lay, plan, start, stop, within)
    out = Laid([], ZERO, ZERO)
    handed, left, jump = within.inherited, None, False
    for index, element in enumerate(plan.elements):
        first = within.first and index == 0
        inner = Within(handed, first, within.stretch, within.repeated)
        begin, end = bounds[index], bounds[index + 1]
        laid = lay_out(lay, element, begin, end, inner, tiled=True)
        jump = jump or (index > 0 and plan.jumps[index - 1])
        handed = laid.last
        if not laid.pieces:
            out.take_notes(laid)
            if sum(other.span == element.span for other in plan.elements) == 1:
                # (parts of a recipe share its place: there it is an argument that says 0)
                out.warnings.append(tiling.ZeroLength(element.span, title(element)))
            continue
        if left is not None:
            join = plan.joins[index - 1]
            out.boundaries.append(Boundary(begin, left, laid.first, jump, join))
        else:
            out.first = laid.first
        left, jump = laid.last, False
        out.take_notes(laid)
        out.pieces += laid.pieces
        out.phases.append(phase(lay, element, begin, end, laid))
        if max(len(out.pieces), out.phases_laid) > MAX_PIECES:
            raise Refused(tiling.TooManyPhases(plan.span, MAX_PIECES))
    assert handed is not None
    out.last = handed
    if left is None:
        out.first = handed
    return out


def phase(lay: Layout, plan: Plan, start: Expr, stop: Expr, laid: Laid) -> Phase:
    """What reports say of an element."""
    own = own_length(plan)
    name = plan.curve.name if isinstance(plan, CurvePhase) else type(plan).__name__.lower()
    return Phase(
        name, start, stop, laid.first, laid.last, unit_of(lay, own), plan.span, own is None
    )


def _lay_pointwise(lay: Layout, plan: Pointwise, start: Expr, stop: Expr, within: Within) -> Laid:
    inner = replace(within, inherited=None, first=False)
    parts = [lay_out(lay, a, start, stop, inner) for a in plan.args]
    return computed(lay, plan.op, parts, start, stop, plan.span)


# ---- combinators


def _lay_repeat(lay: Layout, plan: Repeat, start: Expr, stop: Expr, within: Within) -> Laid:
    scale, stretch = settle(lay, plan.scale), settle(lay, plan.stretch)
    if lay.compare(stretch, ZERO, plan.span) <= 0:
        raise Refused(tiling.NotARound(plan.span, "stretch", shown_value(stretch), "above 0"))
    ends = round_ends(lay, plan, start, stop, stretch, within)
    if ends and len(ends) * unfolding(lay, plan.body, start, ends[0]) > MAX_PIECES:
        raise Refused(tiling.TooManyPhases(plan.span, MAX_PIECES))
    out = Laid([], ZERO, ZERO)
    here, length_factor = start, within.stretch
    movable: Laid | None = None
    anywhere = stretch == ONE and alike_anywhere(lay, plan.body)
    for index, natural in enumerate(ends):
        known = None if movable is None else moved(movable, here, natural)
        if known is not None:
            laid = known
        else:
            inner = replace(within, stretch=length_factor, repeated=True)
            laid = lay_out(lay, plan.body, here, natural, inner, tiled=True)
            anywhere = anywhere and can_move(laid)
            movable = laid if anywhere else None
        if lay.compare(natural, stop, plan.span) > 0:
            laid = cut(lay, laid, here, stop, plan.span)
        if index and scale != ONE:  # a power of many digits stays a power
            laid = scaled(laid, make("pow", scale, num(index)))
        if index:
            out.boundaries.append(Boundary(here, out.last, laid.first, plan.jump, plan.span))
        else:
            out.first = laid.first
        out.take_notes(laid)
        out.pieces += laid.pieces
        out.last = laid.last
        here = natural
        if stretch != ONE:
            length_factor = make("mul", length_factor, stretch)
        if max(len(out.pieces), out.phases_laid) > MAX_PIECES:
            raise Refused(tiling.TooManyPhases(plan.span, MAX_PIECES))
    return out


def _lay_take(lay: Layout, plan: Take, start: Expr, stop: Expr, within: Within) -> Laid:
    end = end_of(lay, plan, start, within)
    if lay.compare(end, stop, plan.span) > 0:  # where the room ends, it ends too
        end = stop
    laid = cut(lay, _freely(lay, plan.body, start, within, plan.span), start, end, plan.span)
    if lay.compare(end, stop, plan.span) < 0:
        laid.pieces.append(Piece(end, stop, laid.last, laid.last, laid.last))
    return laid


def _freely(lay: Layout, plan: Plan, start: Expr, within: Within, where: Span) -> Laid:
    """A part laid out as if neither a next phase nor the end of the run stopped it."""
    kind = sizing(plan)
    if kind == NONE or isinstance(plan, Extended):
        raise Refused(tiling.NoEnd(where, title(plan)))
    if isinstance(plan, Series):
        natural = tile(lay, plan, start, None, within)[-1]
    elif kind in (FLEXIBLE, SHARE):
        raise Refused(tiling.NoEnd(plan.span, title(plan)))
    else:
        natural = end_of(lay, plan, start, within)
    return lay_out(lay, plan, start, natural, within)


def _lay_sampled(lay: Layout, plan: Sampled, start: Expr, stop: Expr, within: Within) -> Laid:
    laid = lay_out(lay, plan.body, start, stop, within)
    period = extent(lay, plan.length, start, True, within.stretch)
    if lay.compare(period, ZERO, plan.span) <= 0:
        raise Refused(tiling.NegativeLength(plan.span, "every", counted(period)))
    return sampled(lay, laid, unit_of(lay, plan.length), start, stop, period, plan.span)


def _lay_extended(lay: Layout, plan: Extended, start: Expr, stop: Expr, within: Within) -> Laid:
    kind = sizing(plan.body)
    if kind in (FIXED, UNTIL):
        laid = _freely(lay, plan.body, start, within, plan.span)
    else:
        laid = lay_out(lay, plan.body, start, stop, within)
    if not laid.pieces:
        return lay_out(lay, Formula(laid.last, plan.span), start, stop, within)
    return extended(lay, laid, start, stop, plan.span)


# ---- numbers read off a schedule


def measure(lay: Layout, of: Measured) -> Expr:
    """`peak`, `final`, `last` or `at` of a schedule on this run."""
    if isinstance(of.of, Reference):
        case = lay.reference(of.of.name, lay.horizon, of.span)
    else:
        laid = lay_out(lay, of.of, ZERO, lay.run.total, Within())
        case = _case(lay, laid)
    pieces = list(case.pieces)
    match of.what:
        case "final":
            return pieces[-1].last
        case "last":
            clock = make("sub", lay.run.total, num(0 if lay.run.endpoint else 1 - lay.run.first))
            return value_in(lay, pieces, clock, of.span)
        case "at":
            assert of.position is not None
            return value_in(lay, pieces, position_of(lay, of.position), of.span)
    from schedc.bounds import extreme  # only `peak` needs calculus

    peak = extreme(case, lay.run, "max")
    if peak is None:
        raise Refused(tiling.Unmeasured(of.span, " ".join(of.span.text.split())))
    return peak


def _case(lay: Layout, laid: Laid) -> Case:
    return Case(
        lay.horizon.low,
        lay.horizon.high,
        tuple(laid.pieces),
        tuple(laid.boundaries),
        tuple(laid.phases),
        tuple(laid.requirements),
        tuple(laid.warnings),
    )


# ---- a whole schedule


def lay_schedule(lay: Layout, plan: Plan) -> Case:
    """One schedule over the run, for one range of N. Raises `Split`, `Refused`."""
    total = lay.run.total
    laid = lay_out(lay, plan, ZERO, total, Within(), hold=False)
    if not laid.pieces:
        raise Refused(tiling.NothingLeft(plan.span, title(plan), (("0", title(plan)),), ""))
    if not laid.phases:
        laid.phases.append(phase(lay, plan, ZERO, laid.pieces[-1].stop, laid))
    end = laid.pieces[-1].stop
    if laid.last != laid.pieces[-1].last and lay.compare(end, total, plan.span) < 0:
        # the last phase has no length: what it hands on holds
        laid.pieces.append(Piece(end, total, laid.last, laid.last, laid.last))
    if lay.compare(end, total, plan.span) < 0 and not _holds(plan):
        laid.warnings.append(_uncovered(lay, plan, end, laid.last))
    return _case(lay, laid)


def _holds(plan: Plan) -> bool:
    """Does it end with a level, so that holding it is plainly meant?"""
    match plan:
        case Series(elements):
            return _holds(elements[-1])
        case CurvePhase(curve):
            return not variables(curve.body) & MOVING
    return False


def _uncovered(lay: Layout, plan: Plan, end: Expr, value: Expr) -> Finding:
    left = make("sub", lay.run.total, end)
    if isinstance(left, Num) and isinstance(lay.run.total, Num):
        percent = left.value / lay.run.total.value * 100
        share = f"{float(percent):.4g}%"
    else:
        share = counted(left)
    where = plan.elements[-1].span if isinstance(plan, Series) else plan.span
    return tiling.Uncovered(where, share, shown(end), shown_value(value))


MAX_LAID = 1_000
"""Ranges of N that are told apart and the pieces of all of them; or as many pieces as 20 of the
longest have."""


def cases(
    work: Callable[[Horizon], Case], low: int, high: int | None
) -> tuple[list[Case], list[tuple[int, int | None, Finding]]]:
    """Lay out for each range of N that is alike; neighbours that came out the same are one case."""
    done: list[Case] = []
    refused: list[tuple[int, int | None, Finding]] = []
    pending = [(low, high)]
    laid = longest = 0
    while pending:
        low, high = pending.pop()
        laid += 1
        if laid > max(MAX_LAID, 20 * longest):
            raise Refused(tiling.NeedsHorizon(NOWHERE, "this mixture of rounded lengths"))
        try:
            case = work(Horizon(low, high))
        except Split as split:
            pending += [(split.at, high), (low, split.at - 1)]
            continue
        except Refused as finding:
            refused.append((low, high, finding.finding))
            continue
        laid += len(case.pieces)
        longest = max(longest, len(case.pieces))
        before = done[-1] if done else None
        if (
            before is not None
            and before.high == low - 1
            and replace(case, low=before.low) == replace(before, high=case.high)
        ):
            done[-1] = replace(before, high=case.high)
        else:
            done.append(case)
    return done, refused
