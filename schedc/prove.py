"""Whether two values are the same number, decided exactly.

In: two expressions (perhaps in `total` and `base`) and the admitted N. Out: `Verdict`.
The one rule: "continuous" and "jump" are proofs. Identity of exact terms and sympy can prove;
enclosures at 50 digits can refute and never prove; the rest is "unproved", with its reason.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from decimal import Context, Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Literal

from schedc import shown
from schedc.algebra import canonical, constant, same, terms
from schedc.expr import Expr, Num, TooLarge, Undefined, make, substitute, variables
from schedc.intervals import enclose
from schedc.worker import TIME_LIMIT, LaterError, asked

THOROUGH_LIMIT = 5.0
"""The same where somebody asked sympy itself, and waits for what it says."""

LAST_LOOK = 0.05
"""Seconds for each join of a file about whose joins it has thought so long already."""

Kind = Literal["continuous", "jump", "unproved"]
By = Literal["identity", "exact", "sympy", "interval", ""]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is known about a join.

    left, right: the two values, exact, as decided (at `witness` and `base` for a jump that needs
    them). before, after, gap, factor: the same as decimals of up to 50 digits, where they are
    numbers; gap = after - before, factor = after / before. witness: an N for which a jump occurs,
    None when it does not depend on N. base: the base for which the decimals hold. seconds: how
    long sympy thought.
    """

    kind: Kind
    by: By
    left: Expr
    right: Expr
    before: str = ""
    after: str = ""
    gap: str = ""
    factor: str = ""
    witness: int | None = None
    base: Fraction | None = None
    reason: str = ""
    seconds: float = field(default=0.0, compare=False)


Decided = tuple[Expr, Expr, int, int | None, bool]
"""What `decide` was asked, but for its time."""


@dataclass
class Patience:
    """What sympy has thought about one file: the joins that it was asked about, once each."""

    known: dict[Decided, Verdict] = field(default_factory=dict)

    def left(self, limit: float) -> float:
        """Of the `limit` seconds for one join, those that the next one may take: all of them until
        so many are spent on the file, then a moment."""
        spent = sum(verdict.seconds for verdict in self.known.values())
        return limit if spent < limit else min(limit, LAST_LOOK)


_PATIENCE: ContextVar[Patience | None] = ContextVar("_PATIENCE", default=None)


@contextlib.contextmanager
def patient(with_: Patience | None = None) -> Iterator[Patience]:
    """Within, all joins share their time; inside of another such stretch its time is shared."""
    mine = with_ or _PATIENCE.get() or Patience()
    token = _PATIENCE.set(mine)
    try:
        yield mine
    finally:
        _PATIENCE.reset(token)


def decide(
    left: Expr,
    right: Expr,
    low: int = 1,
    high: int | None = None,
    *,
    time_limit: float | None = None,
    thorough: bool = False,
) -> Verdict:
    """Is `left` the same number as `right` for every low <= N <= high and every positive base?

    thorough: sympy itself must prove every equality; identity is not enough. Within `patient` the
    time is shared, but for what is thorough. time_limit: seconds; `TIME_LIMIT` or
    `THOROUGH_LIMIT`, where none is given.
    """
    limit = time_limit or (THOROUGH_LIMIT if thorough else TIME_LIMIT)
    if not thorough:
        if left == right:
            return Verdict("continuous", "identity", left, right)
        if isinstance(left, Num) and isinstance(right, Num):
            return _apart(left, right)
    patience, question = _PATIENCE.get(), (left, right, low, high, thorough)
    if patience is not None:
        if question in patience.known:
            return patience.known[question]
        limit = limit if thorough else patience.left(limit)
    try:
        verdict = _decide(left, right, low, high, limit, thorough)
    except LaterError:
        return Verdict("unproved", "", left, right, reason="sympy has not answered yet")
    if patience is not None and verdict.seconds:
        patience.known[question] = verdict
    return verdict


@lru_cache(maxsize=1_000)  # the same jump between a thousand rounds
def _apart(left: Num, right: Num) -> Verdict:
    return _measured(Verdict("jump", "exact", left, right))


@lru_cache(maxsize=50_000)  # the same join in a thousand files is decided once
def _decide(
    left: Expr, right: Expr, low: int, high: int | None, time_limit: float, thorough: bool
) -> Verdict:
    try:
        if low == high:
            only = {"total": Num(Fraction(low))}
            left, right = substitute(left, only), substitute(right, only)
        if not thorough and same(left, right):
            return Verdict("continuous", "identity", left, right)
        left, right = _without_idle_names(left), _without_idle_names(right)
        refuted = _refute(left, right, low, high)
        if refuted is not None and not thorough:
            return refuted
    except (Undefined, TooLarge, RecursionError) as problem:
        return Verdict("unproved", "", left, right, reason=_in_words(problem))
    answer, reason, seconds = asked(left, right, low, time_limit)
    verdict = _answered(left, right, low, answer, reason, refuted)
    return replace(verdict, seconds=seconds)


