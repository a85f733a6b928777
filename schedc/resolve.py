"""Names, kinds and recipes: from syntax to a plan.

In: syntax trees and the names of a block. Out: `Plan`s whose every name is known.
The one rule: faults in different parts are independent. Each is noted, the part becomes a hole, and
the work goes on, so that one run reports them all.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from schedc import syntax as ast
from schedc.arguments import Filled, Signature, fill, signature
from schedc.diagnostics import fitting, limits, naming
from schedc.diagnostics.base import Refused, near
from schedc.expr import ONE, OPS, Expr, Num, TooLarge, Undefined, Var, make, num
from schedc.format import render
from schedc.kinds import (
    arithmetic,
    as_length,
    as_number,
    as_plan,
    length_arithmetic,
    scaled,
    too_large,
)
from schedc.libraries import PEERS, elsewhere
from schedc.names import (
    BODY,
    CLOCK_NAMES,
    COMBINATORS,
    FUNCTIONS,
    LENGTH_FUNCTIONS,
    MAX_CHAIN,
    MAX_DEPTH,
    MAX_EXPANSIONS,
    MEASURES,
    OPERATORS,
    PHASE_VALUES,
    STATEFUL,
    Hole,
    Names,
    Scope,
    attempt,
    every,
)
from schedc.plan import (
    AnyLength,
    Curve,
    CurvePhase,
    Extended,
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
    Series,
    Take,
    Timed,
    Until,
    Value,
    Whole,
)
from schedc.source import Span

# ---- entry points


def schedule(tree: ast.Expression, names: Names) -> Plan | None:
    """The plan of one schedule, or None when a fault was noted in `names.faults`."""
    return attempt(Scope(names), plan, tree)


def let(names: Names, name: str, where: Span) -> Value:
    """The value that `let` gives a name. Raises `Hole` where it has a fault."""
    if name in names.asking:
        circle = [*names.asking[names.asking.index(name) :], name]
        raise Refused(naming.Circular(where, tuple(circle)))
    if name not in names.known:
        if len(names.asking) >= MAX_CHAIN:
            raise Refused(limits.LongChain(where, MAX_CHAIN))
        names.asking.append(name)
        try:
            names.known[name] = value(names.lets[name](), Scope(names))
        except Hole:
            names.known[name] = None
        except Refused as refused:
            names.known[name] = None
            if isinstance(refused.finding, naming.Circular | limits.LongChain):
                raise  # the whole chain is at fault
            names.faults.append(refused.finding)
        finally:
            names.asking.pop()
    found = names.known[name]
    if found is None:
        raise Hole
    return found


# ---- values


def value(tree: ast.Expression, scope: Scope) -> Value:
    """The number, length, schedule, range or `until` that an expression is."""
    try:
        match tree:
            case ast.Number():
                return Num(tree.value)
            case ast.Quantity(amount, unit):
                return Length(((unit, Num(amount.value / 100 if unit == "%" else amount.value)),))
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
            case ast.Range(start, stop):
                return Interval(_end(start, scope), _end(stop, scope))
            case ast.Until(position):
                return Until(length(position, scope), scope.at(tree.span))
            case ast.Stretch():
                raise Refused(fitting.StretchOutsideAssertion(scope.at(tree.span)))
    except Undefined as fault:
        raise Refused(fitting.NoValue(scope.at(tree.span), render(tree), fault.why)) from None
    except TooLarge as fault:
        raise Refused(too_large(fault, scope.at(tree.span))) from None


def length(tree: ast.Expression, scope: Scope) -> AnyLength:
    """The length that an expression is."""
    return as_length(value(tree, scope), tree, scope.at(tree.span))


def plan(tree: ast.Expression, scope: Scope) -> Plan:
    """The schedule that an expression is."""
    return as_plan(value(tree, scope), tree, scope.at(tree.span))


def _end(tree: ast.Expression | None, scope: Scope) -> Expr | None:
    if tree is None:
        return None
    return as_number(value(tree, scope), tree, scope.at(tree.span))


def _name(tree: ast.Name, scope: Scope) -> Value:
    name, names = tree.name, scope.names
    if name in scope.given:
        return scope.given[name]
    if name in names.holes and scope.call is None:
        raise Hole
    if name == "rest":
        return Length((), num(1))
    if name in names.lets and scope.call is None:
        found = let(names, name, tree.span)
        return Whole(found, tree.span) if isinstance(found, Plan) else found
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


# ---- arithmetic


def _negative(tree: ast.Negative, scope: Scope) -> Value:
    found = value(tree.operand, scope)
    if isinstance(found, AnyLength):
        return scaled(found, num(-1))
    if isinstance(found, Expr):
        return make("neg", found)
    where = scope.at(tree.span)
    return Pointwise("neg", (as_plan(found, tree.operand, where),), where)


def _binary(tree: ast.Binary, scope: Scope) -> Value:
    left, right = every(scope, value, (tree.left, tree.right))
    where = scope.at(tree.span)
    if isinstance(left, Expr) and isinstance(right, Expr):
        return arithmetic(OPERATORS[tree.op], (left, right), where, tree)
    if isinstance(left, AnyLength) or isinstance(right, AnyLength):
        return length_arithmetic(tree, left, right, where)
    args = (
        as_plan(left, tree.left, scope.at(tree.left.span)),
        as_plan(right, tree.right, scope.at(tree.right.span)),
    )
    return Pointwise(OPERATORS[tree.op], args, where)


# ---- sequences


def _series(tree: ast.Sequence, scope: Scope) -> Plan:
    elements: list[Plan] = []
    jumps: list[bool] = []
    joins: list[Span] = []
    for index, element in enumerate(every(scope, plan, tree.elements)):
        if index:
            jumps.append(tree.joins[index - 1].jump)
            joins.append(scope.at(tree.joins[index - 1].span))
        if isinstance(element, Series):  # >> is associative: brackets around a part mean nothing
            elements += element.elements
            jumps += element.jumps
            joins += element.joins
        else:
            elements.append(element)
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
    peer = name.partition(".")[0]
    foreign = peer if peer in PEERS and peer != name else ""
    meant = near(name, known)
    others = elsewhere(name)
    if not others and not meant and not foreign:  # transformer.cosine
        others = elsewhere(name.rpartition(".")[2])
    raise Refused(naming.UnknownCurve(where, name, meant, others, foreign))


def _reads_as_function(tree: ast.Call) -> bool:
    """`sqrt(2)` is the function, `sqrt(→0, 20%)` the curve."""
    return (
        len(tree.arguments) == 1
        and tree.arguments[0].name is None
        and not isinstance(tree.arguments[0].value, ast.Range | ast.Until | ast.Quantity)
    )


def _function(tree: ast.Call, scope: Scope) -> Value:
    name, where = tree.name, scope.at(tree.span)
    for argument in tree.arguments:
        if argument.name is not None:
            place = scope.at(argument.name_span)
            raise Refused(naming.UnknownParameter(place, name, argument.name, None, ()))
    arity, given = OPS[name].arity, len(tree.arguments)
    if given != arity if arity >= 0 else given < 2:
        raise Refused(fitting.WrongCount(where, name, arity, given))
    trees = tuple(argument.value for argument in tree.arguments)
    args = every(scope, value, trees)
    lengths = [a for a in args if isinstance(a, AnyLength)]
    if len(lengths) == len(args) and name in LENGTH_FUNCTIONS:
        return RoundedLength(name, tuple(lengths))
    exprs = [a for a in args if isinstance(a, Expr)]
    if len(exprs) == len(args):
        return arithmetic(name, tuple(exprs), where, tree)
    plans = [as_plan(a, t, scope.at(t.span)) for a, t in zip(args, trees, strict=True)]
    return Pointwise(name, tuple(plans), where)


def _filled(tree: ast.Call, wanted: Signature, scope: Scope) -> Filled:
    """The arguments of a call, each in its parameter."""
    values = [
        attempt(scope, value, argument.value) if wanted.takes(argument.name) else None
        for argument in tree.arguments
    ]
    filled = fill(tree, wanted, values, scope.at, scope.names.faults)
    if filled is None:
        raise Hole
    return filled


def _curve_phase(tree: ast.Call, curve: Curve, scope: Scope) -> Plan:
    parameters = curve.definition.parameters
    filled = _filled(tree, signature(parameters, curve.kinds, takes_range=True), scope)
    interval = filled.interval or Interval(None, None)
    stop = interval.stop
    named = filled.by_name.pop("to", None)
    if named is not None:
        if stop is not None:
            raise Refused(naming.GivenTwice(filled.places["to"], tree.name, "to"))
        assert isinstance(named, Expr)
        stop = named
    if stop is not None:
        aliases = [p.name for p in parameters if p.default == ast.Name("to")]
        if "to" not in curve.uses and not aliases:
            raise Refused(fitting.NoEndValue(scope.at(tree.span), tree.name))
        for name in aliases:
            if name in filled:
                raise Refused(naming.EndGivenTwice(filled.places[name], tree.name, name))
    given = {
        name: found for name, found in filled.by_name.items() if isinstance(found, Expr | AnyLength)
    }
    return CurvePhase(
        curve,
        interval.start,
        stop,
        {**given, **filled.variadic},
        filled.end,
        scope.at(tree.span),
        filled.places,
        scope.floor if any(_to_the_floor(a.value, scope) for a in tree.arguments) else None,
    )


def _to_the_floor(tree: ast.Expression, scope: Scope) -> bool:
    """In a recipe, `→min` is a way down to a floor that the author asked for by name. From a number
    of the recipe's own, `0→min`, it may be a way up."""
    match tree:
        case ast.Range(None, ast.Name("min")):
            return True
        case ast.Range(ast.Name(start), ast.Name("min")):
            return start in scope.given
    return False


