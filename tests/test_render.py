"""Formulas as text: what is printed reads back as the same tree."""

from __future__ import annotations

import ast
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedc.backends.python import DIALECT as PYTHON
from schedc.expr import Apply, Expr, Var, make, num
from schedc.parse import parse_schedule
from schedc.render import LANGUAGE, decimal, exact_text, nearest, render, text
from schedc.source import Source

leaves = st.one_of(
    st.integers(0, 50).map(num), st.sampled_from([Var("step"), Var("total"), Var("base")])
)


def _apply(children: st.SearchStrategy[Expr]) -> st.SearchStrategy[Expr]:
    two = st.sampled_from(["add", "sub", "mul", "div", "pow", "min", "max"])
    one = st.sampled_from(["neg", "sqrt", "exp", "cos", "floor", "abs"])
    return st.one_of(
        st.builds(lambda op, a, b: Apply(op, (a, b)), two, children, children),
        st.builds(lambda op, a: Apply(op, (a,)), one, children),
    )


trees = st.recursive(leaves, _apply, max_leaves=12)

_OPERATORS = {
    ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "div", ast.Pow: "pow",
}  # fmt: skip


def from_python(code: ast.expr) -> Expr:
    match code:
        case ast.Constant(value=value):
            return num(value)
        case ast.Name(id=name):
            return Var(name)
        case ast.UnaryOp(op=ast.USub(), operand=x):
            return Apply("neg", (from_python(x),))
        case ast.BinOp(left=a, op=op, right=b):
            return Apply(_OPERATORS[type(op)], (from_python(a), from_python(b)))
        case ast.Call(func=ast.Name(id=name), args=args):
            return Apply(name, tuple(from_python(a) for a in args))
        case ast.IfExp(test=ast.Compare(left=x, ops=[sign], comparators=[y]), body=a, orelse=b):
            assert (ast.dump(x), ast.dump(y)) == (ast.dump(a), ast.dump(b))
            return Apply(
                "min" if isinstance(sign, ast.Lt) else "max", (from_python(a), from_python(b))
            )
    raise AssertionError(ast.dump(code))


@given(trees)
def test_python_reads_back_the_same_tree(expr: Expr) -> None:
    assert from_python(ast.parse(render(expr, PYTHON), mode="eval").body) == expr


_WRITTEN = {"+": "add", "-": "sub", "*": "mul", "/": "div", "^": "pow"}


@given(trees)
def test_the_language_reads_back_the_same_tree(expr: Expr) -> None:
    written = text(expr)
    assert parse_schedule(written, Source("t", written)) is not None
    # `^` is `**` in Python, with the same level and direction
    assert from_python(ast.parse(written.replace("^", "**"), mode="eval").body) == expr


@given(trees)
def test_no_bracket_is_idle(expr: Expr) -> None:
    """Taking out any pair of brackets around an operand changes the tree, or does not parse."""
    written = render(expr, PYTHON)
    tree = from_python(ast.parse(written, mode="eval").body)
    depth: list[int] = []
    for i, c in enumerate(written):
        if c == "(":
            depth.append(i)
        elif c == ")":
            start = depth.pop()
            if start and (written[start - 1].isalnum() or written[start - 1] == "_"):
                continue  # a call
            without = written[:start] + " " + written[start + 1 : i] + " " + written[i + 1 :]
            try:
                changed = from_python(ast.parse(without.strip(), mode="eval").body)
            except (SyntaxError, AssertionError):
                continue
            assert changed != tree, (written, without)


@given(st.fractions())
def test_a_number_prints_as_the_nearest_float(value: Fraction) -> None:
    printed = float(decimal(value))
    assert printed == nearest(value)
    others = [printed * (1 + 2.0**-52), printed * (1 - 2.0**-52)]
    assert all(abs(Fraction(printed) - value) <= abs(Fraction(o) - value) for o in others)


@given(st.fractions())
def test_an_exact_number_reads_back_exactly(value: Fraction) -> None:
    assert Fraction(exact_text(value)) == value


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("1/1000", "0.001"), ("1/1000000", "1e-6"), ("3/10000000", "3e-7"), ("1/3", "1/3"),
        ("-5/2", "-2.5"), ("12", "12"), ("123/100000000", "1.23e-6"), ("0", "0"),
    ],
)  # fmt: skip
def test_numbers_as_an_author_writes_them(value: str, written: str) -> None:
    assert exact_text(Fraction(value)) == written


def test_progress_is_written_out() -> None:
    expr = make("progress", Var("step"), num(1000), num(3000))
    assert render(expr, LANGUAGE) == "(step - 1000) / 2000"
    assert text(make("progress", Var("step"), num(0), Var("total"))) == "step / total"


def test_signs() -> None:
    square = Apply("pow", (num(-2), num(2)))
    assert render(square, PYTHON) == "(-2) ** 2"
    assert render(Apply("neg", (Apply("pow", (num(2), num(2))),)), PYTHON) == "-2 ** 2"
    assert render(Apply("sub", (num(1), Apply("sub", (num(2), num(3))))), PYTHON) == "1 - (2 - 3)"
