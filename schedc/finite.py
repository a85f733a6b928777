"""Whether a schedule has a value everywhere: no 1/0, no root or logarithm of a negative number.

In: a `Track`. Out: findings, none when every piece has a finite value in its closed interval (at
its end: before a sample that is taken there), for every admitted N and every positive base.
The one rule: "it has" and "it has not, there" are proofs; the rest is a doubt that is reported.

Formulas that cannot fail by their structure (sums, products, cosines) cost one walk.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

from schedc.algebra import terms
from schedc.bounds import jointly
from schedc.calculus import Among, signs, simplest
from schedc.courses import SHARE, Course, course, kinds, position, widest
from schedc.diagnostics import values
from schedc.diagnostics.base import Finding
from schedc.expr import (
    BASE,
    Apply,
    Expr,
    Num,
    TooLarge,
    Undefined,
    exactly,
    operators,
    substitute,
    variables,
    walk,
)
from schedc.facts import MOST
from schedc.hulls import MANY, hold
from schedc.intervals import CONSTANT, RISING, Reach, reach
from schedc.order import among, reaches
from schedc.program import Case, Piece, Track
from schedc.render import text
from schedc.run import Run
from schedc.shown import decimal, shown
from schedc.source import NOWHERE, Span

LARGEST = Fraction(10) ** 300
"""Parts of a formula beyond this may become infinite in a target."""

SMALLEST = 1 / LARGEST
"""Parts closer to 0 than this may become 0 in one, and then nothing is divided by them."""

_FAR = 996
"""Binary places from 1: numbers farther than this are infinite, or 0, or have lost their digits."""

_NEAR = 166
"""Products of a few numbers no farther than this stay in the range of floats."""

_SAFE = frozenset(
    {
        "add",
        "sub",
        "neg",
        "min",
        "max",
        "abs",
        "sin",
        "cos",
        "tanh",
        "floor",
        "ceil",
        "round",
        "clamp",
        "pi",
        "progress",
    }
)
"""Operators that have a value wherever their arguments do (a piece is never empty, so its progress
is defined), and that do not leave the range of floats at once."""

_HALVINGS = 60

MOST_UPDATES = MOST
"""Where N is not known, how large a value gets is asked for the runs that are taken. Whether there
is a value is asked for every N."""


def existence(track: Track) -> list[Finding]:
    """What keeps a schedule from having a finite value everywhere; at most one finding a piece."""
    where = track.span or NOWHERE
    found: list[Finding] = []
    everywhere = {
        piece for piece, case in widest(track.cases).items()
        if cannot_fail(piece.value) or not any(_piece(piece, case, track.run, where))
    }  # fmt: skip
    for case in track.cases:
        numbers = kinds(case.pieces)
        sound = _together(case, numbers, track.run)
        for piece, kind in zip(case.pieces, numbers, strict=True):
            if kind in sound or (piece in everywhere and _beyond(piece.value) is None):
                continue
            before = len(found)
            beyond = _beyond(piece.value)
            if beyond is not None:
                ends = shown(piece.start), shown(piece.stop)
                found.append(values.TooLargeToCompute(where, decimal(beyond), *ends))
            elif not cannot_fail(piece.value):
                found.extend(_piece(piece, case, track.run, where))
            if len(found) == before and kind is not None:
                sound.add(kind)
            if len(found) >= 3:
                return found
    return found


def _together(case: Case, numbers: list[int | None], run: Run) -> set[int | None]:
    """The kinds of pieces that have finite values, as far as many are seen to at once."""
    asked: dict[int, Course] = {}
    if len(set(numbers)) < MANY:
        return set()
    for piece, kind in zip(case.pieces, numbers, strict=True):
        if kind is None or kind in asked or cannot_fail(piece.value) or _beyond(piece.value):
            continue
        of = course(piece, run)
        if of is not None:  # what is of a kind moves with the share
            asked[kind] = of
    fixed = {**among(case), SHARE.name: Reach(Fraction(0), Fraction(1), RISING)}

    def finite(formulas: tuple[Expr, ...], reaches: dict[str, Reach]) -> bool:
        (formula,), inside = formulas, {**fixed, **reaches}
        try:
            return reach(formula, inside).doubt is None and _huge(formula, inside) is None
        except (Undefined, TooLarge, RecursionError):
            return False

    of_kind = list(asked)
    return {of_kind[i] for i in hold([(of.formula,) for of in asked.values()], finite)}


def _beyond(expr: Expr) -> Fraction | None:
    """A number that no float is near to."""
    for part in walk(expr):
        if isinstance(part, Num) and part.value and abs(_places(part.value)) > _FAR:
            return part.value
    return None


def _places(value: Fraction) -> int:
    """How far from 1, in binary places, within one: read off, not computed."""
    return value.numerator.bit_length() - value.denominator.bit_length()


def cannot_fail(expr: Expr) -> bool:
    """Certain from the operators and the size of the numbers alone."""
    for part in walk(expr):
        if isinstance(part, Num) and _places(part.value) > _NEAR:
            return False
        if isinstance(part, Apply) and part.op not in _SAFE:
            match part:
                case Apply("mul", (Num(), _)):
                    continue
                case Apply("mul", _):
                    continue  # too large only if a factor is, and those are walked as well
                case Apply("div", (_, Num(value))) if value:
                    continue
                case Apply("pow", (_, Num(power))) if power.denominator == 1 and 0 <= power <= 16:
                    continue
                case _:
                    return False
    return True


def _piece(piece: Piece, case: Case, run: Run, where: Span) -> Iterator[Finding]:
    if case.low == case.high and "total" in variables(piece.value) and _exists_at(piece, case, run):
        return
    of = _course(piece, run)
    if of is None or "total" in variables(of.formula):
        doubt = _several(piece, case, run)
        if doubt is None:
            return
        if of is None:
            first, last = shown(piece.start), shown(piece.stop)
            yield values.MaybeNoValue(where, _told(doubt), first, last, run.known is not None)
            return
    fixed = among(case)
    for low, high in _doubtful(of, fixed):
        inside = {**fixed, of.name: Reach(low, high, RISING)}
        culprit = _culprit(of.formula, inside)
        there = _proof(of, culprit, fixed, low, high)
        if there is not None:
            x, why = there
            at = position(of, x, piece, run)
            yield values.NoValueThere(where, shown(at), _told(_written(piece, run, at)), why)
        else:
            first, last = [shown(position(of, x, piece, run)) for x in (low, high)]
            sure = any(_surely_huge(of, x, fixed) for x in (low, high, of.low, of.high))
            if sure:
                yield values.TooLargeToCompute(where, _told(piece.value), first, last)
            else:
                known = run.known is not None
                yield values.MaybeNoValue(where, _told(piece.value), first, last, known)
        return


def _course(piece: Piece, run: Run) -> Course | None:
    """The course of what a piece owns: its last value is none that is sampled at its end."""
    of = course(piece, run)
    if of is None or "floor" not in operators(of.formula):
        return of
    return replace(of, formula=_before_the_end(of.formula, of))


def _before_the_end(expr: Expr, of: Course) -> Expr:
    """The same within the piece, where a floor that rises at its very end has not risen yet: what
    is sampled there belongs to the next piece."""
    if not isinstance(expr, Apply):
        return expr
    inner = Apply(expr.op, tuple([_before_the_end(a, of) for a in expr.args]))
    if expr.op != "floor" or of.name not in variables(expr):
        return inner
    try:
        before, then = (exactly(expr.args[0], {of.name: x}) for x in (of.low, of.high))
    except (Undefined, TooLarge):
        return inner
    if before is None or then is None or then.denominator != 1 or before >= then:
        return inner
    return Apply("min", (inner, Num(then - 1)))


def _exists_at(piece: Piece, case: Case, run: Run) -> bool:
    """Has a piece of a case of one N a value there, as far as one enclosure tells?"""
    put: dict[str, Expr] = {"total": Num(Fraction(case.low))}
    try:
        start, stop, value = [substitute(e, put) for e in (piece.start, piece.stop, piece.value)]
        of = _course(Piece(start, stop, value, piece.first, piece.last), run)
        if of is None:
            return False
        inside = {**among(case), of.name: Reach(of.low, of.high, RISING)}
        return reach(of.formula, inside).doubt is None and _huge(of.formula, inside) is None
    except (Undefined, TooLarge, RecursionError):
        return False


def _several(piece: Piece, case: Case, run: Run) -> Expr | None:
    """What perhaps has no value in a piece whose formula needs several coordinates."""
    found = jointly(piece, case, run)
    if found is None:
        return piece.value
    formula, inside, meaning = found
    try:
        doubt = reach(formula, inside).doubt
    except (Undefined, TooLarge, RecursionError, KeyError):
        return piece.value
    if doubt is None and case.low < MOST_UPDATES:
        high = min(case.high or MOST_UPDATES, MOST_UPDATES)
        found = jointly(piece, replace(case, high=high), run)
        assert found is not None
        formula, inside, meaning = found
        doubt = _huge(formula, inside)
    return None if doubt is None else substitute(doubt, meaning)


def _told(formula: Expr) -> str:
    """A formula in a message: one line, not a page."""
    told = text(formula)
    return told if len(told) <= 80 else f"{told[:79]}…"


def _written(piece: Piece, run: Run, at: Expr) -> Expr:
    """The part of the author's formula that has no value at a position."""
    clocks = run.clock_values(at, piece.value)
    smallest = piece.value
    for part in walk(piece.value):
        if isinstance(part, Apply):
            try:
                reach(substitute(part, clocks), reaches(1, None))
            except Undefined:
                smallest = part
    return smallest


