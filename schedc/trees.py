"""What each rule of the grammar becomes, and the exact value of a number as it is written.

In: the words and trees that a rule has matched. Out: the tree of the rule, or `Refused` for what
the grammar lets through: a late position, a default that cannot be, a number without end.
The one rule: a tree knows its place in the file, brackets and all.
"""

from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache
from typing import Any

from schedc.diagnostics.base import Refused
from schedc.source import Span
from schedc.syntax import (
    UNITS,
    Argument,
    Binary,
    Call,
    Comparison,
    Definition,
    Expression,
    Join,
    Name,
    Negative,
    Number,
    Parameter,
    Quantity,
    Range,
    Sequence,
    Stretch,
    Until,
)
from schedc.words import Word

KINDS = ("number", "span", "schedule")
NOT_NUMBERS = frozenset({"inf", "infinity", "nan", "null", "none", "true", "false"})
MOST_DIGITS = 400
MOST_EXPONENT = 400


class Trees:
    """A method for each rule of the grammar: what its parts become.

    The parser calls them from the leaves up, so no text is too deep and no tree is built twice.
    """

    def number(self, parts: list[Any]) -> Number:
        (word,) = parts
        span = _at(word)
        return Number(_exact(word.value, span), word.value, span)

    def quantity(self, parts: list[Any]) -> Quantity:
        (word,) = parts
        amount, unit = _AMOUNT_AND_UNIT.fullmatch(word.value).groups()  # type: ignore[union-attr]
        span = Span(word.source, word.start_pos, word.start_pos + len(amount))
        return Quantity(Number(_exact(amount, span), amount, span), UNITS[unit], unit, _at(word))

    def name(self, parts: list[Any]) -> Name:
        (word,) = parts
        if word.value.lower() in NOT_NUMBERS:
            from schedc.diagnostics.spelling import NotANumber

            raise Refused(NotANumber(_at(word), word.value))
        return Name(word.value, _at(word))

    def negative(self, parts: list[Any]) -> Negative:
        minus, operand = parts
        return Negative(operand, Span(minus.source, minus.start_pos, operand.span.stop))

    def binary(self, parts: list[Any]) -> Binary:
        left, sign, right = parts
        op = "^" if sign.value == "**" else sign.value
        return Binary(op, left, right, Span(sign.source, left.span.start, right.span.stop))

    def sequence(self, parts: list[Any]) -> Sequence:
        joins = tuple(Join(join.value == ">>!", _at(join)) for join in parts[1::2])
        return Sequence(tuple(parts[::2]), joins, parts[0].span.to(parts[-1].span))

    def brackets(self, parts: list[Any]) -> Expression:
        opening, inside, closing = parts
        span = Span(opening.source, opening.start_pos, closing.end_pos)
        return replace(inside, span=span)  # type: ignore[no-any-return]

    def call(self, parts: list[Any]) -> Call:
        name, _, arguments, closing = parts
        _refuse_late_positions(name, arguments)
        span = Span(name.source, name.start_pos, closing.end_pos)
        return Call(name.value, tuple(arguments), span, _at(name))

    def arguments(self, parts: list[Any]) -> list[Argument]:
        return parts

    def argument(self, parts: list[Any]) -> Argument:
        if len(parts) == 1:
            return Argument(None, parts[0], parts[0].span)
        name, value = parts
        span = Span(name.source, name.start_pos, value.span.stop)
        return Argument(name.value, value, span, _at(name))

    def range(self, parts: list[Any]) -> Range:
        if len(parts) == 3:
            start, _, stop = parts
            return Range(start, stop, Span(start.span.source, start.span.start, stop.span.stop))
        first, last = parts
        if isinstance(first, Word):
            return Range(None, last, Span(first.source, first.start_pos, last.span.stop))
        return Range(first, None, Span(last.source, first.span.start, last.end_pos))

    def stretch(self, parts: list[Any]) -> Stretch:
        start, _, stop = parts
        return Stretch(start, stop, start.span.to(stop.span))

    def until(self, parts: list[Any]) -> Until:
        until, position = parts
        return Until(position, Span(until.source, until.start_pos, position.span.stop))

    def comparison(self, parts: list[Any]) -> Comparison:
        left, sign, right = parts
        return Comparison(sign.value, left, right, left.span.to(right.span))

    def definitions(self, parts: list[Any]) -> list[Definition]:
        return parts

    def definition(self, parts: list[Any]) -> Definition:
        kind, name, *rest = parts
        parameters = rest.pop(0) if isinstance(rest[0], tuple) else ()
        _, body, *conditions = rest
        requires = conditions[0] if conditions else ()
        stop = requires[-1].span if requires else body.span
        return Definition(
            kind.value,
            name.value,
            parameters,
            body,
            requires,
            span=_at(kind).to(stop),
            name_span=_at(name),
        )

    def parameters(self, parts: list[Any]) -> tuple[Parameter, ...]:
        return tuple(parts)

    def parameter(self, parts: list[Any]) -> Parameter:
        name, *rest = parts
        stop = _at(name)
        kind, variadic = None, False
        if rest and isinstance(rest[0], list):
            words = rest.pop(0)
            kind, variadic, stop = words[1].value, len(words) == 3, _at(words[-1])
            if kind not in KINDS:
                problem = f"`{kind}` is no kind of parameter: number, span or schedule"
                raise _bad_definition(_at(words[1]), problem)
        default = rest[1] if rest else None
        if variadic and default is not None:
            problem = f"`{name.value}` takes any number of arguments, and none is its default"
            raise _bad_definition(default.span, problem)
        if default is not None:
            stop = default.span
        return Parameter(name.value, kind, default, variadic, _at(name).to(stop))

    def kind(self, parts: list[Any]) -> list[Word]:
        return parts

    def requires(self, parts: list[Any]) -> tuple[Comparison, ...]:
        return tuple(parts)


