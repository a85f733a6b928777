"""Which of two boundaries comes first: the same for every N of a horizon, or where to cut it."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schedc.expr import TOTAL, Expr, Num, exactly, make, num
from schedc.horizon import Horizon, Split, Undecided

small = st.sampled_from([Fraction(n, d) for d in (1, 2, 3) for n in range(-4, 5)])
starts = st.integers(1, 12)


def line(slope: Fraction, offset: Fraction) -> Expr:
    return make("add", make("mul", Num(slope), TOTAL), Num(offset))


lines = st.builds(line, small, small)
rounded = st.builds(
    lambda outer, factor, inner: make("add", outer, make("mul", Num(factor), inner)),
    lines,
    small.filter(bool),
    st.recursive(lines, lambda of: st.builds(lambda x: make("floor", x), of), max_leaves=2).map(
        lambda x: make("floor", x)
    ),
)


def signs(expr: Expr, low: int, high: int) -> list[int]:
    """The sign for each N by itself."""
    found = [exactly(expr, {"total": Fraction(n)}) for n in range(low, high + 1)]
    return [(x > 0) - (x < 0) for x in found if x is not None]


def stretches(expr: Expr, low: int, high: int | None) -> list[tuple[int, int | None, int]]:
    """The ranges of N that a sign is told for, in order; cut where it is asked to be cut."""
    try:
        return [(low, high, Horizon(low, high).sign(expr))]
    except Split as split:
        assert low < split.at and (high is None or split.at <= high)
        right = stretches(expr, split.at, high)
        assert high is not None or len(right) == 1 or right[0][2] == 0  # what has no end is decided
        return stretches(expr, low, split.at - 1) + right


@given(lines, starts, st.none() | st.integers(0, 40))
def test_a_line_is_cut_where_its_sign_changes_and_nowhere_else(
    expr: Expr, low: int, width: int | None
) -> None:
    high = None if width is None else low + width
    found = stretches(expr, low, high)
    every = signs(expr, low, low + 60 if high is None else high)
    for start, stop, sign in found:
        last = low + len(every) - 1 if stop is None else stop
        assert set(every[start - low : last - low + 1]) <= {sign}
    changes = sum(a != b for a, b in pairwise(every))
    assert len(found) == changes + 1


@settings(max_examples=300)
@given(rounded, starts, st.none() | st.integers(0, 40))
def test_a_sign_holds_for_every_n(expr: Expr, low: int, width: int | None) -> None:
    try:
        found = stretches(expr, low, None if width is None else low + width)
    except Undecided:
        assert width is None  # in a short range each N is asked
        return
    for start, stop, sign in found:
        assert set(signs(expr, start, start + 60 if stop is None else stop)) == {sign}
    if width is not None:  # it is cut where the sign changes, and nowhere else
        assert all(before[2] != after[2] for before, after in pairwise(found))


@given(rounded, rounded, starts)
def test_a_comparison_is_the_sign_of_the_difference(a: Expr, b: Expr, n: int) -> None:
    only = Horizon(n, n)
    assert only.compare(a, b) == only.sign(make("sub", a, b)) == -only.compare(b, a)
    values = [num(exactly(x, {"total": Fraction(n)}) or 0) for x in (a, b)]
    assert Horizon(1, None).compare(*values) == only.compare(a, b)


def third(factor: int = 1, offset: Fraction | int = 0) -> Expr:
    floor = make("floor", make("div", TOTAL, num(3)))
    return make("add", make("mul", num(factor), floor), num(offset))


HALVES = make("sub", make("mul", num(2), make("floor", make("div", TOTAL, num(2)))), TOTAL)
"""0 where N is even, else -1: no line decides it."""


@pytest.mark.parametrize(
    ("expr", "low", "high", "wanted"),
    [
        (line(Fraction(1), Fraction(-5)), 1, 5, [(1, 4, -1), (5, 5, 0)]),
        (third(), 4, None, [(4, None, 1)]),
        (third(-1), 4, None, [(4, None, -1)]),
        (third(-1, 4), 1, 10, [(1, 10, 1)]),
        (third(-1, 1), 1, 3, [(1, 2, 1), (3, 3, 0)]),
        (third(), 1, None, [(1, 2, 0), (3, 3, 1), (4, None, 1)]),
        (make("add", HALVES, num(3)), 1, None, [(1, None, 1)]),
        (make("sub", HALVES, num(1)), 1, None, [(1, None, -1)]),
        (third(-1, Fraction(6667, 2)), 1, 9999, [(1, 9999, 1)]),  # 1/2 is left at the last N
        (  # floor((N + 5)/3) - 2
            make("sub", make("floor", line(Fraction(1, 3), Fraction(5, 3))), num(2)),
            1,
            None,
            [(1, 3, 0), (4, 4, 1), (5, None, 1)],
        ),
    ],
)
def test_nothing_is_cut_that_is_decided(
    expr: Expr, low: int, high: int | None, wanted: list[tuple[int, int | None, int]]
) -> None:
    assert stretches(expr, low, high) == wanted


@pytest.mark.parametrize(
    ("expr", "low", "high", "at"),
    [
        (third(1, -2), 1, None, 10),  # from there on it is above 0, whatever is rounded off
        (third(1, -2), 1, 20, 6),
        (third(1, -2), 1, 6, 6),
        (third(1, -2), 6, 20, 9),
        (third(1, -2), 7, 5000, 10),  # in a long range too it is cut behind its first N
        (third(1, -2), 8, 5000, 10),
        (third(1, -2000), 1, 6001, 6001),  # and at its last at the latest
        (HALVES, 1, 5, 2),
        (HALVES, 2, 4097, 3),
    ],
)
def test_where_rounding_decides_it_is_cut_off(
    expr: Expr, low: int, high: int | None, at: int
) -> None:
    with pytest.raises(Split) as split:
        Horizon(low, high).sign(expr)
    assert split.value.at == at


@pytest.mark.parametrize("high", [4097, None])
def test_in_long_ranges_not_each_n_is_asked(high: int | None) -> None:
    with pytest.raises(Undecided):
        Horizon(1, high).sign(HALVES)


@pytest.mark.parametrize(
    "expr",
    [
        make("pow", TOTAL, num(2)),
        make("sqrt", TOTAL),
        make("abs", TOTAL),
        make("mul", TOTAL, make("floor", make("div", TOTAL, num(2)))),
        make("floor", make("sqrt", TOTAL)),
    ],
)
def test_what_is_no_line_is_undecided(expr: Expr) -> None:
    with pytest.raises(Undecided):
        Horizon(2, 3).sign(expr)


def test_what_is_irrational_is_undecided_for_one_n_too() -> None:
    with pytest.raises(Undecided):
        Horizon(2, 2).sign(make("sqrt", TOTAL))