def _doubtful(of: Course, fixed: Among) -> Iterator[tuple[Fraction, Fraction]]:
    """Intervals of the coordinate where a value may be missing; none: it exists everywhere."""
    pending = [(of.low, of.high)]
    steps = 0
    while pending:
        low, high = pending.pop()
        inside = {**fixed, of.name: Reach(low, high, RISING)}
        try:
            found = reach(of.formula, inside)
        except (Undefined, TooLarge, RecursionError):
            yield low, high
            continue
        if found.doubt is None and _huge(of.formula, inside) is None:
            continue
        steps += 1
        if steps > _HALVINGS or low == high:
            yield low, high
            continue
        middle = simplest((3 * low + 5 * high) / 8, (5 * high + 3 * low) / 8 + (high - low) / 8)
        pending += [(middle, high), (low, middle)]


def _culprit(expr: Expr, inside: Among) -> Expr:
    try:
        found = reach(expr, inside)
    except (Undefined, TooLarge, RecursionError):
        return expr
    return expr if found.doubt is None else found.doubt


def _huge(expr: Expr, inside: Among) -> Expr | None:
    """The innermost part that leaves the range of floats; in terms of `base`, for a usual one."""
    if BASE.name not in variables(expr):
        return _leaving(expr, inside)
    for base in _BASES:
        found = _leaving(expr, {**inside, BASE.name: Reach(base, base, CONSTANT, True)})
        if found is not None:
            return found
    return None


