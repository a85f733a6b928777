"""Rounds that differ only in their place are one question, and it is asked once."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from laid import block, compiled, track
from schedules import schedules

from schedc import compiler, finite, verify
from schedc.courses import SHARE, alike, course, kinds, widest
from schedc.expr import Num, num, variables
from schedc.layout import lay_schedule
from schedc.lengths import Layout
from schedc.numeric import numerically
from schedc.plan import Plan
from schedc.program import Case, Piece, Track, owner

ROUNDS = """
    restart(cosine(1→0.1, 30 steps))
    restart(exponential(2→0.1, 7 steps) >>! linear(→3, 0.1 epochs))
    every(restart(cosine(1→0.1, 30 steps)), 7 steps)
    every(restart(cosine(1→0.1, 0.03 epochs) >>! linear(→1, 1%)), 2.5 steps) * 3
    restart(phase(1 + t/length, 20 steps))
    restart(phase(0.5^floor(t/3), 20 steps))
    restart(min(linear(1→0, 30 steps), 0.5)) * every(restart(sine(1→0.5, 60 steps)), 4 steps)
    every(restart(every(linear(1→0.2, 20 steps), 3 steps)), 2 steps)
""".strip().splitlines()


def checked(laid: Track) -> int:
    """Pieces of one kind go through the same values; how many kinds of how many pieces."""
    first: dict[object, Piece] = {}
    numbers = kinds(laid.only.pieces)
    for piece, kind in zip(laid.only.pieces, numbers, strict=True):
        assert (kind is None) == (alike(piece) is None)
        if kind is None:
            continue
        other = first.setdefault(kind, piece)
        assert alike(other) == alike(piece)
        assert course(piece, laid.run) == course(other, laid.run)
        for share in (Fraction(1, 7), Fraction(5, 9)):
            assert abs(there(piece, share, laid) - there(other, share, laid)) < 1e-30
    assert list(first) == [*range(len(first))]
    return len(first)


def there(piece: Piece, share: Fraction, laid: Track) -> Any:
    assert isinstance(piece.start, Num) and isinstance(piece.stop, Num)
    k = piece.start.value + share * (piece.stop.value - piece.start.value)
    return numerically(piece.value, {**laid.run.clocks_at(k), "base": Fraction(3)})


@pytest.mark.parametrize("text", [line.strip() for line in ROUNDS])
def test_rounds_of_one_kind_go_through_the_same_values(text: str) -> None:
    laid = track(text, epochs=5, dataset=1000, batch=5)
    assert checked(laid) <= len(laid.only.pieces) / 3


@settings(max_examples=60, deadline=None)
@given(schedules(), st.sampled_from([100, 997]))
def test_pieces_of_one_kind_go_through_the_same_values(text: str, steps: int) -> None:
    found = compiled(text, steps=steps).tracks.get("lr")
    if found is not None:
        checked(found)


@settings(max_examples=60, deadline=None)
@given(schedules(), st.sampled_from([100, 997]), st.fractions(0, 1, max_denominator=50))
def test_a_course_is_the_piece_over_its_share(text: str, steps: int, share: Fraction) -> None:
    found = compiled(text, steps=steps).tracks.get("lr")
    if found is None:
        return
    for piece in found.only.pieces:
        of = course(piece, found.run)
        assert of is not None and not variables(of.formula) - {SHARE.name, "base"}
        if share < 1:  # at the end a step has its limit in the course, its value in the formula
            over = numerically(of.formula, {"u": share, "base": Fraction(3)})
            assert abs(over - there(piece, share, found)) < 1e-30


@settings(max_examples=40, deadline=None)
@given(schedules(), st.sampled_from([100, 997]), st.fractions(0, 1000, max_denominator=50))
def test_the_owner_of_a_clock_is_the_piece_it_lies_in(text: str, steps: int, k: Fraction) -> None:
    found = compiled(text, steps=steps).tracks.get("lr")
    if found is not None:
        assert owner(found.only, k) is found.piece(k)
        for piece in found.only.pieces:
            assert isinstance(piece.start, Num)
            assert owner(found.only, piece.start.value) is piece


def test_each_kind_is_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Eight hundred rounds in three products: a question for each kind in each product."""
    asked: Counter[str] = Counter()

    def counted(name: str, room: object) -> None:
        right = getattr(room, name)

        def asking(*given: object) -> object:
            asked[name] += 1
            return right(*given)

        monkeypatch.setattr(room, name, asking)

    counted("_piece", finite)
    counted("_negative", verify)
    found = block(
        """run: {steps: 23457, dataset: 1001, batch: 10, drop_last: true}
schedules:
  lr: every(restart(sigmoid(sqrt(2)→0.1, 0.3 epochs)), 7 steps)
groups:
  - {match: 'head.*', lr: 12 * lr}
  - {match: 'b.{i}.*', lr: lr * 0.75^(12 - i)}
  - {match: '*'}
"""
    )
    assert len(found.tracks["lr"].only.pieces) > 700
    assert asked == {"_piece": 24, "_negative": 24}


