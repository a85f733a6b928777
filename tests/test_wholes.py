"""Laws of whole numbers before they become floats: what is written for JAX is the same number, and
integers of 32 bits hold what they are asked to."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import schedc
from schedc.backends.base import layouts
from schedc.backends.divisions import cut_at_jumps, divisions
from schedc.backends.jax import _cells, _whole
from schedc.backends.share import Shared, share
from schedc.backends.sizes import INT32, Extent, Steps, extent, fits, size, sum_of, terms_of
from schedc.backends.wholes import _apart, bound, from_zeros, typed, whole_inside
from schedc.expr import ONE, OPS, STEP, TOTAL, Apply, Expr, Num, Var, num, variables

F = Fraction
LAWS = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))

NUMBERS = st.integers(-(10**10), 10**10) | st.integers(-9, 9)
DIVISORS = st.integers(1, 12) | st.integers(1, 10**7)


def until(stop: float) -> Steps:
    """A phase from 0 on, in a run that is as long."""
    return Steps(0.0, float(stop), float(stop))


def applied(inner: st.SearchStrategy[Expr]) -> st.SearchStrategy[Expr]:
    """Whole numbers from whole numbers, as lowering writes them."""
    return st.one_of(
        st.builds(
            lambda op, a, b: Apply(op, (a, b)), st.sampled_from(["add", "sub"]), inner, inner
        ),
        st.builds(lambda c, a: Apply("mul", (num(c), a)), NUMBERS.filter(bool), inner),
        st.builds(
            lambda op, a, d: Apply(op, (a, num(d))),
            st.sampled_from(["fdiv", "rem"]),
            inner,
            DIVISORS,
        ),
        st.builds(lambda a: Apply("neg", (a,)), inner),
        st.builds(
            lambda op, a, b: Apply(op, (a, b)), st.sampled_from(["min", "max"]), inner, inner
        ),
    )


WHOLES = st.recursive(
    st.sampled_from([STEP, STEP, TOTAL]) | NUMBERS.map(num), applied, max_leaves=5
)
FACTORS = st.sampled_from([F(1, 3), F(2), F(-7, 10**6)]).map(Num)


@st.composite
def formulas(draw: st.DrawFn) -> Expr:
    """Numbers of whole numbers, of which some occur twice, so that they get a name."""
    a, b = draw(WHOLES), draw(WHOLES)
    parts: list[Expr] = [Apply("mul", (draw(FACTORS), a)), Apply("div", (b, num(7)))]
    parts += draw(st.lists(st.sampled_from([Apply("sub", (a, b)), Apply("mul", (a, a)), b])))
    total = parts[0]
    for part in parts[1:]:
        total = Apply("add", (total, part))
    return total


def value(expr: Expr, at: dict[str, F]) -> F:
    match expr:
        case Num(number):
            return number
        case Var(name):
            return at[name]
    assert isinstance(expr, Apply)
    args = [value(a, at) for a in expr.args]
    match expr.op:
        case "float" | "whole" | "held":
            return args[0]
        case "fdiv":
            return F(args[0] // args[1])
        case "rem":
            return args[0] % args[1]
        case "quotient":
            return F((args[0] * args[1] + args[2]) // args[3])
        case "rest":
            return (args[0] * args[1] + args[2]) % args[3]
    found = OPS[expr.op].exact(*args)
    assert found is not None
    return found


def meant(formula: Shared, at: dict[str, F]) -> F:
    known = dict(at)
    for name, expr in formula.bindings:
        known[name] = value(expr, known)
    return value(formula.results[0], known)


def parts_of(expr: Expr) -> list[Expr]:
    below = expr.args if isinstance(expr, Apply) else ()
    return [expr, *[part for arg in below for part in parts_of(arg)]]


def in_integers(formula: Shared) -> list[Expr]:
    """Everything that is computed in integers of 32 bits: a length is a number of Python until it
    is compared, and what is divided digit by digit is never written out."""
    found = []
    for expr in (*[expr for _, expr in formula.bindings], *formula.results):
        for part in parts_of(expr):
            if isinstance(part, Apply) and part.op == "whole":
                inside = parts_of(part.args[0])
                found += [p for p in inside if variables(p) - {"total"}]
                for p in inside:
                    if isinstance(p, Apply) and p.op in ("min", "max"):
                        found += [p, *p.args]
    return found


LONG = Apply("fdiv", (Apply("mul", (num(7 * 10**9), STEP)), num(1000)))
SUM = Apply("add", (Apply("sub", (LONG, STEP)), num(3)))


@LAWS
@given(formulas(), st.integers(0, 10**6), st.integers(0, 10**6), st.data())
@example(Apply("mul", (Num(F(1, 3)), SUM)), 5, 10**6, None)
def test_a_formula_of_whole_numbers_is_the_same_formula(
    formula: Expr, first: int, more: int, data: st.DataObject | None
) -> None:
    steps = Steps(float(first), float(first + more), float(first + more))
    shared = share([formula])
    written = bound(shared, steps), whole_inside(shared, steps), from_zeros(shared, steps)
    k = first + more // 3 if data is None else data.draw(st.integers(first, first + more))
    at = {"step": F(k), "total": F(first + more)}
    for found in written:
        assert meant(found, at) == value(formula, at), (formula, found, at)
    names = [name for name, _ in written[0].bindings]
    assert len(names) == len({*names})


COMPARED = Apply("max", (Apply("mul", (num(10**8), TOTAL)), num(1)))


@LAWS
@given(formulas(), st.integers(1, 10**9), st.data())
@example(COMPARED, 10**9, None)
@example(Apply("fdiv", (COMPARED, num(10**8))), 10**9, None)
def test_integers_hold_whatever_is_computed_in_them(
    formula: Expr, stop: int, data: st.DataObject | None
) -> None:
    found = bound(share([formula]), until(stop))
    k = stop if data is None else data.draw(st.integers(0, stop))
    known = {"step": F(k), "total": F(stop)}
    for name, expr in found.bindings:
        known[name] = value(expr, known)
    for part in in_integers(found):
        assert abs(value(part, known)) < INT32, (part, known)


DOWN = Apply("mul", (num(-2), STEP))
ABOVE = Apply("add", (Apply("add", (num(15), DOWN)), num(100)))  # 115 at its start


@LAWS
@given(WHOLES, st.integers(0, 10**6), st.integers(0, 10**6), st.data())
@example(ABOVE, 0, 10, None)
@example(TOTAL, 0, 0, None)
def test_nothing_gets_larger_than_its_size(
    whole: Expr, first: int, more: int, data: st.DataObject | None
) -> None:
    found = extent(whole, Steps(float(first), float(first + more), float(first + more)), {})
    assert found is not None
    k = first if data is None else data.draw(st.integers(first, first + more))
    at = {"step": F(k), "total": F(first + more)}
    assert found.low <= value(whole, at) <= found.high
    assert max(-found.low, found.high) <= found.most


@LAWS
@given(
    st.sampled_from(["fdiv", "rem"]), WHOLES, st.integers(-1000, 1000).filter(bool),
    st.integers(0, 10**6), st.integers(1, 10**6), st.data(),
)  # fmt: skip
def test_nothing_that_is_divided_by_a_length_gets_larger_than_its_size(
    op: str, whole: Expr, c: int, first: int, more: int, data: st.DataObject
) -> None:
    divided = Apply(op, (whole, times(c, TOTAL)))
    found = extent(divided, Steps(float(first), *2 * [float(first + more)]), {})
    assert found is not None
    k = data.draw(st.integers(first, first + more))
    assert found.low <= value(divided, {"step": F(k), "total": F(first + more)}) <= found.high


@LAWS
@given(
    st.integers(-(10**6), 10**6), NUMBERS, DIVISORS, st.booleans(),
    st.integers(0, 10**6), st.integers(0, 10**6),
)  # fmt: skip
def test_a_floor_of_a_line_is_between_those_at_its_ends(
    c: int, n: int, d: int, below: bool, first: int, more: int
) -> None:
    by = num(-d if below else d)
    steps = Steps(float(first), *2 * [float(first + more)])
    line = Apply("add", (times(c, STEP), num(n)))
    for floor in (Apply("fdiv", (line, by)), Apply("quotient", (num(c), STEP, num(n), by))):
        found = extent(floor, steps, {})
        assert found is not None
        ends = sorted(value(floor, {"step": F(k)}) for k in (first, first + more))
        assert [found.low, found.high] == ends
    rest = extent(Apply("rem", (line, by)), steps, {})
    assert rest is not None
    assert rest.high == 0 if below else rest.low == 0  # it has the sign of what it is divided by


@LAWS
@given(st.integers(1, 10**4), st.integers(0, 10**4), NUMBERS, st.integers(1, 10**4))
@example(8, 3, 5, 10**4)
@example(1, 0, 0, 1)
def test_a_rest_less_half_of_what_it_is_divided_by_is_as_small_as_a_divisor(
    c: int, slope: int, n: int, total: int
) -> None:
    """However long a run may be; less anything else of its length it is as large as that."""
    rest = Apply("rest", (num(slope), STEP, num(n), times(2 * c, TOTAL)))
    at = {"step": F(total // 2), "total": F(total)}
    found = extent(rest, until(2e9), {})
    assert found is not None and found.low <= value(rest, at) <= found.high
    less = Apply("sub", (rest, times(c, TOTAL)))
    assert size(less, until(2e9)) == 2**30 >= abs(value(less, at))
    other = Apply("sub", (rest, times(10**6 * c, TOTAL)))
    most = size(other, until(1e4))
    assert most is not None and most >= abs(value(other, at))


def test_a_length_is_a_number_of_python_however_large_it_gets_on_the_way() -> None:
    for x, most in ((TOTAL, 1000), (STEP, 10**21)):
        assert size(Apply("rem", (times(10**12, x), num(1000))), until(1e9)) == most
    # unless JAX compares it with another
    compared = Apply("max", (times(10**12, TOTAL), num(7)))
    assert size(Apply("rem", (compared, num(1000))), until(1e9)) == 10**21


@LAWS
@given(WHOLES, st.integers(0, 10**6), st.integers(0, 10**6))
def test_a_sum_that_is_taken_apart_and_put_together_is_the_same(
    whole: Expr, k: int, more: int
) -> None:
    linear = terms_of(whole, until(k + more), {})
    assert linear is not None
    assert all(part.op not in ("add", "sub", "neg") for part in linear if isinstance(part, Apply))
    at = {"step": F(k), "total": F(k + more)}
    parts = {part: c for part, c in linear.items() if part != ONE}
    assert all(parts.values())
    assert value(sum_of(parts, linear.get(ONE, 0)), at) == value(whole, at)


def test_what_is_no_whole_number_has_no_size() -> None:
    third = Num(F(1, 3))
    for expr in (
        third, Var("x"), Apply("mul", (third, STEP)), Apply("add", (STEP, third)),
        Apply("sqrt", (STEP,)), Apply("div", (STEP, num(2))), Apply("fdiv", (STEP, third)),
    ):  # fmt: skip
        assert size(expr, until(100)) is None, expr
    assert size(Var("x"), until(100), {"x": 7.0}) == 7
    # which may be below 0, unless somebody knows better
    for known, between in ((7.0, (-7, 7)), (Extent(3, 7, 7), (3, 7))):
        found = extent(Var("x"), until(100), {"x": known})
        assert found is not None and (found.low, found.high) == between


def test_what_is_read_from_a_table_is_as_large_as_its_numbers() -> None:
    cell = Apply("cell", (Var("TABLE"), Var("row")))
    assert size(cell, until(100)) is None
    assert size(cell, until(100), {"TABLE[]": 12.0}) == 12
    moved = Apply("add", (cell, Apply("mul", (Apply("cell", (Var("RATE"), Var("row"))), STEP))))
    assert size(moved, until(100), {"TABLE": 345.0, "TABLE[]": 12.0}) == 345


def test_a_sum_that_31_bits_do_not_hold_is_written_from_its_zero() -> None:
    """200*step - 24,567,943,007 as 200*(step - 122,839,715) - 7."""
    whole = Apply("sub", (Apply("mul", (num(200), STEP)), num(24_567_943_007)))
    bracket = Apply("float", (Apply("whole", (Apply("sub", (STEP, num(122_839_715))),)),))
    product = Apply("mul", (num(200), bracket))
    assert typed(whole, until(2e8)) == Apply("sub", (product, num(7)))


def times(c: int, x: Expr) -> Expr:
    return Apply("mul", (num(c), x))


def test_a_row_of_a_table_has_its_brackets_from_their_zeros() -> None:
    whole = Apply("sub", (times(200, STEP), num(24_567_943_007)))
    found = from_zeros(share([whole]), until(2e8))
    bracket = Apply("sub", (STEP, num(122_839_715)))
    assert found.results == (Apply("sub", (times(200, bracket), num(7))),)
    assert from_zeros(found, until(2e8)) == found
    above = from_zeros(share([Apply("sub", (times(200, STEP), num(24_567_942_999)))]), until(2e8))
    assert above.results == (Apply("add", (times(200, bracket), num(1))),)
    # several parts that move may cancel: what 32 bits hold of them stays one integer
    thirds = Apply("add", (STEP, times(-3, Apply("fdiv", (STEP, num(7))))))
    three = Apply("add", (thirds, Apply("fdiv", (STEP, num(5)))))
    held = from_zeros(share([three]), until(1e6))
    assert held.results == (Apply("held", (three,)),)
    assert from_zeros(held, until(1e6)) == held
    # it has nothing that divides digit by digit
    long = Apply("fdiv", (times(10**9, STEP), TOTAL))
    for written, counted in ((bound(share([long]), until(1000)), True),
                             (from_zeros(share([long]), until(1000)), False)):  # fmt: skip
        (result,) = written.results
        assert ("quotient" in {p.op for p in parts_of(result) if isinstance(p, Apply)}) == counted
        assert counted or result == long
    # what is read from a ramp is as whole under a name
    cell = Apply("cell", (Var("TABLE"), Var("row")))
    named = Shared((("n", cell),), (Apply("sub", (times(200, Var("n")), num(24_567_943_007))),))
    bracket = Apply("sub", (Var("n"), num(122_839_715)))
    found = from_zeros(named, until(2e8), {"TABLE[]": 2e8})
    assert found.results == (Apply("sub", (times(200, bracket), num(7))),)
    # the smaller of two has each from its zero
    least = Apply("min", (Apply("sub", (times(200, STEP), num(2_000))), num(10**6)))
    found = from_zeros(Shared((), (least,)), until(1e6))
    assert found.results == (
        Apply("min", (times(200, Apply("sub", (STEP, num(10)))), num(10**6))),
    )


def test_what_is_as_large_as_2_to_the_31_is_no_integer_of_32_bits() -> None:
    two = Apply("add", (STEP, Apply("fdiv", (STEP, num(7)))))
    most = size(two, until(7e5))
    assert most is not None
    for less, held in ((0, False), (1, True)):
        whole = Apply("add", (two, num(int(INT32 - most) - less)))
        assert size(whole, until(7e5)) == INT32 - less
        assert fits(whole, until(7e5)) == held
        (found,) = from_zeros(share([whole]), until(7e5)).results
        assert isinstance(found, Apply) and (found.op == "held") == held
    for last in (7 * 2**28 - 7, 7 * 2**28, 7 * 2**28 + 7):
        apart = _apart(Apply("add", (times(2, STEP), times(2, two.args[1]))), until(last), {})
        assert apart is not None
        largest = size(apart[1], until(last))
        assert largest is not None and largest < INT32
    cell = Apply("cell", (Var("TABLE"), Var("row")))
    for less, held in ((0, False), (1, True)):
        named = Shared((("x", cell),), (Apply("mul", (Var("x"), Var("x"))),))
        ((_, written),) = bound(named, until(100), {"TABLE[]": float(INT32 - less)}).bindings
        assert (written == Apply("whole", (cell,))) == held


@LAWS
@given(
    st.integers(-(10**6), 10**6).filter(bool), st.integers(-50, 50), NUMBERS,
    st.integers(0, 10**6), st.integers(1, 10**6),
)  # fmt: skip
@example(-70, 3, 5, 17, 100)
def test_what_is_left_beside_a_bracket_is_small(
    c: int, lengths: int, n: int, k: int, total: int
) -> None:
    """c*(x - m) + r has an r of at most half of c: of a value near 0 both parts are as small."""
    line = Apply("add", (Apply("add", (times(c, STEP), times(lengths or 1, TOTAL))), num(n)))
    found = _apart(line, until(10**6), {})
    assert found is not None
    slope, bracket, left = found
    at = {"step": F(k), "total": F(total)}
    assert slope == c
    assert value(bracket, at).denominator == 1
    assert c * value(bracket, at) + value(left, at) == value(line, at)
    assert abs(value(left, at)) <= F(abs(c), 2)


def test_the_part_that_moves_most_is_the_one_that_is_bracketed() -> None:
    tenth = Apply("fdiv", (STEP, num(10)))
    for parts in ((times(5, STEP), times(3, tenth)), (times(3, tenth), times(5, STEP))):
        found = _apart(Apply("add", parts), until(1e9), {})
        assert found is not None and found[0] == 5
    # what divides all of it is outside, where 32 bits hold the rest
    both = Apply("add", (times(6, STEP), times(4, tenth)))
    shifted = Apply("add", (both, num(-1001)))
    found = _apart(shifted, until(1e6), {})
    assert found is not None
    slope, bracket, left = found
    assert slope == 2
    assert left in (num(-1), num(1))
    for k in (0, 7, 10, 999_999):
        at = {"step": F(k)}
        assert value(bracket, at).denominator == 1
        assert slope * value(bracket, at) + value(left, at) == value(shifted, at)


def test_a_product_of_lengths_is_a_number_of_python() -> None:
    square = Apply("mul", (TOTAL, TOTAL))
    assert typed(square, until(1e9)) == Apply("float", (Apply("whole", (square,)),))
    other = Apply("mul", (STEP, STEP))
    assert typed(other, until(1e9)) == Apply("mul", (Apply("float", (STEP,)),) * 2)


def test_a_division_of_what_is_no_whole_number_stays_as_it_is() -> None:
    formula = Apply("fdiv", (Apply("mul", (Num(F(1, 3)), STEP)), num(7)))
    assert bound(share([formula]), until(1e9)).results == (
        Apply("fdiv", (Apply("mul", (Num(F(1, 3)), Apply("float", (STEP,)))), num(7))),
    )


def test_what_is_divided_digit_by_digit_counts_from_0() -> None:
    """A number below 0 has no digits: it is divided as it is."""
    below = Apply("min", (Apply("sub", (STEP, num(500))), num(0)))
    for x, counted in ((below, False), (STEP, True)):
        top = Apply("mul", (num(10**9), x))
        (found,) = bound(share([Apply("fdiv", (top, TOTAL))]), until(1000)).results
        assert ("quotient" in {p.op for p in parts_of(found) if isinstance(p, Apply)}) == counted
    for last, counted in ((INT32 - 1, True), (INT32, False)):  # which 32 bits have to hold
        found = divisions(Apply("fdiv", (times(10**9, STEP), TOTAL)), until(last))
        assert isinstance(found, Apply) and (found.op == "quotient") == counted
    moving = Apply("fdiv", (times(10**9, STEP), Apply("add", (STEP, num(1)))))
    assert divisions(moving, until(1000)) == moving


def in_floats(expr: Expr) -> list[Expr]:
    """The parts of it that are outside of every bracket of integers."""
    if not isinstance(expr, Apply) or expr.op == "whole":
        return []
    return [expr, *[part for arg in expr.args for part in in_floats(arg)]]


@LAWS
@given(
    st.sampled_from(["fdiv", "rem"]),
    st.integers(1, 10**10),
    NUMBERS,
    st.integers(1, 2**30 - 1) | st.integers(1, 99),
    st.integers(0, 10**9),
    st.integers(1, 10**9),
    st.data(),
)
@example("fdiv", 7, 5, 2**20, 0, 1_500_000_000, None)
@example("fdiv", 10**9, 10**9, 2**29, 0, 1_500_000_000, None)
@example("rem", 10**9, -1, 10**6 + 3, 1_499_000_000, 1_000_000, None)
@example("fdiv", 10**9, -1, 10**6 + 3, 1_499_000_000, 1_000, None)
@example("rem", 2**22, 3, 2**22 - 1, 0, 2_000, None)
def test_what_is_divided_is_never_a_float(
    op: str, c: int, n: int, d: int, first: int, more: int, data: st.DataObject | None
) -> None:
    """(c*step + n) // d and its rest, of any numbers: a float of 32 bits is off by whole ones."""
    top = Apply("add", (Apply("mul", (num(c), STEP)), num(n)))
    k = first + more // 2 if data is None else data.draw(st.integers(first, first + more))
    for below, at in (
        (num(d), {"step": F(k)}),
        (Apply("mul", (num(d % 9 + 1), TOTAL)), {"step": F(k), "total": F(first + more)}),
    ):
        formula = Apply("mul", (Num(F(1, 3)), Apply(op, (top, below))))
        found = bound(share([formula]), Steps(float(first), *2 * [float(first + more)]))
        assert meant(found, at) == value(formula, at)
        (result,) = found.results
        floats = {part.op for part in in_floats(result) if isinstance(part, Apply)}
        assert not floats & {"fdiv", "rem", "quotient", "rest"}