def _answered(
    left: Expr, right: Expr, low: int, answer: str, reason: str, refuted: Verdict | None
) -> Verdict:
    """What follows from an answer, and from two values that were seen to differ."""
    if answer == "equal":
        if refuted is not None:
            raise AssertionError(f"sympy proves what enclosures refute: {left} = {right}")
        return Verdict("continuous", "sympy", left, right)
    if refuted is not None:
        return replace(refuted, by="sympy") if answer == "different" else refuted
    if answer == "different":
        jump = _measured(Verdict("jump", "sympy", left, right))
        if jump.before:  # sympy also tells apart what has no value: complex numbers
            return jump
    unproved = Verdict("unproved", "", left, right, reason=reason or "sympy found no proof")
    return _measured(unproved, _first_total(left, right, low))


def _without_idle_names(expr: Expr) -> Expr:
    """N may cancel: then nothing depends on it, and no N is a witness."""
    plain = canonical(expr) if variables(expr) else expr
    return plain if variables(plain) < variables(expr) else expr


def _in_words(problem: Exception) -> str:
    if isinstance(problem, Undefined):
        return f"a value does not exist: {problem}"
    return "the numbers are too large" if isinstance(problem, TooLarge) else "it is nested too deep"


def _first_total(left: Expr, right: Expr, low: int) -> int | None:
    return low if "total" in variables(left) | variables(right) else None


# ---- refuting: two values that surely differ, somewhere


def _refute(left: Expr, right: Expr, low: int, high: int | None) -> Verdict | None:
    names = variables(left) | variables(right)
    for total in witnesses(low, high) if "total" in names else (None,):
        for base in (Fraction(1), Fraction(2), Fraction(1, 1000)) if "base" in names else (None,):
            found = _differ_at(left, right, total, base)
            if found is not None:
                return found
    return None


def witnesses(low: int, high: int | None) -> Iterator[int]:
    """Values of N worth trying: the smallest, some odd ones, powers of ten, the largest."""
    tried = {low, low + 1, low + 2, 2 * low + 1, 3 * low + 7}
    tried |= {10**n + extra for n in range(7) for extra in (0, 7)}
    if high is not None:
        tried |= {high, high - 1, (low + high) // 2}
    yield from sorted(n for n in tried if n >= low and (high is None or n <= high))


def _differ_at(
    left: Expr, right: Expr, total: int | None, base: Fraction | None
) -> Verdict | None:
    at = {"total": Num(Fraction(total))} if total is not None else {}
    here = substitute(left, at), substitute(right, at)
    numbers = {"base": base} if base is not None else {}
    values = [substitute(e, {k: Num(v) for k, v in numbers.items()}) for e in here]
    if same(*values):
        return None
    difference = constant(terms(make("sub", values[1], values[0])))
    verdict = Verdict("jump", "exact", *here, witness=total, base=base)
    if difference is not None:
        return _measured(verdict)
    for digits in (50, 200):
        a, b = enclose(values[0], {}, digits), enclose(values[1], {}, digits)
        if a is None or b is None:
            return None
        if a[1] < b[0] or b[1] < a[0]:
            return _measured(replace(verdict, by="interval"))
    return None


# ---- decimals


def decimal(value: Fraction, digits: int = 50) -> str:
    """A number in decimals, rounded to so many significant digits."""
    context = Context(prec=digits)
    rounded = context.divide(Decimal(value.numerator), Decimal(value.denominator))
    rounded = rounded.normalize(context)
    if -7 < rounded.adjusted() < 18:
        return f"{rounded:f}"
    return f"{rounded:e}".replace("e+", "e")


def _measured(verdict: Verdict, total: int | None = None) -> Verdict:
    """The verdict with its values, gap and factor in decimals, as far as they are numbers."""
    known: dict[str, Expr] = {}
    if verdict.base is not None:
        known["base"] = Num(verdict.base)
    if total is not None:
        known["total"] = Num(Fraction(total))
    with contextlib.suppress(Undefined, TooLarge, RecursionError):
        left, right = substitute(verdict.left, known), substitute(verdict.right, known)
        before, after = middle(left), middle(right)
        apart = enclose(canonical(make("sub", right, left)), {}, 60)
        if before is not None and after is not None and apart is not None:
            low, high = apart
            gap = Fraction(0) if low <= 0 <= high else (low + high) / 2  # no digit of it is known
            verdict = replace(
                verdict,
                before=decimal(before),
                after=decimal(after),
                gap=decimal(gap),
                factor=decimal(after / before) if before else "",
            )
    return verdict


def middle(expr: Expr, digits: int = 60) -> Fraction | None:
    """A fraction equal to an expression without variables, or within 10^-digits of it."""
    if isinstance(expr, Num):
        return expr.value
    if variables(expr):
        return None
    ends = enclose(expr, {}, digits)
    return None if ends is None else (ends[0] + ends[1]) / 2


def in_digits(expr: Expr, digits: int) -> str:
    """A number to so many significant digits, with `…` where that is not all of it, whatever
    formula it came from; "" in terms of a name, or where there is no value."""
    try:
        number = middle(expr)
    except (Undefined, TooLarge):
        number = None
    return "" if number is None else shown.decimal(number, digits)