def _expand(tree: ast.Call, recipe: Recipe, scope: Scope) -> Plan:
    """A recipe is its body, with the arguments in the place of its parameters."""
    where = scope.at(tree.span)
    if tree.name in scope.within:
        circle = scope.within[scope.within.index(tree.name) :]
        raise Refused(naming.Circular(where, (*circle, tree.name)))
    if len(scope.within) > MAX_DEPTH:
        raise Refused(limits.LongChain(where, MAX_DEPTH))
    scope.names.expanded += 1
    if scope.names.expanded > MAX_EXPANSIONS:
        raise Refused(limits.TooManyRecipes(where, tree.name, MAX_EXPANSIONS))
    definition = recipe.definition
    filled = _filled(tree, signature(definition.parameters, recipe.kinds, takes_range=False), scope)
    floor = filled.places.get("min")
    inner = replace(scope, given={}, call=where, floor=floor, within=(*scope.within, tree.name))
    given: dict[str, Value] = {}
    for parameter in definition.parameters:
        if parameter.name in filled.by_name:
            given[parameter.name] = filled.by_name[parameter.name]
        elif parameter.default is not None:
            given[parameter.name] = value(parameter.default, replace(inner, given=given))
    body = plan(definition.body, replace(inner, given=given))
    return body if filled.end is None else Timed(body, filled.end, where)


