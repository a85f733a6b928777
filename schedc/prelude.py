"""Definitions: from `.sched` text to curves and recipes that can be called.

In: parsed definitions (the prelude's, and those of `define:` and `include:`). Out: a `Vocabulary`.
The one rule: a formula is written once, in a definition; everything else reads it from here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from schedc import syntax as ast
from schedc.algebra import same
from schedc.diagnostics import fitting, naming
from schedc.diagnostics.base import Finding, Refused, near
from schedc.expr import (
    ONE,
    OPS,
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
from schedc.format import render
from schedc.kinds import arithmetic
from schedc.names import (
    CLOCK_NAMES,
    COMBINATORS,
    FUNCTIONS,
    MEASURES,
    OPERATORS,
    PHASE_VALUES,
    STATEFUL,
    Names,
    Scope,
    Vocabulary,
)
from schedc.plan import AnyLength, Curve, Recipe, Requires
from schedc.resolve import length
from schedc.source import Source, Span

EMPTY = Vocabulary({}, {})


@lru_cache(maxsize=1)
def prelude() -> Vocabulary:
    """The built-in vocabulary, from `grammar/prelude.sched`."""
    from schedc.parse import parse_definitions

    text = files("schedc.grammar").joinpath("prelude.sched").read_text(encoding="utf-8")
    source = Source("prelude.sched", text)
    vocabulary, faults = extend(EMPTY, parse_definitions(Span(source, 0, len(text))))
    assert not faults, faults
    return vocabulary


def extend(
    vocabulary: Vocabulary, definitions: Iterable[ast.Definition]
) -> tuple[Vocabulary, list[Finding]]:
    """A vocabulary with some definitions more, and the faults found in them.

    A recipe may use what stands anywhere in the vocabulary; a new name must be new.
    """
    curves, recipes = dict(vocabulary.curves), dict(vocabulary.recipes)
    faults: list[Finding] = []
    for definition in definitions:
        try:
            taken = _taken(definition.name, curves, recipes)
            if taken is not None:
                raise Refused(naming.NameTaken(definition.name_span, definition.name, taken))
            if definition.kind == "curve":
                curves[definition.name] = _curve(definition)
            else:
                recipes[definition.name] = Recipe(definition, _kinds(definition))
        except Refused as refused:
            faults.append(refused.finding)
    return Vocabulary(curves, recipes), faults


def _taken(name: str, curves: Mapping[str, Curve], recipes: Mapping[str, Recipe]) -> str | None:
    """What a name already is, in the author's words."""
    if name in curves or name in recipes:
        return "a curve"
    if name in COMBINATORS or name in MEASURES or name in STATEFUL:
        return "a combinator"
    return reserved(name)


def reserved(name: str) -> str | None:
    """What a plain word of the language is, or None when it is free for a name.

    Called words are looked up apart: a value may be named `peak`, although `peak(lr)` is one.
    """
    if name in CLOCK_NAMES:
        return "a clock"
    if name in ast.UNITS:
        return "a unit"
    if name in PHASE_VALUES or name == "rest":
        return "a value of the language"
    return None


def _kinds(definition: ast.Definition) -> dict[str, str]:
    return {p.name: p.kind or _kind_of_default(p) for p in definition.parameters}


def _kind_of_default(parameter: ast.Parameter) -> str:
    """`warmup = 1%` takes a span; without a hint, a number."""
    pending = [parameter.default]
    while pending:
        match pending.pop():
            case ast.Quantity():
                return "span"
            case ast.Binary(_, left, right):
                pending += [left, right]
            case ast.Negative(operand):
                pending.append(operand)
            case ast.Call(name, arguments) if name in FUNCTIONS:
                pending += [a.value for a in arguments]
            case ast.Name("rest"):
                return "span"
            case ast.Call() | ast.Sequence():
                return "schedule"
    return "number"


def _curve(definition: ast.Definition) -> Curve:
    kinds = _kinds(definition)
    writer = _Formula(kinds)
    body = writer.read(definition.body)
    defaults: dict[str, Expr | AnyLength | None] = {}
    for parameter in definition.parameters:
        default = parameter.default
        if default is None:
            defaults[parameter.name] = None
        elif kinds[parameter.name] == "span" and _kind_of_default(parameter) == "span":
            defaults[parameter.name] = length(default, Scope(Names(EMPTY)))
        else:
            defaults[parameter.name] = writer.read(default)
    at_start = _end(substitute(body, {"u": ZERO, "t": ZERO} | writer.ends(ZERO)), Var("from"))
    at_end = _end(substitute(body, {"u": ONE, "t": Var("length")}), Var("to"))
    used = variables(body)
    for default_value in defaults.values():
        if isinstance(default_value, Num | Var | Apply):
            used |= variables(default_value)
    requires = tuple(
        Requires(writer.read(c.left), c.op, writer.read(c.right), render(c))
        for c in definition.requires
    )
    needs = variables(body)
    return Curve(definition, body, needs, used, at_start, at_end, defaults, kinds, requires)


def _end(value: Expr, name: Var) -> Expr:
    """The value at an end of a curve; `from` or `to` itself where it is that, so that a phase of no
    length hands it on even where the formula divides by its length."""
    try:
        return name if same(value, name) else value
    except (Undefined, TooLarge):
        return value


@dataclass(frozen=True)
class _Formula:
    """Reads the body of a curve into an expression over its own variables."""

    kinds: Mapping[str, str]

    def ends(self, count: Expr) -> dict[str, Expr]:
        """Nothing of any span has passed when a phase begins."""
        spans = [name for name, kind in self.kinds.items() if kind == "span"]
        return {f"{what} {name}": count for name in spans for what in ("elapsed", "passed")}

    def read(self, tree: ast.Expression) -> Expr:
        match tree:
            case ast.Number(value):
                return Num(value)
            case ast.Name(name):
                if name in self.kinds:
                    return Var(name)
                if name in CLOCK_NAMES:
                    return CLOCK_NAMES[name]
                if name in PHASE_VALUES:
                    return PHASE_VALUES[name]
                known = [*self.kinds, *CLOCK_NAMES, *PHASE_VALUES]
                raise Refused(naming.UnknownInDefinition(tree.span, name, near(name, known)))
            case ast.Negative(operand):
                return make("neg", self.read(operand))
            case ast.Binary(op, left, right):
                both = (self.read(left), self.read(right))
                return arithmetic(OPERATORS[op], both, tree.span, tree)
            case ast.Call(
                ("elapsed" | "passed") as what, (ast.Argument(None, ast.Name(name)),)
            ) if self.kinds.get(name) == "span":
                return Var(f"{what} {name}")
            case ast.Call(name, arguments) if name in FUNCTIONS:
                arity = OPS[name].arity
                given = len(arguments)
                if given != arity if arity >= 0 else given < 2:
                    raise Refused(fitting.WrongCount(tree.span, name, arity, given))
                args = tuple([self.read(a.value) for a in arguments])
                return arithmetic(name, args, tree.span, tree)
        raise Refused(naming.NotAFormula(tree.span, render(tree)))


def definitions_of(vocabulary: Vocabulary, name: str) -> ast.Definition | None:
    """The definition behind a name."""
    found = vocabulary.curves.get(name) or vocabulary.recipes.get(name)
    return found.definition if found else None
