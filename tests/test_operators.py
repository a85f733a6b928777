"""Each operator of the table by itself: exactly, folded, to many digits, and where it has no value.

What an operator means is written here a second time, in plain `Fraction`s and in mpmath.
"""

from __future__ import annotations

import inspect
import pickle
from collections.abc import Callable
from fractions import Fraction
from itertools import product
from math import ceil, floor
from typing import Any

import mpmath
import pytest

from schedc.expr import (
    BASE,
    HALF,
    ONE,
    OPS,
    PI,
    STEP,
    TOTAL,
    TWO,
    ZERO,
    Apply,
    Expr,
    Num,
    TooLarge,
    TooLong,
    Undefined,
    Var,
    cos_of_turns,
    exactly,
    make,
    num,
    operators,
    substitute,
    variables,
    walk,
)
from schedc.numeric import numerically
from schedc.operators import MOST_BELOW

GRID = [Fraction(n, d) for n, d in ((-3, 1), (-5, 2), (-1, 1), (-1, 2), (0, 1), (1, 3), (1, 2),
                                    (1, 1), (2, 1), (5, 2), (4, 1))]  # fmt: skip


def root(x: Fraction, degree: int) -> Fraction | None:
    """The rational root of small fractions, looked up."""
    powers = {Fraction(n, d) ** degree: Fraction(n, d) for n in range(20) for d in range(1, 20)}
    return powers.get(x)


def power(a: Fraction, b: Fraction) -> Fraction | None:
    if b == 0:
        return Fraction(1)
    if a == 0:
        return 1 / a if b < 0 else a
    if b.denominator > 1 and a < 0:
        raise ZeroDivisionError
    at_root = root(a, b.denominator) if b.denominator > 1 else a
    return None if at_root is None else at_root**b.numerator


def undefined() -> None:
    raise ZeroDivisionError


EXACT: dict[str, Callable[..., Fraction | None]] = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / b,
    "neg": lambda a: 0 - a,
    "pow": power,
    "min": lambda a, b: a if a < b else b,
    "max": lambda a, b: a if a > b else b,
    "abs": lambda a: a if a > 0 else 0 - a,
    "sqrt": lambda a: undefined() if a < 0 else root(a, 2),
    "exp": lambda a: None if a else Fraction(1),
    "log": lambda a: undefined() if a <= 0 else Fraction(0) if a == 1 else None,
    "sin": lambda a: None if a else Fraction(0),
    "cos": lambda a: None if a else Fraction(1),
    "tanh": lambda a: None if a else Fraction(0),
    "floor": lambda a: Fraction(floor(a)),
    "ceil": lambda a: Fraction(ceil(a)),
    "round": lambda a: Fraction(floor((2 * a + 1) / 2)),
    "mod": lambda a, m: a - m * floor(a / m),
    "clamp": lambda x, low, high: high if low > high or x > high else low if x < low else x,
    "progress": lambda k, a, b: (k - a) / (b - a),
    "pi": lambda: None,
}

NUMERIC: dict[str, Callable[..., Any]] = {
    "exp": mpmath.exp,
    "log": mpmath.log,
    "sin": mpmath.sin,
    "cos": mpmath.cos,
    "tanh": mpmath.tanh,
    "sqrt": mpmath.sqrt,
    "pow": mpmath.power,
    "pi": lambda: +mpmath.pi,
}


def combinations(op: str) -> list[tuple[Fraction, ...]]:
    return list(product(GRID, repeat=2 if OPS[op].arity == -1 else OPS[op].arity))


def test_every_operator_is_written_twice() -> None:
    assert EXACT.keys() == OPS.keys()
    for op, row in OPS.items():
        told = inspect.signature(row.exact).parameters.values()
        several = any(p.kind == p.VAR_POSITIONAL for p in told)
        assert row.name == op and row.arity == (-1 if several else len(told))


