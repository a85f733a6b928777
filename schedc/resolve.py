"""Names, kinds and recipes: from syntax to a plan.

In: syntax trees and the names of a block. Out: `Plan`s whose every name is known.
The one rule: a number, a length and a schedule are three kinds, and none ever turns into another by
itself: a bare number is never a span, a percentage is never a value.

Faults in different arguments are independent: each is noted, the part becomes a hole, and the work
goes on, so that one run reports them all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from schedc import syntax as ast
from schedc.diagnostics import limits, naming
from schedc.diagnostics.base import Finding, Refused, near
from schedc.expr import (
    BASE,
    OPS,
    PI,
    TOTAL,
    Apply,
    Expr,
    Num,
    TooLarge,
    Undefined,
    Var,
    make,
    num,
    variables,
)
from schedc.format import render
from schedc.plan import (
    AnyLength,
    Curve,
    CurvePhase,
    Extended,
    Formula,
    Interval,
    Length,
    Measured,
    Plan,
    Pointwise,
    Recipe,
    Reference,
    Repeat,
    RoundedLength,
    Sampled,
    ScaledLength,
    Series,
    Take,
    Timed,
    Until,
    Value,
    Whole,
)
from schedc.source import Span

T = TypeVar("T")

FUNCTIONS = frozenset(
    [
        "min",
        "max",
        "abs",
        "sqrt",
        "exp",
        "log",
        "sin",
        "cos",
        "tanh",
        "floor",
        "ceil",
        "round",
        "mod",
        "clamp",
    ]
)
"""Operators an author may call."""

CLOCK_NAMES: Mapping[str, Expr] = {
    name: Var(name)
    for name in ("step", "samples", "tokens", "epoch", "batch", "u", "t", "length", "start")
} | {"total": TOTAL}
PHASE_VALUES: Mapping[str, Expr] = {"from": Var("from"), "to": Var("to"), "base": BASE, "pi": PI}
MOVING = frozenset({"step", "samples", "tokens", "epoch", "batch", "u", "t"})
"""Variables that change within a phase."""

COMBINATORS = ("repeat", "restart", "take", "global", "every", "extend", "phase")
MEASURES = ("peak", "final", "last", "at")
STATEFUL = ("plateau", "event")
OPERATORS = {"+": "add", "-": "sub", "*": "mul", "/": "div", "^": "pow"}
PLANS = (
    CurvePhase,
    Formula,
    Pointwise,
    Series,
    Repeat,
    Take,
    Whole,
    Sampled,
    Extended,
    Timed,
    Reference,
)
LENGTHS = (Length, RoundedLength, ScaledLength)
EXPRS = (Num, Var, Apply)


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

    def let(self, name: str, where: Span) -> Value:
        """The value that `let` gives a name. Raises `Hole` where it has a fault."""
        if name in self.asking:
            circle = [*self.asking[self.asking.index(name) :], name]
            raise Refused(naming.Circular(where, tuple(circle)))
        if name not in self.known:
            self.asking.append(name)
            try:
                self.known[name] = value(self.lets[name](), Scope(self))
            except Hole:
                self.known[name] = None
            except Refused as refused:
                self.known[name] = None
                if isinstance(refused.finding, naming.Circular):
                    raise
                self.faults.append(refused.finding)
            finally:
                self.asking.pop()
        found = self.known[name]
        if found is None:
            raise Hole
        return found


@dataclass(frozen=True)
class Scope:
    """Where a name is looked up. given: the parameters of the recipe being expanded.
    call: where the author called it, which is where its faults are shown."""

    names: Names
    given: Mapping[str, Value] = field(default_factory=dict)
    call: Span | None = None
    depth: int = 0

    def at(self, span: Span) -> Span:
        return self.call or span


MAX_DEPTH = 50
"""Recipes may call recipes this deep."""


# ---- entry points


def schedule(tree: ast.Expression, names: Names) -> Plan | None:
    """The plan of one schedule, or None when a fault was noted in `names.faults`."""
    scope = Scope(names)
    resolved = _attempt(scope, lambda: value(tree, scope))
    if resolved is None:
        return None
    try:
        return as_plan(resolved, tree, scope)
    except Refused as refused:
        names.faults.append(refused.finding)
        return None


def _attempt(scope: Scope, work: Callable[[], T]) -> T | None:
    """Do a part of the work; a fault is noted and gives None."""
    try:
        return work()
    except Hole:
        return None
    except Refused as refused:
        scope.names.faults.append(refused.finding)
        return None


# ---- values


def value(tree: ast.Expression, scope: Scope) -> Value:
    """The number, length, schedule, range or `until` that an expression is."""
    match tree:
        case ast.Number():
            return Num(tree.value)
        case ast.Quantity():
            return Length(((tree.unit, _amount(tree)),))
        case ast.Name():
            return _name(tree, scope)
        case ast.Negative():
            return _negative(tree, scope)
        case ast.Binary():
            return _binary(tree, scope)
        case ast.Sequence():
            return _series(tree, scope)
        case ast.Call():
            return _call(tree, scope)
        case ast.Range():
            return Interval(_end(tree.start, scope), _end(tree.stop, scope))
        case ast.Until():
            return Until(length(tree.position, scope), scope.at(tree.span))
        case ast.Stretch():
            raise Refused(naming.StretchOutsideAssertion(scope.at(tree.span)))


def _amount(tree: ast.Quantity) -> Expr:
    amount = tree.amount.value
    return Num(amount / 100 if tree.unit == "%" else amount)


def number(tree: ast.Expression, scope: Scope) -> Expr:
    """The number that an expression is, constant over its phase; another kind is refused."""
    found = value(tree, scope)
    if isinstance(found, EXPRS):
        return found
    if isinstance(found, LENGTHS):
        raise Refused(naming.LengthIsNotValue(scope.at(tree.span), render(tree)))
    raise Refused(naming.NotANumber(scope.at(tree.span), render(tree), kind_of(found)))


def length(tree: ast.Expression, scope: Scope) -> AnyLength:
    """The length that an expression is; a bare number is refused."""
    found = value(tree, scope)
    if isinstance(found, LENGTHS):
        return found
    if isinstance(found, Num):
        raise Refused(naming.NumberIsNotSpan(scope.at(tree.span), found.value, render(tree)))
    raise Refused(naming.NotASpan(scope.at(tree.span), render(tree), kind_of(found)))


def as_plan(found: Value, tree: ast.Expression, scope: Scope) -> Plan:
    """A value in the place of a schedule; a length or a range is refused there."""
    if isinstance(found, PLANS):
        return found
    if isinstance(found, EXPRS):
        return Formula(found, scope.at(tree.span))
    if isinstance(found, LENGTHS):
        raise Refused(naming.LengthIsNotValue(scope.at(tree.span), render(tree)))
    raise Refused(naming.NotASchedule(scope.at(tree.span), render(tree), kind_of(found)))


def kind_of(found: Value) -> str:
    """The kind of a value in the author's words."""
    if isinstance(found, EXPRS):
        return "a formula of the clock" if variables(found) & MOVING else "a number"
    if isinstance(found, LENGTHS):
        return "a span"
    if isinstance(found, Interval):
        return "a range"
    if isinstance(found, Until):
        return "the end of a phase"
    return "a schedule"


