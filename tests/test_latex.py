"""The LaTeX of a schedule is its formula: it is read back, by a reader that knows only LaTeX
(`tests/latex.py`), and evaluated against the reference."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from fractions import Fraction
from typing import Any

import mpmath
import pytest
from hypothesis import HealthCheck, Phase, given, settings

import schedc
from schedc.program import Track, by_update
from tests import latex
from tests.fuzz.condition import sway
from tests.schedules import PEERS_CYCLES, VOCABULARY, schedules
from tests.targets import telling
from tests.test_examples import EXAMPLES

SYMBOLS = {"step": "k", "total": "N"}
WRITTEN, SHORTENED = 2.0**-120, 2.0**-36
"""A number that is printed whole, and one of which only twelve digits are."""


def holds(program: Mapping[str, Any], source: str, lengths: Sequence[int | None]) -> None:
    """Every equation has the values of its schedule."""
    found = iter(latex.equations(source))
    for name, schedule in program.items():
        each = [next(found) for _ in schedule.track.cases]
        assert latex_name(name) == each[0].name
        for total in [n for n in lengths if n is None or schedule.track.case(n)]:
            (equation,) = [e for e in each if total is None or e.admits(total)]
            ks = telling(schedule, most=12) if total is None else around(schedule.track, total)
            unit = SHORTENED if r"\ldots" in source else WRITTEN
            same(equation, by_update(schedule.track), ks, total, unit)
    assert next(found, None) is None


def latex_name(name: str) -> str:
    return name.replace("_", r"\_")


def around(track: Track, total: int) -> list[int]:
    return [0, 1, 2, *range(3, total, max(1, total // 11)), total - 1, total, total + 3]


def same(
    equation: latex.Equation, track: Track, ks: Iterable[int], total: int | None, unit: float
) -> None:
    for k in ks:
        clocks = track.environment(Fraction(k), total)
        with mpmath.workdps(50):
            values = {name: mpmath.mpf(v.numerator) / v.denominator for name, v in clocks.items()}
            shown = {SYMBOLS.get(name, rf"\mathrm{{{name}}}(k)"): v for name, v in values.items()}
            got = equation.value({**shown, r"\eta_0": mpmath.mpf(1)})
            allowed = sway(track.formula(Fraction(k), total), {**clocks, "base": Fraction(1)}, unit)
            most = 4 * unit * max(allowed.error, abs(allowed.value))
            assert abs(got - allowed.value) <= most, (equation.name, k, total, got, allowed.value)


@pytest.mark.parametrize("text", [*VOCABULARY, *PEERS_CYCLES])
def test_a_curve_or_recipe_reads_back(text: str) -> None:
    schedule = schedc.compile(text, steps=997)
    holds({"lr": schedule}, schedule.source("latex"), [None])
    with suppress(schedc.ScheduleError):  # repetitions need a length
        schedule = schedc.compile(text)
        holds({"lr": schedule}, schedule.source("latex"), [1, 5, 101, 299, 900, 996, 2000])


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_reads_back(path: Any) -> None:
    program = schedc.load(path)
    known = next(iter(program.values())).run.known is not None
    holds(program, program.source("latex"), [None] if known else [9_999, 10_000, 30_000])


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
)
@given(text=schedules())
def test_random_schedules_read_back(text: str) -> None:
    with suppress(schedc.ScheduleError):
        schedule = schedc.compile(text, steps=997)
        holds({"lr": schedule}, schedule.source("latex"), [None])


@pytest.mark.parametrize(
    "text",
    [
        "200 + (2 - step) * -3",
        "5 - (3 - step)",
        "1 - -step",
        "2 * mod(step, 7) + mod(3 * step, 5) * 4",
        "mod(step + 1, 3 + mod(step, 2)) / 2",
        "5 + mod(-step, 7)",
        "500 - (2^2) + (-2)^3 * step",
        "(1 + step)^-2 + (2^0.5)^3",
        "abs(3 - step) - floor(-step / 3) + ceil(step / 7) + round(step / 5)",
        "99 + clamp(step, 2, 5) * min(1, step, 7 - step) / max(2, step / 3)",
        "exp(-step / 9) + log(2 + step) * tanh(1 + step / 4)",
        "2 + sin(step) * cos(3 * step)",
        "sqrt(1 + step) / (1 + 1 / (1 + step))",
        "12345678 * step / 1_000_003",
        "1e-12 * step + 1/3",
    ],
)
def test_an_operator_reads_back(text: str) -> None:
    schedule = schedc.compile(text, steps=40)
    holds({"lr": schedule}, schedule.source("latex"), [None])


@pytest.mark.parametrize(
    "text",
    [r"2 \cdot -3", r"a", r"k \bmod 7 \cdot 3", r"1 +", r"\frac{1}{2", r"2 + + 3", r"\sin k"],
)
def test_the_reader_refuses_what_a_reader_would_not_know(text: str) -> None:
    with pytest.raises((ValueError, KeyError)):
        latex.read(text)({"k": 3})


def test_the_reader_reads() -> None:
    read = {
        r"1 - 2 \, k^{2} - 3": -20,
        r"\frac{10\,000}{4} \cdot 2": 5000,
        r"-k^{2}": -9,
        r"\left(k \bmod 2\right) \, 5": 5,
        r"\max\left(1,\, k\right) \, k": 9,
    }
    for text, value in read.items():
        assert latex.read(text)({"k": mpmath.mpf(3)}) == value