def test_the_largest_integer_is_one_below_2_to_the_31() -> None:
    """A table with a longer number is one of floats, and its clock none that integers are."""
    assert _cells((1, 2**31 - 1)).strip().rstrip(",") == "1, 2147483647"
    assert _cells((1, 2**31)).strip().rstrip(",") == "1.0, 2147483648.0"
    (layout,) = layouts(schedc.compile("linear(0→1)", steps=10).track)
    clocks = {"samples": 2.0**31 - 1, "tokens": 2.0**31}
    assert _whole(replace(layout, clocks=clocks)) == {"samples": 2.0**31 - 1}


def products(expr: Expr) -> bool:
    return any(isinstance(part, Apply) and part.op == "mul" for part in parts_of(expr))


@LAWS
@given(
    st.sampled_from(["fdiv", "rem"]),
    st.lists(st.tuples(NUMBERS.filter(bool), DIVISORS), min_size=1, max_size=3),
    NUMBERS,
    st.integers(1, 2**31) | st.integers(1, 99),
    st.integers(0, 10**9),
    st.integers(1, 10**9) | st.integers(1, 1000),
    st.data(),
)
@example("fdiv", [(10**9 + 1, 1)], 3, 2**30, 0, 1_500_000_000, None)
@example("fdiv", [(10**9 + 1, 1)], 3, 2**30 - 1, 0, 1_500_000_000, None)
@example("rem", [(10**9 + 1, 1), (10**9, 7)], 3, 10**8 + 7, 0, 1_500_000_000, None)
@example("fdiv", [(10**9 + 1, 1), (10**9, 7)], 3, 10**8 + 7, 1_499_999_990, 10, None)
@example("fdiv", [(20, 1)], 3, 7, 0, 10**7, None)
def test_a_sum_that_is_divided_is_one_of_whole_numbers(
    op: str, parts: list[tuple[int, int]], n: int, d: int, first: int, more: int,
    data: st.DataObject | None,
) -> None:  # fmt: skip
    """The same number; a rest only where 32 bits hold twice the divisor; in a row of a table,
    which has floats, what is held is whole, and so is each product that is divided."""
    top: Expr = num(n)
    for c, m in parts:
        top = Apply("add", (top, times(c, Apply("fdiv", (STEP, num(m))))))
    formula = Apply(op, (top, num(d)))
    steps = Steps(float(first), *2 * [float(first + more)])
    k = first + more if data is None else data.draw(st.integers(first, first + more))
    at = {"step": F(k)}
    for table in (False, True):
        found = divisions(formula, steps, table=table)
        assert value(found, at) == value(formula, at)
        for part in parts_of(found):
            match part:
                case Apply("quotient" | "rest", (_, x, _, Num(by))):
                    assert not table and by > 0 and 0 <= value(x, at) < INT32
                    assert part.op == "quotient" or by < 2**30
                case Apply("held", (whole,)):
                    assert table
                    assert all(abs(value(p, at)) < INT32 for p in parts_of(whole))
                case Apply("fdiv" | "rem", (above, _)) if table and fits(above, steps):
                    held = isinstance(above, Apply) and above.op == "held"
                    assert held or not products(above)