def _end(tree: ast.Expression | None, scope: Scope) -> Expr | None:
    if tree is None:
        return None
    return constant(number(tree, scope), tree, scope)


def constant(found: Expr, tree: ast.Expression, scope: Scope) -> Expr:
    """A range end or parameter must not move within its phase."""
    moving = variables(found) & MOVING
    if moving:
        raise Refused(naming.MovingTarget(scope.at(tree.span), render(tree), min(moving)))
    return found


def _name(tree: ast.Name, scope: Scope) -> Value:
    name, names = tree.name, scope.names
    if name in scope.given:
        return scope.given[name]
    if name in names.holes and scope.call is None:
        raise Hole
    if name == "rest":
        return Length((), num(1))
    if name in names.lets and scope.call is None:
        found = names.let(name, tree.span)
        return Whole(found, tree.span) if isinstance(found, PLANS) else found
    if name in names.schedules and scope.call is None:
        return Reference(name, tree.span)
    if name in CLOCK_NAMES:
        return CLOCK_NAMES[name]
    if name in PHASE_VALUES:
        return PHASE_VALUES[name]
    if name in names.vocabulary.curves or name in names.vocabulary.recipes:
        return _call(ast.Call(name, (), tree.span, tree.span), scope)
    if name in ast.UNITS:
        raise Refused(naming.UnitAlone(scope.at(tree.span), name))
    known = [*scope.given, *names.lets, *names.schedules, *CLOCK_NAMES, *PHASE_VALUES, "rest"]
    if names.incomplete:  # it may be what the broken definition would have named
        raise Hole
    guess = near(name, [*known, *names.vocabulary.names()])
    raise Refused(naming.UnknownName(scope.at(tree.span), name, guess))


