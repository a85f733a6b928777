"""How many rounds, phases and ranges of N a layout keeps, and where it refuses more."""

from __future__ import annotations

import json
from fractions import Fraction
from math import inf
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from laid import block, compiled
from schedules import schedules

from schedc import layout
from schedc.checks import check
from schedc.courses import course
from schedc.diagnostics.base import Level, Refused
from schedc.diagnostics.tiling import NeedsHorizon
from schedc.expr import TOTAL, Expr, Num, num
from schedc.horizon import Horizon, Split
from schedc.laid import Laid, moved
from schedc.layout import MAX_LAID, cases
from schedc.program import Boundary, Case, Piece
from schedc.rounds import rounds_that_fit
from schedc.source import NOWHERE


@settings(max_examples=50)
@given(
    st.integers(1, 40),
    st.fractions(Fraction(1, 3), 50, max_denominator=9),
    st.fractions(Fraction(1, 2), 3, max_denominator=9),
)
def test_as_many_rounds_fit_as_fill_the_room(
    rounds: int, length: Fraction, stretch: Fraction
) -> None:
    room = sum(length * stretch**i for i in range(rounds))
    found = rounds_that_fit(Num(room), Num(length), Num(stretch))
    assert abs(found - rounds) < 1e-3


@pytest.mark.parametrize(
    ("room", "length", "stretch", "wanted"),
    [
        (10, 5, Fraction(1, 2), inf),  # 5 + 5/2 + … = 10 takes for ever
        (11, 5, Fraction(1, 2), inf),
        (200_000, 1, 1, 200_000),
        (200_001, 1, 1, inf),  # plainly too many
        (200_001, 1, Fraction(1, 2), inf),
        (2**18 - 1, 1, 2, 18),
        (5, 1, 1 + Fraction(1, 10**19), 5),
        (TOTAL, 1, 1, 0),  # not known
        (5, TOTAL, 1, 0),
        (5, 1, TOTAL, 0),
    ],
)
def test_rounds_at_the_limits(
    room: Expr | int, length: int, stretch: Fraction, wanted: float
) -> None:
    room, length, stretch = (x if x is TOTAL else num(x) for x in (room, length, stretch))
    assert rounds_that_fit(room, length, stretch) == pytest.approx(wanted)


BY_PLACE = """
    restart(phase(1 + start/1000, 20 steps))
    restart(phase(1 + max(start, 100)/1000, 20 steps))
    restart(phase(2 - t/20, 20 steps))
    restart(linear(2→0.5, 0.01 epochs))
    restart(cosine(2→7e-5, 2.5 steps) >> constant >> rex(→3e-4, ceil(3.3 steps)), times=4)
    restart(phase(linear(2→1, 0.01 epochs) >> cosine(→0.5), 20 steps))
    restart(phase(half_life(2→1, 0.01 epochs), 20 steps))
    restart(phase(multistep(2, [0.01 epochs], gamma=0.5), 20 steps))
    restart(every(linear(2→0.5, 20 steps), 0.01 epochs))
    restart(phase(step/1000, 20 steps))
    restart(phase(lr2 * linear(1→0.5), 20 steps))
    restart(phase(global(linear(1→0.5)), 20 steps))
    restart(take(cosine(1→0.5, 70 steps), 20 steps))
    repeat(restart(cosine(1→0.5, 7 steps), times=2) >>! linear(0.5→1, floor(7.7 steps)))
    restart(phase(half_life(2→1, 3 steps), 20 steps))
    restart(every(sine(1→0.1, 20 steps), 3 steps), scale=0.9)
    restart(cosine(1→0.5, 7 steps), stretch=1.25)
    12 * restart(min(cosine(1→0.1, 20 steps), linear(0.1→2, 7.5 steps)))
    restart(phase(linear(1→0.5, min(1%, 5 steps)) >> linear(→1), 20 steps), times=5)
    constant(1, 3.5 steps) >>! restart(cosine(1→0.1, 7 steps) >>! linear(0.1→1, 2.5 steps))
    constant(1, 3.5 steps) >>! restart(log(2 + sin(u)) * linear(1→2, 10 steps))
""".strip().splitlines()

EVEN = {"steps": 997, "dataset": 1000, "batch": 5}
SHORT_LAST_BATCHES = {"steps": 997, "dataset": 999, "batch": 7}
RAMP = {"samples": 9000, "dataset": 1001, "batch": "constant(4, 500 samples) >>! 16"}