@LAWS
@given(
    st.integers(1, 10**4), NUMBERS, st.integers(2**31, 2**45), st.integers(0, 10**9),
    st.integers(1, 10**9), st.data(),
)  # fmt: skip
@example(24, 4_999_999_715, 5_799_999_943, 33_333_343, 960_000_000, None)
@example(7, 0, 7 * 2**30, 0, 2**30 + 1, None)
def test_a_phase_is_cut_where_a_floor_jumps_that_no_row_holds(
    c: int, n: int, d: int, first: int, more: int, data: st.DataObject | None
) -> None:
    floor = Apply("fdiv", (Apply("add", (times(c, STEP), num(n))), num(d)))
    formula = share([Apply("mul", (Num(F(1, 3)), Apply("sub", (floor, num(4)))))])
    steps = Steps(float(first), *2 * [float(first + more)])
    found = cut_at_jumps(formula, first, first + more, steps, {})
    ends = [end for end, _ in found]
    assert ends == sorted(set(ends)) and ends[-1] == first + more > 0
    ks = [first, *[k for end in ends for k in (end - 1, end) if k < first + more]]
    ks += [] if data is None else [data.draw(st.integers(first, first + more - 1))]
    for k in ks:
        (level,) = next(of for end, of in found if k < end).results
        assert value(level, {"step": F(k)}) == value(formula.results[0], {"step": F(k)})
        assert len(found) == 1 or STEP not in parts_of(level)