# ---- arithmetic, by kind


def _negative(tree: ast.Negative, scope: Scope) -> Value:
    found = value(tree.operand, scope)
    if isinstance(found, LENGTHS):
        return scaled(found, num(-1))
    if isinstance(found, EXPRS):
        return make("neg", found)
    return Pointwise("neg", (as_plan(found, tree.operand, scope),), scope.at(tree.span))


def _binary(tree: ast.Binary, scope: Scope) -> Value:
    left = _attempt(scope, lambda: value(tree.left, scope))
    right = _attempt(scope, lambda: value(tree.right, scope))
    if left is None or right is None:
        raise Hole
    where = scope.at(tree.span)
    if isinstance(left, EXPRS) and isinstance(right, EXPRS):
        return arithmetic(OPERATORS[tree.op], (left, right), where, render(tree))
    if isinstance(left, LENGTHS) or isinstance(right, LENGTHS):
        return _length_arithmetic(tree, left, right, where)
    args = (as_plan(left, tree.left, scope), as_plan(right, tree.right, scope))
    return Pointwise(OPERATORS[tree.op], args, where)


def arithmetic(op: str, args: tuple[Expr, ...], where: Span, text: str) -> Expr:
    """Apply an operator; what has no value is refused with its place."""
    try:
        return make(op, *args)
    except Undefined:
        raise Refused(naming.NoValue(where, text)) from None
    except TooLarge:
        raise Refused(limits.TooManyDigits(where)) from None


def _length_arithmetic(tree: ast.Binary, left: Value, right: Value, where: Span) -> AnyLength:
    match tree.op, left, right:
        case "+" | "-", _, _ if isinstance(left, LENGTHS) and isinstance(right, LENGTHS):
            return added(left, scaled(right, num(1 if tree.op == "+" else -1)))
        case "*", _, _ if isinstance(left, LENGTHS) and isinstance(right, EXPRS):
            return scaled(left, right)
        case "*", _, _ if isinstance(left, EXPRS) and isinstance(right, LENGTHS):
            return scaled(right, left)
        case "/", _, _ if isinstance(left, LENGTHS) and isinstance(right, EXPRS):
            return scaled(left, arithmetic("div", (num(1), right), where, render(tree)))
    raise Refused(naming.MixedKinds(where, tree.op, kind_of(left), kind_of(right), render(tree)))


def scaled(of: AnyLength, factor: Expr) -> AnyLength:
    """A multiple of a length."""
    if isinstance(of, Length):
        rest = None if of.rest is None else make("mul", factor, of.rest)
        return Length(tuple((unit, make("mul", factor, a)) for unit, a in of.parts), rest)
    if isinstance(of, ScaledLength):
        return ScaledLength(tuple((make("mul", factor, c), inner) for c, inner in of.terms))
    return of if factor == num(1) else ScaledLength(((factor, of),))


