"""Enclosures hold every value, motions are true, derivatives are slopes: tested as laws."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise, product
from typing import Any

import mpmath
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import schedc
from schedc import calculus
from schedc.calculus import Smooth, signs, simplest, smooth, stretches
from schedc.courses import course
from schedc.derivatives import NotSmooth, derivative
from schedc.expr import BASE, ONE, PI, Apply, Expr, Num, TooLarge, Undefined, Var, make, num, walk
from schedc.intervals import CONSTANT, EITHER, FALLING, INF, RISING, Reach, enclose, point, reach
from schedc.numeric import numerically

X = Var("x")
F = Fraction

fractions = st.builds(F, st.integers(-12, 12), st.integers(1, 6))
exponents = st.sampled_from([F(2), F(3), F(1, 2), F(3, 2), F(-1), F(-1, 2), F(-2), F(5, 3)])


def _apply(op: str, *args: Expr) -> Expr:
    try:
        return make(op, *args)
    except (Undefined, TooLarge):
        return num(1)


@st.composite
def _bigger(draw: st.DrawFn, parts: st.SearchStrategy[Expr]) -> Expr:
    op = draw(st.sampled_from([
        "add", "sub", "mul", "div", "neg", "pow", "min", "max", "abs", "sqrt", "exp", "log", "sin",
        "cos", "tanh", "floor", "ceil", "round", "mod", "clamp", "progress", "cospi", "power",
    ]))
    a = draw(parts)
    if op == "cospi":
        return _apply("cos", _apply("mul", PI, a))
    if op == "power":
        return _apply("pow", a, Num(draw(exponents)))
    if op in ("neg", "abs", "sqrt", "exp", "log", "sin", "cos", "tanh", "floor", "ceil", "round"):
        return _apply(op, a)
    if op == "clamp":
        low = draw(fractions)
        return _apply(op, a, Num(low), Num(low + abs(draw(fractions))))
    if op == "progress":
        return _apply(op, a, Num(draw(fractions)), Num(draw(fractions)))
    return _apply(op, a, draw(parts))


leaves = st.one_of(st.just(X), st.just(X), fractions.map(Num), st.just(PI))
LESS_HALF = _apply("sub", X, num(F(1, 2)))
formulas = st.recursive(leaves, _bigger, max_leaves=6).filter(lambda e: X in set(walk(e)))
stretches_of_x = st.tuples(fractions, fractions).map(sorted)


def value(expr: Expr, x: F) -> mpmath.mpf | None:
    """The reference value, 50 digits; None where there is none, or where nobody can compute it."""
    try:
        found = numerically(expr, {"x": x})
    except (Undefined, TooLarge, OverflowError, ZeroDivisionError):
        return None
    return found if mpmath.isfinite(found) and abs(found) < mpmath.mpf(10) ** 300 else None


def samples(low: F, high: F) -> list[F]:
    return [low + (high - low) * F(i, 12) for i in range(13)]


@given(formulas, stretches_of_x)
@settings(max_examples=600, deadline=None)
def test_an_enclosure_holds_every_value(expr: Expr, ends: list[F]) -> None:
    low, high = ends
    try:
        found = reach(expr, {"x": Reach(low, high, RISING)})
    except (Undefined, TooLarge):
        assume(False)
    points = [(x, value(expr, x)) for x in samples(low, high)]
    tiny = mpmath.mpf(10) ** -40
    for x, y in points:
        if y is None:
            continue
        slack = tiny * (1 + abs(y))
        with mpmath.workdps(60):
            assert found.low == -mpmath.inf or number(found.low) <= y + slack, x
            assert found.high == mpmath.inf or y - slack <= number(found.high), x
            if found.nonzero:
                assert y != 0
    if found.doubt is None:
        for x, _ in points:  # it has a value everywhere
            try:
                numerically(expr, {"x": x})
            except Undefined as problem:
                raise AssertionError(f"no value at {x}") from problem
            except (TooLarge, OverflowError):
                pass
    values = [y for _, y in points if y is not None]
    if found.doubt is None and found.motion is not None and len(values) == len(points):
        steps = [b - a for a, b in pairwise(values)]
        size = tiny * (1 + max(map(abs, values)))
        rises, falls = all(s >= -size for s in steps), all(s <= size for s in steps)
        assert {CONSTANT: rises and falls, RISING: rises, FALLING: falls,
                EITHER: rises or falls}[found.motion]


def number(x: F | float) -> mpmath.mpf:
    return mpmath.mpf(x) if isinstance(x, float) else mpmath.mpf(x.numerator) / x.denominator


@given(formulas, fractions)
@settings(max_examples=300, deadline=None)
def test_a_point_is_enclosed_tightly(expr: Expr, x: F) -> None:
    y = value(expr, x)
    ends = enclose(expr, {"x": x}, 40)
    assume(y is not None and ends is not None)
    with mpmath.workdps(60):
        low, high = map(number, ends)
        assert low - mpmath.mpf(10) ** -40 * (1 + abs(y)) <= y
        assert y <= high + mpmath.mpf(10) ** -40 * (1 + abs(y))
    if not any(getattr(p, "op", "") in ("floor", "ceil", "round", "mod") for p in walk(expr)):
        assert high - low <= mpmath.mpf(10) ** -20 * (1 + abs(y))


smooth_formulas = formulas.filter(
    lambda e: not any(
        getattr(p, "op", "") in ("min", "max", "abs", "clamp", "floor", "ceil", "round", "mod")
        for p in walk(e)
    )
)


@given(smooth_formulas, fractions)
@settings(max_examples=300, deadline=None)
def test_the_derivative_is_the_slope(expr: Expr, x: F) -> None:
    h = F(1, 10**12)
    try:
        slope = value(derivative(expr, "x"), x)
        bend = value(derivative(derivative(derivative(expr, "x"), "x"), "x"), x)
    except (Undefined, TooLarge):
        assume(False)
    before, after = value(expr, x - h), value(expr, x + h)
    assume(None not in (slope, bend, before, after) and abs(bend) < 1e6)
    rise = (after - before) / (2 * mpmath.mpf(1) / 10**12)
    assert abs(rise - slope) <= 1e-9 * (1 + abs(slope) + abs(bend))


def test_an_operator_with_corners_has_no_derivative_in_one_piece() -> None:
    try:
        derivative(make("abs", X), "x")
    except NotSmooth:
        return
    raise AssertionError


@pytest.mark.parametrize(
    ("formula", "wanted"),
    [
        (_apply("mul", _apply("add", BASE, ONE), LESS_HALF), [(0, F(1, 2), -1), (F(1, 2), 1, 1)]),
        (_apply("sub", BASE, X), [(0, 1, None)]),  # at each place of it the constant decides
        (_apply("sub", _apply("mul", BASE, X), X), [(0, 1, None)]),
        (_apply("sub", _apply("mul", X, X), _apply("mul", BASE, LESS_HALF)), None),
        (_apply("sub", _apply("add", BASE, ONE), X), [(0, 1, 1)]),
    ],
)
def test_signs_beside_a_constant_that_is_any_positive_number(
    formula: Expr, wanted: list[tuple[F, F, int | None]] | None
) -> None:
    any_base = {"base": Reach(F(0), INF, CONSTANT, True)}
    found = signs(formula, "x", F(0), F(1), any_base)
    if wanted is not None:
        assert [(p.low, p.high, p.sign) for p in found] == wanted
    for part, base in product(found, (F(1, 100), F(1), F(7))):
        for x in samples(part.low, part.high):
            y = numerically(formula, {"x": x, "base": base})
            assert part.sign is None or y * part.sign >= 0


@given(formulas, stretches_of_x)
@settings(max_examples=80, deadline=None)
def test_signs_and_stretches_are_true_and_without_gaps(expr: Expr, ends: list[F]) -> None:
    low, high = ends
    assume(low < high)
    try:
        whole = reach(expr, {"x": Reach(low, high, RISING)})
        parts = signs(expr, "x", low, high, {})
        runs = stretches(expr, "x", low, high, {})
    except (Undefined, TooLarge):
        assume(False)
    tiny = mpmath.mpf(10) ** -40
    for found in (parts, runs):
        assert found[0].low == low
        assert found[-1].high == high
        assert all(a.high == b.low for a, b in pairwise(found))
    for part in parts:
        if part.sign is not None:
            for x in samples(part.low, part.high):
                y = value(expr, x)
                assert y is None or part.sign * y >= -tiny * (1 + abs(y))
                assert y is None or part.sign != 0 or abs(y) < tiny
    if whole.doubt is not None:
        return
    for run in runs:
        values = [value(run.formula, x) for x in samples(run.low, run.high)]
        if run.motion in (RISING, FALLING) and None not in values:
            size = tiny * (1 + max(map(abs, values)))
            assert all(
                run.motion * (b - a) >= -size for a, b in pairwise(values)
            )
        inside = [x for x in samples(run.low, run.high)[1:-1] if value(expr, x) is not None]
        for x in inside:  # the stretch's own formula is the formula
            assert abs(value(expr, x) - value(run.formula, x)) <= tiny * (1 + abs(value(expr, x)))


@given(fractions, fractions)
def test_the_simplest_fraction_lies_between(a: F, b: F) -> None:
    low, high = sorted((a, b))
    best = simplest(low, high)
    assert low <= best <= high
    for denominator in range(1, best.denominator):
        assert not any(
            low <= F(n, denominator) <= high
            for n in range(int(low) * denominator - denominator, int(high + 2) * denominator)
        )


def test_turning_points_come_out_exactly() -> None:
    wave = make("cos", make("mul", make("mul", num(3), PI), X))
    assert [(s.low, s.high, s.motion) for s in stretches(wave, "x", F(0), F(1), {})] == [
        (F(0), F(1, 3), FALLING), (F(1, 3), F(2, 3), RISING), (F(2, 3), F(1), FALLING),
    ]
    hill = make("mul", make("pow", X, num(2)), make("sub", num(1), X))
    assert [(s.low, s.high, s.motion) for s in stretches(hill, "x", F(0), F(1), {})] == [
        (F(0), F(2, 3), RISING), (F(2, 3), F(1), FALLING),
    ]


def test_smoothstep_is_monotone_up_to_its_flat_ends() -> None:
    smoothstep = make(
        "sub", make("mul", num(3), make("pow", X, num(2))),
        make("mul", num(2), make("pow", X, num(3))),
    )
    assert [s.motion for s in stretches(smoothstep, "x", F(0), F(1), {})] == [RISING]


def test_exact_numbers_stay_exact() -> None:
    third = Num(F(1, 3))
    assert reach(make("add", X, third), {"x": point(F(2, 3))})[:2] == (F(1), F(1))
    cosine = make("cos", make("mul", PI, X))
    assert reach(cosine, {"x": Reach(F(0), F(1), RISING)}) == Reach(F(-1), F(1), FALLING)


def test_a_saw_is_taken_apart_as_far_as_the_work_allows() -> None:
    """Each of its teeth crosses the curve at a root that is not rational: 25 ms for each."""
    saw = make("div", make("mod", X, num(7)), num(7))
    lower = make("min", saw, make("exp", make("neg", make("div", X, num(10**4)))))
    for high, apart in ((70, True), (12_000, False)):
        parts = smooth(lower, "x", F(0), F(high), {})
        assert (parts[0].low, parts[-1].high) == (0, high)
        assert (len(parts) > 20) == apart
        assert parts == [Smooth(F(0), F(high), lower)] or apart


def test_the_cuts_of_every_corner_count_as_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """A crossing is looked for in a hundred cuts, whether it is found or not, and each part on
    which one corner is gone looks for those of the next: that took three seconds."""
    looked: list[int] = []

    def counted(of: Expr, *more: Any) -> Reach:
        looked.append(of.size if isinstance(of, Apply) else 1)  # type: ignore[attr-defined]
        return reach(of, *more)

    monkeypatch.setattr(calculus, "reach", counted)
    track = schedc.compile("min(0.1 * 0.3^min(1, floor(step)), radam(0.999))", steps=20).track
    of = course(track.only.pieces[0], track.run)
    assert of is not None
    parts = smooth(of.formula, of.name, of.low, of.high, {})
    assert (parts[0].low, parts[-1].high) == (of.low, of.high)
    assert sum(looked) < 6 * calculus._WORK
