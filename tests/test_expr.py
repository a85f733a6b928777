"""The exact arithmetic: folding keeps the value, and what has none is refused."""

import gc
import weakref
from fractions import Fraction

import mpmath
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from schedc.algebra import affine, canonical, rebuild, same, terms
from schedc.expr import (
    OPS,
    PI,
    STEP,
    TOTAL,
    Apply,
    Expr,
    Num,
    TooLarge,
    Undefined,
    Var,
    exactly,
    make,
    num,
    substitute,
    variables,
)
from schedc.numeric import numerically
from schedc.uncollected import MANY, uncollected

fractions = st.fractions(min_value=-6, max_value=6, max_denominator=12)
leaves = st.one_of(fractions.map(Num), st.sampled_from([STEP, TOTAL, Var("base"), PI]))


def grown(children: st.SearchStrategy[Expr]) -> st.SearchStrategy[Expr]:
    unary = st.sampled_from(
        ["neg", "abs", "sqrt", "exp", "sin", "cos", "tanh", "floor", "ceil", "round"]
    )
    binary = st.sampled_from(["add", "sub", "mul", "div", "min", "max", "mod", "pow"])
    ternary = st.sampled_from(["progress", "clamp"])
    return st.one_of(
        st.builds(lambda op, a: Apply(op, (a,)), unary, children),
        st.builds(lambda op, a, b: Apply(op, (a, b)), binary, children, children),
        st.builds(lambda op, a, b, c: Apply(op, (a, b, c)), ternary, children, children, children),
    )


expressions = st.recursive(leaves, grown, max_leaves=8)
VALUES = {"step": Fraction(7, 3), "total": Fraction(11), "base": Fraction(3, 10)}


def rebuilt(expr: Expr) -> Expr:
    """The same expression, every node through `make`, so that everything folds."""
    if isinstance(expr, Apply):
        return make(expr.op, *[rebuilt(a) for a in expr.args])
    return expr


def plain(expr: Expr) -> mpmath.mpf:
    """The value by mpmath alone, no exact arithmetic on the way: an independent reading."""
    with mpmath.workdps(400):  # sqrt(sin(pi)) is 0, not 1e-41
        return _plain(expr)


def _plain(expr: Expr) -> mpmath.mpf:
    match expr:
        case Num(value):
            return mpmath.mpf(value.numerator) / value.denominator
        case Var(name):
            return mpmath.mpf(VALUES[name].numerator) / VALUES[name].denominator
        case Apply("pi", ()):
            return +mpmath.pi
        case Apply(op, args):
            values = [_plain(a) for a in args]
            value = _READ[op](*values)
            if not isinstance(value, mpmath.mpf) or not abs(value) < 1e15:
                raise ArithmeticError  # the sine of a number of that size has no 45 digits left
            return value
    raise AssertionError


_READ = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / b,
    "neg": lambda a: -a,
    "pow": lambda a, b: mpmath.power(a, b),
    "min": min,
    "max": max,
    "abs": abs,
    "sqrt": mpmath.sqrt,
    "exp": mpmath.exp,
    "sin": mpmath.sin,
    "cos": mpmath.cos,
    "tanh": mpmath.tanh,
    "floor": mpmath.floor,
    "ceil": mpmath.ceil,
    "round": lambda a: mpmath.floor(a + mpmath.mpf(1) / 2),
    "mod": lambda a, m: a - m * mpmath.floor(a / m),
    "clamp": lambda x, lo, hi: min(max(x, lo), hi),
    "progress": lambda k, a, b: (k - a) / (b - a),
}
STEPS = ("floor", "ceil", "round", "mod")


def stepped(expr: Expr) -> bool:
    """Does it round? Then a rounded argument on a boundary may fall on either side."""
    return any(isinstance(e, Apply) and e.op in STEPS for e in _parts(expr))


def _parts(expr: Expr) -> list[Expr]:
    return [expr, *(p for a in expr.args for p in _parts(a))] if isinstance(expr, Apply) else [expr]


@settings(max_examples=1500, deadline=None)
@given(expressions)
def test_folding_keeps_the_value(expr: Expr) -> None:
    assume(not stepped(expr))
    try:
        wanted = plain(expr)
    except (ArithmeticError, ValueError, TypeError):
        assume(False)
    assume(abs(wanted) < 1e30)
    try:
        folded = rebuilt(expr)
        got = numerically(folded, VALUES)
    except (Undefined, TooLarge):
        # the value exists, so only a part that folded away (0 * 1/0) could have been refused
        assume(False)
    assert abs(got - wanted) <= mpmath.mpf(10) ** -45 * max(1, abs(wanted))


