"""Reads the LaTeX that schedules are printed in, as somebody reads the typeset page.

In: the text of a `.tex` file and values of the symbols in it. Out: each equation's rows, and the
numbers that they are. It shares nothing with the compiler that printed them.
The one rule: it knows only what the page shows: a thin space is a space, things side by side are
multiplied, a sign stands at the start of a sum or between two terms, and what could be read in two
ways (`a \\bmod b \\cdot c`, `2 \\cdot -3`) is an error.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import mpmath
from mpmath import mpf

Values = Mapping[str, Any]
"""Of `k`, `N`, `\\eta_0` and clocks such as `\\mathrm{samples}(k)`."""

Meaning = Callable[[Values], Any]


@dataclass(frozen=True)
class Row:
    """formula, and the bounds that stand beside it: `low <= k < high`, where they do."""

    formula: Meaning
    low: Meaning | None
    high: Meaning | None

    def holds(self, values: Values) -> bool:
        k = values["k"]
        return (self.low is None or self.low(values) <= k) and (
            self.high is None or k < self.high(values)
        )


@dataclass(frozen=True)
class Equation:
    """name: as TeX shows it. rows: of its cases. lengths: the words in brackets behind it."""

    name: str
    rows: tuple[Row, ...]
    lengths: str

    def value(self, values: Values) -> Any:
        """Exactly one row is in force."""
        (row,) = [row for row in self.rows if row.holds(values)]
        return row.formula(values)

    def admits(self, total: int) -> bool:
        """Do the words in brackets allow a run of so many updates?"""
        words = self.lengths.replace("{,}", "")
        counts = [int(n) for n in re.findall(r"\d+", words)]
        match words.split(" "):
            case [""]:
                return True
            case ["at", "least", *_]:
                return total >= counts[0]
            case [_, "to", *_]:
                return counts[0] <= total <= counts[1]
            case ["1", "update"] | [_, "updates"]:
                return total == counts[0]
        raise ValueError(f"lengths: {words}")


def equations(source: str) -> list[Equation]:
    """Every equation of a file, in order."""
    text = "\n".join(line for line in source.splitlines() if not line.startswith("%"))
    found = re.findall(r"\\begin\{equation\}\n(.*?)\n\\end\{equation\}", text, re.DOTALL)
    return [_equation(body) for body in found]


def _equation(body: str) -> Equation:
    body, _, lengths = body.partition(r"\qquad \text{(")
    left, _, right = body.partition("(k) = ")
    name = left.removeprefix(r"\mathrm{").removesuffix("}")
    right = right.strip()
    if not right.startswith(r"\begin{cases}"):
        return Equation(name, (_row(right),), lengths.removesuffix(")}"))
    inside = right.removeprefix(r"\begin{cases}").removesuffix(r"\end{cases}")
    rows = tuple(_row(row.strip()) for row in inside.split(r"\\[4pt]"))
    return Equation(name, rows, lengths.removesuffix(")}"))


def _row(text: str) -> Row:
    formula, _, bounds = text.partition("&")
    low = high = None
    if bounds:
        *before, rest = bounds.split(r"\le")
        if rest.strip() == "k":  # a \le k
            (low,) = map(read, before)
        else:  # k < b, or a \le k < b
            middle, after = rest.split("<")
            assert middle.strip() == "k"
            low, high = (read(before[0]) if before else None), read(after)
    return Row(read(formula), low, high)


# ---- formulas

_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+(?:\\,\d{3})*(?:\.\d+)?)(?P<cut>\\ldots)?"
    r"|(?P<clock>\\mathrm\{\w+\}\(k\))|(?P<name>\\operatorname\{\w+\})|(?P<word>\\eta_0|\\[a-zA-Z]+|\\,|[a-zA-Z])|(?P<sign>.))"
)


@dataclass
class _Reading:
    """Tokens, and how many of them are read."""

    tokens: list[str]
    at: int = 0

    def next(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self, *expected: str) -> str:
        token = self.next()
        if expected and token not in expected:
            rest = " ".join(self.tokens[self.at : self.at + 8])
            raise ValueError(f"{' or '.join(expected)} should stand before: {rest}")
        self.at += 1
        return token


def read(text: str) -> Meaning:
    """The meaning of a formula. Raises `ValueError` where a reader would not know it."""
    tokens = [m[0].strip() for m in _TOKEN.finditer(text.strip()) if m[0].strip() != r"\,"]
    reading = _Reading([t for t in tokens if t])
    meaning = _sum(reading)
    if reading.next():
        raise ValueError(f"left over: {reading.tokens[reading.at :]}")
    return meaning


def _sum(reading: _Reading) -> Meaning:
    negative = reading.next() == "-"
    if negative:
        reading.take()
    total = _product(reading)
    if negative:
        first = total
        total = lambda v: -first(v)  # noqa: E731
    while reading.next() in ("+", "-"):
        total = _plus(total, reading.take(), _product(reading))
    return total


def _plus(a: Meaning, sign: str, b: Meaning) -> Meaning:
    return (lambda v: a(v) + b(v)) if sign == "+" else (lambda v: a(v) - b(v))


_ENDS = frozenset({"", "+", "-", "}", r"\right", ",", "<", "&"})


def _product(reading: _Reading) -> Meaning:
    parts, rest = [_power(reading)], None
    while reading.next() not in _ENDS:
        if rest is not None:
            raise ValueError("a remainder that something follows needs brackets")
        if reading.next() == r"\bmod":
            if len(parts) > 1:
                raise ValueError("a remainder of a product needs brackets")
            reading.take()
            rest = _power(reading)
        else:
            if reading.next() == r"\cdot":
                reading.take()
            parts.append(_power(reading))
    if rest is not None:
        return _remainder(parts[0], rest)
    return parts[0] if len(parts) == 1 else lambda v: mpmath.fprod([p(v) for p in parts])


def _remainder(a: Meaning, b: Meaning) -> Meaning:
    return lambda v: a(v) - b(v) * mpmath.floor(a(v) / b(v))


def _power(reading: _Reading) -> Meaning:
    base = _atom(reading)
    if reading.next() != "^":
        return base
    reading.take()
    exponent = _group(reading)
    return lambda v: base(v) ** exponent(v)


def _group(reading: _Reading) -> Meaning:
    reading.take("{")
    inside = _sum(reading)
    reading.take("}")
    return inside


_FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    r"\sin": mpmath.sin,
    r"\cos": mpmath.cos,
    r"\tanh": mpmath.tanh,
    r"\exp": mpmath.exp,
    r"\ln": mpmath.log,
    r"\min": min,
    r"\max": max,
    r"\operatorname{clamp}": lambda x, low, high: min(max(x, low), high),
}

_BRACKETS: Mapping[str, tuple[str, Callable[[Any], Any]]] = {
    "(": (")", lambda x: x),
    "|": ("|", abs),
    r"\lfloor": (r"\rfloor", mpmath.floor),
    r"\lceil": (r"\rceil", mpmath.ceil),
}


def _atom(reading: _Reading) -> Meaning:
    token = reading.take()
    if token[:1].isdigit():
        digits = token.removesuffix(r"\ldots").replace(r"\,", "")
        number = Fraction(digits)
        return lambda v: mpf(number.numerator) / number.denominator
    if token in ("k", "N", r"\eta_0") or token.startswith(r"\mathrm{"):
        return lambda v: v[token]
    match token:
        case r"\pi":
            return lambda v: +mpmath.pi
        case r"\frac":
            above, below = _group(reading), _group(reading)
            return lambda v: above(v) / below(v)
        case r"\tfrac":  # \tfrac12
            above, below = reading.take("12")
            return lambda v: mpf(above) / mpf(below)
        case r"\sqrt":
            inside = _group(reading)
            return lambda v: mpmath.sqrt(inside(v))
        case r"\left":
            (inside,), function = _between(reading)
            return lambda v: function(inside(v))
    if token in _FUNCTIONS:
        reading.take(r"\left")
        arguments, _ = _between(reading, "(")
        return lambda v: _FUNCTIONS[token](*[a(v) for a in arguments])
    raise ValueError(f"no operand: {token!r} before {reading.tokens[reading.at :][:8]}")


def _between(reading: _Reading, *opening: str) -> tuple[list[Meaning], Callable[[Any], Any]]:
    """What stands between a pair of brackets, its first `\\left` read, and what they mean."""
    closing, function = _BRACKETS[reading.take(*(opening or tuple(_BRACKETS)))]
    inside = [_sum(reading)]
    while reading.next() == ",":
        reading.take()
        inside.append(_sum(reading))
    reading.take(r"\right")
    reading.take(closing)
    return inside, function
