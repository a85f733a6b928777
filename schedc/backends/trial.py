"""Trying a formula out in plain floats, to choose between equal forms of it.

In: expressions and where they are used. Out: approximate values, and how much a sum cancels.
The one rule: nothing computed here is ever printed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Any

from schedc.expr import Apply, Expr, Num, Var, exactly
from schedc.run import Run

WHOLE = 1 << 53
"""Floats hold every whole number up to here, so that sums and products of such lose nothing."""

STANDING = tuple([Var(f"still {n}") for n in (1, 2)])
"""Names for what stands still beside a progress, while a formula is lowered without a length."""

OF_ANY_SIZE = frozenset({"base", *[x.name for x in STANDING]})
"""What may be of any size: what is multiplied by it is lowered by itself."""


@dataclass(frozen=True)
class Stretch:
    """Where a formula is used.

    start, stop: the clocks at the two ends (`step`, and the others that the run knows), exact, with
    `total` in them where that is not known. totals: lengths to try, then, the first the usual one.
    narrow: the target may compute with fewer digits than a double has. share: the step stands for a
    share of a phase, so that updates are no whole numbers and as close as they like to the ends.
    longest: the longest run that it is used in, where its length is not known but has an end.
    groups: the sums of the formula that is being lowered here, for `lower`; None while one is.
    tried: the values of what was tried out here, at each of `places`. curves, squares: the curved
    parts that were lowered here, and the squares of sines that waves became.
    """

    start: Mapping[str, Expr]
    stop: Mapping[str, Expr]
    run: Run
    totals: tuple[int, ...] = ()
    narrow: bool = False
    share: bool = False
    longest: int | None = None
    groups: dict[Any, Expr | None] = field(default_factory=dict, compare=False, repr=False)
    tried: dict[Expr, list[float]] = field(default_factory=dict, compare=False, repr=False)
    curves: dict[Any, tuple[Fraction, Expr]] = field(
        default_factory=dict, compare=False, repr=False
    )
    squares: dict[Any, Expr] = field(default_factory=dict, compare=False, repr=False)

    @cached_property
    def ends(self) -> tuple[Mapping[str, float], ...]:
        """The two ends, in floats; an end that floats do not hold is moved a little inwards."""
        total, low, high = self.exact_ends[0]
        inwards = (high - low) / 1_000_000
        begin = low if low.denominator == 1 else low + inwards
        end = high if high.denominator == 1 else high - inwards
        return self._clocks(begin, total), self._clocks(end, total)

    @property
    def begin(self) -> Fraction:
        """The start, where it is a number."""
        return _number(self.start["step"])

    @property
    def end(self) -> Fraction:
        """The stop, where it is a number."""
        return _number(self.stop["step"])

    @cached_property
    def samples(self) -> tuple[Mapping[str, float], ...]:
        """Places between the ends, in floats."""
        found = []
        for total, low, high in self.exact_ends:
            bottom = low.denominator * high.denominator
            begin, end = low.numerator * high.denominator, high.numerator * low.denominator
            tops = [1000 * begin + (end - begin) * share for share in _SHARES]
            places = [Fraction(top, 1000 * bottom) for top in tops]
            apart = (high - low) / 1_000_000 if self.share else Fraction(1)
            if self.share or high - low > 4:
                places += [low + apart, high - apart]
            found += [self._clocks(place, total) for place in places]
        return tuple(found)

    @cached_property
    def places(self) -> tuple[Mapping[str, float], ...]:
        """The two ends and the samples."""
        return self.ends + self.samples

    def values(self, expr: Expr) -> list[float]:
        """The values of an expression at each of the places, in plain floats; they are kept."""
        if type(expr) is not Apply:
            return everywhere(expr, self.places)
        found = self.tried.get(expr)
        if found is None:
            columns = [self.values(a) for a in expr.args]
            found = self.tried[expr] = _applied(expr.op, columns, len(self.places))
        return found

    @cached_property
    def exact_ends(self) -> tuple[tuple[int | None, Fraction, Fraction], ...]:
        """A length, and the two ends then; at the further lengths only if the stretch is there."""
        found: list[tuple[int | None, Fraction, Fraction]] = []
        for total in self.totals or (None,):
            env = {} if total is None else {"total": Fraction(total)}
            low, high = (_there(side["step"], env) for side in (self.start, self.stop))
            if not found or low < high:
                found.append((total, low, high))
        return tuple(found)

    def _clocks(self, k: Fraction, total: int | None) -> dict[str, float]:
        clocks = self.run.clocks_at(k) if self.run.uneven else {"step": k}
        found = {name: v.numerator / v.denominator for name, v in clocks.items()}
        if total is not None:
            found["total"] = float(total)
        return found | dict.fromkeys(OF_ANY_SIZE, 1.0)


def _there(end: Expr, env: Mapping[str, Fraction]) -> Fraction:
    value = end.value if isinstance(end, Num) else exactly(end, env)
    assert value is not None
    return value


def _number(end: Expr) -> Fraction:
    assert isinstance(end, Num)
    return end.value


def stretch(
    start: Expr,
    stop: Expr,
    run: Run,
    totals: tuple[int, ...] = (),
    narrow: bool = False,
    longest: int | None = None,
) -> Stretch:
    """The stretch `[start, stop]`; `totals` are lengths to try where the horizon is not known."""
    first: Mapping[str, Expr] = {"step": start}
    last: Mapping[str, Expr] = {"step": stop}
    if run.uneven and isinstance(start, Num) and isinstance(stop, Num):
        ends = [run.clocks_at(end.value) for end in (start, stop)]
        first, last = ({name: Num(value) for name, value in end.items()} for end in ends)
    return Stretch(first, last, run, totals, narrow, longest=longest)


_SHARES = (30, 250, 500, 750, 970)  # of a thousand

_FLOATS: dict[str, Callable[..., float]] = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / b,
    "neg": lambda a: -a,
    "pow": math.pow,
    "min": min,
    "max": max,
    "abs": abs,
    "sqrt": math.sqrt,
    "exp": math.exp,
    "log": math.log,
    "sin": math.sin,
    "cos": math.cos,
    "tanh": math.tanh,
    "floor": math.floor,
    "ceil": math.ceil,
    "round": lambda a: math.floor(a + 0.5),
    "mod": lambda a, b: a % b,
    "clamp": lambda x, low, high: min(max(x, low), high),
    "progress": lambda k, a, b: (k - a) / (b - a),
    "fdiv": lambda a, b: a // b,
    "rem": lambda a, b: a % b,
    "expm1": math.expm1,
    "langevin": lambda a: 1 / math.tanh(a) - 1 / a if a > 0.01 else a / 3,
    "log1p": math.log1p,
}


def approximately(expr: Expr, values: Mapping[str, float]) -> float:
    """The value in plain floats; nan where it has none."""
    return everywhere(expr, (values,))[0]


def everywhere(expr: Expr, places: Sequence[Mapping[str, float]]) -> list[float]:
    """The values at several places, each in plain floats; nan where there is none."""
    match expr:
        case Num(value):
            return [value.numerator / value.denominator] * len(places)
        case Var(name):
            return [place[name] for place in places]
        case Apply(op, args):
            return _applied(op, [everywhere(a, places) for a in args], len(places))
    raise AssertionError(expr)


def _applied(op: str, columns: Sequence[Sequence[float]], size: int) -> list[float]:
    if not columns:
        return [math.pi] * size
    function = _FLOATS[op]
    try:
        return list(map(function, *columns))
    except (ArithmeticError, ValueError):
        return [_safely(function, row) for row in zip(*columns, strict=True)]


def _safely(function: Callable[..., float], row: Sequence[float]) -> float:
    try:
        return function(*row)
    except (ArithmeticError, ValueError):
        return math.nan


def loss(parts: Sequence[Expr], on: Stretch) -> float:
    """How many times larger the parts of a sum are than the sum, at worst: 1 when none cancel."""
    columns = [on.values(p) for p in parts]
    if any(math.isnan(column[0]) for column in columns):
        return math.inf  # the start belongs to the stretch
    worst = 1.0
    for values in list(zip(*columns, strict=True))[len(on.ends) :]:
        size, total = sum(map(abs, values)), abs(sum(values))
        if math.isnan(size):
            return math.inf
        if size:
            worst = max(worst, size / total if total else math.inf)
    return worst
