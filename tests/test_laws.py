"""The laws of sequences and of arithmetic, on random schedules.

Two schedules are the same when their exact values agree at every update, at the ends, and at points
between updates, where a boundary may fall.
"""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from schedc.program import Track
from tests.laid import compiled

TOTAL = 60

levels = st.sampled_from(["1", "0.25", "3e-4", "2", "7/3"])
lengths = st.sampled_from(["5 steps", "7 steps", "2.5 steps", "10%", "5%", "12.5%", "floor(7%)"])
curves = st.sampled_from(
    ["linear", "cosine", "sine", "square", "sqrt", "exponential", "smoothstep", "rex"]
)

starting = st.builds(
    lambda curve, a, b, length: f"{curve}({a}→{b}, {length})", curves, levels, levels, lengths
)
following = st.one_of(
    st.builds(lambda curve, b, length: f"{curve}(→{b}, {length})", curves, levels, lengths),
    st.builds(lambda length: f"constant(span={length})", lengths),
)


def joined(parts: list[str]) -> str:
    return " >> ".join(parts)


def same(a: str, b: str, *, total: int = TOTAL) -> None:
    """Equal exactly, wherever they are looked at; also at the end and behind it."""
    one, other = laid(a, total), laid(b, total)
    for k in [*range(total + 2), *(Fraction(2 * i + 1, 2) for i in range(total)), Fraction(31, 7)]:
        assert abs(one.value(k) - other.value(k)) < 1e-40, (a, b, k)


def laid(text: str, total: int) -> Track:
    out = compiled(text, steps=total)
    assert "lr" in out.tracks, [f.message() for f in out.findings]
    return out.tracks["lr"]


@settings(max_examples=40, deadline=None)
@given(starting, st.lists(following, min_size=2, max_size=3))
def test_a_sequence_is_associative(first: str, rest: list[str]) -> None:
    parts = [first, *rest]
    same(joined(parts), f"({joined(parts[:2])}) >> {joined(parts[2:])}")
    same(joined(parts), f"{parts[0]} >> ({joined(parts[1:])})")


@settings(max_examples=20, deadline=None)
@given(starting)
def test_a_sequence_of_one_is_its_element(only: str) -> None:
    same(only, f"({only})")
    same(only, f"phase({only}, {TOTAL} steps)")


@settings(max_examples=40, deadline=None)
@given(starting, following)
def test_a_level_without_a_length_changes_nothing(first: str, second: str) -> None:
    same(f"{first} >> {second}", f"{first} >> constant(0 steps) >> {second}")


@settings(max_examples=40, deadline=None)
@given(starting, starting, st.sampled_from(["*", "+", "-"]), levels)
def test_arithmetic_distributes_over_time(first: str, second: str, op: str, factor: str) -> None:
    """Once the starts are written, what is done to a sequence is done to each of its parts."""
    same(
        f"({first} >>! {second}) {op} {factor}", f"{first} {op} {factor} >>! {second} {op} {factor}"
    )


@settings(max_examples=30, deadline=None)
@given(starting, following, st.sampled_from(["1/2", "2"]))
def test_a_scaled_repetition_is_the_rounds_written_out(first: str, second: str, scale: str) -> None:
    body = f"{first} >> {second}"
    same(f"restart({body}, times=2, scale={scale})", f"{body} >>! {scale} * ({body})")


@settings(max_examples=30, deadline=None)
@given(starting, following, st.integers(1, 20))
def test_take_is_a_cut(first: str, second: str, length: int) -> None:
    whole = laid(f"{first} >> {second}", TOTAL)
    cut = laid(f"take({first} >> {second}, {length} steps)", TOTAL)
    for k in range(length):
        assert whole.value(k) == cut.value(k)
    assert cut.value(TOTAL) == whole.value(length)


@settings(max_examples=30, deadline=None)
@given(starting, starting)
def test_global_is_the_same_schedule_seen_later(first: str, second: str) -> None:
    overlaid = laid(f"phase({first}, 12 steps) >>! global({second})", TOTAL)
    alone = laid(second, TOTAL)
    for k in range(12, TOTAL):
        assert overlaid.value(k) == alone.value(k)


@settings(max_examples=30, deadline=None)
@given(curves, levels, levels, st.sampled_from([1, 2, 3, 5, Fraction(7, 2)]))
def test_every_holds_each_sample(curve: str, a: str, b: str, period: Fraction) -> None:
    inner = f"{curve}({a}→{b})"
    sampled, alone = laid(f"every({inner}, {float(period)} steps)", TOTAL), laid(inner, TOTAL)
    for k in range(TOTAL):
        assert sampled.value(k) == alone.value(k - Fraction(k) % period)
