"""Every curve begins at `from` and ends at `to`: sympy proves it, for any values."""

from __future__ import annotations

from fractions import Fraction

import pytest
import sympy

from schedc.algebra import same
from schedc.expr import Expr, Num, Var, substitute, variables
from schedc.plan import Curve
from schedc.prelude import prelude
from schedc.symbolic import to_sympy, zero

CURVES = prelude().curves

# Where a curve begins and ends. Some end wherever their rate leads them; a tanh is not quite there
# by its definition, and stairs and cosines arrive only after whole steps and half waves.
BEGINS = {name: Var("from") for name in CURVES if "from" in variables(CURVES[name].body)}
BEGINS |= {"constant": Var("value")}
ENDS: dict[str, Expr] = {name: Var("to") for name in CURVES if "to" in variables(CURVES[name].body)}
ENDS |= {"constant": Var("value"), "cosine": Var("min")}
GIVEN = {"cosine": {"cycles": Num(Fraction(1, 2))}, "stairs": {"n": Num(Fraction(7))},
         "polynomial": {"power": Num(Fraction(3, 2))}}
APPROACH = {"tanh", "radam", "untuned_linear", "untuned_exponential"}


def with_given(curve: Curve, expr: Expr) -> Expr:
    return substitute(expr, GIVEN.get(curve.name, {}))


def proved(curve: Curve, left: Expr, right: Expr) -> bool:
    positive = {"sigmoid", "logarithmic"} | {c for c in CURVES if CURVES[c].requires}
    symbols = {
        name: sympy.Symbol(name, positive=True) if curve.name in positive else
        sympy.Symbol(name, real=True)
        for name in variables(left) | variables(right)
    }
    return zero(to_sympy(left, symbols) - to_sympy(right, symbols)) == "equal"


@pytest.mark.parametrize("name", sorted(set(BEGINS) - APPROACH))
def test_it_begins_at_its_start(name: str) -> None:
    curve = CURVES[name]
    at_start = with_given(curve, curve.at_start)
    assert proved(curve, at_start, BEGINS[name])
    assert same(at_start, BEGINS[name])  # and identity sees it, so that checks need no sympy


@pytest.mark.parametrize("name", sorted(set(ENDS) - APPROACH))
def test_it_ends_at_its_end(name: str) -> None:
    curve = CURVES[name]
    at_end = with_given(curve, curve.at_end)
    assert proved(curve, at_end, ENDS[name])
    assert same(at_end, ENDS[name])


def test_every_curve_is_accounted_for() -> None:
    anchored = {"inverse_sqrt", "inverse_time", "power_law", "decay", "half_life", "multistep"}
    assert set(CURVES) == set(ENDS) | anchored
    assert not proved(CURVES["tanh"], CURVES["tanh"].at_end, Var("to"))  # the proof can fail