def laid_and_moved(text: str, **facts: object) -> int:
    """A round is laid out where it stands as it is moved there, to the last operator; and what is
    kept of its course is what would be found. How many pieces were moved."""
    run = f"run: {json.dumps(facts)}\n" if facts else ""
    entries = f"{run}schedules:\n  lr2: linear(1→2)\n  lr: |\n    {text}\n"
    once = block(entries)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(layout, "can_move", lambda laid: False)
        each = block(entries)
    assert [f.message() for f in once.findings] == [f.message() for f in each.findings]
    if "lr" not in once.tracks:
        return 0
    both = [found.tracks["lr"].cases for found in (once, each)]
    for moved_, where_it_stands in zip(*both, strict=True):
        assert moved_.pieces == where_it_stands.pieces
        assert [*map(_said, moved_.boundaries)] == [*map(_said, where_it_stands.boundaries)]
    known = [piece for case in both[0] for piece in case.pieces if piece.shares is not None]
    for piece in known:
        anew = Piece(piece.start, piece.stop, piece.value, piece.first, piece.last)
        assert course(piece, once.run) == course(anew, once.run)
    return len(known)


def _said(of: Boundary) -> tuple[Expr, Expr, Expr, bool]:
    return of.at, of.left, of.right, of.jump


@pytest.mark.parametrize("facts", [EVEN, SHORT_LAST_BATCHES, RAMP])
@pytest.mark.parametrize("text", [line.strip() for line in BY_PLACE])
def test_a_round_is_moved_as_it_is_laid_out(text: str, facts: dict[str, Any]) -> None:
    laid_and_moved(text, **facts)


def test_a_round_of_a_run_of_any_length_is_moved_as_it_is_laid_out() -> None:
    body = "phase(linear(1→0.5, min(1%, 5 steps)) >> linear(→1), 20 steps)"
    assert laid_and_moved(f"restart({body}, times=5)") == 10  # of the longer runs


@settings(max_examples=60, deadline=None)
@given(
    schedules(("steps", "epochs")),
    st.integers(5, 60),
    st.sampled_from([EVEN, SHORT_LAST_BATCHES, RAMP]),
)
def test_any_round_is_moved_as_it_is_laid_out(
    text: str, length: int, facts: dict[str, Any]
) -> None:
    laid_and_moved(f"restart(phase({text}, {length} steps)) * 2", **facts)
    laid_and_moved(f"linear(1→2, 3.7 steps) >>! restart({text})", **facts)
    laid_and_moved(f"restart({text}, times=3)", **facts)


