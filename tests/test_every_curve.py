"""Every curve, recipe and combinator: its two ends, its joins within `repeat`, and every target.

Whoever adds one adds a row here: where it begins and ends, from its formula and not from its code.
The values between the ends are in `test_curves.py`.
"""

from __future__ import annotations

import json
import math
import warnings
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import schedc
from schedc.backends import BACKENDS
from schedc.diagnostics.values import JumpAtJoin
from schedc.names import COMBINATORS
from schedc.prelude import prelude
from schedc.program import by_update
from tests.laid import at, track
from tests.test_backends_agree import as_c, as_js, as_numpy_keywords, within_two
from tests.test_backends_text import expression


@dataclass(frozen=True)
class Row:
    """A phase of 40 updates, and its values at progress 0 and 1. back: what leads to its start
    again. jumps: it does not begin or end where it says, which `repeat` has to find."""

    text: str
    first: float
    last: float
    back: str = "linear(→2, 10 steps)"
    jumps: bool = False


def falls(text: str) -> Row:
    """From 2 to 1."""
    return Row(text, 2, 1)


def rectified(beta2: float, k: int) -> float:
    """Liu et al. 2020, eq. 5, for the k-th step."""
    limit = 2 / (1 - beta2) - 1
    rho = limit - 2 * k * beta2**k / (1 - beta2**k)
    parts = (rho - 4) * (rho - 2) * limit / ((limit - 4) * (limit - 2) * rho)
    return math.sqrt(parts)


ROWS = {
    "constant": Row("constant(2, 40 steps)", 2, 2, back="constant(2, 10 steps)"),
    "linear": falls("linear(2→1, 40 steps)"),
    "cosine": falls("cosine(2→1, 40 steps)"),
    "sine": falls("sine(2→1, 40 steps)"),
    "polynomial": falls("polynomial(2→1, 40 steps, power=3)"),
    "sqrt": falls("sqrt(2→1, 40 steps)"),
    "square": falls("square(2→1, 40 steps)"),
    "mirror_cosine": falls("mirror_cosine(2→1, 40 steps)"),
    "sigmoid": falls("sigmoid(2→1, 40 steps)"),
    "tanh": Row(
        "tanh(2→1, 40 steps)",
        1 + (1 - math.tanh(-6)) / 2,
        1 + (1 - math.tanh(3)) / 2,
        jumps=True,
    ),
    "smoothstep": falls("smoothstep(2→1, 40 steps)"),
    "rex": falls("rex(2→1, 40 steps)"),
    "logarithmic": falls("logarithmic(2→1, 40 steps)"),
    "exponential": falls("exponential(2→1, 40 steps)"),
    "inverse": falls("inverse(2→1, 40 steps)"),
    "inverse_sqrt": Row("inverse_sqrt(2→, 40 steps, span=40 steps)", 2, math.sqrt(2)),
    "inverse_time": falls("inverse_time(2→, rate=1/40, span=40 steps)"),
    "power_law": falls("power_law(2→, -1, 40 steps, span=40 steps)"),
    "decay": falls("decay(2→, rate=0.5, every=40 steps, span=40 steps)"),
    "half_life": falls("half_life(2→, 40 steps, span=40 steps)"),
    "stairs": falls("stairs(2→1, 40 steps, n=4)"),
    "multistep": falls("multistep(2→, 0.5, 20 steps, span=40 steps)"),
    "radam": Row("radam(0.95, span=40 steps)", 0, rectified(0.95, 41), "linear(→0, 10 steps)"),
    "untuned_linear": Row(
        "untuned_linear(0.95, span=40 steps)", 0.025, 1, "linear(→0.025, 10 steps)"
    ),
    "untuned_exponential": Row(
        "untuned_exponential(0.95, span=40 steps)",
        1 - math.exp(-0.05),
        1 - math.exp(-0.05 * 41),
        "linear(→1 - exp(-0.05), 10 steps)",
    ),
    "noam": Row("phase(noam(2, 10 steps), 40 steps)", 0, 1, "linear(→0, 10 steps)"),
    "wsd": Row(
        "phase(wsd(2, warmup=4 steps, decay=8 steps), 40 steps)", 0, 0, "constant(0, 10 steps)"
    ),
    "onecycle": Row(
        "phase(onecycle(2, warmup=12 steps), 40 steps)", 0.08, 8e-6, "linear(→0.08, 10 steps)"
    ),
    "triangular": Row("phase(triangular(1, 2, 10 steps), 40 steps)", 1, 1, "constant(1, 10 steps)"),
    "sgdr": Row("phase(sgdr(2, 20 steps, stretch=1), 40 steps)", 2, 0),
    "tri_stage": Row(
        "phase(tri_stage(2, warmup=4 steps, hold=16 steps), 40 steps)",
        0.02,
        0.02,
        "constant(0.02, 10 steps)",
    ),
    "step_decay": falls("phase(step_decay(2, 0.5, 30 steps), 40 steps)"),
    "repeat": Row(
        "repeat(linear(2→1, 10 steps) >> linear(→2, 10 steps), times=2)",
        2,
        2,
        "constant(2, 10 steps)",
    ),
    "restart": falls("restart(linear(2→1, 20 steps), times=2)"),
    "take": Row("take(linear(2→1, 80 steps), 40 steps)", 2, 1.5),
    "global": Row("phase(global(linear(2→1, 80 steps)), 40 steps)", 2, 1.5, jumps=True),
    "every": Row("every(linear(2→1, 40 steps), 10 steps)", 2, 1.25),  # ends with its last sample
    "extend": Row("phase(extend(cosine(2→1, 20 steps)), 40 steps)", 2, 2, "constant(2, 10 steps)"),
    "phase": falls("phase(2 - u, 40 steps)"),
}