@pytest.mark.parametrize(
    "text",
    [
        "restart(logarithmic(1→0.2, 2 steps), times=300) * cosine(1→0.1)",
        "restart(phase(sqrt(1.001 - u), 2 steps), times=300, scale=0.999)",
    ],
)
def test_hundreds_of_kinds_of_one_shape_are_asked_together(
    monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    asked: list[object] = []
    right = finite._piece

    def asking(*given: Any) -> object:
        asked.append(given[0])
        return right(*given)

    monkeypatch.setattr(finite, "_piece", asking)
    assert len(compiled(text, steps=600).tracks["lr"].only.pieces) == 300
    assert len(asked) <= 2


def test_what_n_leaves_open_takes_a_few_layouts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rounded lengths of a run without a length: a range is laid out for what is different."""
    asked = 0

    def laid(lay: Layout, plan: Plan) -> Case:
        nonlocal asked
        asked += 1
        return lay_schedule(lay, plan)

    monkeypatch.setattr(compiler, "lay_schedule", laid)
    found = block(
        """schedules:
  dropout: >
    repeat(every(square(1e-3→sqrt(2), floor(7%)) >> power_law(power=-1), 100 steps), scale=0.5,
    times=4) / repeat(tanh(0→sqrt(2)), times=2, scale=0.9, stretch=1.5)
"""
    )
    assert len(found.tracks["dropout"].cases) == 4
    assert asked <= 20


def test_a_piece_of_many_cases_is_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three factors and 9 ranges of N, in most of which stands what stands in others."""
    asked: list[Piece] = []
    right = verify._negative

    def negative(piece: Piece, *given: Any) -> Any:
        asked.append(piece)
        return right(piece, *given)

    monkeypatch.setattr(verify, "_negative", negative)
    text = "(linear(0→1, {} steps) >> linear(→2, {}%) >> 2)"
    found = compiled(" * ".join(text.format(7 * i + 3, i + 1) for i in range(3)))
    cases = found.tracks["lr"].cases
    pieces = [piece for case in cases for piece in case.pieces]
    assert len(cases) > 5
    assert len(asked) == len(set(pieces)) < len(pieces) / 2
    for piece, widest_case in widest(cases).items():
        holding = [case for case in cases if piece in case.pieces]
        assert len(holding) > 1
        assert (widest_case.low, widest_case.high) == (holding[0].low, holding[-1].high)


def test_a_group_that_is_written_once_is_compiled_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = 0

    def proved(*given: Any, **more: Any) -> Any:
        nonlocal asked
        asked += 1
        return verify.verify(*given, **more)

    monkeypatch.setattr(compiler, "verify", proved)
    found = block(GROUPS)
    assert asked == 4  # the schedule itself, and three groups
    assert [ruled.instance.group for ruled in found.groups] == [0, 1, 2, 3]
    assert [ruled.tracks["lr"].only.final for ruled in found.groups] == [
        num(n) for n in (2, 2, 4, 2)
    ]


GROUPS = """run: {steps: 100}
schedules:
  lr: linear(1→2)
groups:
  - &g {match: 'a.*', lr: lr}
  - *g
  - {<<: *g, match: 'b.*', lr: 2 * lr}
  - {match: 'a.*', lr: lr}
"""
