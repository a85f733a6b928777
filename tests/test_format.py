"""What `render` writes reads as the same tree, and looks as the language's own pages do."""

from __future__ import annotations

from fractions import Fraction

import pytest
import strategies as some
from hypothesis import given

from schedc.format import render, render_definition, render_number
from schedc.parse import parse_assertion, parse_definitions, parse_position, parse_schedule
from schedc.syntax import Comparison, Definition, Expression, Number, Quantity


@given(some.expressions)
def test_a_rendered_schedule_reads_as_itself(tree: Expression) -> None:
    assert parse_schedule(render(tree)) == tree
    assert parse_schedule(render(tree, ascii=True)) == tree


@given(some.positions)
def test_a_rendered_position_reads_as_itself(tree: Expression) -> None:
    assert parse_position(render(tree)) == tree


@given(some.assertions)
def test_a_rendered_assertion_reads_as_itself(tree: Comparison) -> None:
    assert parse_assertion(render(tree)) == tree


@given(some.definitions())
def test_a_rendered_definition_reads_as_itself(tree: Definition) -> None:
    (read,) = parse_definitions(render_definition(tree))
    assert read == tree
    assert (read.doc, read.source) == (tree.doc, tree.source)


@given(some.expressions)
def test_rendering_again_changes_nothing(tree: Expression) -> None:
    text = render(tree)
    assert render(parse_schedule(text)) == text


@given(some.number_texts)
def test_the_spelling_of_a_number_is_kept(text: str) -> None:
    assert render(parse_schedule(text)) == text.removesuffix(".")
    assert render(parse_schedule(f"{text}->{text}".join(("f(", ")")))).count("→") == 1
    assert parse_schedule(render(Number(parse_schedule(text).value))) == parse_schedule(text)


@pytest.mark.parametrize(
    "text",
    [
        "linear(0→1e-3, 10%) >> cosine(cycles=0.5, min=1e-6)",
        "cosine(0.04→0.4)",
        "linear(0→peak, 2k steps) >> constant >> linear(→0, 20%)",
        "(linear(0→1, 5%) >> 1) * cosine(1→0) * 3e-4",
        "linear(0→p, 10k steps) >>! global(linear(p→0))",
        "linear(→0, until 10T tokens)",
        "cosine(→0.1*base)",
        "constant(1, rest/2)",
        "30% - 1 step",
        "2 * warm",
        "1 epoch / 3",
        "lr * 0.75^(12 - i)",
        "0.1 * lr / peak(lr)",
        "-2^2",
        "(-2)^2",
        "2^-3",
        "2^3^4",
        "(2^3)^4",
        "a - (b - c)",
        "a / (b * c)",
        "a - -b",
        "a >> (b >>! c) >> d",
        "min + (from - min) * (1 + cos(2*pi*cycles*u)) / 2",
        "decreasing(lr, 10%..100%)",
        "take(linear(0→3e-4, 2k steps) >> cosine(→3e-5, 1_190_092 steps), 597_046 steps)",
        "phase(3e-5 + 1.35e-4 * (1 + cos(u)), span=until 7T tokens)",
        "1 ep + 2 tok + 1 epochs",
        "f(1e-3→)",
        "(a >> b)^2",
    ],
)
def test_canonical_text_stays(text: str) -> None:
    assert render(parse_schedule(text)) == text


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("linear( 0 -> 1e-3,10 % )>>cosine", "linear(0→1e-3, 10%) >> cosine"),
        ("((a))+((b*c))", "a + b * c"),
        ("2**3", "2^3"),
        ("10steps", "10 steps"),
        ("a\n  >>! b", "a >>! b"),
        ("cosine(min = 2 * base)", "cosine(min=2*base)"),
        ("f(1...5)".replace("...", ".. ."), "f(1.. .5)"),
        ("f(1...2)".replace("...", ". .."), "f(1..2)"),
    ],
)
def test_other_text_becomes_canonical(written: str, canonical: str) -> None:
    assert render(parse_schedule(written)) == canonical


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Fraction(1, 1000), "1e-3"),
        (Fraction(15, 10000), "1.5e-3"),
        (Fraction(1, 4), "0.25"),
        (Fraction(5, 2), "2.5"),
        (Fraction(10000), "10_000"),
        (Fraction(0), "0"),
        (Fraction(10**15), "1e15"),
        (Fraction(1, 3), "1/3"),
        (Fraction(-1, 3), "-1/3"),
        (Fraction(-2), "-2"),
    ],
)
def test_numbers_nobody_spelled(value: Fraction, text: str) -> None:
    assert render_number(value) == text


def test_spans_nobody_spelled() -> None:
    assert render(Quantity(Number(Fraction(1)), "epochs")) == "1 epoch"
    assert render(Quantity(Number(Fraction(2)), "epochs")) == "2 epochs"
    assert render(Quantity(Number(Fraction(-20)), "%")) == "-20%"
    assert render(Quantity(Number(Fraction(1, 3)), "epochs")) == "1 epoch / 3"


def test_a_definition_looks_as_in_the_prelude() -> None:
    text = (
        "## Half a cosine wave.    [SGDR, eq. 5]\n"
        "curve cosine(to = 0, every: span = 10 epochs, at: span...) = from * u"
        "    requires from > 0, to > 0"
    )
    (definition,) = parse_definitions(text)
    assert render_definition(definition) == text
    (recipe,) = parse_definitions("recipe r = a >> b")
    assert render_definition(recipe) == "recipe r = a >> b"
