"""What is proved of a schedule: its joins, its curves' conditions, that it has values; what fails.

In: a `Track`. Out: a verdict for each join (`verify`), and findings (`findings`).
The one rule: a verdict holds for every N that lays out, or names the N for which it does not; what
is unproved is a finding of its own and never a pass.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from schedc.bounds import Candidate, by_level, candidates
from schedc.courses import SHARE, course, kinds, widest
from schedc.diagnostics import naming, values
from schedc.diagnostics.base import Finding
from schedc.expr import (
    CLOCKS,
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
from schedc.finite import existence
from schedc.hulls import MANY, hold
from schedc.intervals import RISING, Reach, reach
from schedc.order import among, never_below_zero, reaches, shortest, sign
from schedc.program import COMPARED, Boundary, Case, Piece, Requirement, Track
from schedc.prove import Verdict, decide, decimal, patient, witnesses
from schedc.run import Run
from schedc.shown import shown, shown_value
from schedc.source import NOWHERE, Span

NEVER_NEGATIVE = frozenset({"lr", "weight_decay", "momentum", "beta1", "beta2", "eps", "batch"})
"""Values that no optimizer and no loader takes below 0."""


@dataclass(frozen=True, slots=True)
class Joined:
    """A join with its verdict, for low <= N <= high (None: every larger N)."""

    boundary: Boundary
    low: int
    high: int | None
    verdict: Verdict


def verify(
    track: Track, *, thorough: bool = False, time_limit: float | None = None
) -> tuple[Joined, ...]:
    """A verdict for each join of a schedule; the same join in neighbouring cases is one.

    thorough: sympy itself proves each. Never raises; sympy never thinks longer than `time_limit`
    seconds about a join, nor about a further one for more than a moment, once it has thought so
    long about the file.
    """
    merged: dict[tuple[Boundary, int], int | None] = {}  # boundary, lowest N → highest N
    for case in track.cases:
        begins = {b: low for (b, low), high in merged.items() if high == case.low - 1}
        for boundary in case.boundaries:
            merged[boundary, begins.get(boundary, case.low)] = case.high
    out: list[Joined] = []
    with patient():
        for (boundary, low), high in merged.items():
            left, right = boundary.left, boundary.right
            verdict = decide(left, right, low, high, time_limit=time_limit, thorough=thorough)
            out.append(Joined(boundary, low, high, verdict))
    return tuple(out)


def findings(track: Track, joined: tuple[Joined, ...] | None = None) -> list[Finding]:
    """Everything that is wrong or in doubt about a schedule that lays out."""
    out = list(joins(track, verify(track) if joined is None else joined))
    unmet: list[Finding] = []
    seen: set[Requirement] = set()
    for case in track.cases:
        for requirement in case.requirements:
            if requirement not in seen:
                seen.add(requirement)
                unmet += _requirement(requirement, case)
    # one fault, one message: what comes of an unmet condition is not reported again
    return out + (unmet or existence(track) or signs_of_values(track))


# ---- joins


def joins(track: Track, joined: tuple[Joined, ...]) -> list[Finding]:
    """Unmarked jumps, marked ones that do not jump, and joins that could not be decided; one
    finding for each place in the text, however often it is repeated."""
    groups: dict[tuple[int, int, str], list[Joined]] = {}
    for join in joined:
        span = join.boundary.span
        verdict = join.verdict.kind
        if (verdict == "continuous") == (not join.boundary.jump) and verdict != "unproved":
            continue
        groups.setdefault((span.start, span.stop, verdict), []).append(join)
    later: dict[Expr, Span] = {}
    for case in track.cases:
        for phase in case.phases:
            later.setdefault(phase.start, phase.span)
    out = [_join(group, later) for group in groups.values()]
    meant = {
        (j.boundary.span.start, j.boundary.span.stop)
        for j in joined
        if j.boundary.jump and j.verdict.kind != "continuous"
    }
    return [  # of a repeated `>>!` some rounds may go on smoothly
        f
        for f in out
        if not (isinstance(f, values.NoJump) and (f.where.start, f.where.stop) in meant)
    ]


def _join(group: list[Joined], later: Mapping[Expr, Span]) -> Finding:
    """later: by where it begins, the phase that does."""
    join = group[0]
    boundary, verdict = join.boundary, join.verdict
    at = shown(boundary.at)
    if verdict.kind == "unproved":
        gap = _short(verdict.gap)
        return values.UnprovedJoin(boundary.span, at, gap, verdict.reason, verdict.witness)
    if verdict.kind == "continuous":
        return values.NoJump(boundary.span, at, shown_value(boundary.left))
    if verdict.witness is not None:
        with contextlib.suppress(Undefined):
            at = shown(substitute(boundary.at, {"total": Num(Fraction(verdict.witness))}))
    before, after = _apart(verdict)
    written = boundary.span.text.startswith(">>")
    return values.JumpAtJoin(
        boundary.span,
        at,
        before,
        after,
        _factor(verdict.factor),
        verdict.witness,
        len(group),
        later.get(boundary.at) if written else None,
        written,
    )


_DIGITS = (12, 18, 24, 36, 49, 50)  # of the 50 that are kept, the last is rounded


def _apart(verdict: Verdict) -> tuple[str, str]:
    """Both values, with as many digits as it takes to tell them apart."""
    if verdict.base is not None or not verdict.before:
        return shown_value(shortest(verdict.left)), shown_value(shortest(verdict.right))
    both = [Fraction(verdict.before), Fraction(verdict.after)]
    for digits in (6, *_DIGITS):
        before, after = [_short(decimal(v), digits) for v in both]
        if before.rstrip("…") != after.rstrip("…"):
            break
    return before, after


@lru_cache(maxsize=1_000)  # a thousand joins with the same jump
def _factor(number: str) -> str:
    """A factor, with as many digits as it takes to tell it from 1."""
    for digits in _DIGITS:
        cut = _short(number, digits)
        if cut.rstrip("…") != "1":
            break
    return cut


@lru_cache(maxsize=1_000)
def _short(number: str, digits: int = 12) -> str:
    """A decimal to so many significant digits, with `…` where that is not all of it."""
    if not number:
        return ""
    cut = decimal(Fraction(number), digits)
    return cut if Fraction(cut) == Fraction(number) else f"{cut}…"


# ---- conditions of curves


def holds(
    left: Expr, op: str, right: Expr, low: int, high: int | None
) -> tuple[bool | None, int | None]:
    """Does `left op right` hold for every admitted N and base? (None, None): not decided; (False,
    N): not for that N (None where it does not depend on N)."""
    difference = make("sub", left, right)
    found = sign(difference, reaches(low, high))
    if found is not None:
        return COMPARED[op](found, 0), None
    if op == "==" and decide(left, right, low, high).kind == "continuous":
        return True, None
    for total in witnesses(low, high):
        for base in (Fraction(1), Fraction(1, 1000), Fraction(1000)):
            here = substitute(difference, {"total": Num(Fraction(total)), "base": Num(base)})
            found = sign(here, {})
            if found is not None and not COMPARED[op](found, 0):
                return False, total
    return None, None


def _requirement(of: Requirement, case: Case) -> list[Finding]:
    try:
        held, witness = holds(of.left, of.op, of.right, case.low, case.high)
    except Undefined:
        held, witness = None, None
    if held:
        return []
    value = of.left
    if witness is not None:
        value = shortest(substitute(value, {"total": Num(Fraction(witness))}))
    if held is None:
        return [values.UnprovedRequirement(of.span, of.curve, of.text, shown_value(value))]
    return [naming.RequirementFails(of.span, of.curve, of.text, shown_value(value))]


# ---- signs


def signs_of_values(track: Track) -> list[Finding]:
    """Values that must not be negative, and a learning rate that is always 0."""
    where = track.span or NOWHERE
    if track.name not in NEVER_NEGATIVE:
        return []
    every = widest(track.cases)
    never = {piece for piece, case in every.items() if _negative(piece, case, track, where) is None}
    for case in track.cases:
        numbers = kinds(case.pieces)
        asked = _never_together(case, numbers, track.run)
        for piece, kind in zip(case.pieces, numbers, strict=True):
            if kind in asked or piece in never:
                continue
            found = _negative(piece, case, track, where)
            if found is not None:
                return [found]
            if kind is not None:
                asked.add(kind)
    if track.name == "lr" and all(_zero(case) for case in track.cases):
        return [values.AlwaysZero(where, track.name)]
    return []


def _never_together(case: Case, numbers: list[int | None], run: Run) -> set[int | None]:
    """The kinds of pieces that are never negative, as far as many are seen to be at once."""
    asked: dict[int, tuple[Expr, ...]] = {}
    if len(set(numbers)) < MANY:
        return set()
    for piece, kind in zip(case.pieces, numbers, strict=True):
        if kind is None or kind in asked:
            continue
        of = course(piece, run)
        if of is not None:  # what is of a kind moves with the share
            asked[kind] = (of.formula, piece.first, piece.last)
    fixed = {**among(case), SHARE.name: Reach(Fraction(0), Fraction(1), RISING)}
    of_kind = list(asked)
    rows = hold(list(asked.values()), lambda row, names: _never_below(row, {**fixed, **names}))
    return {of_kind[i] for i in rows}


def _negative(piece: Piece, case: Case, track: Track, where: Span) -> Finding | None:
    fixed = among(case)
    doubtful = False
    if isinstance(piece.value, Apply) and piece.first == piece.value == piece.last:  # a level
        places: Iterable[Candidate] = [Candidate(piece.start, piece.value)]
    elif never_negative(piece, case, track.run):
        return None
    else:
        places = candidates(piece, case, track.run)
    for asked, candidate in enumerate(places):
        if doubtful and asked >= _MOST_ASKED:
            break
        if candidate.value is None:
            doubtful = doubtful or candidate.low < 0
            continue
        found = sign(candidate.value, fixed)
        if found == -1:
            value = shown_value(shortest(candidate.value))
            return values.Negative(where, track.name, value, shown(candidate.at))
        if found is None:
            doubtful = doubtful or not never_below_zero(candidate.value, fixed)
    if not doubtful:
        return None
    ends = shown(piece.start), shown(piece.stop)
    return values.MaybeNegative(where, track.name, *ends, track.run.known is not None)


_MOST_ASKED = 500
"""Places of a piece at which a value below 0 is looked for, once one is in doubt."""


def never_negative(piece: Piece, case: Case, run: Run) -> bool:
    """Certain from the structure of the formula, or from one enclosure of the whole piece."""
    ends = [e.value for e in (piece.first, piece.last) if isinstance(e, Num)]
    evident = _evenly(piece.value) or _plainly_positive(piece.value, piece)
    if evident and len(ends) == 2 and min(ends) >= 0:
        return True
    of = course(piece, run)
    if of is None:
        return False
    levels = by_level(of)  # which end before the phase does: 1 - u is not 0 in the last of them
    of = of if levels is None else levels[0]
    inside = {**among(case), of.name: Reach(of.low, of.high, RISING)}
    return _never_below((of.formula, piece.first, piece.last), inside)


def _never_below(formulas: tuple[Expr, ...], inside: Mapping[str, Reach]) -> bool:
    """Is none of them below 0, as far as enclosures of them tell?"""
    try:
        found = [reach(e, inside) for e in formulas]
    except (Undefined, TooLarge, RecursionError, KeyError):
        return False
    return all(r.doubt is None and r.low >= 0 for r in found)


def _evenly(expr: Expr) -> bool:
    """Does it move as one clock does, up or down, so that it lies between its ends?"""
    return len(variables(expr).intersection(CLOCKS)) < 2 and _linear(expr)


def _linear(expr: Expr) -> bool:
    match expr:
        case Num() | Var("step" | "samples" | "tokens" | "epoch"):
            return True
        case Apply("add" | "sub", (a, b)):
            return _linear(a) and _linear(b)
        case Apply("mul", (Num(), a)) | Apply("div", (a, Num())) | Apply("neg", (a,)):
            return _linear(a)
        case Apply("progress", (k, Num(), Num())):
            return _linear(k)
    return False


def _plainly_positive(expr: Expr, piece: Piece) -> bool:
    """Is it a sum and product of parts that are never negative?"""
    match expr:
        case Num(value):
            return value >= 0
        case Apply("add", (Num(value), Apply("cos" | "sin", _))):
            return value >= 1
        case Apply("add" | "mul" | "div" | "min", args):
            return all(_plainly_positive(a, piece) for a in args)
        case Apply("sub", (Num(value), Apply("progress", _) as part)):
            return value >= 1 and _plainly_positive(part, piece)
        case Apply("pow", (a, Num(power))):
            return power % 2 == 0 or _plainly_positive(a, piece)
        case Apply("progress", (k, a, b)):
            return k == STEP and {a, b} == {piece.start, piece.stop}
        case Apply("exp" | "sqrt" | "abs", _):
            return True
    return False


def _zero(case: Case) -> bool:
    return all(
        p.first == ZERO and p.last == ZERO and shortest(p.value) == ZERO for p in case.pieces
    )