@pytest.mark.parametrize("op", EXACT)
def test_numbers_fold_to_the_exact_value(op: str) -> None:
    for args in combinations(op):
        parts = [num(a) for a in args]
        try:
            wanted = EXACT[op](*args)
        except ZeroDivisionError:
            with pytest.raises(Undefined) as fault:
                make(op, *parts)
            assert fault.value.op == op and fault.value.arguments == args
            continue
        made = make(op, *parts)
        assert made == (Apply(op, tuple(parts)) if wanted is None else num(wanted)), args


NOTHING = make("sub", make("floor", PI), num(3))
"""0, but not by arithmetic of fractions."""


@pytest.mark.parametrize("op", EXACT)
def test_what_is_no_fraction_has_the_same_value(op: str) -> None:
    """The reading to many digits, and that it refuses what the exact one refuses."""
    for args in combinations(op):
        expr = Apply(op, tuple([make("add", NOTHING, num(a)) for a in args]))
        try:
            wanted: Any = EXACT[op](*args)
        except ZeroDivisionError:
            with pytest.raises(Undefined) as fault:
                numerically(expr, {})
            assert fault.value.op == op
            continue
        with mpmath.workdps(70):
            if wanted is None:
                wanted = NUMERIC[op](*[mpmath.mpf(a.numerator) / a.denominator for a in args])
            else:
                wanted = mpmath.mpf(wanted.numerator) / wanted.denominator
            assert abs(numerically(expr, {}) - wanted) < mpmath.mpf(10) ** -50, args


@pytest.mark.parametrize("digits", [5, 50, 200])
def test_as_many_digits_as_are_asked_for(digits: int) -> None:
    with mpmath.workdps(digits + 30):
        gap = abs(numerically(PI, {}, digits) - mpmath.pi)
        assert 0 < gap < mpmath.mpf(10) ** -digits


@pytest.mark.parametrize(
    ("part", "whole"),
    [
        ("0", 3), ("-1e-55", 3), ("1e-55", 3), ("-4.5e-55", 2), ("-1e-50", 2),
    ],
)  # fmt: skip
def test_a_whole_number_but_for_the_last_digits_is_that_number(part: str, whole: int) -> None:
    near = make("add", NOTHING, num(3 + Fraction(part)))
    assert numerically(make("floor", near), {}) == whole
    # the digits are those of the number: of one a million times as large as many fewer stand
    far = make("add", NOTHING, num(3_000_000 + Fraction(part) * 1_000_000))
    assert numerically(make("floor", far), {}) == 3_000_000 - (whole == 2)
    beside = make("add", NOTHING, num(Fraction(part) / 3))
    assert numerically(make("floor", beside), {}) == whole - 3


def test_a_logarithm_of_whole_powers_is_whole() -> None:
    assert (
        numerically(make("floor", make("div", make("log", num(8)), make("log", num(2)))), {}) == 3
    )


def test_a_variable_without_a_value_is_no_number() -> None:
    with pytest.raises(KeyError):
        numerically(make("sqrt", STEP), {"total": Fraction(1)})
    assert exactly(STEP, {}) is None
    assert exactly(make("add", STEP, TOTAL), {"step": Fraction(1), "total": Fraction(2)}) == 3


# ---- roots and powers


def test_whole_roots_are_found_and_no_others() -> None:
    for degree in range(2, 12):
        powers = {n**degree: n for n in range(1, 40)}
        for n in range(1, 1200):
            wanted = (
                num(powers[n]) if n in powers else Apply("pow", (num(n), num(Fraction(1, degree))))
            )
            assert make("pow", num(n), num(Fraction(1, degree))) == wanted
    large = 10**40 + 7
    for degree in (2, 3, 5, 17):
        assert make("pow", num(large**degree), num(Fraction(1, degree))) == num(large)
        for beside in (-1, 1):
            n = num(large**degree + beside)
            assert isinstance(make("pow", n, num(Fraction(1, degree))), Apply)
    assert make("sqrt", num(Fraction(4, 7**2))) == num(Fraction(2, 7))
    assert isinstance(make("sqrt", num(Fraction(4, 7))), Apply)
    assert isinstance(make("sqrt", num(Fraction(5, 49))), Apply)


