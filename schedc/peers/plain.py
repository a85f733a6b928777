"""An expression in a peer's words → the same expression in the plain language.

In: a tree that calls recipes of a peer's library. Out: one without them, its arithmetic done.
The one rule: it means the same; numbers stay exact, and what has no finite decimal stays a
fraction.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction

from schedc import syntax as ast
from schedc.expr import OPS, Undefined
from schedc.format import render
from schedc.libraries import PEERS
from schedc.names import OPERATORS
from schedc.parse import parse_schedule
from schedc.peers.case import decimal
from schedc.plan import Recipe
from schedc.prelude import prelude
from schedc.source import NOWHERE, Source, Span
from schedc.vocabulary import library

Given = Mapping[str, ast.Expression]


def plain(text: str) -> str:
    """The text without recipes of peers."""
    tree = parse_schedule(Span(Source("<peer>", text), 0, len(text)))
    return render(expanded(tree, {}))


def expanded(tree: ast.Expression, given: Given) -> ast.Expression:
    """A tree with parameters in their places, recipes of peers written out, and constants
    folded."""
    match tree:
        case ast.Name(name):
            return given.get(name, tree)
        case ast.Negative(operand):
            inner = expanded(operand, given)
            known = value(inner)
            return (
                tree
                if known is None and inner is operand
                else _number(known, ast.Negative(inner), -1)
            )
        case ast.Binary(op, left, right):
            return folded(op, expanded(left, given), expanded(right, given))
        case ast.Range(start, stop):
            return ast.Range(_some(start, given), _some(stop, given))
        case ast.Until(position):
            return ast.Until(expanded(position, given))
        case ast.Sequence(elements, joins):
            return _flat([expanded(e, given) for e in elements], list(joins))
        case ast.Call(name, arguments):
            filled = tuple(
                ast.Argument(a.name, expanded(a.value, given), NOWHERE, NOWHERE) for a in arguments
            )
            peer = name.partition(".")[0]
            if peer in PEERS and name in library(peer).recipes:
                return written_out(library(peer).recipes[name], filled)
            return tidied(ast.Call(name, filled))
    return tree


def _some(tree: ast.Expression | None, given: Given) -> ast.Expression | None:
    return None if tree is None else expanded(tree, given)


def _flat(elements: list[ast.Expression], joins: list[ast.Join]) -> ast.Expression:
    """`>>` is associative: a sequence within a sequence needs no brackets."""
    out: list[ast.Expression] = []
    between: list[ast.Join] = []
    for index, element in enumerate(elements):
        if index:
            between.append(ast.Join(joins[index - 1].jump))
        if isinstance(element, ast.Sequence):
            out += element.elements
            between += element.joins
        else:
            out.append(element)
    while len(out) > 1 and (rest := _begun(out[0], out[1])) is not None:
        out[:2], between[:1] = [rest], []
    return ast.Sequence(tuple(out), tuple(between)) if len(out) > 1 else out[0]


def _begun(first: ast.Expression, second: ast.Expression) -> ast.Expression | None:
    """A first phase without a length only says where the second begins: `linear(0→1, 0 steps) >>
    cosine(→0)` is `cosine(1→0)`. None where that cannot be said in the second."""
    match first:
        case ast.Call(
            "linear",
            (
                ast.Argument(None, ast.Range(_, level)),
                ast.Argument(None, ast.Quantity(ast.Number(length))),
            ),
        ):
            pass
        case ast.Call(
            "constant",
            (ast.Argument(None, level), ast.Argument(None, ast.Quantity(ast.Number(length)))),
        ):
            pass
        case _:
            return None
    if length or level is None:
        return None
    if isinstance(second, ast.Call) and second.name == "extend":
        inner = _begun(first, second.arguments[0].value)
        return None if inner is None else ast.Call("extend", (ast.Argument(None, inner),))
    if not isinstance(second, ast.Call) or second.name not in prelude().curves:
        return None
    if second.name == "constant":
        given = [a for a in second.arguments if not isinstance(a.value, ast.Quantity)]
        own = () if given else (ast.Argument(None, level),)
        return replace(second, arguments=(*own, *second.arguments))
    ranges = [a for a in second.arguments if isinstance(a.value, ast.Range)]
    if not ranges:
        begun = ast.Argument(None, ast.Range(level, None))
        return replace(second, arguments=(begun, *second.arguments))
    spoken = ranges[0].value
    assert isinstance(spoken, ast.Range)
    if spoken.start is not None:
        return second
    begun = ast.Argument(None, ast.Range(level, spoken.stop))
    rest = tuple(a for a in second.arguments if a is not ranges[0])
    return replace(second, arguments=(begun, *rest))


def written_out(recipe: Recipe, arguments: tuple[ast.Argument, ...]) -> ast.Expression:
    """A recipe's body with these arguments; one without a name fills the next that must be
    given."""
    own: dict[str, ast.Expression] = {a.name: a.value for a in arguments if a.name is not None}
    needed = [
        p.name for p in recipe.definition.parameters if p.default is None and p.name not in own
    ]
    own |= dict(zip(needed, (a.value for a in arguments if a.name is None), strict=False))
    given: dict[str, ast.Expression] = {}
    for parameter in recipe.definition.parameters:
        if parameter.name in own:
            given[parameter.name] = own[parameter.name]
        elif parameter.default is not None:
            given[parameter.name] = expanded(parameter.default, given)
    return expanded(recipe.definition.body, given)


# ---- arithmetic


def value(tree: ast.Expression) -> Fraction | None:
    """The number that a tree is, when it is one."""
    match tree:
        case ast.Number(number):
            return number
        case ast.Negative(ast.Number(number)):
            return -number
    return None


def _number(known: Fraction | None, otherwise: ast.Expression, sign: int = 1) -> ast.Expression:
    """A number as a tree, where it has a decimal that a person would write."""
    if known is None:
        return otherwise
    known *= sign
    text = decimal(abs(known))
    if text is None or len(text) > 16:
        return otherwise
    number = ast.Number(abs(known), text)
    return ast.Negative(number) if known < 0 else number


def folded(op: str, left: ast.Expression, right: ast.Expression) -> ast.Expression:
    """One operator, done where both sides are numbers, left out where it changes nothing."""
    out: ast.Expression = ast.Binary(op, left, right)
    a, b = value(left), value(right)
    if op == "*" and isinstance(left, ast.Quantity):
        left, right, a, b = right, left, b, a
    if op == "*" and a is not None and isinstance(right, ast.Quantity):
        scaled = _number(a * right.amount.value, out)
        spelling = "step" if scaled == ast.Number(Fraction(1)) else "steps"
        return ast.Quantity(scaled, right.unit, spelling) if isinstance(scaled, ast.Number) else out
    if a is not None and b is not None:
        try:
            return _number(OPS[OPERATORS[op]].exact(a, b), out)
        except Undefined:
            return out
    if (op in "*" and b == 0) or (op in "*/" and a == 0):
        return ast.Number(Fraction(0), "0")
    if (op in "*/^" and b == 1) or (op in "+-" and b == 0):
        return left
    if (op == "*" and a == 1) or (op == "+" and a == 0):
        return right
    return out


def tidied(call: ast.Call) -> ast.Expression:
    """A call as a person would write it: functions of numbers done, defaults left out, a length
    last."""
    numbers = [value(a.value) for a in call.arguments]
    if call.name in ("max", "min", "floor", "ceil", "sqrt", "round") and None not in numbers:
        try:
            return _number(OPS[call.name].exact(*numbers), call)
        except Undefined:
            return call
    curve = prelude().curves.get(call.name)
    if curve is None:
        return call
    arguments = list(call.arguments)
    for parameter in curve.definition.parameters:
        same = ast.Argument(parameter.name, parameter.default) if parameter.default else None
        arguments = [a for a in arguments if a != same]
    if call.name == "cosine":
        arguments = _to_its_floor(arguments)
    if "span" not in curve.kinds.values():
        unnamed = [replace(a, name=None) if a.name == "span" else a for a in arguments]
        arguments = [a for a in unnamed if a.name is None] + [
            a for a in unnamed if a.name is not None
        ]
    return ast.Call(call.name, tuple(arguments))


def _to_its_floor(arguments: list[ast.Argument]) -> list[ast.Argument]:
    """Half a wave `cosine(1→, min=0)` is `cosine(1→0)`."""
    named = {a.name: a.value for a in arguments if a.name is not None}
    ranges = [a.value for a in arguments if isinstance(a.value, ast.Range)]
    if "cycles" in named or "min" not in named or any(r.stop is not None for r in ranges):
        return arguments
    start = ranges[0].start if ranges else None
    rest = [a for a in arguments if a.name != "min" and not isinstance(a.value, ast.Range)]
    return [ast.Argument(None, ast.Range(start, named["min"])), *rest]
