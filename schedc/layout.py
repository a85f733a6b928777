"""Spans to boundaries: a plan laid out over the run, in pieces that tile it exactly.

In: a `Plan`, the `Run`, a `Horizon`. Out: a `Case`: pieces, and the boundaries to be proved.
The one rule: phases own `[start, stop)`, one begins exactly where the other ends, and between two
fixed boundaries at most one phase takes what is left.

Without a known length every comparison of boundaries either comes out the same for every N or
splits the range of N in two, and both halves are laid out again.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache

from schedc.algebra import canonical
from schedc.diagnostics import fitting, naming, tiling, values
from schedc.diagnostics.base import Finding, Refused
from schedc.expr import (
    ONE,
    STEP,
    ZERO,
    Expr,
    Num,
    TooLarge,
    Undefined,
    make,
    num,
    substitute,
    variables,
)
from schedc.horizon import Horizon, Split, Undecided
from schedc.kinds import MOVING, too_large
from schedc.laid import Laid, computed, cut, extended, sampled, scaled, value_in
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
from schedc.program import COMPARED, Boundary, Case, Phase, Piece, Requirement, value_at
from schedc.rounds import round_ends, unfolding
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
            return _lay_curve(lay, plan, start, stop, within)
        case Formula():
            return _lay_formula(lay, plan, start, stop, within)
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


def _clocks(lay: Layout, used: frozenset[str]) -> dict[str, Expr]:
    """The clock variables of a formula, in terms of the update (where they move evenly)."""
    out: dict[str, Expr] = {}
    for unit, name in (("samples", "samples"), ("tokens", "tokens"), ("epochs", "epoch")):
        if name in used:
            out[name] = lay.run.reading(unit)
    if "batch" in used:
        out["batch"] = lay.run.reading("batch")
    return out


def _start_value(within: Within, name: str, where: Span) -> Expr:
    if within.inherited is None:
        raise Refused(fitting.MissingStart(where, name, within.first))
    return within.inherited


@dataclass
class _Bound:
    """What the variables of a curve's formula stand for, in one phase.

    fixed: the values of the phase. moving, ending: what has passed of its span parameters, as it
    moves and at the end.
    """

    fixed: dict[str, Expr]
    moving: dict[str, Expr] = field(default_factory=dict)
    ending: dict[str, Expr] = field(default_factory=dict)


def _bind(lay: Layout, plan: CurvePhase, start: Expr, stop: Expr, within: Within) -> _Bound:
    """`from` first, then `to`, then the parameters in the order of their definition."""
    curve = plan.curve
    env: dict[str, Expr] = {
        "length": make("sub", stop, start),
        "start": start,
        "to": ZERO,
        "total": lay.run.total,
    }
    given = {name: plan.parameters.get(name, default) for name, default in curve.defaults.items()}
    numbers = [found for found in (*given.values(), plan.stop) if isinstance(found, Expr)]
    if plan.start is not None:
        env["from"] = settle(lay, plan.start)
    elif "from" in curve.needs or any("from" in variables(found) for found in numbers):
        env["from"] = _start_value(within, curve.name, plan.span)
    default = given.pop("to", None)
    to = default if plan.stop is None else plan.stop
    if isinstance(to, Expr):
        env["to"] = substitute(settle(lay, to), env)
    bound = _Bound(env)
    for name, found in given.items():
        if isinstance(found, Expr):
            env[name] = substitute(settle(lay, found), env)
            if curve.kinds[name] == "span":  # a default in updates: `timescale: span = start`
                _passing(lay, plan, name, ((env[name], "steps"),), start, stop, bound)
        elif found is not None:
            spans = found if isinstance(found, tuple) else (found,)
            amounts = [
                (extent(lay, span, start, True, within.stretch), unit_of(lay, span))
                for span in spans
            ]
            if not isinstance(found, tuple):
                env[name] = amounts[0][0]
            _passing(lay, plan, name, amounts, start, stop, bound)
    return bound


def _lay_curve(lay: Layout, plan: CurvePhase, start: Expr, stop: Expr, within: Within) -> Laid:
    curve, used = plan.curve, plan.curve.needs
    bound = _bind(lay, plan, start, stop, within)
    laid = Laid([], ZERO, ZERO, phases_laid=1)
    _check_requirements(plan, bound.fixed, laid)
    _check_floor(lay, plan, bound.fixed)
    clocks = _clocks(lay, used)
    at_start, at_end, shape = _between((curve.at_start, curve.at_end, curve.body), bound)
    laid.first = substitute(at_start, _at(lay, clocks, start))
    laid.last = substitute(at_end, {**bound.ending, **_at(lay, clocks, stop)})
    if lay.compare(start, stop, plan.span) == 0:  # it only hands on its end value
        laid.first = laid.last
        return laid
    inside = {**bound.moving, **clocks}
    if "u" in used:
        unit = unit_of(lay, plan.length)
        ends = lay.run.position(start, unit), lay.run.position(stop, unit)
        inside["u"] = make("progress", lay.run.reading(unit), *ends)
    if "t" in used:
        inside["t"] = make("sub", STEP, start)
    value = substitute(shape, inside)
    if (used & MOVING or bound.moving) and not _moves_in(shape, frozenset(bound.moving)):
        laid.warnings.append(values.DoesNotMove(plan.span, curve.name, shown_value(value)))
    laid.pieces.append(Piece(start, stop, value, laid.first, laid.last))
    return laid


def _between(formulas: tuple[Expr, ...], bound: _Bound) -> tuple[Expr, ...]:
    """The formulas of a curve between its values, wherever it stands: the same in each round."""
    names = frozenset[str]().union(*map(variables, formulas))
    return _shaped(formulas, tuple([item for item in bound.fixed.items() if item[0] in names]))


@lru_cache(maxsize=1_000)
def _shaped(
    formulas: tuple[Expr, ...], fixed: tuple[tuple[str, Expr], ...]
) -> tuple[Expr, ...]:
    return tuple([substitute(formula, dict(fixed)) for formula in formulas])


@lru_cache(maxsize=1_000)
def _moves_in(shape: Expr, passing: frozenset[str]) -> bool:
    """passing: names of spans that pass, in the formula."""
    used, moving = variables(shape), MOVING | passing
    if not used & moving:
        return False
    symbolic = used & {"base", "total"}  # numbers have folded already
    return not symbolic or bool(variables(canonical(shape)) & moving)


def _check_floor(lay: Layout, plan: CurvePhase, env: Mapping[str, Expr]) -> None:
    """A floor that was asked for by name lies below the start."""
    if "from" not in env or (plan.floor is None and "min" not in plan.parameters):
        return
    floor, start = env["min" if plan.floor is None else "to"], env["from"]
    from schedc.order import reaches, sign  # beside a floor that is no number

    above = make("sub", floor, start)
    if sign(above, reaches(lay.horizon.low, lay.horizon.high)) == 1:
        where = plan.floor or plan.places.get("min", plan.span)
        both = shown_value(floor), shown_value(start)
        raise Refused(values.FloorAboveStart(where, *both, plan.floor is not None))


def _at(lay: Layout, clocks: Mapping[str, Expr], position: Expr) -> dict[str, Expr]:
    """The clock variables at a position."""
    return {name: value_at(reading, position, lay.run) for name, reading in clocks.items()} | {
        "step": position
    }


def _passing(
    lay: Layout,
    plan: CurvePhase,
    name: str,
    spans: Iterable[tuple[Expr, str]],
    start: Expr,
    stop: Expr,
    bound: _Bound,
) -> None:
    """How often (and how many of) the spans of a parameter have passed, each in its own unit."""
    passed: Expr = ZERO
    passed_end: Expr = ZERO
    for amount, unit in spans:
        begin = lay.run.position(start, unit)
        end = lay.run.position(canonical(make("add", start, amount)), unit)
        with contextlib.suppress(Undecided):  # then the prover is asked whether there is a value
            sign = lay.horizon.sign(amount)
            if sign < 0:
                where = plan.places.get(name, plan.span)
                raise Refused(tiling.NegativeLength(where, name, counted(amount)))
            if not sign:
                raise Undefined("progress", ())
        now = make("progress", lay.run.reading(unit), begin, end)
        then = make("progress", lay.run.position(stop, unit), begin, end)
        bound.moving[f"elapsed {name}"], bound.ending[f"elapsed {name}"] = now, then
        passed = make("add", passed, make("min", ONE, make("floor", now)))
        passed_end = make("add", passed_end, make("min", ONE, make("floor", then)))
    bound.moving[f"passed {name}"], bound.ending[f"passed {name}"] = passed, passed_end


def _check_requirements(plan: CurvePhase, env: Mapping[str, Expr], laid: Laid) -> None:
    """`requires` of a curve: refused where it plainly fails, else left to the prover."""
    for condition in plan.curve.requires:
        left, right = substitute(condition.left, env), substitute(condition.right, env)
        difference = make("sub", left, right)
        if isinstance(difference, Num) and COMPARED[condition.op](difference.value, 0):
            continue
        asked = variables(condition.left) | variables(condition.right)
        words = sorted(asked, key=condition.text.find)
        where = next(
            (plan.places[w] for w in ("from", "to", *words) if w in words and w in plan.places),
            plan.span,
        )
        if isinstance(difference, Num):
            raise Refused(
                naming.RequirementFails(where, plan.curve.name, condition.text, shown_value(left))
            )
        laid.requirements.append(
            Requirement(left, condition.op, right, condition.text, plan.curve.name, where)
        )


def _lay_formula(lay: Layout, plan: Formula, start: Expr, stop: Expr, within: Within) -> Laid:
    value = settle(lay, plan.value)
    used = variables(value)
    env: dict[str, Expr] = {}
    if "from" in used:
        env["from"] = _start_value(within, "from", plan.span)
    if "to" in used:
        raise Refused(naming.UnknownName(plan.span, "to", None))
    if "length" in used:
        env["length"] = make("sub", stop, start)
    if "start" in used:
        env["start"] = start
    if env:
        value = substitute(value, env)
    empty = lay.compare(start, stop, plan.span) == 0
    if not used & MOVING:
        pieces = [] if empty else [Piece(start, stop, value, value, value)]
        return Laid(pieces, value, value, phases_laid=1)
    clocks = _clocks(lay, used)
    if empty:
        there = substitute(value, {"u": ONE, "t": ZERO} | _at(lay, clocks, stop))
        return Laid([], there, there)
    clock = lay.run.clock
    inside = dict(clocks)
    if "u" in used:
        inside["u"] = make(
            "progress",
            lay.run.reading(clock),
            lay.run.position(start, clock),
            lay.run.position(stop, clock),
        )
    if "t" in used:
        inside["t"] = make("sub", STEP, start)
    first = substitute(value, {"u": ZERO, "t": ZERO} | _at(lay, clocks, start))
    last = substitute(value, {"u": ONE, "t": make("sub", stop, start)} | _at(lay, clocks, stop))
    piece = Piece(start, stop, substitute(value, inside), first, last)
    return Laid([piece], first, last, phases_laid=1)


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
    for index, natural in enumerate(ends):
        inner = replace(within, stretch=length_factor, repeated=True)
        laid = lay_out(lay, plan.body, here, natural, inner, tiled=True)
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


MAX_CASES = 5_000


def cases(
    work: Callable[[Horizon], Case], low: int, high: int | None
) -> tuple[list[Case], list[tuple[int, int | None, Finding]]]:
    """Lay out for each range of N that is alike; neighbours that came out the same are one case."""
    done: list[Case] = []
    refused: list[tuple[int, int | None, Finding]] = []
    pending = [(low, high)]
    count = 0
    while pending:
        low, high = pending.pop()
        count += 1
        try:
            if count > MAX_CASES:
                raise Refused(tiling.NeedsHorizon(NOWHERE, "this mixture of rounded lengths"))
            case = work(Horizon(low, high))
        except Split as split:
            pending += [(split.at, high), (low, split.at - 1)]
            continue
        except Refused as finding:
            if count > MAX_CASES:
                raise
            refused.append((low, high, finding.finding))
            continue
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