_BASES = (Fraction(1), Fraction(1, 1000), Fraction(1000))


def _leaving(expr: Expr, inside: Among) -> Expr | None:
    each: dict[int, Reach] = {}  # found once for all parts, not again for each part around one

    def found(part: Expr) -> Reach:
        return each.get(id(part)) or reach(part, inside, each=each)

    worst = None
    for part in walk(expr):
        if isinstance(part, Apply) and part.op in ("exp", "pow", "div", "mul", "log"):
            try:
                small = _small(found(part)) or not all(_small(found(a)) for a in part.args)
                if not small or any(_vanishes(found(a)) for a in _never_0(part)):
                    worst = part
            except (Undefined, TooLarge, RecursionError, KeyError):
                return part
    return worst


def _never_0(part: Apply) -> tuple[Expr, ...]:
    """What a part has no value without, where it is 0."""
    match part:
        case Apply("div", (_, below)):
            return (below,)
        case Apply("log", (x,)):
            return (x,)
        case Apply("pow", (x, exponent)) if not isinstance(exponent, Num) or exponent.value < 0:
            return (x,)
    return ()


def _vanishes(found: Reach) -> bool:
    """Is it never 0, but may be for floats?"""
    return 0 < found.low < SMALLEST or -SMALLEST < found.high < 0


def _surely_huge(of: Course, x: Fraction, fixed: Among) -> bool:
    """Whether a part is certainly beyond the range of floats at a coordinate."""
    there = {**fixed, of.name: Reach(x, x, RISING)}
    for part in walk(of.formula):
        if isinstance(part, Apply):
            try:
                found = reach(part, there)
            except (Undefined, TooLarge, RecursionError, KeyError):
                continue
            if found.doubt is None and (found.low > LARGEST or found.high < -LARGEST):
                return True
            if any(_surely_0(reach(a, there)) for a in _never_0(part)):
                return True
    return False


def _surely_0(found: Reach) -> bool:
    """Is it not 0, but for floats?"""
    return found.doubt is None and found.low > -SMALLEST and found.high < SMALLEST


def _small(found: Reach) -> bool:
    return found.low >= -LARGEST and found.high <= LARGEST


def _proof(
    of: Course, culprit: Expr, fixed: Among, low: Fraction, high: Fraction
) -> tuple[Fraction, str] | None:
    """A coordinate where the culprit surely has no value, and why."""
    bad: tuple[int, ...]
    match culprit:
        case Apply("div" | "mod", (_, below)):
            why, critical, bad = "it divides by 0", below, (0,)
        case Apply("log", (inner,)):
            why, critical, bad = "it takes the logarithm of 0 or less", inner, (0, -1)
        case Apply("sqrt", (inner,)):
            why, critical, bad = "it takes the square root of a negative number", inner, (-1,)
        case Apply("pow", (inner, Num(power))) if power < 0:
            why, critical = "it divides by 0", inner
            bad = (0,) if power.denominator == 1 else (0, -1)
        case Apply("pow", (inner, _)):
            why, critical, bad = "it takes a root of a negative number", inner, (-1,)
        case _:
            return None
    for x in _ends(of, critical, fixed, low, high):
        if _surely(critical, of, x, fixed, bad):
            return x, why
    return None


def _ends(
    of: Course, critical: Expr, fixed: Among, low: Fraction, high: Fraction
) -> Iterator[Fraction]:
    yield from (low, high, of.low, of.high)
    try:
        for part in signs(critical, of.name, of.low, of.high, fixed):
            yield part.low
            yield part.high
            yield (part.low + part.high) / 2
    except (Undefined, TooLarge):
        return


def _surely(critical: Expr, of: Course, x: Fraction, fixed: Among, bad: tuple[int, ...]) -> bool:
    try:
        value = substitute(critical, {of.name: Num(x)})
        if not terms(value):  # base - base: no enclosure shows it
            return 0 in bad
        here = reach(value, fixed, 120)
    except (Undefined, TooLarge, RecursionError):
        return False
    if here.doubt is not None:
        return False
    if here.low == here.high == 0:
        return 0 in bad
    return -1 in bad and (here.high < 0 or (here.high == 0 and here.nonzero))
