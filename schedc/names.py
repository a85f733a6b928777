"""What a name may mean: the language's own words, and the names of a block.

In: curves and recipes; the texts of a block, by name. Out: `Scope`, where names are looked up.
The one rule: a fault is noted once, where it is found; who meets the name again meets a `Hole`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from schedc import syntax as ast
from schedc.arguments import Signature, Slot
from schedc.diagnostics.base import Finding, Refused
from schedc.expr import BASE, PI, TOTAL, Expr, Var
from schedc.plan import Curve, Measured, Recipe, Value
from schedc.source import Span

T = TypeVar("T")

FUNCTIONS = frozenset(
    ("min", "max", "abs", "sqrt", "exp", "log", "sin", "cos", "tanh", "floor", "ceil", "round")
) | {"mod", "clamp"}
"""Operators an author may call."""

LENGTH_FUNCTIONS = frozenset(("min", "max", "floor", "ceil", "round"))
"""Those that also work on lengths."""

CLOCK_NAMES: Mapping[str, Expr] = {
    name: Var(name)
    for name in ("step", "samples", "tokens", "epoch", "batch", "u", "t", "length", "start")
} | {"total": TOTAL}
PHASE_VALUES: Mapping[str, Expr] = {"from": Var("from"), "to": Var("to"), "base": BASE, "pi": PI}

BODY = Slot("the schedule", "schedule", required=True, by_position=True)
_ROUNDS = Signature(
    (
        BODY,
        Slot("times", "number", required=False, by_position=False),
        Slot("scale", "number", required=False, by_position=False),
        Slot("stretch", "number", required=False, by_position=False),
    ),
    takes_span=False,
    takes_until=False,
)
_WHOLE = Signature((BODY,), takes_span=False, takes_until=False)
_SPANNED = Signature((BODY,), takes_until=False, needs_span=True)
COMBINATORS: Mapping[str, Signature] = {
    "repeat": _ROUNDS,
    "restart": _ROUNDS,
    "take": _SPANNED,
    "global": _WHOLE,
    "every": _SPANNED,
    "extend": _WHOLE,
    "phase": Signature((BODY,), needs_span=True),
}
MEASURES = ("peak", "final", "last", "at")
STATEFUL = ("plateau", "event")
OPERATORS = {"+": "add", "-": "sub", "*": "mul", "/": "div", "^": "pow"}

MAX_DEPTH = 50
"""Recipes may call recipes this deep."""

MAX_EXPANSIONS = 5_000
"""Recipes called in one block: one that calls two others twice doubles with each level."""

MAX_CHAIN = 60
"""Names that stand for one another."""


@dataclass(frozen=True)
class Vocabulary:
    """The curves and recipes that may be called, by name."""

    curves: Mapping[str, Curve]
    recipes: Mapping[str, Recipe]

    def names(self) -> list[str]:
        return [*self.curves, *self.recipes]


class Hole(Exception):  # noqa: N818  # control flow
    """A part with a fault that is already noted."""


@dataclass
class Names:
    """The names of one block, resolved when first asked for, and the faults found on the way."""

    vocabulary: Vocabulary
    lets: Mapping[str, Callable[[], ast.Expression]] = field(default_factory=dict)
    schedules: frozenset[str] = frozenset()
    holes: frozenset[str] = frozenset()  # names whose own fault is already noted
    incomplete: bool = False  # a definition has a fault that is already noted
    measured: dict[str, Measured] = field(default_factory=dict)
    faults: list[Finding] = field(default_factory=list)
    known: dict[str, Value | None] = field(default_factory=dict)
    asking: list[str] = field(default_factory=list)
    expanded: int = 0  # calls of recipes so far

    def noted(self) -> list[Finding]:
        """The faults found since this was last asked."""
        found = list(self.faults)
        self.faults.clear()
        return found


@dataclass(frozen=True)
class Scope:
    """Where a name is looked up. given: the parameters of the recipe being expanded.
    call: where the author called it, which is where its faults are shown. floor: where the author
    said what its `min` is."""

    names: Names
    given: Mapping[str, Value] = field(default_factory=dict)
    call: Span | None = None
    floor: Span | None = None
    within: tuple[str, ...] = ()  # the recipes whose bodies are being read

    def at(self, span: Span) -> Span:
        return self.call or span


def attempt(
    scope: Scope, work: Callable[[ast.Expression, Scope], T], tree: ast.Expression
) -> T | None:
    """Do a part of the work; a fault is noted and gives None."""
    try:
        return work(tree, scope)
    except Hole:
        return None
    except Refused as refused:
        scope.names.faults.append(refused.finding)
        return None


def every(
    scope: Scope, work: Callable[[ast.Expression, Scope], T], trees: tuple[ast.Expression, ...]
) -> list[T]:
    """Every part, or a `Hole` when one of them has a fault."""
    found = [attempt(scope, work, tree) for tree in trees]
    whole = [each for each in found if each is not None]
    if len(whole) < len(found):
        raise Hole
    return whole
