"""What one call of a peer's scheduler is, and the words to write it down in the language.

In: a peer's own parameters, as Python values. Out: text of expressions.
The one rule: a float means its shortest decimal, exactly; what a peer rounds in binary is rounded
here the same way, in Python, and written down as the whole number that came out.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, TypeAlias


class NotExpressible(ValueError):  # noqa: N818  # a statement, not a fault
    """A scheduler that is no function of the clock, or a call that the peer itself refuses."""


class NotTold(KeyError):  # noqa: N818  # a statement, not a fault
    """A parameter that a builder needs."""


class Told(Mapping[str, Any]):
    """A call's parameters, which remember the names that they were asked for: what nobody asked for
    is no parameter, or does not matter here."""

    def __init__(self, told: Mapping[str, Any]) -> None:
        self.told = dict(told)
        self.asked: set[str] = set()

    def __getitem__(self, name: str) -> Any:
        self.asked.add(name)
        if name not in self.told:
            raise NotTold(name)
        return self.told[name]

    def __iter__(self) -> Iterator[str]:
        self.asked |= set(self.told)  # the builder sees to all of them
        return iter(self.told)

    def __len__(self) -> int:
        return len(self.told)


@dataclass(frozen=True)
class Case:
    """A call of a peer's scheduler.

    params: the peer's own. base_lr: the optimizer's rate. updates: the length of the run.
    field: what it drives: `lr`, or `momentum`, `weight_decay`, …. group: which parameter group.
    horizon: how far cycles are unrolled.
    """

    scheduler: str
    params: Mapping[str, Any]
    base_lr: float | str
    updates: int
    field: str = "lr"
    group: int = 0
    horizon: int = 0

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
    """A number as the language writes it; text is taken as it is (`base`)."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        value = int(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise NotExpressible(f"{value} is no number of the language")
        value = Fraction(repr(value))
    value = Fraction(value)
    text = decimal(value) or f"{value.numerator}/{value.denominator}"
    return f"({text})" if value < 0 or "/" in text else text


def decimal(value: Fraction) -> str | None:
    """The decimal of a fraction that has one of at most 18 digits, as a person writes it:
    `4e-7`."""
    scaled, places = value, 0
    while scaled.denominator != 1 and places < 400:
        scaled, places = scaled * 10, places + 1
    digits = str(abs(scaled.numerator))
    if scaled.denominator != 1 or len(digits) > 18:
        return None
    sign = "-" if value < 0 else ""
    if places > 3 and abs(value) < Fraction(1, 1000):
        part = f".{digits[1:]}" if len(digits) > 1 else ""
        return f"{sign}{digits[0]}{part}e-{places - len(digits) + 1}"
    digits = digits.rjust(places + 1, "0")
    whole, part = digits[: len(digits) - places], digits[len(digits) - places :]
    return f"{sign}{whole}.{part}" if part else sign + whole


def exact(value: float | int | str | Fraction) -> Fraction:
    """A float means its shortest decimal."""
    return Fraction(repr(value)) if isinstance(value, float) else Fraction(value)


def scaled(rate: float | int | str | Fraction, factor: Any) -> str:
    """So many times a rate, which may be a name."""
    times = exact(factor)
    if isinstance(rate, str):
        return rate if times == 1 else f"{number(times)}*{rate}"
    return number(exact(rate) * times)


def steps(count: Any) -> str:
    """A span of so many updates."""
    text = number(count)
    if text == "1":
        return "1 step"
    return f"{text} steps" if text[0].isdigit() and not text.startswith("(") else f"{text} * 1 step"


def call(name: str, *arguments: str, **named: Any) -> str:
    """`name(a, b, c=1)`; None is left out."""
    texts = [
        *arguments,
        *(f"{key}={number(value)}" for key, value in named.items() if value is not None),
    ]
    return f"{name}({', '.join(texts)})" if texts else name


def line(start: Any, stop: Any, length: Any) -> str:
    return f"linear({number(start)}→{number(stop)}, {steps(length)})"


def cut(text: str, length: Any) -> str:
    """A schedule that another one follows after so many updates, whatever its own length is."""
    from schedc.loading import peer_schedule

    span = steps(length)
    forms = (f"phase({text}, {span})", f"take({text}, {span})")
    for form in forms:
        if peer_schedule(f"{form} >>! constant(0)", 10**6) is not None:
            return form
    return f"take(phase({text}, {steps(10**9)}), {span})"


def interpolated(knots: Sequence[tuple[Any, Any]], curve: str = "linear") -> str:
    """Through (update, value) pairs in order; equal neighbours in time are a jump."""
    parts: list[str] = []
    joins: list[str] = []
    (at, value), *more = knots
    here = exact(at)
    pending = ">>"
    if here > 0:
        parts.append(f"constant({number(value)}, {steps(here)})")
    for next_at, next_value in more:
        there = exact(next_at)
        if there <= here:
            value, pending = next_value, ">>!"
            continue
        if parts:
            joins.append(pending)
        if value == next_value:
            parts.append(f"constant({number(value)}, {steps(there - here)})")
        else:
            parts.append(f"{curve}({number(value)}→{number(next_value)}, {steps(there - here)})")
        here, value, pending = there, next_value, ">>"
    if not parts:
        return f"constant({number(value)})"
    if pending == ">>!":
        joins.append(">>!")
        parts.append(f"constant({number(value)})")
    return "".join(
        f" {j} {p}" if i else p for i, (j, p) in enumerate(zip(["", *joins], parts, strict=True))
    )


def levels(boundaries: Iterable[Any], values: Sequence[Any]) -> str:
    """Piecewise constant: values[i] until boundaries[i], each boundary with the later value."""
    out: list[tuple[Any, Any]] = []  # (end, value); ends that do not move on own no update
    last = Fraction(0)
    for at, value in zip(boundaries, values, strict=False):
        there = exact(at)
        if there > last:
            out.append((there - last, value))
            last = there
    parts = [f"constant({number(v)}, {steps(length)})" for length, v in out]
    return " >>! ".join([*parts, f"constant({number(values[-1])})"])