def added(a: AnyLength, b: AnyLength) -> AnyLength:
    """The sum of two lengths."""
    if isinstance(a, Length) and isinstance(b, Length):
        parts = dict(a.parts)
        for unit, amount in b.parts:
            parts[unit] = make("add", parts[unit], amount) if unit in parts else amount
        rest = (
            a.rest if b.rest is None else b.rest if a.rest is None else make("add", a.rest, b.rest)
        )
        return Length(tuple(parts.items()), rest)
    return ScaledLength((*_terms(a), *_terms(b)))


def _terms(of: AnyLength) -> tuple[tuple[Expr, AnyLength], ...]:
    return of.terms if isinstance(of, ScaledLength) else ((num(1), of),)


# ---- sequences


def _series(tree: ast.Sequence, scope: Scope) -> Plan:
    elements: list[Plan] = []
    jumps: list[bool] = []
    joins: list[Span] = []
    holes = False
    for index, part in enumerate(tree.elements):
        found = _attempt(scope, lambda part=part: as_plan(value(part, scope), part, scope))  # type: ignore[misc]
        if found is None:
            holes = True
            continue
        if index:
            jumps.append(tree.joins[index - 1].jump)
            joins.append(scope.at(tree.joins[index - 1].span))
        if isinstance(found, Series):  # >> is associative: brackets around a part mean nothing
            elements += found.elements
            jumps += found.jumps
            joins += found.joins
        else:
            elements.append(found)
    if holes:
        raise Hole
    return Series(tuple(elements), tuple(jumps), tuple(joins), scope.at(tree.span))


# ---- calls


def _call(tree: ast.Call, scope: Scope) -> Value:
    name, vocabulary = tree.name, scope.names.vocabulary
    curve = vocabulary.curves.get(name)
    if name in FUNCTIONS and (curve is None or _reads_as_function(tree)):
        return _function(tree, scope)
    if curve is not None:
        return _curve_phase(tree, curve, scope)
    if name in vocabulary.recipes:
        return _expand(tree, vocabulary.recipes[name], scope)
    if name in COMBINATORS:
        return _combinator(tree, scope)
    if name in MEASURES:
        return _measure(tree, scope)
    where = scope.at(tree.name_span)
    if name in STATEFUL:
        raise Refused(naming.MetricDriven(where, name))
    known = [*vocabulary.names(), *COMBINATORS, *MEASURES, *FUNCTIONS]
    if name in scope.given or name in scope.names.lets or name in scope.names.schedules:
        raise Refused(naming.NotCallable(where, name))
    if scope.names.incomplete:
        raise Hole
    raise Refused(naming.UnknownCurve(where, name, near(name, known)))


def _reads_as_function(tree: ast.Call) -> bool:
    """`sqrt(2)` is the function, `sqrt(→0, 20%)` the curve."""
    return (
        len(tree.arguments) == 1
        and tree.arguments[0].name is None
        and not isinstance(tree.arguments[0].value, ast.Range | ast.Until | ast.Quantity)
    )


def _function(tree: ast.Call, scope: Scope) -> Value:
    arity = OPS[tree.name].arity
    given = len(tree.arguments)
    where = scope.at(tree.span)
    for argument in tree.arguments:
        if argument.name is not None:
            raise Refused(
                naming.UnknownParameter(
                    scope.at(argument.name_span), tree.name, argument.name, None, ()
                )
            )
    if given != arity if arity >= 0 else given < 2:
        raise Refused(naming.WrongCount(where, tree.name, arity, given))
    found = [_attempt(scope, lambda a=a: value(a.value, scope)) for a in tree.arguments]  # type: ignore[misc]
    args = [a for a in found if a is not None]
    if len(args) < len(found):
        raise Hole
    if all(isinstance(a, LENGTHS) for a in args) and tree.name in (
        "min",
        "max",
        "floor",
        "ceil",
        "round",
    ):
        return RoundedLength(tree.name, tuple(a for a in args if isinstance(a, LENGTHS)))
    exprs = [a for a in args if isinstance(a, EXPRS)]
    if len(exprs) == len(args):
        return arithmetic(tree.name, tuple(exprs), where, render(tree))
    plans = tuple(as_plan(a, g.value, scope) for a, g in zip(args, tree.arguments, strict=True))
    return Pointwise(tree.name, plans, where)