def _stairs(c: int, n: int, d: int, clock: Expr = STEP) -> Apply:
    return Apply("fdiv", (Apply("add", (times(c, clock), num(n))), num(d)))


LONG_STAIRS = 2**33
"""A level of so many quarters of an update: 32 bits hold none of it."""


_TWO = [_stairs(4, 5, LONG_STAIRS), _stairs(8, 5, LONG_STAIRS)]


@pytest.mark.parametrize(
    ("floors", "first", "end", "jumps"),
    [
        ([_stairs(24, 4_999_999_715, 5_799_999_943)], 33_333_343, 10**9, 3),
        ([_stairs(1, 2**40 - 10**6, 2**40)], 0, 2 * 10**6, 1),
        ([_stairs(1, 2**40 - 10**6, 2**40)], 0, 10**6, 0),
        ([_stairs(24, 0, 5_799_999_943)], 0, 241_666_666, 1),
        ([_stairs(24, 0, 2_000_000_011)], 0, 10**9, 11),  # the divisor alone is an integer
        ([_stairs(4, 5, LONG_STAIRS)], 1, 64 * 2**31 - 2, 63),
        ([_stairs(4, 5, LONG_STAIRS)], 1, 64 * 2**31, None),
        (_TWO, 1, 21 * 2**31 + 1, 21 + 42),
        (_TWO, 1, 43 * 2**30 + 1, None),
        ([_stairs(1, 1, 7)], 0, 100, None),  # integers hold it
        ([_stairs(-24, 4_999_999_715, 5_799_999_943)], 33_333_343, 10**9, None),
        ([_stairs(24, 4_999_999_715, 5_799_999_943, Var("samples"))], 33_333_343, 10**9, None),
    ],
)
def test_where_a_phase_of_a_table_is_cut(
    floors: list[Apply], first: int, end: int, jumps: int | None
) -> None:
    """Where one of its floors is another number than at the update before, and nowhere else."""
    third = Num(F(1, 3))
    formula = share([Apply("add", (Apply("mul", (third, floors[0])), floors[-1]))])
    steps = Steps(float(first), float(end), float(end))
    found = cut_at_jumps(formula, first, end, steps, {"samples": 2.0**40})
    if jumps is None:
        assert found == [(end, formula)]
        return
    stops = [stop for stop, _ in found]
    assert len(stops) == jumps + 1 and stops[-1] == end
    for begin, (stop, level) in zip([first, *stops], found, strict=False):
        assert value(level.whole, {}) == value(formula.whole, {"step": F(begin)})
        at, last = ([value(f, {"step": F(k)}) for f in floors] for k in (begin, stop - 1))
        assert at == last
        assert stop == end or last != [value(f, {"step": F(stop)}) for f in floors]