# ---- combinators and measures


def _combinator(tree: ast.Call, scope: Scope) -> Plan:
    filled = _filled(tree, COMBINATORS[tree.name], scope)
    where, end = scope.at(tree.span), filled.end
    body = filled.by_name[BODY.name]
    assert isinstance(body, Plan)
    number = partial(_given_number, filled)
    match tree.name, end:
        case ("repeat" | "restart") as name, _:
            scale, stretch = number("scale") or ONE, number("stretch") or ONE
            return Repeat(body, number("times"), scale, stretch, name == "restart", where)
        case "global", _:
            return Whole(body, where)
        case "extend", _:
            return Extended(body, where)
        case "phase", _ if end is not None:
            return Timed(body, end, where)
        case "take", _ if end is not None and not isinstance(end, Until):
            return Take(body, end, where)
        case "every", _ if end is not None and not isinstance(end, Until):
            return Sampled(body, end, where)
    raise AssertionError(tree.name)


def _given_number(filled: Filled, name: str) -> Expr | None:
    found = filled.by_name.get(name)
    return found if isinstance(found, Expr) else None


def _measure(tree: ast.Call, scope: Scope) -> Expr:
    """`peak(lr)` and the others: a number, read off another schedule once it is laid out."""
    where = scope.at(tree.span)
    wanted = 2 if tree.name == "at" else 1
    if len(tree.arguments) != wanted or any(a.name for a in tree.arguments):
        raise Refused(fitting.WrongCount(where, tree.name, wanted, len(tree.arguments)))
    of = tree.arguments[0].value
    target = plan(of, scope)
    position = length(tree.arguments[1].value, scope) if tree.name == "at" else None
    key = f"{render(tree)}@{where.start}" if scope.call else render(tree)
    scope.names.measured[key] = Measured(tree.name, target, position, where)
    return Var(key)