NEAR_ONE = Fraction(10**400 + 1, 10**400)


@pytest.mark.parametrize(
    ("base", "exponent", "wanted"),
    [
        # a number of more digits than are carried along stays a power …
        (2, 4000, 2**4000), (2, 4001, None), (2, 8000, None), (-2, 8000, None),
        (Fraction(1, 2), 8000, None), (2, -8000, None), (Fraction(2, 3), 13_000, None),
        (Fraction(999, 1000), 10_000, None), (NEAR_ONE, 1000, None),
        (-1, 100_001, -1), (-1, 100_000, 1), (1, Fraction(10**9, 7), 1),
        # … so does a root of a high degree or of a high power
        (2**64, Fraction(1, 64), 2), (2**65, Fraction(1, 65), None),
        (8, Fraction(10_001, 3), None), (Fraction(1, 8), Fraction(-10_001, 3), None),
        (0, Fraction(1, 2), 0), (0, 0, 1),
    ],
)  # fmt: skip
def test_powers_at_the_limits(base: Fraction, exponent: Fraction, wanted: Fraction | None) -> None:
    parts = num(base), num(exponent)
    assert make("pow", *parts) == (Apply("pow", parts) if wanted is None else num(wanted))


@pytest.mark.parametrize(
    ("op", "args"),
    [
        ("pow", (2, 8001)), ("pow", (-2, 8001)), ("pow", (Fraction(1, 2), -8001)),
        ("pow", (8, Fraction(10_000, 3))), ("pow", (Fraction(3, 2), 14_000)),
        ("pow", (2, -(10**18) - 1)), ("pow", (Fraction(1, 4), 5 * 10**17 + 1)),
        ("exp", (8001,)), ("exp", (-(10**18) - 1,)), ("mul", (2**4000, 2**4001)),
    ],
)  # fmt: skip
def test_numbers_beyond_every_use_are_refused(op: str, args: tuple[Fraction, ...]) -> None:
    with pytest.raises(TooLarge):
        make(op, *map(num, args))


def test_numbers_just_within_the_limits() -> None:
    assert make("exp", num(8000)) == Apply("exp", (num(8000),))
    assert make("mul", num(2**4000), num(2**3999)) == num(2**7999)
    assert isinstance(make("mul", num(2**4000), num(2**4000)), Apply)
    assert make("div", num(Fraction(1, 2**4000)), num(2**3999)) == num(Fraction(1, 2**7999))
    assert isinstance(make("div", num(Fraction(1, 2**4000)), num(2**4000)), Apply)
    assert isinstance(make("div", num(Fraction(1, 2**4000)), num(2**4001)), Apply)
    assert isinstance(make("pow", num(2), num(-(10**18))), Apply)
    assert isinstance(make("exp", num(-(10**18))), Apply)


def test_formulas_at_the_limits() -> None:
    names = [Var(f"x{i}") for i in range(10_000)]
    assert make("max", *names[1:]).size == 10_000  # type: ignore[union-attr]
    with pytest.raises(TooLong):
        make("max", *names)
    deep: Expr = STEP
    for _ in range(250):
        deep = make("abs", deep)
    with pytest.raises(TooLong):
        make("abs", deep)


# ---- folding

x, y, z = STEP, TOTAL, BASE


def times(factor: int | Fraction, of: Expr) -> Expr:
    return Apply("mul", (num(factor), of))


xy = Apply("mul", (x, y))