@settings(max_examples=800, deadline=None)
@given(expressions)
def test_canonical_terms_keep_the_value(expr: Expr) -> None:
    try:
        wanted = numerically(rebuilt(expr), VALUES)
        folded = canonical(rebuilt(expr))
        got = numerically(folded, VALUES)
    except (Undefined, TooLarge, TypeError):
        assume(False)
    assume(mpmath.isfinite(wanted) and abs(wanted) < 1e30)
    assert abs(got - wanted) <= mpmath.mpf(10) ** -40 * max(1, abs(wanted))


@settings(max_examples=500, deadline=None)
@given(expressions, expressions)
def test_same_is_never_true_of_different_numbers(a: Expr, b: Expr) -> None:
    try:
        left, right = rebuilt(a), rebuilt(b)
        equal = same(left, right)
        gap = numerically(left, VALUES) - numerically(right, VALUES)
        size = abs(numerically(left, VALUES))
    except (Undefined, TooLarge, TypeError):
        assume(False)
    if equal:
        assert abs(gap) <= mpmath.mpf(10) ** -40 * max(1, size)


@pytest.mark.parametrize(
    ("op", "args", "wanted"),
    [
        ("cos", (PI,), -1),
        ("cos", (make("div", PI, num(3)),), Fraction(1, 2)),
        ("sin", (make("div", PI, num(6)),), Fraction(1, 2)),
        ("sqrt", (num(Fraction(9, 4)),), Fraction(3, 2)),
        ("pow", (num(8), num(Fraction(2, 3))), 4),
        ("pow", (num(512), num(Fraction(-1, 3))), Fraction(1, 8)),
        ("round", (num(Fraction(5, 2)),), 3),
        ("round", (num(Fraction(-5, 2)),), -2),
        ("mod", (num(-7), num(3)), 2),
        ("exp", (num(0),), 1),
        ("log", (num(1),), 0),
    ],
)
def test_exact_values(op: str, args: tuple[Expr, ...], wanted: Fraction | int) -> None:
    assert make(op, *args) == num(wanted)


@pytest.mark.parametrize(
    ("op", "args"),
    [
        ("div", (1, 0)),
        ("log", (0,)),
        ("log", (-1,)),
        ("sqrt", (-1,)),
        ("pow", (0, -1)),
        ("mod", (1, 0)),
        ("progress", (1, 2, 2)),
    ],
)
def test_what_has_no_value_is_refused(op: str, args: tuple[int, ...]) -> None:
    with pytest.raises(Undefined):
        make(op, *map(num, args))


def test_towers_of_exponents_are_refused() -> None:
    with pytest.raises(TooLarge):
        make("pow", num(9), make("pow", num(9), num(9)))


def test_terms_see_what_is_the_same() -> None:
    half = make("div", make("mul", num(2), TOTAL), num(4))
    assert same(half, make("mul", num(Fraction(1, 2)), TOTAL))
    root = make("sqrt", num(2))
    assert same(make("mul", root, root), num(2))
    assert same(make("sin", STEP), make("cos", make("sub", make("div", PI, num(2)), STEP)))
    assert same(make("ceil", STEP), make("neg", make("floor", make("neg", STEP))))
    assert not same(make("abs", STEP), STEP)


def test_affine_finds_slope_and_offset() -> None:
    u = make("progress", STEP, num(1000), num(10_000))
    assert affine(u, "step") == (num(Fraction(1, 9000)), num(Fraction(-1, 9)))
    assert affine(make("mul", STEP, STEP), "step") is None


def test_progress_folds_at_its_ends() -> None:
    u = make("progress", STEP, num(10), TOTAL)
    assert substitute(u, {"step": num(10)}) == num(0)
    assert substitute(u, {"step": TOTAL}) == num(1)


def test_every_row_of_the_table_is_read() -> None:
    assert set(_READ) | {"log", "pi"} == set(OPS)
    assert variables(make("add", STEP, TOTAL)) == {"step", "total"}
    assert exactly(make("add", STEP, num(1)), {"step": Fraction(2)}) == 3
    assert rebuild(terms(num(0))) == num(0)


def test_what_is_made_while_the_collector_waits_is_old_and_not_exempt() -> None:
    class Circle:
        def __init__(self) -> None:
            self.self = self

    assert gc.isenabled() and not gc.get_freeze_count()
    with uncollected():
        assert not gc.isenabled()
        many = [[n] for n in range(2 * MANY)]
        circle = weakref.ref(Circle())
    assert gc.isenabled() and not gc.get_freeze_count()
    assert any(each is many for each in gc.get_objects(generation=2))
    assert circle() is not None
    gc.collect()
    assert circle() is None