def test_2_to_the_31_is_no_integer() -> None:
    beyond = Apply("add", (STEP, num(INT32 - 100)))
    assert typed(beyond, until(99)) == Apply("float", (Apply("whole", (beyond,)),))
    assert typed(beyond, until(100)) == Apply("add", (Apply("float", (STEP,)), num(INT32 - 100)))


def test_what_moves_most_may_fall() -> None:
    """Of a sum the part is taken apart that ends furthest from 0, on either side of it."""
    down = Apply("fdiv", (times(-7, STEP), num(3)))
    moving = Apply("add", (times(10**7 + 1, down), times(5, STEP)))
    formula = Apply("sub", (moving, num(30_000_000)))
    found = _apart(formula, until(1000), {})
    assert found is not None
    slope, inside, left = found
    assert slope == 10**7 + 1 and inside == Apply("sub", (down, num(3)))
    for at in (0, 999, 1000):
        here = {"step": F(at)}
        assert slope * value(inside, here) + value(left, here) == value(formula, here)


def test_a_long_divisor_has_a_quotient_and_no_rest() -> None:
    """Digit by digit a rest is doubled, which 32 bits hold of what is below 2^30."""
    for d, rests in ((2**30 - 1, True), (2**30, False), (2**30 + 1, False)):
        above = times(17, STEP)
        quotient, rest = (
            divisions(Apply(op, (above, num(d))), until(2_000_000_000)) for op in ("fdiv", "rem")
        )
        assert any(isinstance(p, Apply) and p.op == "quotient" for p in parts_of(quotient))
        assert any(isinstance(p, Apply) and p.op == "rest" for p in parts_of(rest)) == rests


