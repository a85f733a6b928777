"""Each piece as a function of one coordinate, and which rounds are the same.

In: a `Piece` and its `Run`. Out: its `Course`: the formula over the share of the piece that has
passed (or over a clock that does not move evenly); `alike`: what pieces of one course share.
The one rule: a piece is looked at where it lies only to be moved to a coordinate of its own, so
that of thousands of rounds which differ in nothing but their place one is asked.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from math import floor
from typing import TypeAlias

from schedc.algebra import affine, canonical, terms
from schedc.expr import (
    CLOCKS,
    ONE,
    STEP,
    ZERO,
    Apply,
    Expr,
    Num,
    TooLarge,
    Undefined,
    Var,
    make,
    substitute,
    variables,
)
from schedc.program import Case, Piece
from schedc.run import CLOCK_OF_UNIT, Run

SHARE = Var("u")
"""The coordinate of most pieces: the share of the piece that has passed, 0 to 1."""

_UNIT_OF_CLOCK = {clock: unit for unit, clock in CLOCK_OF_UNIT.items()}


@dataclass(frozen=True, slots=True)
class Course:
    """The formula of a piece over one coordinate, which runs from `low` to `high` in the piece.

    name: "u" (the share of the piece), or a clock that does not move evenly.
    """

    formula: Expr
    name: str
    low: Fraction
    high: Fraction


def course(piece: Piece, run: Run) -> Course | None:
    """A piece over one coordinate, or None when it needs several (samples and updates, say, under
    a batch ramp; or N and the share, for a warm-up in updates times a decay over the run)."""
    known = over_shares(piece)
    if known is not None:
        return _passing(known)
    clocks = variables(piece.value) & set(CLOCKS)
    if not clocks:
        return _passing(piece.value)
    try:
        if clocks == {"step"}:
            formula = _shares(piece.value, _plain(piece.start), _plain(piece.stop))
            if formula is None or "step" in variables(formula):
                return None
            return _passing(formula)
        if len(clocks) > 1 or "batch" in clocks:
            return None
        (clock,) = clocks
        ends = [run.position(at, _UNIT_OF_CLOCK[clock]) for at in (piece.start, piece.stop)]
    except (Undefined, TooLarge, KeyError):
        return None
    if not isinstance(ends[0], Num) or not isinstance(ends[1], Num):
        return None
    return Course(piece.value, clock, ends[0].value, ends[1].value)


@lru_cache(maxsize=20_000)  # where N is not known: of a piece, several questions are asked
def _shares(value: Expr, start: Expr, stop: Expr) -> Expr | None:
    return _in_shares(value, start, stop)


def _passing(formula: Expr) -> Course:
    return Course(formula, SHARE.name, Fraction(0), Fraction(1))


def over_shares(piece: Piece) -> Expr | None:
    """The value over the share, kept once it is known, of a piece between two numbers whose formula
    is of nothing but the update; None for any other."""
    if piece.shares is None:
        names = variables(piece.value)
        if names & _OTHERS or not isinstance(piece.start, Num) or not isinstance(piece.stop, Num):
            return None
        try:
            formula = _in_shares(piece.value, piece.start, piece.stop)
        except (Undefined, TooLarge):
            return None
        if formula is not None and "step" not in variables(formula):
            piece.of_shares(formula)
    return piece.shares


def known_shares(piece: Piece) -> Expr | None:
    """The same, where nothing is to be done for it."""
    return piece.shares or (None if variables(piece.value) & _MOVED else piece.value)


_MOVED = frozenset({*CLOCKS, "total"})
_OTHERS = _MOVED - {"step"}


def position(of: Course, x: Fraction, piece: Piece, run: Run) -> Expr:
    """The update position at a coordinate."""
    if of.name == "u":
        if x == 0:
            return piece.start
        length = make("sub", piece.stop, piece.start)
        return piece.stop if x == 1 else make("add", piece.start, make("mul", Num(x), length))
    return run.updates(Num(x), _UNIT_OF_CLOCK[of.name])


# ---- over the share of a piece


def _in_shares(expr: Expr, start: Expr, stop: Expr) -> Expr | None:
    """The formula with the share of `[start, stop)` in the place of the update; None if N stays."""
    if type(expr) is not Apply:
        if expr != STEP:
            return expr
        if not isinstance(start, Num) or not isinstance(stop, Num):
            return None
        return make("add", start, make("mul", Num(stop.value - start.value), SHARE))
    if "step" not in variables(expr):
        return expr
    if _on_the_clock(expr):
        if expr.args[0] is STEP and expr.args[1] is start and expr.args[-1] is stop:
            return SHARE
        line = _line_once(expr, start, stop)
        if line is not None:
            return line
    match expr:
        case Apply("progress", (k, a, b)) if "step" in variables(k):
            evenly = affine(k, "step")
            if evenly is None or "step" in variables(a) | variables(b):
                parts = [_in_shares(part, start, stop) for part in (k, a, b)]
                known = [part for part in parts if part is not None]
                # N may cancel only now: N/20 * floor(20*u) of N
                return _plain(make("progress", *known)) if len(known) == 3 else None
            first = _ratio(substitute(k, {"step": start}), a, b)
            last = _ratio(substitute(k, {"step": stop}), a, b)
            if first is None or last is None:
                return None
            return _of_line(first, ((SHARE, last - first),))
        case Apply("div", (k, b)) if (
            "total" in variables(b) and "step" in variables(k) and "step" not in variables(b)
        ):
            return _in_shares(Apply("progress", (k, ZERO, b)), start, stop)
    changed = [_in_shares(a, start, stop) for a in expr.args]
    kept = [c for c in changed if c is not None]
    return make(expr.op, *kept) if len(kept) == len(changed) else None


def _plain(expr: Expr) -> Expr:
    return canonical(expr) if "total" in variables(expr) else expr


def _ratio(k: Expr, a: Expr, b: Expr) -> Fraction | None:
    """progress(k, a, b) when it is a number, the same for every N."""
    if k == a:
        return Fraction(0)
    if k == b:
        return Fraction(1)
    if isinstance(k, Num) and isinstance(a, Num) and isinstance(b, Num):
        return (k.value - a.value) / (b.value - a.value)
    above, below = terms(make("sub", k, a)), terms(make("sub", b, a))
    if not above or not below:
        return Fraction(0) if below else None
    if above.keys() != below.keys():
        return None
    ratios = {above[m] / below[m] for m in below}
    return ratios.pop() if len(ratios) == 1 else None


# ---- sums and their whole parts

Line: TypeAlias = "tuple[Fraction, tuple[tuple[Expr, Fraction], ...]]"
"""A sum: a number, and what there is of the share and of the whole parts of such sums."""


@lru_cache(maxsize=20_000)  # the same round in a product with each of several factors
def _line_once(expr: Expr, start: Expr, stop: Expr) -> Expr | None:
    line = _line(expr, start, stop)
    return None if line is None else _one(_of_line(*line))


def _line(expr: Expr, start: Expr, stop: Expr) -> Line | None:
    """An expression of sums and whole parts over `[start, stop)`; None for any other.

    Whole numbers come out of the whole parts, and meet what stands around them: it is the same
    sum wherever the piece lies.
    """
    if type(expr) is Num:
        return expr.value, ()
    if type(expr) is not Apply:
        if expr == STEP and isinstance(start, Num) and isinstance(stop, Num):
            return start.value, ((SHARE, stop.value - start.value),)
        return None
    op, args = expr.op, expr.args
    if op == "mul" and type(args[0]) is Num:
        return _times(_line(args[1], start, stop), args[0].value)
    if op == "div" and type(args[1]) is Num and args[1].value:
        return _times(_line(args[0], start, stop), 1 / args[1].value)
    if op == "add" or op == "sub":
        sign = 1 if op == "add" else -1
        return _both(_line(args[0], start, stop), _line(args[1], start, stop), sign)
    if op == "progress" and type(args[1]) is Num and type(args[2]) is Num and args[1] != args[2]:
        line, (begin, end) = _line(args[0], start, stop), (args[1].value, args[2].value)
        return line and _times((line[0] - begin, line[1]), 1 / (end - begin))
    if op == "floor":
        line = _line(args[0], start, stop)
        if line is None:
            return None
        whole = Fraction(floor(line[0]))
        if not line[1]:
            return whole, ()
        return whole, ((Apply("floor", (_of_line(line[0] - whole, line[1]),)), Fraction(1)),)
    return None


def _both(a: Line | None, b: Line | None, sign: int) -> Line | None:
    if a is None or b is None:
        return None
    first = a[0] + sign * b[0]
    if not b[1]:
        return first, a[1]
    parts = dict(a[1])
    for part, amount in b[1]:
        parts[part] = parts.get(part, Fraction(0)) + sign * amount
    return first, tuple([(part, amount) for part, amount in parts.items() if amount])


def _times(line: Line | None, factor: Fraction) -> Line | None:
    if line is None or not factor:
        return None
    return line[0] * factor, tuple([(part, amount * factor) for part, amount in line[1]])


def _of_line(first: Fraction, parts: tuple[tuple[Expr, Fraction], ...]) -> Expr:
    """A sum, written out; the share itself, or what remains of it, where it is just that."""
    if first == 0 and parts == _PASSED:
        return SHARE
    if first == 1 and parts == _REMAINS:  # what remains: 1 - u as one exact operator
        return make("progress", SHARE, ONE, ZERO)
    out: Expr = Num(first)
    for part, amount in parts:
        out = make("add", out, make("mul", Num(amount), part))
    return out


_PASSED, _REMAINS = ((SHARE, Fraction(1)),), ((SHARE, Fraction(-1)),)


# ---- rounds that differ in nothing but their place


def alike(piece: Piece) -> Hashable:
    """What rounds have in common that differ in nothing but their place: pieces of the same kind
    have the same course and the same values at their closed ends, so what is proved of the values
    of one holds for all. None: of no kind that is known.
    """
    formula = over_shares(piece)
    return None if formula is None else (formula, piece.first, piece.last)


def kinds(pieces: Sequence[Piece]) -> list[int | None]:
    """The kind of each piece (`alike`) as a number; None: of no kind that is known."""
    numbers: dict[Hashable, int] = {}
    each = map(alike, pieces)
    return [None if kind is None else numbers.setdefault(kind, len(numbers)) for kind in each]


def _on_the_clock(expr: Apply) -> bool:
    """Is it progress, or `t`?"""
    return expr.op == "progress" or (expr.op == "sub" and expr.args[0] is STEP)


@lru_cache(maxsize=20_000)
def _one(expr: Expr) -> Expr:
    """Of equal expressions the one that was first: what is the same object is compared at once."""
    return expr


def widest(cases: Sequence[Case]) -> dict[Piece, Case]:
    """Of the pieces that stand in several cases, each with one of the N of them all: what is proved
    for that is proved for each."""
    first: dict[Piece, Case] = {}
    out: dict[Piece, Case] = {}
    for case in cases if len(cases) > 1 else ():
        for piece in case.pieces:
            known = out.get(piece) or first.setdefault(piece, case)
            if known is not case:  # cases stand in the order of N
                out[piece] = replace(known, high=case.high)
    return out