@pytest.mark.parametrize(
    ("op", "args", "wanted"),
    [
        ("add", (x, ZERO), x), ("add", (ZERO, x), x), ("add", (x, x), None),
        ("sub", (x, ZERO), x), ("sub", (ZERO, x), Apply("neg", (x,))), ("sub", (x, x), ZERO),
        ("sub", (x, y), None), ("sub", (ZERO, Apply("neg", (x,))), x),
        ("mul", (x, ONE), x), ("mul", (ONE, x), x), ("mul", (x, ZERO), ZERO),
        ("mul", (ZERO, x), ZERO), ("mul", (x, TWO), None), ("mul", (TWO, x), None),
        ("mul", (x, y), None), ("mul", (x, x), None), ("mul", (x, times(3, y)), None),
        ("mul", (times(3, x), TWO), times(6, x)), ("mul", (TWO, times(3, x)), times(6, x)),
        ("mul", (TWO, Apply("mul", (x, num(3)))), times(6, x)),
        ("mul", (HALF, times(2, x)), x), ("mul", (times(2, x), HALF), x),
        ("mul", (TWO, xy), None), ("mul", (xy, TWO), None), ("mul", (xy, ONE), xy),
        ("mul", (times(3, x), ZERO), ZERO), ("mul", (ZERO, times(3, x)), ZERO),
        ("mul", (Apply("add", (x, ONE)), TWO), None),
        ("mul", (TWO, Apply("sub", (num(3), x))), None),
        ("div", (x, ONE), x), ("div", (ZERO, x), ZERO), ("div", (x, x), ONE), ("div", (x, y), None),
        ("neg", (Apply("neg", (x,)),), x), ("neg", (x,), None),
        ("neg", (Apply("abs", (x,)),), None),
        ("pow", (x, ZERO), ONE), ("pow", (ONE, x), ONE), ("pow", (x, ONE), x),
        ("pow", (x, y), None),
        ("min", (x, x), x), ("max", (x, x, x), x), ("min", (x, y), None),
        ("max", (x, x, y), None),
        ("clamp", (x, y, y), y), ("clamp", (x, x, y), None),
        ("progress", (x, x, y), ZERO), ("progress", (x, y, x), ONE),
        ("progress", (x, y, z), None),
        ("sin", (x,), None), ("cos", (times(2, x),), None),
        ("cos", (Apply("div", (x, num(2))),), None),
        ("cos", (Apply("neg", (x,)),), None), ("cos", (Apply("div", (PI, x)),), None),
        ("cos", (Apply("add", (PI, x)),), None),
    ],
)  # fmt: skip
def test_what_folds_and_what_stays(op: str, args: tuple[Expr, ...], wanted: Expr | None) -> None:
    assert make(op, *args) == (Apply(op, args) if wanted is None else wanted)


def test_a_division_of_a_formula_by_zero_is_refused() -> None:
    with pytest.raises(Undefined):
        make("div", x, ZERO)


def test_sine_and_cosine_of_the_fractions_of_a_turn() -> None:
    for twelfths in range(-50, 51):
        r = Fraction(twelfths, 12)
        for op, at in (("cos", r), ("sin", r)):
            double = 2 * getattr(mpmath, f"{op}pi")(mpmath.mpf(at.numerator) / at.denominator)
            whole = int(mpmath.nint(double))
            rational = abs(double - whole) < 1e-9
            for expr in (
                Apply("mul", (num(at), PI)),
                Apply("mul", (PI, num(at))),
                Apply("div", (Apply("mul", (num(twelfths), PI)), num(12))),
                Apply("neg", (Apply("mul", (num(-at), PI)),)),
                Apply("mul", (num(at / 3), Apply("mul", (num(3), PI)))),
            ):
                assert make(op, expr) == (
                    num(Fraction(whole, 2)) if rational else Apply(op, (expr,))
                )
        if twelfths == 12:
            assert make("cos", PI) == cos_of_turns(r) == num(-1)


# ---- trees


def test_the_constants_are_what_they_are_called() -> None:
    assert [c.value for c in (ZERO, ONE, TWO, HALF)] == [0, 1, 2, Fraction(1, 2)]


