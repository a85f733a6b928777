"""The table of a batch ramp against the plain loop that a trainer runs."""

from __future__ import annotations

from fractions import Fraction
from math import ceil

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schedc.expr import PI, STEP, Expr, Num, exactly, make, num
from schedc.integers import moves, rational, whole
from schedc.ramp import (
    FIRST_PROBES,
    MOST_PROBES,
    Level,
    Levels,
    NotWhole,
    Table,
    TooManyProbes,
    constant_levels,
    rows,
    tabulate,
    tabulate_tokens,
)


def line(start: Fraction | int, stop: Fraction | int, length: Fraction | int) -> Expr:
    u = make("progress", STEP, num(0), num(length))
    return make("add", num(start), make("mul", num(stop - start), u))


def rounded(value: Expr, quantum: int, how: str = "floor") -> Expr:
    return make("mul", make(how, make("div", value, num(quantum))), num(quantum))


def value_at(schedule: Levels, x: int) -> Fraction:
    for level in schedule.levels:
        if level.start <= x < level.stop:
            value = exactly(level.value, {"step": Fraction(x)})
            assert value is not None
            return value
    assert isinstance(schedule.final, Num)
    return schedule.final.value


def simulated(batch: Levels, sequence: Levels, updates: int) -> list[tuple[int, int, int, int]]:
    """(samples, tokens, batch, sequence) at the start of each update: the loop of a trainer."""
    s = t = 0
    out = []
    for k in range(updates):
        at = {"steps": k, "samples": s, "tokens": t}
        b, q = int(value_at(batch, at[batch.unit])), int(value_at(sequence, at[sequence.unit]))
        out.append((s, t, b, q))
        s, t = s + b, t + b * q
    return out


UNITS = st.sampled_from(["steps", "samples", "tokens"])


@st.composite
def schedules(draw: st.DrawFn, unit: str | None = None) -> Levels:
    """A few levels, constant, rounded ramps up or down, or powers, of uneven lengths."""
    unit = unit or draw(UNITS)
    start = Fraction(0)
    levels = []
    end = draw(st.integers(1, 40))
    for _ in range(draw(st.integers(0, 4))):
        stop = start + draw(st.fractions(1, 3000, max_denominator=7))
        low, high = draw(st.integers(1, 40)), draw(st.integers(1, 40))
        quantum = draw(st.sampled_from([1, 1, 2, 5]))
        ramp = make(
            "add",
            num(low),
            make("mul", num(high - low), make("progress", STEP, Num(start), Num(stop))),
        )
        value = draw(
            st.sampled_from(
                [
                    num(low),
                    make("max", rounded(ramp, quantum), num(1)),
                    make("max", rounded(ramp, quantum, "ceil"), num(1)),
                    make("round", make("div", make("mul", ramp, ramp), ramp)),
                    make(
                        "add", num(1), make("mod", make("floor", make("div", STEP, num(3))), num(4))
                    ),
                ]
            )
        )
        levels.append(Level(start, stop, value))
        start = stop
    return Levels(unit, tuple(levels), num(end))


@settings(max_examples=150, deadline=None)
@given(schedules(), schedules())
def test_the_table_is_the_loop(batch: Levels, sequence: Levels) -> None:
    table = tabulate(batch, sequence)
    for k, (s, t, b, q) in enumerate(simulated(batch, sequence, 300)):
        assert (table.samples_at(k), table.tokens_at(k)) == (s, t)
        assert (table.batch_at(k), table.sequence[table.row(k)]) == (b, q)


@settings(max_examples=60, deadline=None)
@given(schedules(), schedules(), st.lists(st.fractions(0, 500, max_denominator=1000), max_size=8))
def test_there_and_back(batch: Levels, sequence: Levels, positions: list[Fraction]) -> None:
    table = tabulate(batch, sequence)
    for k in positions:
        assert table.update_at_samples(table.samples_at(k)) == k
        assert table.update_at_tokens(table.tokens_at(k)) == k