@pytest.mark.parametrize(
    ("text", "rounds"),
    [
        ("restart(cosine(1→0.1, 7 steps))", 142),
        ("restart(repeat(cosine(1→0.1, 7 steps), times=2) >>! linear(0.1→1, 2.5 steps))", 61),
        ("3 * restart(phase(1 + u, 5 steps) >>! phase(2, 5 steps))", 99),
        ("restart(phase(linear(1→2, 3 steps) >> cosine(→1), 10 steps))", 99),
        ("restart(every(linear(1→2, 10 steps), 2.5 steps) * 2)", 0),  # of where it was sampled
        ("restart(every(linear(1→2, 10 steps), 10 steps) * 2)", 99),
        ("restart(phase(linear(1→2, 3 steps) >> cosine(→1), 0.02 epochs))", 249),
        ("restart(phase(1 + start, 10 steps))", 0),
        ("restart(cosine(1→0.1, 7 steps), stretch=1.25)", 0),
    ],
)
def test_rounds_that_say_nothing_of_their_place_are_laid_out_once(
    text: str, rounds: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """rounds: how many are moved from there."""
    starts: list[Expr] = []

    def counted(laid: Laid, start: Expr, stop: Expr) -> Laid | None:
        found = moved(laid, start, stop)
        if found is not None:
            starts.append(start)
        return found

    monkeypatch.setattr(layout, "moved", counted)
    assert laid_and_moved(text, **EVEN)
    assert len(starts) == rounds


def test_a_round_keeps_what_it_is_over_its_share() -> None:
    found = block("run: {steps: 100}\nschedules:\n  lr: 12 * restart(cosine(1→0.1, 20 steps))\n")
    pieces = found.tracks["lr"].only.pieces
    assert len({id(piece.shares) for piece in pieces}) == 1
    assert pieces[0].shares is not None


def codes(text: str, **facts: object) -> set[str]:
    return {f.code for f in compiled(text, **facts).findings if f.level > Level.WARNING}


FOUR = "linear(1→2, 1 step) >> linear(→1, 1 step) >> linear(→3, 1 step) >> linear(→1, 1 step)"
EPOCHS = {"epochs": 2, "dataset": 1000, "batch": 300}


@pytest.mark.parametrize(
    ("within", "beyond", "facts"),
    [
        (" >> ".join(["constant(1, 1 step)"] * 8), " >> ".join(["constant(1, 1 step)"] * 9), {}),
        (
            "restart(linear(1→0, 1 step), times=8)",
            "restart(linear(1→0, 1 step), times=9)",
            {},
        ),
        (
            "restart(linear(0→1, 1 step) >> linear(→0, 1 step), times=4)",
            "restart(linear(0→1, 1 step) >> linear(→0, 1 step), times=5)",
            {},
        ),
        (  # a level is a phase, and a formula is one
            " >>! ".join(["phase(1 + u, 1 step)"] * 7 + ["2"]),
            " >>! ".join(["phase(1 + u, 1 step)"] * 8 + ["2"]),
            {},
        ),
        ("restart(linear(1→0, 12.5 steps))", "restart(linear(1→0, 12 steps))", {}),
        ("restart(linear(1→0), times=8)", "restart(linear(1→0), times=9)", {}),
        (
            "restart(restart(linear(1→0, 4 steps), times=1), times=8)",
            "restart(restart(linear(1→0, 4 steps), times=1), times=9)",
            {},
        ),
        (  # of each four that are laid out, one is left
            " >>! ".join([f"every({FOUR}, 4 steps)"] * 2),
            " >>! ".join([f"every({FOUR}, 4 steps)"] * 3),
            {},
        ),
        ("restart(linear(1→0, 250 samples))", "restart(linear(1→0, 249 samples))", EPOCHS),
        ("every(linear(0→1), 250 samples)", "every(linear(0→1), 249 samples)", EPOCHS),
        (
            "restart(linear(1→0, 25 steps)) + restart(linear(1→0, 20 steps))",
            "restart(linear(1→0, 25 steps)) + restart(linear(1→0, 17 steps))",
            {},
        ),
    ],
)
def test_phases_at_the_limit(
    monkeypatch: pytest.MonkeyPatch, within: str, beyond: str, facts: dict[str, object]
) -> None:
    """With a limit of eight phases; the limits that are checked before are as they are."""
    for room in ("layout", "laid", "lengths", "rounds"):
        monkeypatch.setattr(f"schedc.{room}.MAX_PIECES", 8)
    facts = facts or {"steps": 100}
    assert "SCH312" not in codes(within, **facts)
    assert "SCH312" in codes(beyond, **facts)


@pytest.mark.parametrize(
    "text",
    [
        "restart(linear(1→0.3, {}), times=7)",
        "restart(linear(1→0.3, {}) >>! cosine(→2, 1 step), times=7)",
        "restart(every(linear(1→0.3, {}), 2 steps), times=7)",
        "restart(linear(1→0.3, {}) * linear(3→2, {}), times=7)",
        "restart(take(cosine(1→0, 9 steps), {}), times=7)",
        "restart(restart(linear(1→0.3, {}), times=2) >>! 0.5 * linear(2→1, 1 step), times=7)",
    ],
)
@settings(max_examples=15, deadline=None)
@given(
    length=st.sampled_from([
        "2.5 steps", "1 step + 8 samples", "20 samples", "64 tokens", "0.2 epochs", "4%",
        "floor(4%)", "max(4%, 3 steps)", "2 * floor(2%)", "floor(4%) - 1 step",
    ]),
    facts=st.sampled_from([
        {"epochs": 3, "dataset": 103, "batch": 8, "sequence": 4},  # a short last batch
        {"epochs": 3, "dataset": 104, "batch": 8, "sequence": 4},
        {"steps": 50, "dataset": 103, "batch": 8, "sequence": 4},
        {"samples": 400, "dataset": 103, "batch": "constant(8, 160 samples) >>! 16", "sequence": 4},
    ]),
)
def test_rounds_stand_where_they_stand_one_by_one(
    text: str, length: str, facts: dict[str, object]
) -> None:
    """Counted, or measured from where each begins: the same boundaries, whatever is uneven."""
    body, _, times = text.format(length, length).removeprefix("restart(").rpartition(", times=")
    count = int(times.removesuffix(")"))
    rounds, written = compiled(f"restart({body}, times={count})", **facts), compiled(
        " >>! ".join([f"({body})"] * count), **facts
    )
    if "lr" in written.tracks:
        stops = [[p.stop for p in out.tracks["lr"].only.pieces] for out in (rounds, written)]
        assert stops[0] == stops[1]
    else:
        assert "lr" not in rounds.tracks


@pytest.mark.parametrize(
    "body",
    [
        "restart(linear(1→2, 2.5 steps) >> linear(→1, 1 step))",  # 35,273 rounds
        "restart(linear(1→2, max(2 steps, 2.5 steps)) >> linear(→1, 1 step))",
        "restart(linear(1→2, 3 * floor(1.5 steps)) >> linear(→1, 1 step))",
        "restart((linear(1→2, 3 steps) >> linear(→1, 1 step)) * linear(2→1, 2 steps))",
        "restart(every(linear(1→2, 3 steps) >> linear(→1, 1 step), 2 steps))",
        "restart(take(linear(1→2, 3 steps) >> linear(→1, 1 step), 3.5 steps))",
        "every(restart(linear(1→2, 3 steps) >> linear(→1, 1 step)), 2 steps)",
        "restart(every(restart(linear(1→2, 3 steps) >> linear(→1, 1 step), times=100), 1 step))",
        # twice 150 times 100 rounds
        "restart(restart(linear(1→2, 1 step) >> linear(→1, 1 step), times=100), times=150)",
    ],
)
def test_rounds_in_updates_are_counted_before_they_are_laid_out(
    monkeypatch: pytest.MonkeyPatch, body: str
) -> None:
    """Whatever else moves unevenly in the run: more than 20,000 in the two, and not in either."""
    asked: list[object] = []
    monkeypatch.setattr("schedc.layout._lay_series", lambda *given: asked.append(given))
    assert codes(f"restart({body}, times=2)", steps=123_457, dataset=999, batch=7) == {"SCH312"}
    assert not asked


def test_rounds_of_rounds_share_the_room() -> None:
    laid = compiled("restart(restart(linear(1→0), times=2), times=2)", steps=100).tracks["lr"]
    assert [p.stop for p in laid.only.pieces] == [num(25), num(50), num(75), num(100)]


def ranges(several: int, refuse: bool = False, pieces: int = 0) -> list[Case]:
    """The cases of something that differs at each N up to `several`, of so many pieces each."""

    def work(horizon: Horizon) -> Case:
        low, high = horizon.low, horizon.high
        if low < several and low != high:
            raise Split(low + 1)
        if refuse:
            raise Refused(NeedsHorizon(NOWHERE, str(low)))
        return Case(low, high, pieces * (piece,), (), (), (), ())

    piece = Piece(num(0), num(1), num(0), num(0), num(0))
    done, refused = cases(work, 1, None)
    assert not refused or refuse
    return done


def test_ranges_that_come_out_the_same_are_one_case() -> None:
    assert ranges(7) == [Case(1, None, (), (), (), (), ())]


def test_so_many_ranges_are_laid_out_and_no_more() -> None:
    most = MAX_LAID // 2  # each of them but the first is cut off another
    assert MAX_LAID == 1000 and most == 500
    assert len(ranges(most)) == 1
    assert not ranges(most, refuse=True)
    for refuse in (False, True):
        with pytest.raises(Refused):
            ranges(most + 1, refuse)
    ranges(200, pieces=3)  # 399 layouts, and 600 pieces
    with pytest.raises(Refused):
        ranges(201, pieces=3)
    ranges(334, pieces=1)  # 667 and 333, before the last of them is laid out
    with pytest.raises(Refused):
        ranges(335, pieces=1)
    ranges(20, pieces=500)  # of long ones there may be some all the same
    with pytest.raises(Refused):
        ranges(21, pieces=500)


def test_a_round_of_no_length_is_told_wherever_it_is_repeated() -> None:
    assert rounds_that_fit(num(10), num(0), num(2)) == 0
    text = "repeat(restart(linear(2→1, 0 steps)), stretch=2, times=5)"
    (found,) = check(expression=text, steps=100).findings
    assert (found.code, found.where.text) == ("SCH307", "restart(linear(2→1, 0 steps))")