def test_a_floor_and_multiples_of_the_step_are_held_as_one() -> None:
    """As floats they may cancel. A floor alone is exact as one."""
    late = Steps(99_999_900.0, 1e8, 1e8)
    for c, d, together in ((100, 3, False), (100, 7, True), (100, 107, False)):
        found = divisions(Apply("fdiv", (times(c, STEP), num(d))), late, table=True)
        assert isinstance(found, Apply) and (found.op == "held") == together
    # a product is, before it is divided; two numbers that are added are exact as floats
    for above, held in ((times(7, STEP), True), (Apply("sub", (STEP, num(3))), False)):
        found = divisions(Apply("fdiv", (above, num(5))), until(1000), table=True)
        assert found == Apply("fdiv", (Apply("held", (above,)) if held else above, num(5)))


@LAWS
@given(
    st.sampled_from(["mul", "div"]),
    st.integers(-(10**12), 10**12),
    st.integers(127, 250),
    st.fractions().filter(bool),
)
def test_a_number_that_no_float_of_32_bits_holds_is_two(op: str, n: int, e: int, x: F) -> None:
    """Of which one is a power of 2, so that nothing is rounded twice."""
    c = Num(F(2) ** (e if op == "div" else -e) * (1 + F(n, 10**13)))
    formula = Apply("mul", (c, Var("x"))) if op == "mul" else Apply("div", (Var("x"), c))
    found = typed(formula, until(100))
    assert value(found, {"x": x}) == value(formula, {"x": x})
    numbers = [abs(part.value) for part in parts_of(found) if isinstance(part, Num)]
    assert all(F(1, 2**126) <= number <= 2**126 for number in numbers)
    powers = [F(number.numerator * number.denominator) for number in numbers]
    assert len(numbers) == 1 or any(p.numerator.bit_count() == 1 for p in powers)