# ---- arguments of curves and recipes


@dataclass
class _Arguments:
    """The arguments of one call, sorted into the parameters they fill."""

    by_name: dict[str, Value] = field(default_factory=dict)
    places: dict[str, Span] = field(default_factory=dict)
    interval: Interval | None = None
    end: AnyLength | Until | None = None


def _arguments(
    tree: ast.Call,
    parameters: tuple[ast.Parameter, ...],
    kinds: Mapping[str, str],
    scope: Scope,
    *,
    takes_range: bool,
) -> _Arguments:
    """Fill parameters by name, or by kind in order; the span left over is the phase's own.

    Numbers fill parameters that must be given (or whose default is the start value, which is the
    level of `constant`); other numbers have to be named, because a bare number is too easily meant
    as a length.
    """
    out = _Arguments()
    faults = len(scope.names.faults)
    for argument in tree.arguments:
        _attempt(
            scope, lambda a=argument: _fill(a, tree, parameters, kinds, scope, out, takes_range)
        )  # type: ignore[misc]
    if len(scope.names.faults) > faults:
        raise Hole
    for parameter in parameters:
        if (
            parameter.default is None
            and not parameter.variadic
            and parameter.name not in out.by_name
        ):
            raise Refused(
                naming.MissingParameter(
                    scope.at(tree.name_span), tree.name, parameter.name, kinds[parameter.name]
                )
            )
    return out


def _fill(
    argument: ast.Argument,
    tree: ast.Call,
    parameters: tuple[ast.Parameter, ...],
    kinds: Mapping[str, str],
    scope: Scope,
    out: _Arguments,
    takes_range: bool,
) -> None:
    where = scope.at(argument.span)
    if argument.name is not None:
        _fill_named(argument, tree, parameters, kinds, scope, out)
        return
    found = value(argument.value, scope)
    if isinstance(found, Interval):
        if not takes_range:
            raise Refused(naming.NoRangeHere(where, tree.name))
        if out.interval is not None:
            raise Refused(naming.GivenTwice(where, tree.name, "range"))
        out.interval = found
        return
    if isinstance(found, Until):
        if out.end is not None:
            raise Refused(naming.GivenTwice(where, tree.name, "end"))
        out.end = found
        return
    if isinstance(found, LENGTHS):
        for parameter in parameters:
            if kinds[parameter.name] != "span":
                continue
            if parameter.variadic:
                before = out.by_name.get(parameter.name, ())
                out.by_name[parameter.name] = (*before, found)  # type: ignore[misc,assignment]
                return
            if parameter.name not in out.by_name:
                _put(out, parameter.name, found, where)
                return
        if out.end is not None:
            raise Refused(naming.GivenTwice(where, tree.name, "span"))
        out.end = found
        return
    if isinstance(found, EXPRS) and not (variables(found) & MOVING):
        for parameter in parameters:
            required = parameter.default is None or parameter.default == ast.Name("from")
            if kinds[parameter.name] == "number" and required and parameter.name not in out.by_name:
                _put(out, parameter.name, found, where)
                return
        exact = found.value if isinstance(found, Num) else None
        raise Refused(naming.NumberIsNotSpan(where, exact, render(argument.value)))
    for parameter in parameters:
        if kinds[parameter.name] == "schedule" and parameter.name not in out.by_name:
            _put(out, parameter.name, found, where)
            return
    raise Refused(naming.WrongKind(where, tree.name, render(argument.value), kind_of(found)))


