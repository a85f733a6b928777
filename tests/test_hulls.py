"""What is asked of many formulas at once has the answers that each of them has."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from laid import compiled
from schedules import schedules

from schedc import finite, hulls, verify
from schedc.expr import Apply, Expr, Undefined, Var, exactly, make, num, variables
from schedc.hulls import Row, hold
from schedc.intervals import RISING, Reach, reach

X, HALF = Var("x"), Fraction(1, 2)
UNIT = {"x": Reach(Fraction(0), Fraction(1), RISING)}

numbers = st.fractions(-3, 3, max_denominator=4)
amounts = st.lists(st.tuples(numbers, numbers, numbers), min_size=1, max_size=12)


def shape(number: int, a: Fraction, b: Fraction, c: Fraction) -> Expr:
    line = Apply("add", (num(a), Apply("mul", (num(b), X))))
    return [
        Apply("div", (num(c), line)),
        Apply("sqrt", (Apply("sub", (line, num(c))),)),
        Apply("mul", (line, Apply("log", (Apply("add", (X, num(c))),)))),
        Apply("pow", (line, num(c))),
        Apply("clamp", (line, num(min(b, c)), num(max(b, c)))),
        Apply("cos", (Apply("mul", (Apply("pi", ()), line)),)),
    ][number]


def exists(row: Row, names: dict[str, Reach]) -> bool:
    try:
        return all(reach(e, {**UNIT, **names}).doubt is None for e in row)
    except Undefined:
        return False


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 5), amounts)
def test_what_holds_of_many_holds_of_each(number: int, several: list[tuple[Fraction, ...]]) -> None:
    rows = [(shape(number, *abc),) for abc in several]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hulls, "MANY", 2)
        found = list(hold(rows, exists))
    assert len(found) == len(set(found))
    assert all(exists(rows[index], {}) for index in found)


def test_numbers_that_floats_cannot_tell_apart_are_told_apart() -> None:
    """The least and the largest are exact, of numbers that are one float, or none, or infinite."""
    for numbers_ in (
        [HALF + Fraction(n % 7, 10**30) for n in range(40)],
        [(-1) ** n * (Fraction(10) ** 400 + n) for n in range(40)],
        [Fraction(n % 5, 10**400) for n in range(40)],
    ):
        asked: list[Reach] = []

        def holds(row: Row, names: dict[str, Reach], asked: list[Reach] = asked) -> bool:
            asked += names.values()
            return True

        assert len([*hold([(Apply("add", (X, num(n))),) for n in numbers_], holds)]) == 40
        assert [(r.low, r.high) for r in asked] == [(min(numbers_), max(numbers_))]


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 5), amounts, st.fractions(0, 1, max_denominator=9))
def test_one_formula_stands_for_many(
    number: int, several: list[tuple[Fraction, ...]], x: Fraction
) -> None:
    """With the numbers of each in the places of the names it has the value of each."""
    rows = [(shape(number, *abc),) for abc in several]
    asked: list[tuple[Row, dict[str, Reach]]] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hulls, "MANY", 2)
        seen = list(hold(rows, lambda *given: not asked.append(given)))
    assert len(seen) == len(set(seen))
    for (formula,), names in asked:
        assert variables(formula) - {"x"} == names.keys()
        assert all(r.nonzero == (r.low > 0 or r.high < 0) for r in names.values())
        for (row,) in rows:
            try:
                value, about = exactly(row, {"x": x}), reach(formula, {**names, "x": point(x)})
            except (Undefined, KeyError):
                continue
            assert value is None or about.low <= value <= about.high


def point(x: Fraction) -> Reach:
    return Reach(x, x, nonzero=bool(x))


def test_where_all_are_too_many_some_are_asked() -> None:
    """Of sixty-four roots the last eight have no value: the others are seen to have one."""
    rows = [
        (make("sqrt", make("sub", num(Fraction(56)), make("add", X, num(i)))),)
        for i in range(1, 65)
    ]
    assert sorted(hold(rows, exists)) == [*range(52)]
    assert not list(hold(rows[:31], exists))
    assert sorted(hold(rows[24:56], exists)) == [*range(30)]  # two are asked together, not one


def test_a_name_is_no_number() -> None:
    """One formula for x, and one for y, which reaches below 0."""
    reaches = {**UNIT, "y": Reach(Fraction(-1), Fraction(0), RISING)}
    sums = [make("add", of, num(i + HALF)) for of in (X, Var("y")) for i in range(32)]
    rows = [(make("sqrt", each),) for each in sums]

    def real(row: Row, names: dict[str, Reach]) -> bool:
        return all(reach(e, {**reaches, **names}).doubt is None for e in row)

    assert sorted(hold(rows, real)) == [*range(32), *range(34, 64)]


def test_long_formulas_are_looked_at_one_by_one() -> None:
    def rows(size: int) -> list[Row]:
        return [(make("max", num(i), *map(Var, map(str, range(size - 2)))),) for i in range(32)]

    assert sorted(hold(rows(500), lambda *_: True)) == [*range(32)]
    assert not list(hold(rows(501), lambda *_: True))


MANY_LEVELS = """
    every(logarithmic(0.012→0.9), 2 steps)
    every(logarithmic(0→0.9), 2 steps)
    every(sqrt(-0.1→1) - 0.05, 2 steps)
    phase(1 / (u - 1/3), 50%) >>! restart(linear(1→0, 1 step)) * cosine(1→0)
    sqrt(2) * cosine(0.1→1) * restart(every(square(0.1*base→1/9, 1 step), 2.5 steps))
    sqrt(2) * cosine(-0.1→1) * restart(every(square(0.1*base→1/9, 1 step), 2.5 steps))
    log(linear(2→0)) * restart(exponential(1→0.1, 2 steps))
    restart(linear(1→0, 3 steps)) / (step - 50)
    restart(linear(1→0.5, 3 steps)) ^ linear(2→-2)
    10^(linear(0→400)) * restart(linear(1→0.5, 3 steps))
""".strip().splitlines()


def told(text: str, many: int) -> list[tuple[str, str]]:
    with pytest.MonkeyPatch.context() as patch:
        for room in (hulls, finite, verify):
            patch.setattr(room, "MANY", many)
        return [(f.code, f.message()) for f in compiled(text, steps=100).findings]


@pytest.mark.parametrize("text", [line.strip() for line in MANY_LEVELS])
def test_the_same_is_found_of_many_at_once(text: str) -> None:
    assert told(text, 3) == told(text, 10**9)


@settings(max_examples=60, deadline=None)
@given(schedules())
def test_the_same_is_found_of_random_pieces_at_once(text: str) -> None:
    assert told(text, 2) == told(text, 10**9)
