"""What the author wrote: frozen trees, a span on each node, the concrete syntax above each class.

In: nothing. Out: the node types that `parse` builds and `resolve` reads.
The one rule: two trees are equal when they say the same; spans and spellings are not compared,
so that `parse(render(x)) == x` is a law.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import TypeAlias

from schedc.source import NOWHERE, Span


def _span() -> Span:
    return field(default=NOWHERE, compare=False, repr=False)


# 12   1_000   .5   1e-3   10k   300B   16Ki
@dataclass(frozen=True, slots=True)
class Number:
    value: Fraction
    text: str = field(default="", compare=False)  # the author's spelling; "" when nobody wrote it
    span: Span = _span()


# 500 steps   10%   2.4 epochs   375M tokens
@dataclass(frozen=True, slots=True)
class Quantity:
    amount: Number
    unit: str  # one of UNITS: the canonical name
    spelling: str = field(default="", compare=False)  # step, steps, ep, tok, %
    span: Span = _span()


# lr   peak   beta.start
@dataclass(frozen=True, slots=True)
class Name:
    name: str
    span: Span = _span()


# -x
@dataclass(frozen=True, slots=True)
class Negative:
    operand: Expression
    span: Span = _span()


# a + b   a - b   a * b   a / b   a ^ b   (** is read as ^)
@dataclass(frozen=True, slots=True)
class Binary:
    op: str  # + - * / ^
    left: Expression
    right: Expression
    span: Span = _span()


# 0→1e-3   →1e-6   1e-3→      (-> is read as →)
@dataclass(frozen=True, slots=True)
class Range:
    start: Expression | None
    stop: Expression | None
    span: Span = _span()


# until 10T tokens
@dataclass(frozen=True, slots=True)
class Until:
    position: Expression
    span: Span = _span()


# 10%..100%      (only as an argument of an assertion)
@dataclass(frozen=True, slots=True)
class Stretch:
    start: Expression
    stop: Expression
    span: Span = _span()


# cycles=0.5   0→1e-3   10%
@dataclass(frozen=True, slots=True)
class Argument:
    name: str | None
    value: Expression
    span: Span = _span()
    name_span: Span = _span()


# linear(0→1e-3, 10%)   sqrt(2)   wsd(1e-3)   peak(lr)
@dataclass(frozen=True, slots=True)
class Call:
    name: str
    arguments: tuple[Argument, ...]
    span: Span = _span()
    name_span: Span = _span()


# >>   >>!
@dataclass(frozen=True, slots=True)
class Join:
    jump: bool
    span: Span = _span()


# a >> b >>! c      (two elements or more; brackets around a part keep it a Sequence of its own)
@dataclass(frozen=True, slots=True)
class Sequence:
    elements: tuple[Expression, ...]
    joins: tuple[Join, ...]  # one fewer than the elements
    span: Span = _span()


# lr <= peak   at(lr, 10%) == peak
@dataclass(frozen=True, slots=True)
class Comparison:
    op: str  # <= < >= > ==
    left: Expression
    right: Expression
    span: Span = _span()


Expression: TypeAlias = (
    Number | Quantity | Name | Negative | Binary | Range | Until | Stretch | Call | Sequence
)


# every: span = 10 epochs      at: span...      power = 2
@dataclass(frozen=True, slots=True)
class Parameter:
    name: str
    kind: str | None = None  # "number", "span", "schedule"; None: a number, or what the default is
    default: Expression | None = None
    variadic: bool = False  # at: span...
    span: Span = _span()


# ## Half a cosine wave.      [SGDR, eq. 5]
# curve cosine(to = 0, min = to, cycles = 0.5) = …       requires from > 0, to > 0
# recipe wsd(peak, warmup = 1%) = …
@dataclass(frozen=True, slots=True)
class Definition:
    kind: str  # "curve" or "recipe"
    name: str
    parameters: tuple[Parameter, ...]
    body: Expression
    requires: tuple[Comparison, ...] = ()
    doc: str = field(default="", compare=False)  # the ## lines above it, without the source
    source: str = field(default="", compare=False)  # what stands in [brackets] at their end
    span: Span = _span()
    name_span: Span = _span()


UNITS = {
    "%": "%",
    "step": "steps",
    "steps": "steps",
    "epoch": "epochs",
    "epochs": "epochs",
    "ep": "epochs",
    "sample": "samples",
    "samples": "samples",
    "token": "tokens",
    "tokens": "tokens",
    "tok": "tokens",
}
"""Every spelling of a unit → its canonical name."""
