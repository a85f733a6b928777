"""What one call of a peer's scheduler is, and the words to write it down in the language.

In: a peer's own parameters, as Python values. Out: text of expressions.
The one rule: a float means its shortest decimal, exactly; what a peer rounds in binary is rounded
here the same way, in Python, and written down as the whole number that came out.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, TypeAlias


class NotExpressible(ValueError):  # noqa: N818  # a statement, not a fault
    """A scheduler that is no function of the clock, or a call that the peer itself refuses."""


@dataclass(frozen=True)
class Case:
    """A call of a peer's scheduler.

    params: the peer's own. base_lr: the optimizer's rate. updates: the length of the run.
    field: what it drives: `lr`, or `momentum`, `weight_decay`, ….
    """

    scheduler: str
    params: Mapping[str, Any]
    base_lr: float
    updates: int
    field: str = "lr"

    def get(self, name: str, default: Any = None) -> Any:
        """A parameter; None counts as left out."""
        value = self.params.get(name)
        return default if value is None else value

    def __getitem__(self, name: str) -> Any:
        return self.params[name]


Builder: TypeAlias = Callable[[Case], str]


@dataclass(frozen=True)
class Row:
    """A scheduler that is one recipe of the peer's library: parameters go over by name.

    ignored: parameters that do not change the values. renamed: the peer's name → the recipe's.
    """

    recipe: str
    ignored: frozenset[str] = frozenset()
    renamed: Mapping[str, str] = field(default_factory=dict)


def number(value: Any) -> str:
    """A number as the language writes it."""
    if isinstance(value, bool):
        value = int(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise NotExpressible(f"{value} is no number of the language")
        value = int(value) if value.is_integer() and abs(value) < 1e15 else value
    if isinstance(value, Fraction):
        text = str(value.numerator) if value.denominator == 1 else f"{value.numerator}/{value.denominator}"
        return text if value >= 0 and value.denominator == 1 else f"({text})"
    text = repr(value)
    return f"({text})" if text.startswith("-") else text


def steps(count: Any) -> str:
    """A span of so many updates."""
    return f"{number(count)} steps"


def call(name: str, *arguments: str, **named: Any) -> str:
    """`name(a, b, c=1)`; None is left out."""
    texts = [*arguments, *(f"{key}={number(value)}" for key, value in named.items() if value is not None)]
    return f"{name}({', '.join(texts)})" if texts else name


def line(start: Any, stop: Any, length: Any) -> str:
    return f"linear({number(start)}→{number(stop)}, {steps(length)})"


def interpolated(
    knots: Sequence[tuple[Any, Any]], curve: str = "linear", first: str | None = None
) -> str:
    """Through (update, value) pairs in order; equal neighbours in time are a jump."""
    parts: list[str] = []
    joins: list[str] = []
    (at, value), *more = knots
    exact = Fraction(repr(at)) if isinstance(at, float) else Fraction(at)
    pending = ">>"
    if exact > 0:
        parts.append(f"constant({number(value)}, {steps(exact)})")
    for next_at, next_value in more:
        there = Fraction(repr(next_at)) if isinstance(next_at, float) else Fraction(next_at)
        if there == exact:
            value, pending = next_value, ">>!"
            continue
        if parts:
            joins.append(pending)
        if value == next_value:
            parts.append(f"constant({number(value)}, {steps(there - exact)})")
        else:
            parts.append(f"{curve}({number(value)}→{number(next_value)}, {steps(there - exact)})")
        exact, value, pending = there, next_value, ">>"
    if not parts:
        return f"constant({number(value)})"
    if pending == ">>!":
        joins.append(">>!")
        parts.append(f"constant({number(value)})")
    return "".join(f" {j} {p}" if i else p for i, (j, p) in enumerate(zip(["", *joins], parts, strict=True)))


def levels(boundaries: Iterable[Any], values: Sequence[Any]) -> str:
    """Piecewise constant: values[i] until boundaries[i], each boundary with the later value."""
    out: list[tuple[Any, Any]] = []  # (end, value); ends that do not move on own no update
    last = Fraction(0)
    for at, value in zip(boundaries, values, strict=False):
        there = Fraction(repr(at)) if isinstance(at, float) else Fraction(at)
        if there > last:
            out.append((there - last, value))
            last = there
    parts = [f"constant({number(v)}, {steps(length)})" for length, v in out]
    return " >>! ".join([*parts, f"constant({number(values[-1])})"])
