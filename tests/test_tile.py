"""Where a rising function meets a level, exactly: shares of the rest beside a batch ramp."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from schedc.tile import place_of

lengths = st.lists(
    st.fractions(min_value=Fraction(1, 7), max_value=3, max_denominator=7), min_size=2, max_size=12
)


@settings(max_examples=50)
@given(lengths, lengths, st.data())
def test_the_place_is_exact(
    widths: list[Fraction], rises: list[Fraction], data: st.DataObject
) -> None:
    """Of a rest and what others take beside it: within a straight piece, and at a corner."""
    points = [(Fraction(0), data.draw(st.sampled_from([Fraction(0), Fraction(1, 3)])))]
    for width, rise in zip(widths, rises, strict=False):
        points.append((points[-1][0] + width, points[-1][1] + width + rise))

    def rising(x: Fraction) -> Fraction:
        assert x >= 0
        for (a, at_a), (b, at_b) in pairwise(points):
            if x <= b:
                return at_a + (x - a) * (at_b - at_a) / (b - a)
        return points[-1][1] + 2 * (x - points[-1][0])

    within = st.fractions(0, 1, max_denominator=9).map(lambda share: share * points[-1][0])
    place = data.draw(st.sampled_from([x for x, _ in points]) | within)
    assert place_of(rising, rising(place)) == place


def test_what_jumps_over_the_level_meets_it_nowhere() -> None:
    assert place_of(lambda x: x if x < 1 else x + 1, Fraction(3, 2)) is None


def test_a_place_below_one_is_found() -> None:
    assert place_of(lambda x: 2 * x + Fraction(1, 3), Fraction(1)) == Fraction(1, 3)


def test_a_function_that_begins_above_the_level() -> None:
    assert place_of(lambda x: x + 5, Fraction(3)) == -2
