"""Trying a formula out in plain floats, to choose between equal forms of it.

In: expressions and where they are used. Out: approximate values, and how much a sum cancels.
The one rule: nothing computed here is ever printed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from schedc.expr import Apply, Expr, Num, Var, exactly
from schedc.run import Run


@dataclass(frozen=True)
class Stretch:
    """Where a formula is used.

    start, stop: the clocks at the two ends (`step`, and the others that the run knows), exact, with
    `total` in them where that is not known. samples: places between them, in floats; ends: the two
    ends, in floats. narrow: the target may compute with fewer digits than a double has.
    """

    start: Mapping[str, Expr]
    stop: Mapping[str, Expr]
    samples: tuple[Mapping[str, float], ...]
    ends: tuple[Mapping[str, float], ...]
    narrow: bool = False

    @property
    def places(self) -> tuple[Mapping[str, float], ...]:
        """The samples and the two ends."""
        return self.ends + self.samples


def stretch(
    start: Expr, stop: Expr, run: Run, total: int | None = None, narrow: bool = False
) -> Stretch:
    """The stretch `[start, stop]`; `total` is a length to try where the horizon is not known."""
    env = {} if total is None else {"total": Fraction(total)}
    low, high = exactly(start, env), exactly(stop, env)
    assert low is not None and high is not None
    width = high - low
    places = [low, high]
    places += [low + width * share for share in _SHARES]
    if width > 4:
        places += [low + 1, high - 1]
    known = run.uneven if run.table is not None or run.uneven else {}
    samples = []
    for k in places:
        clocks = run.clocks_at(k) if known else {"step": k}
        clocks = {**clocks, **env, "base": Fraction(1)}
        samples.append(
            {name: value.numerator / value.denominator for name, value in clocks.items()}
        )
    first: Mapping[str, Expr] = {"step": start}
    last: Mapping[str, Expr] = {"step": stop}
    if known:  # such a run has a known length
        first, last = (
            {name: Num(value) for name, value in run.clocks_at(at).items()} for at in (low, high)
        )
    return Stretch(first, last, tuple(samples[2:]), tuple(samples[:2]), narrow)


_SHARES = tuple(Fraction(n, 1000) for n in (30, 250, 500, 750, 970))

_FLOATS: dict[str, Callable[..., float]] = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / b,
    "neg": lambda a: -a,
    "pow": lambda a, b: a**b,
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
            if not args:
                return [math.pi] * len(places)
            function = _FLOATS[op]
            columns = [everywhere(a, places) for a in args]
            try:
                if len(columns) == 2:
                    return list(map(function, *columns))
                return [function(*row) for row in zip(*columns, strict=True)]
            except (ArithmeticError, ValueError, TypeError):
                return [_safely(function, row) for row in zip(*columns, strict=True)]
    raise AssertionError(expr)


def _safely(function: Callable[..., float], row: Sequence[float]) -> float:
    try:
        value = function(*row)
    except (ArithmeticError, ValueError):
        return math.nan
    return math.nan if isinstance(value, complex) else value


def loss(parts: Sequence[Expr], on: Stretch) -> float:
    """How many times larger the parts of a sum are than the sum, at worst: 1 when none cancel."""
    places = (on.ends[0], *on.samples)
    columns = [everywhere(p, places) for p in parts]
    if any(math.isnan(column[0]) for column in columns):
        return math.inf  # the start belongs to the stretch
    worst = 1.0
    for values in list(zip(*columns, strict=True))[1:]:
        size, total = sum(map(abs, values)), abs(sum(values))
        if math.isnan(size):
            return math.inf
        if size:
            worst = max(worst, size / total if total else math.inf)
    return worst