def _put(out: _Arguments, name: str, found: Value, where: Span) -> None:
    out.by_name[name] = found
    out.places[name] = where


def _fill_named(
    argument: ast.Argument,
    tree: ast.Call,
    parameters: tuple[ast.Parameter, ...],
    kinds: Mapping[str, str],
    scope: Scope,
    out: _Arguments,
) -> None:
    name = argument.name
    assert name is not None
    if name == "span":
        if out.end is not None:
            raise Refused(naming.GivenTwice(scope.at(argument.span), tree.name, "span"))
        out.end = length(argument.value, scope)
        return
    if name not in kinds:
        known = (*kinds, "span")
        raise Refused(
            naming.UnknownParameter(
                scope.at(argument.name_span), tree.name, name, near(name, known), tuple(kinds)
            )
        )
    if name in out.by_name:
        raise Refused(naming.GivenTwice(scope.at(argument.span), tree.name, name))
    kind = kinds[name]
    if kind == "span":
        found: Value = length(argument.value, scope)
        if any(p.name == name and p.variadic for p in parameters):
            found = (found,)  # type: ignore[assignment]
    elif kind == "number":
        found = constant(number(argument.value, scope), argument.value, scope)
    else:
        found = as_plan(value(argument.value, scope), argument.value, scope)
    _put(out, name, found, scope.at(argument.value.span))


def _curve_phase(tree: ast.Call, curve: Curve, scope: Scope) -> Plan:
    definition = curve.definition
    filled = _arguments(tree, definition.parameters, curve.kinds, scope, takes_range=True)
    interval = filled.interval or Interval(None, None)
    stop = interval.stop
    if "to" in filled.by_name:
        if stop is not None:
            raise Refused(naming.GivenTwice(filled.places["to"], tree.name, "to"))
        stop = filled.by_name.pop("to")  # type: ignore[assignment]
    if stop is not None:
        if "to" not in curve.uses and not any(
            p.default == ast.Name("to") for p in definition.parameters
        ):
            raise Refused(naming.NoEndValue(scope.at(tree.span), tree.name))
        for parameter in definition.parameters:
            if parameter.default == ast.Name("to") and parameter.name in filled.by_name:
                raise Refused(
                    naming.EndGivenTwice(filled.places[parameter.name], tree.name, parameter.name)
                )
    return CurvePhase(
        curve,
        interval.start,
        stop,
        filled.by_name,
        filled.end,
        scope.at(tree.span),
        filled.places,  # type: ignore[arg-type]
    )


def _expand(tree: ast.Call, recipe: Recipe, scope: Scope) -> Plan:
    """A recipe is its body, with the arguments in the place of its parameters."""
    if scope.depth > MAX_DEPTH:
        raise Refused(naming.Circular(scope.at(tree.span), (tree.name, tree.name)))
    definition = recipe.definition
    filled = _arguments(tree, definition.parameters, recipe.kinds, scope, takes_range=False)
    where = scope.at(tree.span)
    inner = replace(scope, given={}, call=where, depth=scope.depth + 1)
    given: dict[str, Value] = {}
    for parameter in definition.parameters:
        if parameter.name in filled.by_name:
            given[parameter.name] = filled.by_name[parameter.name]
        elif parameter.default is not None:
            given[parameter.name] = value(parameter.default, replace(inner, given=given))
    body = definition.body
    plan = as_plan(value(body, replace(inner, given=given)), body, inner)
    return plan if filled.end is None else Timed(plan, filled.end, where)


# ---- combinators and measures


