"""Lowering in a phase's own time: the rounds of a repetition are lowered once.

In: the value of a piece and its stretch. Out: its lowered formula.
The one rule: a formula moved by whole updates is the same formula, so it is lowered where it begins
at 0 and moved back; ten thousand rounds cost one lowering and ten thousand moves.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial

from schedc.backends.collect import SMALL
from schedc.backends.lines import whole_numbers
from schedc.backends.lower import lower
from schedc.backends.plain import plain_line
from schedc.backends.share import Shared, share
from schedc.backends.trial import WHOLE, Stretch, stretch
from schedc.backends.unsized import at_any_length, lowered_without_length
from schedc.expr import ONE, STEP, ZERO, Apply, Expr, Num, Var, variables
from schedc.run import Run


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a track so far: formulas by what they are where they begin at 0 and by how
    long they last, each with the place of a piece and its formula there; the stretches from 0, by
    their length; and the names that no part may have."""

    formulas: dict[tuple[Expr, Num], tuple[Fraction, Shared]] = field(default_factory=dict)
    stretches: dict[Num, Stretch] = field(default_factory=dict)
    taken: frozenset[str] = frozenset()


def lowered(value: Expr, on: Stretch) -> Expr:
    """The formula to print for a value used on a stretch. Raises `Undefined`."""
    sized = on.run.uneven or "total" not in variables(value)
    return at_any_length(partial(lower if sized else lowered_without_length, value), value, on)


def shared(value: Expr, on: Stretch, known: Known) -> Shared:
    """The same with what it shares named."""
    by = None if "total" in variables(value) else _whole_start(on)
    if by is None:
        return share([lowered(value, on)], known.taken)
    plain = plain_line(value, on)
    if plain is not None:
        return share([plain], known.taken)
    key = moved_back(value, by), Num(on.end - by)
    there = known.formulas.get(key)
    if there is not None and (found := _alike(there[1], by - there[0], on.end)):
        return found
    formula = share([_lowered_from_0(key[0], by, on, known)], known.taken)
    known.formulas[key] = by, formula
    return formula


def _whole_start(on: Stretch) -> Fraction | None:
    """Where a stretch begins, if it may as well begin at 0."""
    start, stop = on.start["step"], on.stop["step"]
    if on.run.uneven or not isinstance(start, Num) or not isinstance(stop, Num):
        return None
    by = start.value
    return by if by.denominator == 1 and 0 < by <= SMALL else None


def _lowered_from_0(value: Expr, by: Fraction, on: Stretch, known: Known) -> Expr:
    return moved_on(lower(value, _from_0(Num(on.end - by), on.narrow, known)), by, on.end)


def _from_0(length: Num, narrow: bool, known: Known) -> Stretch:
    """The stretch of that length, for another formula."""
    if length not in known.stretches:
        known.stretches[length] = stretch(ZERO, length, _RUN, narrow=narrow)
    found = known.stretches[length]
    found.groups.clear()
    return found


def _alike(formula: Shared, by: Fraction, until: Fraction) -> Shared | None:
    """`moved_on`, of a formula with names; None where it would not be written alike, as `step` and
    `step - 7`: then other parts may occur twice."""
    bindings = []
    for name, expr in formula.bindings:
        moved = _moved_alike(expr, by, until)
        if moved is None:
            return None
        bindings.append((name, moved))
    result = _moved_alike(formula.results[0], by, until)
    return None if result is None else Shared(tuple(bindings), (result,))


def _moved_alike(expr: Expr, by: Fraction, until: Fraction) -> Expr | None:
    if "step" not in variables(expr):
        return expr
    line = whole_line(expr)
    if line is not None:
        slope, offset = line
        change = slope * by
        alike = (offset - change).numerator * offset.numerator > 0
        if not slope or not alike or not _holds(expr, slope, until):
            return None
        return whole_numbers({STEP: slope, ONE: offset - change})
    assert type(expr) is Apply  # the step itself is a line
    args: list[Expr] = []
    for a in expr.args:
        moved = _moved_alike(a, by, until)
        if moved is None:
            return None
        args.append(moved)
    return Apply(expr.op, tuple(args))


_RUN = Run()


def moved_back(value: Expr, by: Fraction) -> Expr:
    """The exact formula with its clock put back: what began at `by` begins at 0."""
    if type(value) is Apply:
        args = value.args
        if value.op == "progress" and args[0] == STEP:
            _, a, b = args
            if type(a) is Num and type(b) is Num:
                return Apply("progress", (STEP, Num(a.value - by), Num(b.value - by)))
        if "step" not in variables(value):
            return value
        return Apply(value.op, tuple([moved_back(a, by) for a in args]))
    if value == STEP:
        return Apply("add", (STEP, Num(by)))
    return value


def moved_on(formula: Expr, by: Fraction, until: Fraction) -> Expr:
    """The lowered formula with its clock put forward again; brackets stay whole numbers, where
    floats hold these up to the last step."""
    if "step" not in variables(formula):
        return formula
    line = whole_line(formula)
    if line is None or not _holds(formula, line[0], until):
        assert type(formula) is Apply  # the step itself is a line that floats hold
        return Apply(formula.op, tuple([moved_on(a, by, until) for a in formula.args]))
    slope, offset = line
    if not slope:
        return formula
    offset -= slope * by
    return whole_numbers({STEP: slope, ONE: offset} if offset else {STEP: slope})


def _holds(formula: Expr, slope: Fraction, until: Fraction) -> bool:
    """Do floats hold slope*step, for a whole slope, up to a step?"""
    most = abs(slope.numerator) * until.numerator
    return most <= WHOLE * until.denominator or formula == STEP


def whole_line(formula: Expr) -> tuple[Fraction, Fraction] | None:
    """(c, n) when the formula is c*step + n in whole numbers."""
    if type(formula) is Num:
        return (_NOTHING, formula.value) if formula.value.denominator == 1 else None
    if type(formula) is Var:
        return (ONE.value, _NOTHING) if formula == STEP else None
    assert type(formula) is Apply
    op, args = formula.op, formula.args
    if op in ("add", "sub"):
        if (x := whole_line(args[0])) is None or (y := whole_line(args[1])) is None:
            return None
        if op == "add":
            return x[0] + y[0], x[1] + y[1]
        return x[0] - y[0], x[1] - y[1]
    if op == "neg":
        x = whole_line(args[0])
        return None if x is None else (-x[0], -x[1])
    if op == "mul" and type(args[0]) is Num and args[0].value.denominator == 1:
        c, x = args[0].value, whole_line(args[1])
        return None if x is None else (c * x[0], c * x[1])
    return None


_NOTHING = Fraction(0)