def test_size_and_levels_are_those_of_the_tree() -> None:
    def measured(expr: Expr) -> tuple[int, int]:
        if not isinstance(expr, Apply):
            return 1, 0
        inner = [measured(a) for a in expr.args]
        return 1 + sum(s for s, _ in inner), 1 + max((n for _, n in inner), default=0)

    one = Apply("abs", (x,))
    two = Apply("add", (one, y))
    for expr in (PI, one, two, *[Apply("max", args) for args in product((x, one, two), repeat=3)]):
        assert (expr.size, expr.levels) == measured(expr)  # type: ignore[union-attr]
        again = pickle.loads(pickle.dumps(expr))
        assert again == expr and hash(again) == hash(expr) == hash(expr)
        parts = list(walk(expr))
        assert parts[0] is expr and len(parts) == expr.size  # type: ignore[union-attr]
        assert variables(expr) == variables(expr) == {p.name for p in parts if isinstance(p, Var)}
    assert variables(x) == {"step"} and variables(num(1)) == variables(PI) == frozenset()
    assert repr(x) == "Var(name='step')"
    assert len({num(1), num(1), num(Fraction(1, 2))}) == 2


def test_what_is_not_substituted_is_the_same_object() -> None:
    whole = Apply("add", (Apply("abs", (x,)), y))
    assert substitute(whole, {"other": z}) is whole
    assert substitute(whole, {"step": z}) == Apply("add", (Apply("abs", (z,)), y))
    assert substitute(whole, {"total": z}) == Apply("add", (Apply("abs", (x,)), z))
    assert substitute(whole, {"step": num(-2), "total": num(3)}) == num(5)
    assert substitute(y, {"step": z}) is y and substitute(num(5), {"step": z}) == num(5)
    assert exactly(num(5), {"step": Fraction(1)}) == 5


def test_the_operators_of_an_expression_are_those_written_in_it() -> None:
    waved = make("cos", make("mul", PI, make("progress", x, num(0), y)))
    assert operators(waved) == {"cos", "mul", "pi", "progress"}
    assert operators(make("max", num(0), make("neg", waved))) == {"max", "neg"} | operators(waved)
    assert operators(x) == operators(num(5)) == set()


@pytest.mark.parametrize(
    ("n", "text"),
    [
        (Fraction(3), "Num(3)"),
        (Fraction(-1, 2), "Num(-1/2)"),
        (Fraction(1 << 3998), f"Num({1 << 3998})"),
        (Fraction(1 << 3999), f"Num({1 << 3999:#x}/0x1)"),
        (Fraction(1, 1 << 3999), f"Num(0x1/{1 << 3999:#x})"),
    ],
)
def test_a_number_of_any_size_is_shown(n: Fraction, text: str) -> None:
    assert repr(Num(n)) == text


@pytest.mark.parametrize(
    ("op", "args", "why"),
    [
        ("log", (0,), "it takes the logarithm of 0 or less"),
        ("sqrt", (-1,), "it takes the square root of a negative number"),
        ("pow", (-2, Fraction(1, 2)), "it takes a root of a negative number"),
        ("pow", (), "it takes a root of a negative number"),
        ("pow", (0, -1), "it divides by 0"),
        ("div", (1, 0), "it divides by 0"),
    ],
)
def test_why_there_is_no_value(op: str, args: tuple[Fraction, ...], why: str) -> None:
    fault = Undefined(op, args)
    assert fault.why == why
    assert str(fault) == f"{op}({', '.join(map(str, args))}) has no value"


def test_a_number_that_no_fraction_holds_is_one_of_mpmath() -> None:
    halved = make("pow", Num(Fraction(1, 2)), STEP)
    assert exactly(halved, {"step": Fraction(10**8)}) is None
    found = numerically(make("mul", num(3), halved), {"step": Fraction(10**8)})
    assert mpmath.log(found / 3, 2) == -(10**8)
    for least in (make("exp", STEP), make("pow", make("exp", num(1)), STEP)):
        found = numerically(least, {"step": Fraction(-MOST_BELOW)})  # as far as `exp` is folded
        assert mpmath.almosteq(mpmath.log(found), -MOST_BELOW)
        with pytest.raises(TooLarge):
            numerically(least, {"step": Fraction(-MOST_BELOW - 1)})
    with pytest.raises(TooLarge):  # its exponent has as many digits
        numerically(make("pow", num(9), make("pow", num(9), STEP)), {"step": Fraction(99)})
    with pytest.raises(TooLarge):
        numerically(make("exp", make("exp", STEP)), {"step": Fraction(99)})