def test_every_name_has_its_row() -> None:
    assert sorted(ROWS) == sorted([*prelude().names(), *COMBINATORS])


@pytest.mark.parametrize("name", ROWS)
def test_its_ends(name: str) -> None:
    row = ROWS[name]
    laid = track(row.text, steps=80)
    assert at(laid, 0) == pytest.approx(row.first, rel=1e-14, abs=1e-16)
    assert at(laid, 40) == pytest.approx(row.last, rel=1e-14, abs=1e-16)


@pytest.mark.parametrize("name", ROWS)
def test_its_joins_within_a_repeat(name: str) -> None:
    """Proved continuous from round to round; what does not come back to its start is found."""
    row = ROWS[name]
    report = schedc.check(expression=f"repeat({row.text} >> {row.back}, times=2)", steps=100)
    jumps = [found for found in report.findings if isinstance(found, JumpAtJoin)]
    assert bool(jumps) == row.jumps, [found.message() for found in report.findings]
    assert [f.message() for f in report.errors if not isinstance(f, JumpAtJoin)] == []
    assert not [f for f in report.findings if "proved" in f.message()]


@lru_cache(maxsize=1)
def all_of_them() -> schedc.Program:
    """One program that holds them all."""
    lines = "".join(f"  {name}_: {row.text}\n" for name, row in ROWS.items())
    return schedc.loads(f"run: {{steps: 80}}\nschedules:\n{lines}")


def test_every_target_agrees_on_all_of_them(tmp_path: Path) -> None:
    """One file a target with all of them, and in it a function that reaches each by its place."""
    names, program = [f"{name}_" for name in ROWS], all_of_them()
    cases = "".join(f"case {i}: return {name}(k - {i}000);" for i, name in enumerate(names))
    c = f"static double each(double k) {{ switch ((int)(k / 1000)) {{{cases}}} return 0; }}"
    js = f"export const each = (k) => [{', '.join(names)}][Math.floor(k / 1000)](k % 1000);"
    own = [float(k) for k in range(83)]
    ks = [1000 * i + k for i in range(len(names)) for k in own]
    python = [program[name].function(k) for name in names for k in own]
    others = {
        "numpy": [v for n in names for v in as_numpy_keywords(program[n], own, {})],
        "js": as_js(f"{program.source('js')}\n{js}\n", "each", ks, [], tmp_path),
        "c": as_c(f"{program.source('c')}\n{c}\n", "each", ks, [], tmp_path),
    }
    for target, values in others.items():
        for k, ours, theirs in zip(ks, python, values, strict=True):
            name = names[int(k) // 1000]
            assert within_two(program[name], k % 1000, theirs, ours), (name, target, k % 1000)


def test_json_holds_all_of_them() -> None:
    """What is read back is the very formula of every piece."""
    read = json.loads(all_of_them().source("json"))["schedules"]
    for name in ROWS:
        (case,) = read[f"{name}_"]["cases"]
        pieces = by_update(all_of_them()[f"{name}_"].track).only.pieces
        assert [expression(piece["tree"]) for piece in case["pieces"]] == [p.value for p in pieces]


def test_jax_agrees_on_all_of_them() -> None:
    pytest.importorskip("jax", reason="jax is an extra of its own")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import jax
    ks, program = np.arange(83), all_of_them()
    scope: dict[str, Any] = {}
    with jax.enable_x64(True):
        exec(program.source("jax"), scope)
        got = {name: np.asarray(values) for name, values in scope["values"](ks).items()}
    for name in program:
        for k in ks:
            assert abs(got[name][k] - program[name](int(k))) <= 16 * 2.0**-52, (name, k)


def test_no_target_is_left_out() -> None:
    """LaTeX is read by people only."""
    assert set(BACKENDS) == {"python", "numpy", "js", "c", "json", "jax", "latex"}
    assert all(name in all_of_them().source("latex") for name in ("cos", "frac", "tanh"))