@settings(max_examples=60, deadline=None)
@given(schedules("steps"))
def test_neighbouring_rows_differ(batch: Levels) -> None:
    table = tabulate(batch, constant_levels(3))
    assert all(a != b for a, b in zip(table.batch, table.batch[1:], strict=False))
    assert table.update[0] == 0
    assert list(table.update) == sorted(set(table.update))


@settings(max_examples=60, deadline=None)
@given(schedules().filter(lambda s: s.unit != "samples"))
def test_tokens_per_update_alone(batch_tokens: Levels) -> None:
    table = tabulate_tokens(batch_tokens)
    k = t = 0
    for k in range(200):
        assert table.tokens_at(k) == t
        t += int(value_at(batch_tokens, k if batch_tokens.unit == "steps" else t))
    assert not table.samples


def test_tokens_per_update_with_samples_where_they_are_whole() -> None:
    steps = Levels("tokens", (Level(Fraction(0), Fraction(100), num(8)),), num(16))
    assert tabulate_tokens(steps, 4).batch == (2, 4)
    assert tabulate_tokens(steps, 4).samples == (0, 104 // 4)
    assert tabulate_tokens(steps, 3).samples == ()


def test_bloom() -> None:
    """Its public log: 9,841,584 samples after 12,695 updates, 47,768,496 after 31,214."""
    ramp = rounded(line(192, 2048, 9_765_625), 16)
    batch = Levels("samples", (Level(Fraction(0), Fraction(9_765_625), ramp),), num(2048))
    table = tabulate(batch, constant_levels(2048))
    assert len(table.update) == 117
    logged = {12_695: 9_841_584, 31_214: 47_768_496, 31_250: 47_842_224, 85_376: 158_692_272}
    assert {k: table.samples_at(k) for k in logged} == logged
    assert ceil(table.update_at_samples(220_000_000)) == 115_312


def test_deepseek_v3() -> None:
    """3,072 → 15,360 over 469B tokens: 28.064B tokens after the 2,000 updates of its warm-up."""
    ramp = make("floor", line(3072, 15_360, 469 * 10**9))
    batch = Levels("tokens", (Level(Fraction(0), Fraction(469 * 10**9), ramp),), num(15_360))
    table = tabulate(batch, constant_levels(4096))
    assert table.tokens_at(2000) == 28_064_358_400
    assert table.batch[-1] == 15_360


def test_a_ramp_over_ten_million_updates_keeps_rows_not_updates() -> None:
    length = 57_600_000_000
    ramp = make("floor", line(1000, 11_000, length))
    batch = Levels("samples", (Level(Fraction(0), Fraction(length), ramp),), num(11_000))
    table = tabulate(batch)
    assert len(table.update) == 10_001
    assert table.update[-1] > 9_600_000
    # the last row starts where the plain sum of the rows before it says
    spans = zip(table.update, table.update[1:], table.batch, strict=False)
    assert table.samples[-1] == sum((after - at) * b for at, after, b in spans)


def test_a_wave_is_searched_between_its_turning_points() -> None:
    u = make("progress", STEP, num(0), num(100_000))
    wave = make("cos", make("mul", make("mul", num(2), PI), make("mul", num(Fraction(1, 2)), u)))
    value = make("add", num(64), make("mul", num(32), wave))
    assert moves(value, "step", Fraction(0), Fraction(100_000)) == -1
    assert moves(value, "step", Fraction(0), Fraction(200_001)) is None
    batch = Levels("steps", (Level(Fraction(0), Fraction(1000), make("floor", value)),), num(32))
    table = tabulate(batch)
    at = whole(make("floor", value), "step")
    assert [table.batch_at(k) for k in range(0, 1000, 7)] == [at(k) for k in range(0, 1000, 7)]


def test_a_wave_over_a_long_run_is_searched_by_what_it_takes_not_by_its_updates() -> None:
    """However many its updates: most of them are enclosed many at a time."""
    for updates in (19_000, 1_000_000):
        u = make("progress", STEP, num(0), num(updates))
        wave = make("sin", make("mul", num(6), u))
        value = make("floor", make("add", num(100), make("mul", num(50), wave)))
        assert moves(value, "step", Fraction(0), Fraction(updates)) is None
        table = tabulate(Levels("steps", (Level(Fraction(0), Fraction(updates), value),), num(86)))
        at = whole(value, "step")
        looked = range(0, updates, updates // 97)
        assert [table.batch_at(k) for k in looked] == [at(k) for k in looked]
        for k in table.update[1:-1]:
            assert at(k - 1) != at(k) == table.batch_at(k)


def test_a_wave_of_every_update_is_refused_with_what_was_looked_at() -> None:
    wave = make("floor", make("add", num(100), make("mul", num(20), make("sin", STEP))))
    ramped = tabulate(Levels("steps", (Level(Fraction(0), Fraction(300), wave),), num(9)))
    assert [ramped.batch_at(k) for k in range(300)] == [whole(wave, "step")(k) for k in range(300)]
    with pytest.raises(TooManyProbes) as caught:
        tabulate(Levels("steps", (Level(Fraction(0), Fraction(10**6), wave),), num(9)))
    assert caught.value.probes == FIRST_PROBES, "that it would not do is clear at once"
    assert 0 < caught.value.position <= FIRST_PROBES
    with pytest.raises(TooManyProbes) as caught:
        tabulate(Levels("steps", (Level(Fraction(0), Fraction(19_000), wave),), num(9)))
    assert caught.value.probes == MOST_PROBES + 1
    assert caught.value.position < 19_000


def test_floors_of_irrational_numbers_are_decided_or_left_open() -> None:
    root = make("sqrt", num(2))
    assert rational(make("floor", make("mul", num(10**6), root))) == 1_414_213
    assert rational(make("ceil", make("neg", root))) == -1
    assert rational(make("round", make("mul", num(2), root))) == 3
    assert rational(root) is None
    one = make("sub", make("pow", make("sqrt", num(2)), num(2)), num(1))  # is 1, not seen to be
    assert rational(make("floor", one)) in (1, None)


@given(
    st.integers(-50, 50), st.integers(-50, 50), st.integers(1, 30), st.integers(1, 9),
    st.integers(-200, 200),
)  # fmt: skip
def test_integer_arithmetic_is_exact(a: int, b: int, length: int, q: int, x: int) -> None:
    x_line = line(a, b, length)
    for value in (
        x_line,
        rounded(x_line, q),
        make("ceil", make("div", x_line, num(q))),
        make("round", x_line),
        make("mod", x_line, num(Fraction(q, 3))),
        make("clamp", x_line, num(-3), num(7)),
        make("max", make("abs", x_line), make("pow", STEP, num(2))),
        make("floor", make("div", num(7), make("add", num(1), make("mul", STEP, STEP)))),
    ):
        exact = exactly(value, {"step": Fraction(x)})
        assert exact is not None
        expected = exact.numerator if exact.denominator == 1 else None
        assert whole(value, "step")(x) == expected


@pytest.mark.parametrize(
    ("value", "update"),
    [
        (line(192, 2048, 500), 1),  # 195.712
        (make("floor", line(5, 0, 100)), 81),  # 0 from update 81 on: 5 - 4.05
        (make("div", num(8), make("sub", STEP, num(3))), 0),
        (make("sqrt", make("add", STEP, num(4))), 1),
    ],
)
def test_the_first_update_that_is_not_whole(value: Expr, update: int) -> None:
    batch = Levels("steps", (Level(Fraction(0), Fraction(500), value),), num(1))
    with pytest.raises(NotWhole) as caught:
        tabulate(batch)
    assert caught.value.update == update


def test_without_a_sequence_length_there_are_no_tokens() -> None:
    table = tabulate(Levels("steps", (Level(Fraction(0), Fraction(64), num(512)),), num(1024)))
    assert rows(table) == [(0, 0, 512), (64, 32_768, 1024)]
    with pytest.raises(ValueError, match="sequence length"):
        tabulate(Levels("tokens", (), num(1)))


def test_positions_before_the_start_go_on_evenly() -> None:
    table = Table((0, 10), (0, 40), (), (4, 8), ())
    assert table.samples_at(-2) == -8
    assert table.update_at_samples(-8) == -2
    assert table.samples_at(Fraction(21, 2)) == 44