_COMBINATOR_PARAMETERS: Mapping[str, tuple[tuple[str, str, bool], ...]] = {
    # name → (parameter, kind, required); the schedule itself always comes first
    "repeat": (
        ("times", "number", False),
        ("scale", "number", False),
        ("stretch", "number", False),
    ),
    "restart": (
        ("times", "number", False),
        ("scale", "number", False),
        ("stretch", "number", False),
    ),
    "take": (("span", "span", True),),
    "global": (),
    "every": (("span", "span", True),),
    "extend": (),
    "phase": (("span", "span", True),),
}


def _combinator(tree: ast.Call, scope: Scope) -> Plan:
    name, where = tree.name, scope.at(tree.span)
    wanted = _COMBINATOR_PARAMETERS[name]
    body: Plan | None = None
    given: dict[str, Value] = {}
    faults = len(scope.names.faults)

    def fill(argument: ast.Argument) -> None:
        nonlocal body
        place = scope.at(argument.span)
        if argument.name is not None:
            kinds = {p: kind for p, kind, _ in wanted}
            if argument.name not in kinds:
                guess = near(argument.name, kinds)
                raise Refused(
                    naming.UnknownParameter(
                        scope.at(argument.name_span), name, argument.name, guess, tuple(kinds)
                    )
                )
            if argument.name in given:
                raise Refused(naming.GivenTwice(place, name, argument.name))
            if kinds[argument.name] == "span":
                given[argument.name] = length(argument.value, scope)
            else:
                given[argument.name] = constant(
                    number(argument.value, scope), argument.value, scope
                )
            return
        found = value(argument.value, scope)
        if body is None and not isinstance(found, (*LENGTHS, Until, Interval)):
            body = as_plan(found, argument.value, scope)
        elif (
            isinstance(found, LENGTHS) and ("span", "span", True) in wanted and "span" not in given
        ) or (isinstance(found, Until) and name == "phase" and "span" not in given):
            given["span"] = found
        elif isinstance(found, Num):
            raise Refused(naming.NumberIsNotSpan(place, found.value, render(argument.value)))
        else:
            raise Refused(naming.WrongKind(place, name, render(argument.value), kind_of(found)))

    for argument in tree.arguments:
        _attempt(scope, lambda a=argument: fill(a))  # type: ignore[misc]
    if len(scope.names.faults) > faults:
        raise Hole
    if body is None:
        raise Refused(
            naming.MissingParameter(scope.at(tree.name_span), name, "the schedule", "schedule")
        )
    for parameter, kind, required in wanted:
        if required and parameter not in given:
            raise Refused(naming.MissingParameter(scope.at(tree.name_span), name, parameter, kind))
    match name:
        case "repeat" | "restart":
            times = given.get("times")
            return Repeat(
                body,
                times,  # type: ignore[arg-type]
                given.get("scale", num(1)),  # type: ignore[arg-type]
                given.get("stretch", num(1)),  # type: ignore[arg-type]
                name == "restart",
                where,
            )
        case "take":
            return Take(body, given["span"], where)  # type: ignore[arg-type]
        case "global":
            return Whole(body, where)
        case "every":
            return Sampled(body, given["span"], where)  # type: ignore[arg-type]
        case "extend":
            return Extended(body, where)
        case _:
            return Timed(body, given["span"], where)  # type: ignore[arg-type]


def _measure(tree: ast.Call, scope: Scope) -> Expr:
    """`peak(lr)` and the others: a number, read off another schedule once it is laid out."""
    where = scope.at(tree.span)
    wanted = 2 if tree.name == "at" else 1
    if len(tree.arguments) != wanted or any(a.name for a in tree.arguments):
        raise Refused(naming.WrongCount(where, tree.name, wanted, len(tree.arguments)))
    of = tree.arguments[0].value
    plan = as_plan(value(of, scope), of, scope)
    position = length(tree.arguments[1].value, scope) if tree.name == "at" else None
    key = f"{render(tree)}@{where.start}" if scope.call else render(tree)
    scope.names.measured[key] = Measured(tree.name, plan, position, where)
    return Var(key)
