"""A curve or a formula over its own stretch: one piece, exact in the clocks of the run.

In: a `CurvePhase` or a `Formula`, and where it begins and stops. Out: `Laid`.
The one rule: progress is one operator of the clock, so that it is 0 and 1 at its ends by syntax,
and a join never depends on where a boundary falls.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from schedc.algebra import canonical
from schedc.diagnostics import fitting, naming, tiling, values
from schedc.diagnostics.base import Refused
from schedc.expr import ONE, STEP, ZERO, Expr, Num, Undefined, make, substitute, variables
from schedc.horizon import Undecided
from schedc.kinds import MOVING
from schedc.laid import Laid
from schedc.lengths import Layout, Within, extent, settle, unit_of
from schedc.plan import CurvePhase, Formula
from schedc.program import COMPARED, Piece, Requirement, value_at
from schedc.shown import counted, shown_value
from schedc.source import Span


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
    """The ends of the range first, then the parameters in the order of their definition."""
    curve = plan.curve
    env: dict[str, Expr] = {
        "length": make("sub", stop, start),
        "start": start,
        "total": lay.run.total,
    }
    given = {name: plan.parameters.get(name, default) for name, default in curve.defaults.items()}
    default = given.pop("to", None)
    to = default if plan.stop is None else plan.stop
    if not isinstance(to, Expr):  # `constant` has none
        for name, found in (("from", plan.start), *plan.parameters.items()):
            if isinstance(found, Expr) and "to" in variables(found):
                raise Refused(naming.UnknownName(plan.places.get(name, plan.span), "to", None))
    ends = {"to": settle(lay, to) if isinstance(to, Expr) else ZERO}
    if plan.start is not None:
        ends["from"] = settle(lay, plan.start)
        inherits = "from" in variables(ends["from"])
    else:
        numbers = [found for found in (*given.values(), to) if isinstance(found, Expr)]
        inherits = "from" in curve.needs.union(*map(variables, numbers))
    if inherits:
        env["from"] = _start_value(within, curve.name, plan.span)
    for name in _in_order(plan, ends):
        env[name] = substitute(ends[name], env)
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


def _in_order(plan: CurvePhase, ends: Mapping[str, Expr]) -> list[str]:
    """The ends of a range, of which one may be written with the other. In the formula of a start,
    `from` is the value that is inherited."""
    in_start, in_end = (variables(ends.get(name, ZERO)) for name in ("from", "to"))
    through_start = "to" in in_start and "from" in in_end
    if "to" in in_end or through_start:
        where = plan.places.get("to", plan.span)
        raise Refused(fitting.EndOfItself(where, plan.curve.name, through_start))
    return sorted(ends, reverse="to" in in_start)


def lay_curve(lay: Layout, plan: CurvePhase, start: Expr, stop: Expr, within: Within) -> Laid:
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
def _shaped(formulas: tuple[Expr, ...], fixed: tuple[tuple[str, Expr], ...]) -> tuple[Expr, ...]:
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


def lay_formula(lay: Layout, plan: Formula, start: Expr, stop: Expr, within: Within) -> Laid:
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
