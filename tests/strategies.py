"""Random inputs: one place for all the tests that need them.

Trees here are those that some text reads as: numbers are not negative and have finitely many
decimals, names are no reserved words, ranges stand in arguments.
"""

from __future__ import annotations

from fractions import Fraction

from hypothesis import strategies as st

from schedc import syntax
from schedc.syntax import (
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

NAMES = ["lr", "peak", "u", "start", "step", "tokens", "beta.start", "wärme", "_x1", "curves", "e3"]
CALLED = ["linear", "cosine", "sqrt", "tail", "at", "min", "team.tail"]

# Spellings, because the value of `Number` is not the whole of what an author writes.
number_texts = st.one_of(
    st.integers(0, 10**7).map(str),
    st.integers(10**4, 10**13).map(lambda whole: f"{whole:_}"),
    st.builds(
        lambda whole, part, rest: f"{whole}.{part}{rest}",
        st.integers(0, 10**4),
        st.from_regex(r"[0-9]{0,6}", fullmatch=True),
        st.sampled_from(["", "e-3", "E+2"]),
    ),
    st.builds(
        lambda part, rest: f".{part}{rest}",
        st.from_regex(r"[0-9]{1,6}", fullmatch=True),
        st.sampled_from(["", "k", "e3"]),
    ),
    st.builds(
        lambda digits, suffix: f"{digits}{suffix}",
        st.integers(0, 999),
        st.sampled_from(["k", "K", "M", "B", "T", "Ki", "Mi", "Gi", "e-30", "e400", "E7"]),
    ),
)
decimals = st.builds(
    lambda digits, exponent: Fraction(digits) * Fraction(10) ** exponent,
    st.integers(0, 10**9),
    st.integers(-30, 30),
)
numbers = decimals.map(Number)
quantities = st.builds(Quantity, numbers, st.sampled_from(sorted(set(syntax.UNITS.values()))))
names = st.sampled_from(NAMES).map(Name)
joins = st.booleans().map(Join)


@st.composite
def _sequences(draw: st.DrawFn, elements: st.SearchStrategy[Expression]) -> Sequence:
    parts = draw(st.lists(elements, min_size=2, max_size=4))
    return Sequence(tuple(parts), tuple(draw(joins) for _ in parts[1:]))


@st.composite
def _ranges(draw: st.DrawFn, ends: st.SearchStrategy[Expression]) -> Range:
    start, stop = draw(st.none() | ends), draw(st.none() | ends)
    if start is None and stop is None:
        stop = draw(ends)
    return Range(start, stop)


@st.composite
def _calls(draw: st.DrawFn, values: st.SearchStrategy[Expression]) -> Call:
    placed = draw(st.lists(values, max_size=3))
    named = draw(st.dictionaries(st.sampled_from(NAMES), values, max_size=2))
    if not placed and not named:
        placed = [draw(values)]
    arguments = [Argument(None, value) for value in placed]
    arguments += [Argument(name, value) for name, value in named.items()]
    return Call(draw(st.sampled_from(CALLED)), tuple(arguments))


def _larger(parts: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    arguments = st.one_of(
        parts, _ranges(parts), st.builds(Stretch, parts, parts), st.builds(Until, parts)
    )
    return st.one_of(
        st.builds(Negative, parts),
        st.builds(Binary, st.sampled_from("+-*/^"), parts, parts),
        _calls(arguments),
        _sequences(parts),
    )


expressions: st.SearchStrategy[Expression] = st.recursive(
    st.one_of(numbers, quantities, names), _larger, max_leaves=20
)
calls = _calls(st.one_of(expressions, _ranges(expressions)))
comparisons = st.builds(
    Comparison, st.sampled_from(["<=", "<", ">=", ">", "=="]), expressions, expressions
)
assertions = st.one_of(comparisons, calls)
positions = st.one_of(st.builds(Until, expressions), expressions)


@st.composite
def parameters(draw: st.DrawFn) -> Parameter:
    kind = draw(st.sampled_from([None, "number", "span", "schedule"]))
    variadic = kind is not None and draw(st.booleans())
    default = None if variadic else draw(st.none() | expressions)
    return Parameter(draw(st.sampled_from(NAMES)), kind, default, variadic)


@st.composite
def definitions(draw: st.DrawFn) -> Definition:
    kind = draw(st.sampled_from(["curve", "recipe"]))
    given = draw(st.lists(parameters(), max_size=3, unique_by=lambda parameter: parameter.name))
    return Definition(
        kind,
        draw(st.sampled_from(CALLED)),
        tuple(given),
        draw(expressions),
        tuple(draw(st.lists(comparisons, max_size=2))) if kind == "curve" else (),
        draw(
            st.sampled_from(["", "Half a wave.", "Two lines\nof words.", "Brackets [0, 1] inside"])
        ),
        draw(st.sampled_from(["", "SGDR, eq. 5"])),
    )
