"""Lowering in a phase's own time: the rounds of a repetition are lowered once.

In: the value of a piece and its stretch. Out: its lowered formula.
The one rule: a formula moved by whole updates is the same formula, so it is lowered where it begins
at 0 and moved back; ten thousand rounds cost one lowering and ten thousand moves.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

from schedc.backends.collect import SMALL
from schedc.backends.lines import whole_numbers
from schedc.backends.lower import lower, plain_line
from schedc.backends.trial import WHOLE, Stretch, stretch
from schedc.backends.unsized import lowered_without_length
from schedc.expr import ONE, STEP, ZERO, Apply, Expr, Num, Var, variables
from schedc.run import Run


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a track so far: the formulas that were lowered where they begin at 0, by
    what they were and how long they last; and the stretches from 0, by their length."""

    formulas: dict[tuple[Expr, Num], Expr] = field(default_factory=dict)
    stretches: dict[Num, Stretch] = field(default_factory=dict)


def lowered(value: Expr, on: Stretch, known: Known) -> Expr:
    """The formula to print for a value used on a stretch. Raises `Undefined`."""
    start, stop = on.start["step"], on.stop["step"]
    if not on.run.uneven and "total" in variables(value):
        return lowered_without_length(value, on)
    if not isinstance(start, Num) or not isinstance(stop, Num) or on.run.uneven:
        return lower(value, on)
    plain = plain_line(value, on)
    if plain is not None:
        return plain
    by = start.value
    if by.denominator != 1 or not by or by > SMALL:
        return lower(value, on)
    length = Num(stop.value - by)
    key = moved_back(value, by), length
    if key not in known.formulas:
        known.formulas[key] = lower(key[0], _from_0(length, on.narrow, known))
    return moved_on(known.formulas[key], by, on.end)


def _from_0(length: Num, narrow: bool, known: Known) -> Stretch:
    """The stretch of that length, for another formula."""
    if length not in known.stretches:
        known.stretches[length] = stretch(ZERO, length, _RUN, narrow=narrow)
    found = known.stretches[length]
    found.groups.clear()
    return found


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
    line = whole_line(formula)
    if line is not None and (formula == STEP or abs(line[0]) * until <= WHOLE):
        slope, offset = line
        if not slope:
            return formula
        offset -= slope * by
        return whole_numbers({a: c for a, c in ((STEP, slope), (ONE, offset)) if c})
    if isinstance(formula, Apply):
        return Apply(formula.op, tuple([moved_on(a, by, until) for a in formula.args]))
    return formula


def whole_line(formula: Expr) -> tuple[Fraction, Fraction] | None:
    """(c, n) when the formula is c*step + n in whole numbers."""
    match formula:
        case Num(value) if value.denominator == 1:
            return Fraction(0), value
        case Var("step"):
            return Fraction(1), Fraction(0)
        case Apply("add" | "sub" as op, (a, b)):
            x, y = whole_line(a), whole_line(b)
            if x is None or y is None:
                return None
            sign = 1 if op == "add" else -1
            return x[0] + sign * y[0], x[1] + sign * y[1]
        case Apply("neg", (a,)):
            x = whole_line(a)
            return None if x is None else (-x[0], -x[1])
        case Apply("mul", (Num(c), a)) if c.denominator == 1:
            x = whole_line(a)
            return None if x is None else (c * x[0], c * x[1])
    return None
