"""Every curve, recipe and combinator against numbers that were computed elsewhere."""

from __future__ import annotations

import math
import re
from itertools import pairwise

import pytest

from schedc.names import COMBINATORS
from schedc.prelude import prelude
from tests.laid import at, track

EIGHTHS = (0, 1, 2, 4, 6, 7, 8)

# Profiles from 1 to 0 at progress 0, 1/8, 1/4, 1/2, 3/4, 7/8 and 1, as their papers define them,
# to six digits.
PROFILES = {
    "linear(1→0)": (1, 0.875, 0.75, 0.5, 0.25, 0.125, 0),
    "cosine(1→0)": (1, 0.96194, 0.853553, 0.5, 0.146447, 0.0380602, 0),
    "cosine(1→0)^2": (1, 0.925328, 0.728553, 0.25, 0.0214466, 0.00144858, 0),
    "sqrt(1→0)": (1, 0.646447, 0.5, 0.292893, 0.133975, 0.0645857, 0),
    "square(1→0)": (1, 0.984375, 0.9375, 0.75, 0.4375, 0.234375, 0),
    "mirror_cosine(1→0)": (1, 0.78806, 0.646447, 0.5, 0.353553, 0.21194, 0),
    "polynomial(1→0, power=2)": (1, 0.765625, 0.5625, 0.25, 0.0625, 0.015625, 0),
    "exponential(1→0.01)": (1, 0.562341, 0.316228, 0.1, 0.0316228, 0.0177828, 0.01),
    "2 * exponential(1→0.5) - 1": (1, 0.834008, 0.681793, 0.414214, 0.189207, 0.0905077, 0),
    "rex(1→0)": (1, 0.933333, 0.857143, 0.666667, 0.4, 0.222222, 0),
    "tanh(1→0)": (0.999994, 0.999942, 0.999447, 0.952574, 0.182426, 0.0229774, 0.00247262),
    "tanh(1→0, low=-7)": (0.999999, 0.99999, 0.999877, 0.982014, 0.268941, 0.0293122, 0.00247262),
    "(1 + cos(pi*u^2)) / 2": (1, 0.999398, 0.990393, 0.853553, 0.402455, 0.129524, 0),
    "inverse(1→0.1)": (1, 0.470588, 0.307692, 0.181818, 0.129032, 0.112676, 0.1),
    "sine(0→1)": (0, 0.19509, 0.382683, 0.707107, 0.92388, 0.980785, 1),
    "smoothstep(1→0)": (1, 0.957031, 0.84375, 0.5, 0.15625, 0.0429688, 0),
}


@pytest.mark.parametrize("text", PROFILES)
def test_profiles(text: str) -> None:
    laid = track(text, steps=8)
    for k, expected in zip(EIGHTHS, PROFILES[text], strict=True):
        assert at(laid, k) == pytest.approx(expected, rel=2e-6, abs=5e-7)


AREAS = {  # the area under the profile, from its integral
    "linear(1→0)": 1 / 2,
    "cosine(1→0)": 1 / 2,
    "cosine(1→0)^2": 3 / 8,
    "sqrt(1→0)": 1 / 3,
    "square(1→0)": 2 / 3,
    "mirror_cosine(1→0)": 1 / 2,
    "exponential(1→0.01)": (0.01 - 1) / math.log(0.01),
    "2 * exponential(1→0.5) - 1": 1 / math.log(2) - 1,
    "rex(1→0)": 2 - 2 * math.log(2),
    "inverse(1→0.1)": math.log(10) / 9,
    "sine(0→1)": 2 / math.pi,
    "sigmoid(1→0)": 1 / 2,
    "smoothstep(1→0)": 1 / 2,
    "tanh(1→0)": 0.666529,
    "tanh(1→0, low=-7)": 0.699876,
    "(1 + cos(pi*u^2)) / 2": 0.686991,
    "polynomial(1→0, power=2)": 1 / 3,
}


@pytest.mark.parametrize("text", AREAS)
def test_areas(text: str) -> None:
    updates = 400
    laid = track(text, steps=updates)
    inner = sum(at(laid, k) for k in range(1, updates))
    area = (inner + (at(laid, 0) + at(laid, updates)) / 2) / updates
    assert area == pytest.approx(AREAS[text], rel=1e-4)