def test_a_number_that_a_float_of_32_bits_holds_stays_one() -> None:
    x, border = Var("x"), F(2**126)
    for c, one in ((border, True), (border + 1, False), (-border, True)):
        assert (typed(Apply("div", (x, Num(c))), until(9)) == Apply("div", (x, Num(c)))) == one
    for c, one in ((1 / border, True), (F(3, 2) / border, True), (F(1, 2**126 + 1), False)):
        assert (typed(Apply("mul", (Num(c), x)), until(9)) == Apply("mul", (Num(c), x))) == one


@example(800, 0, 0, 1, 100, 1.0)
@given(
    st.integers(-5000, 5000),
    st.integers(-5000, 5000),
    st.integers(-(10**6), 10**6),
    st.integers(1, 50),
    st.integers(1, 10**6),
    st.floats(0, 1),
)
def test_a_quotient_over_the_length_is_between_its_shares(
    c: int, b: int, n: int, a: int, total: int, share: float
) -> None:
    def asked(n: int) -> Extent:
        above = sum_of({TOTAL: F(b)} if b else {}, n)
        found = extent(Apply("quotient", (num(c), STEP, above, times(a, TOTAL))), STEPS, {})
        assert found is not None
        return found

    k = round(share * total)
    assert asked(n).low <= (c * k + b * total + n) // (a * total) <= asked(n).high
    for at in (0, total):  # without a number it is no wider than its two ends
        assert (c * at + b * total) // (a * total) in asked(0)[:2]
    assert asked(n).most <= (abs(c) + abs(b) + abs(n)) // a + 1


STEPS = Steps(0.0, 1e7, 1e7)


@pytest.mark.parametrize("below", [num(7), Apply("add", (TOTAL, num(3)))])
def test_what_is_no_share_of_the_run_may_be_any_whole_number(below: Expr) -> None:
    of = Apply("quotient", (num(1), STEP, TOTAL, below))
    assert extent(of, STEPS, {}) == Extent(1 - INT32, INT32 - 1, INT32 - 1)


def test_a_share_that_32_bits_do_not_hold_is_written_as_one_that_they_do() -> None:
    for most, told in ((INT32 - 2, INT32 - 1), (INT32 - 1, INT32 - 1), (INT32, INT32 - 1)):
        of = Apply("quotient", (num(1), STEP, Apply("mul", (num(most), TOTAL)), TOTAL))
        assert size(of, STEPS) == told
