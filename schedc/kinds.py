"""The kinds of values: numbers, lengths, schedules, ranges; and which may stand where.

In: resolved values. Out: the same as the kind that is wanted, or a mistake; sums of lengths.
The one rule: none of the kinds ever turns into another by itself. A bare number is never a length,
a percentage is never a value.
"""

from __future__ import annotations

from schedc import syntax as ast
from schedc.diagnostics import fitting, limits
from schedc.diagnostics.base import Finding, Refused
from schedc.expr import (
    MAX_SIZE,
    Expr,
    Num,
    TooLarge,
    TooLong,
    Undefined,
    make,
    num,
    variables,
)
from schedc.format import render
from schedc.plan import (
    AnyLength,
    Formula,
    Interval,
    Length,
    Plan,
    ScaledLength,
    Until,
    Value,
)
from schedc.source import Span

MOVING = frozenset({"step", "samples", "tokens", "epoch", "batch", "u", "t"})
"""Variables that change within a phase."""


def kind_of(found: Value) -> str:
    """The kind of a value in the author's words."""
    if isinstance(found, Expr):
        return "a formula of the clock" if variables(found) & MOVING else "a number"
    if isinstance(found, AnyLength):
        return "a span"
    if isinstance(found, Interval):
        return "a range"
    if isinstance(found, Until):
        return "the end of a phase"
    return "a schedule"


# ---- a value where a kind is wanted; `tree` and `where` are for the message


def as_number(found: Value, tree: ast.Expression, where: Span) -> Expr:
    """A number that does not move within its phase: a range end, a parameter."""
    if isinstance(found, AnyLength):
        raise Refused(fitting.LengthIsNotValue(where, render(tree)))
    if not isinstance(found, Expr):
        raise Refused(fitting.NotANumber(where, render(tree), kind_of(found)))
    moving = variables(found) & MOVING
    if moving:
        raise Refused(fitting.MovingTarget(where, render(tree), min(moving)))
    return found


def as_length(found: Value, tree: ast.Expression, where: Span) -> AnyLength:
    """A length; a bare number is refused."""
    if isinstance(found, AnyLength):
        return found
    if isinstance(found, Num):
        raise Refused(fitting.NumberIsNotSpan(where, found.value, render(tree)))
    raise Refused(fitting.NotASpan(where, render(tree), kind_of(found)))


def as_plan(found: Value, tree: ast.Expression, where: Span) -> Plan:
    """A schedule; a number or formula is one, a length or a range is not."""
    if isinstance(found, Plan):
        return found
    if isinstance(found, Expr):
        return Formula(found, where)
    if isinstance(found, AnyLength):
        raise Refused(fitting.LengthIsNotValue(where, render(tree)))
    raise Refused(fitting.NotASchedule(where, render(tree), kind_of(found)))


# ---- arithmetic


def arithmetic(op: str, args: tuple[Expr, ...], where: Span, tree: ast.Expression) -> Expr:
    """Apply an operator to numbers; what has no value is refused with its place."""
    try:
        return make(op, *args)
    except Undefined as fault:
        raise Refused(fitting.NoValue(where, render(tree), fault.why)) from None
    except TooLarge as fault:
        raise Refused(too_large(fault, where)) from None


def too_large(fault: TooLarge, where: Span) -> Finding:
    """What to say of a number with too many digits, or of a formula with too many parts."""
    if isinstance(fault, TooLong):
        return limits.FormulaTooLong(where, MAX_SIZE)
    return limits.TooManyDigits(where)


def length_arithmetic(tree: ast.Binary, left: Value, right: Value, where: Span) -> AnyLength:
    """Lengths add to lengths and multiply with numbers; anything else has no meaning."""
    if isinstance(left, AnyLength) and isinstance(right, AnyLength) and tree.op in "+-":
        return added(left, scaled(right, num(1 if tree.op == "+" else -1)))
    if isinstance(left, AnyLength) and isinstance(right, Expr) and tree.op in "*/":
        if tree.op == "/":
            right = arithmetic("div", (num(1), right), where, tree)
        return scaled(left, right)
    if isinstance(left, Expr) and isinstance(right, AnyLength) and tree.op == "*":
        return scaled(right, left)
    raise Refused(fitting.MixedKinds(where, tree.op, kind_of(left), kind_of(right), render(tree)))


def scaled(of: AnyLength, factor: Expr) -> AnyLength:
    """A multiple of a length."""
    if isinstance(of, Length):
        rest = None if of.rest is None else make("mul", factor, of.rest)
        return Length(tuple((unit, make("mul", factor, a)) for unit, a in of.parts), rest)
    if isinstance(of, ScaledLength):
        return ScaledLength(tuple((make("mul", factor, c), inner) for c, inner in of.terms))
    return of if factor == num(1) else ScaledLength(((factor, of),))


def added(a: AnyLength, b: AnyLength) -> AnyLength:
    """The sum of two lengths."""
    if isinstance(a, Length) and isinstance(b, Length):
        parts = dict(a.parts)
        for unit, amount in b.parts:
            parts[unit] = make("add", parts[unit], amount) if unit in parts else amount
        rest = (
            a.rest if b.rest is None else b.rest if a.rest is None else make("add", a.rest, b.rest)
        )
        return Length(tuple(parts.items()), rest)
    return ScaledLength((*_terms(a), *_terms(b)))


def _terms(of: AnyLength) -> tuple[tuple[Expr, AnyLength], ...]:
    return of.terms if isinstance(of, ScaledLength) else ((num(1), of),)