VALUES = {
    # text → (updates, {update: value})
    "noam((512*4000)^-0.5)": (
        100_001,
        {4000: 6.987712e-4, 8000: 4.941059e-4, 100_000: 1.397542e-4, 100: 1.746928e-5},
    ),
    "onecycle(1)": (100, {0: 0.04, 30: 1, 100: 4e-6}),
    "radam(0.999)": (
        10_000,
        {3: 0, 4: 0.0173115, 9: 0.048998, 99: 0.215335, 999: 0.645326, 9999: 0.999773},
    ),
    "radam(0.95)": (100, {4: 0.118140, 99: 0.981999}),
    "untuned_linear(0.95)": (100, {0: 0.025, 1: 0.05, 38: 0.975, 39: 1, 99: 1}),
    "untuned_exponential(0.95)": (100, {0: 1 - math.exp(-0.05), 19: 1 - math.exp(-1)}),
    "inverse_time(0.1→, rate=0.5)": (10, {0: 0.1, 1: 0.1 / 1.5, 4: 0.1 / 3}),
    "linear(0→1, 100 steps) >> power_law(-0.51)": (1000, {100: 1, 400: 4**-0.51}),
    "linear(0→1, 100 steps) >> inverse_sqrt": (1000, {100: 1, 400: 0.5, 900: 1 / 3}),
    "inverse_sqrt(1→, timescale=100 steps)": (1000, {0: 1, 300: 0.5, 800: 1 / 3}),
    "half_life(1→, 5 steps)": (20, {0: 1, 5: 0.5, 10: 0.25, 20: 0.0625}),
    "decay(1→, rate=0.97, every=2.4 epochs)": (2400, {0: 1, 240: 0.97, 480: 0.9409}),
    "stairs(1→0, n=4)": (100, {0: 1, 24: 1, 25: 0.75, 99: 0.25, 100: 0}),
    "multistep(1→, 0.1, 30 steps, 60 steps)": (100, {29: 1, 30: 0.1, 59: 0.1, 60: 0.01}),
    "step_decay(0.1, 0.5, 30 steps)": (100, {0: 0.1, 29: 0.1, 30: 0.05, 99: 0.0125}),
    "logarithmic(0→1)": (7, {0: 0, 1: 1 / 3, 3: 2 / 3, 7: 1}),
    "sigmoid(1→0, steepness=4)": (4, {0: 1, 2: 0.5, 1: 0.5 + 0.5 * math.tanh(0.5) / math.tanh(1)}),
    "wsd(1e-3)": (1000, {0: 0, 5: 5e-4, 10: 1e-3, 800: 1e-3, 900: 5e-4, 1000: 0}),
    "tri_stage(1e-3)": (1000, {0: 1e-5, 100: 1e-3, 500: 1e-3, 750: 1e-4, 1000: 1e-5}),
    "triangular(0, 1, 10 steps)": (100, {0: 0, 10: 1, 15: 0.5, 20: 0, 30: 1, 100: 0}),
    "sgdr(1, 10 steps)": (70, {0: 1, 5: 0.5, 10: 1, 20: 0.5, 30: 1, 50: 0.5}),
    "constant(3)": (10, {0: 3, 9: 3}),
    "cosine(1→0, cycles=1)": (8, {0: 1, 4: 0, 8: 1}),
    "cosine(1→, min=0.1, cycles=1.5)": (12, {0: 1, 4: 0.1, 8: 1, 12: 0.1}),
    "repeat(linear(0→1, 10 steps) >> linear(→0, 10 steps), scale=0.5)": (
        60,
        {0: 0, 5: 0.5, 10: 1, 20: 0, 25: 0.25, 30: 0.5, 50: 0.25, 60: 0},
    ),
    "repeat(linear(0→1, 10 steps) >> linear(→0, 10 steps), stretch=2)": (
        60,
        {5: 0.5, 10: 1, 20: 0, 30: 0.5, 40: 1, 50: 0.5, 60: 0},
    ),
    "restart(linear(1→0, 10 steps), scale=0.5, stretch=2)": (
        70,
        {0: 1, 5: 0.5, 9: 0.1, 10: 0.5, 20: 0.25, 30: 0.25, 50: 0.125, 69: 0.25 / 40},
    ),
    "take(linear(0→1, 80 steps), 20 steps)": (40, {0: 0, 10: 0.125, 20: 0.25, 40: 0.25}),
    "linear(0→1, 10 steps) >>! global(linear(1→0))": (
        100,
        {5: 0.5, 9: 0.9, 10: 0.9, 11: 0.89, 50: 0.5, 100: 0},
    ),
    "every(linear(1→0), 10 steps)": (100, {0: 1, 9: 1, 10: 0.9, 55: 0.5, 99: 0.1}),
    "extend(cosine(1→0, 10 steps))": (40, {0: 1, 10: 0, 15: 0.5, 20: 1, 30: 0, 35: 0.5}),
    "phase(1 / (1 + t), 4 steps)": (10, {0: 1, 1: 0.5, 3: 0.25, 4: 0.2, 9: 0.2}),
}


@pytest.mark.parametrize("text", VALUES)
def test_values(text: str) -> None:
    updates, expected = VALUES[text]
    facts = {"epoch": "100 steps"} if "epochs" in text else {}
    laid = track(text, steps=updates, **facts)
    for k, value in expected.items():
        assert at(laid, k) == pytest.approx(value, rel=3e-6), k


def test_no_name_is_left_untested() -> None:
    """`cosine` is not tested by `mirror_cosine`."""
    called = set(re.findall(r"\w+(?=\()", " ".join([*PROFILES, *VALUES])))
    assert {*prelude().names(), *COMBINATORS} - called == set()


WARM_UPS = {"radam", "untuned_linear", "untuned_exponential"}
"""They rise to their value from a start that is their own."""


@pytest.mark.parametrize("name", sorted(prelude().curves.keys() - WARM_UPS))
def test_a_curve_stays_in_its_range_and_meets_its_ends(name: str) -> None:
    """What is drawn from 2 to 1 begins at 2, ends at 1 and never leaves the room between them.

    The decays without an end of their own, and `tanh`, which is not scaled, only promise the start.
    """
    needs = {
        "polynomial": ", power=3",
        "power_law": ", -1, 10%",
        "decay": ", 0.5, 10%",
        "half_life": ", 10%",
        "inverse_time": ", rate=1",
        "stairs": ", n=3",
        "multistep": ", 0.5, 10%, 50%",
        "inverse_sqrt": ", 10%",
    }.get(name, "")
    endless = {"power_law", "decay", "half_life", "inverse_time", "multistep", "inverse_sqrt"}
    stop = "" if name in endless or name == "constant" else "1"
    laid = track(f"{name}(2→{stop}{needs})", steps=64)
    values = [at(laid, k) for k in range(65)]
    assert values[0] == pytest.approx(2, abs=2e-5)
    assert all(0 < v <= 2 for v in values)
    if stop:
        assert values[-1] == pytest.approx(1, abs=3e-3 if name == "tanh" else 0)
        assert all(a >= b for a, b in pairwise(values))
