"""Shapes that elsewhere took a class each: one line of at most 120 characters, and the values of a
reference of a few lines."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest

import schedc

N = 1000


def tail(shape: Callable[[float], float], start: int, length: int) -> Callable[[int], float]:
    """Linear warm-up over 100, 1 until start, then down by `shape` of what remains, 1 to 0."""

    def reference(k: int) -> float:
        if k < 100:
            return k / 100
        return 1.0 if k < start else shape(1 - (k - start) / length)

    return reference


def four(k: int) -> float:
    """Four phases: a rise, a slow line, a segment with a power of 0.6, a line to 0."""
    if k < 50:
        return k / 50
    if k < 400:
        return 1 - 0.2 * (k - 50) / 350
    if k < 900:
        return 0.1 + 0.7 * ((900 - k) / 500) ** 0.6
    return 0.1 * (1000 - k) / 100


def one_cycle(k: int) -> float:
    up, down = (1 - math.cos(math.pi * k / 300)) / 2, (1 + math.cos(math.pi * (k - 300) / 700)) / 2
    return 0.04 + 0.96 * up if k < 300 else 4e-6 + (1 - 4e-6) * down


def restarts(k: int) -> float:
    index = sum(k >= bound for bound in (100, 300, 700))
    begin, length = (0, 100, 300, 700)[index], 100 * 2**index
    return 0.5**index * (1 + math.cos(math.pi * (k - begin) / length)) / 2


def noam(k: int) -> float:
    return k / 100 if k < 100 else math.sqrt(100 / k)


def resets(k: int) -> float:
    """WSD-S: decay to a tenth in 1/value, and straight back to the stable rate, three times."""
    if k < 100:
        return k / 100
    rounds = ((320, 400), (620, 700), (920, 1000))
    decay, end = next(bounds for bounds in rounds if k < bounds[1])
    return 1.0 if k < decay else 1 / (1 + 9 * (k - decay) / (end - decay))


def stretched(k: int) -> float:
    """Half-way down a cosine of 800, its second half is stretched over all that is left."""
    if k < 100:
        return k / 100
    if k < 500:
        return 0.1 + 0.9 * (1 + math.cos(math.pi * (k - 100) / 800)) / 2
    return 0.1 + 0.9 * (1 + math.cos(math.pi / 2 * (1 + (k - 500) / 500))) / 2


def rewarmed(k: int) -> float:
    """A cosine to a tenth, a second warm-up to half the rate, and a cosine to a twentieth."""
    if k < 100:
        return k / 100
    if k < 500:
        return 0.1 + 0.9 * (1 + math.cos(math.pi * (k - 100) / 400)) / 2
    if k < 600:
        return 0.1 + 0.4 * (k - 500) / 100
    return 0.05 + 0.45 * (1 + math.cos(math.pi * (k - 600) / 400)) / 2


def mirrored(k: int) -> float:
    """The momentum of one cycle: down while the rate goes up, and back."""
    share = k / 300 if k < 300 else 1 - (k - 300) / 700
    return 0.95 - 0.1 * (1 - math.cos(math.pi * share)) / 2


LINES: dict[str, Callable[[int], float]] = {
    "linear(0→1, 10%) >> constant >> linear(→0, 20%)": tail(lambda z: z, 800, 200),
    "linear(0→1, 10%) >> constant >> cosine(→0, 20%)": tail(
        lambda z: (1 - math.cos(math.pi * z)) / 2, 800, 200
    ),
    "linear(0→1, 10%) >> constant >> sqrt(→0, 20%)": tail(lambda z: 1 - math.sqrt(1 - z), 800, 200),
    "linear(0→1, 10%) >> constant >> square(→0, 20%)": tail(lambda z: 1 - (1 - z) ** 2, 800, 200),
    "linear(0→1, 10%) >> constant >> exponential(→0.01, 20%)": tail(
        lambda z: 0.01 ** (1 - z), 800, 200
    ),
    "linear(0→1, 10%) >> constant >> polynomial(→0, 20%, power=2)": tail(lambda z: z**2, 800, 200),
    "linear(0→1, 10%) >> constant >> mirror_cosine(→0, 20%)": tail(
        lambda z: 2 * z - (1 - math.cos(math.pi * z)) / 2, 800, 200
    ),
    "linear(0→1, 10%) >> constant >> half_life(50 steps, span=20%)": tail(
        lambda z: 0.5 ** (4 * (1 - z)), 800, 200
    ),
    "linear(0→1, 10%) >> constant >> linear(→0.1, 90% - 10%)": tail(
        lambda z: 0.1 + 0.9 * z, 200, 800
    ),
    "linear(0→1, 10%) >> constant(1, until 50%) >> rex(→0)": tail(
        lambda z: z / (0.5 + z / 2), 500, 500
    ),
    "linear(0→1, 10%) >> cosine(→0.1)": tail(
        lambda z: 0.1 + 0.9 * (1 - math.cos(math.pi * z)) / 2, 100, 900
    ),
    "linear(0→1, 10%) >> restart(constant(1, 22%) >> inverse(→0.1, 8%), times=3)": resets,
    "linear(0→1, 5%) >> linear(→0.8, 35%) >> polynomial(→0.1, 50%, power=0.6) >> linear(→0)": four,
    "linear(0→1, 10%) >> cosine(→0.1, 40%) >> linear(→0.5, 10%) >> cosine(→0.05)": rewarmed,
    "onecycle(1)": one_cycle,
    "cosine(0.95→0.85, 30%) >> cosine(→0.95)": mirrored,
    "take(linear(0→1, 10%) >> cosine(→0.1, 80%), 50%) >> sine(→0.1)": stretched,
    "restart(cosine(1→0, 10%), scale=0.5, stretch=2)": restarts,
    "noam(1, 100 steps)": noam,
    "tri_stage(1, 10%, 40%)": lambda k: (
        0.01 + 0.99 * k / 100 if k < 100 else 1.0 if k < 500 else 0.01 ** ((k - 500) / 500)
    ),
    "multistep(1→, 0.1, 30%, 60%, 80%)": lambda k: 0.1 ** sum(k >= at for at in (300, 600, 800)),
}


@pytest.mark.parametrize("text", LINES)
def test_one_line(text: str) -> None:
    assert len(f"  lr: {text}") <= 120
    schedule = schedc.compile(text, steps=N)
    for k in range(N):
        assert schedule(k) == pytest.approx(LINES[text](k), rel=1e-12, abs=1e-14), k