def _at(word: Word) -> Span:
    return Span(word.source, word.start_pos, word.end_pos)


def _bad_definition(span: Span, problem: str) -> Refused:
    from schedc.diagnostics.reading import BadDefinition

    return Refused(BadDefinition(span, problem))


def _refuse_late_positions(name: Word, arguments: list[Argument]) -> None:
    named = None
    for argument in arguments:
        if argument.name is not None:
            named = argument
        elif named is not None:
            from schedc.diagnostics.reading import PositionalAfterNamed

            ordered = sorted(arguments, key=lambda each: each.name is not None)
            better = f"{name.value}({', '.join(each.span.text for each in ordered)})"
            late = PositionalAfterNamed(
                argument.span, argument.span.text, str(named.name), better=better
            )
            raise Refused(late)


# ── Numbers ───────────────────────────────────────────────────────────────────────────────────

_AMOUNT_AND_UNIT = re.compile(r"(.*?)\s*(%|steps?|epochs?|ep|samples?|tokens?|tok)", re.DOTALL)
_SUFFIXES = {"k": 10**3, "K": 10**3, "M": 10**6, "B": 10**9, "T": 10**12}
_BINARY_SUFFIXES = {"Ki": 2**10, "Mi": 2**20, "Gi": 2**30}


def _exact(text: str, span: Span) -> Fraction:
    try:
        return _value(text)
    except OverflowError as beyond:
        from schedc.diagnostics.limits import NumberTooLong

        size, is_exponent = beyond.args
        most = MOST_EXPONENT if is_exponent else MOST_DIGITS
        raise Refused(NumberTooLong(span, size, most, is_exponent)) from None


@lru_cache(4096)
def _value(text: str) -> Fraction:
    """The exact value of a number as it is written. OverflowError carries what is too long."""
    digits, factor, exponent = text.replace("_", ""), 1, 0
    if digits[-2:] in _BINARY_SUFFIXES:
        digits, factor = digits[:-2], _BINARY_SUFFIXES[digits[-2:]]
    elif digits[-1] in _SUFFIXES:
        digits, factor = digits[:-1], _SUFFIXES[digits[-1]]
    elif "e" in digits or "E" in digits:
        digits, _, power = digits.replace("E", "e").partition("e")
        size = power.lstrip("+-").lstrip("0")
        if len(size) > 9 or int(size or "0") > MOST_EXPONENT:
            raise OverflowError(power, True)
        exponent = int(power)
    whole, _, part = digits.partition(".")
    if len(whole) + len(part) > MOST_DIGITS:
        raise OverflowError(str(len(whole) + len(part)), False)
    exponent -= len(part)
    if exponent < 0:
        return Fraction(int(whole + part) * factor, 10**-exponent)
    return Fraction(int(whole + part) * factor * 10**exponent)
