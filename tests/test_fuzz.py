"""A short run of the fuzzer: `python tests/fuzz/check.py --count 1_000_000` is the long one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

CHECK = Path(__file__).parent / "fuzz" / "check.py"


def test_a_few_hundred_texts_break_nothing() -> None:
    command = [sys.executable, str(CHECK), "--count", "600", "--slow", "60"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stdout
    assert done.stdout.startswith("600 texts")


def test_a_child_that_dies_is_told_by_its_seed_and_the_rest_is_tried() -> None:
    """Whatever ends a process (a stack that overflows, a signal) is a failure like any other."""
    broken = f"""
import os, sys
sys.path.insert(0, {str(CHECK.parent)!r})
import check
right = check.tried
def dying(seed, *more):
    if seed == 3:
        os.kill(os.getpid(), 9)
    return right(seed, *more)
check.tried = dying
sys.argv = ["check.py", "--count", "6"]
sys.exit(check.main())
"""
    done = subprocess.run([sys.executable, "-c", broken], capture_output=True, text=True)
    assert done.returncode == 1
    assert "---- seed 3: the process died" in done.stdout
    assert "1 failures of 1 kinds" in done.stdout


@pytest.mark.parametrize(
    "text",
    [  # each of these broke something once
        """run: {steps: 1}
schedules:
  momentum: phase(clamp(2*u, 0.1, 0.9), floor(7%)) >> linear(→1e-8, 100%)
""",
        """run: {steps: 100}
schedules:
  lr: phase(0.3, 0 steps) >> cosine(→0.1)
""",
        """run: {steps: 9}
schedules:
  batch: floor(1/3 * (mirror_cosine(0.9→12) / tri_stage(0.1*base)))
""",
        """run: {steps: 1}
schedules:
  momentum: abs(tanh(1e-3→0.1, 0.5%))
""",
        """schedules:
  beta1: abs(sqrt(every(linear(sqrt(2)→base, 3%), floor(7%))))
""",
        """run: {steps: 100}
schedules:
  lr: cosine(2→1) - take(1.7 * linear(12→7e-5, 0 steps), 0 steps)
""",
        """run: {steps: 1, endpoint: true}
schedules:
  sequence: floor(restart(global(restart(stairs(0.1→12, n=7), times=3)), times=3))
""",
        """run: {steps: 7}
schedules:
  eps: 0.9 * (0.1 * (mirror_cosine(7e-5→base, 3%) / sigmoid(0.1*base→3e-4 * 0, 10%)))
""",
        """run: {steps: 7}
schedules:
  ema: max(mod(step, 7), exponential(1→sqrt(2), 1/3 * 10%))
""",
        """run: {steps: 1}
schedules:
  sequence: floor(half_life(0.05→, 10%))
""",
        """schedules:
  lr: wsd(7e-5, 5%, 21e400%)
""",
        """run: {samples: 100k, batch: 96}
schedules:
  sequence: floor(stairs(base→(0.1 ^ 1.7), 10k samples, n=4))
""",
        """schedules:
  lr: global(mirror_cosine(3e-4→1e-3, floor(7%)) >> sqrt(→base, until 7 steps))
""",
        """run: {epochs: 3, dataset: 1000, batch: 32}
schedules:
  sequence: 2 * (tanh(base→1e-3, 1 epoch))
""",
        """run: {steps: 9^9^900}
schedules: {lr: linear(1→0)}
""",
    ],
)
def test_what_broke_once(text: str) -> None:
    sys.path.insert(0, str(CHECK.parent))
    try:
        from properties import examine
    finally:
        sys.path.pop(0)
    examine(text)


def test_every_entry_has_its_share() -> None:
    """Of any ten seeds in a row; a seed is the same text for ever, and for one entry alone."""
    sys.path.insert(0, str(CHECK.parent))
    try:
        from made import ENTRIES, corpus, made
    finally:
        sys.path.pop(0)
    seeds = corpus()
    entries = [made(seed, seeds).entry for seed in range(123, 133)]
    assert sorted(entries) == ["check"] * 2 + ["document"] * 2 + ["parse"] * 6
    for entry in ENTRIES:
        tries = [made(seed, seeds, entry) for seed in range(300)]
        assert tries == [made(seed, seeds, entry) for seed in range(300)]
        assert {one.entry for one in tries} == {entry}
        assert len({one.content for one in tries}) > 250


def test_a_place_that_is_none_is_found() -> None:
    """The fuzzer itself can fail: with texts of blocks that are said to stand one letter on."""
    broken = f"""
import sys
from dataclasses import replace
sys.path.insert(0, {str(CHECK.parent)!r})
import properties
right = properties._entries
def wrong(block):
    for entry in right(block):
        yield replace(entry, offsets=entry.offsets + 1)
properties._entries = wrong
properties.read("schedules: {{lr: 'cosine(1→0.5)'}}".encode())
"""
    done = subprocess.run([sys.executable, "-c", broken], capture_output=True, text=True)
    assert "AssertionError: Entry(name='lr'" in done.stderr


def test_a_broken_promise_is_found(tmp_path: Path) -> None:
    """The fuzzer itself can fail: with a compiled function that is wrong at one update."""
    broken = f"""
import sys
sys.path.insert(0, {str(CHECK.parent)!r})
import properties
right = properties.python.function
def wrong(track):
    function = right(track)
    def shifted(step, **more):
        return function(step, **more) * (1.001 if step == 3 else 1)
    return shifted
properties.python.function = wrong
properties.signature = lambda function: type("S", (), {{"parameters": ()}})
properties.examine("run: {{steps: 100}}\\nschedules: {{lr: 'cosine(1→0.5)'}}\\n")
"""
    done = subprocess.run([sys.executable, "-c", broken], capture_output=True, text=True)
    assert "should be" in done.stderr or "above the bound" in done.stderr


JOINS = CHECK.parent / "joins.py"


def test_joins_are_proved_and_refuted_as_they_were_made() -> None:
    """A short run of the law: `python tests/fuzz/joins.py --count 10_000` is the long one."""
    command = [sys.executable, str(JOINS), "--count", "300", "--seconds", "8"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout
    assert " 0 wrong" in done.stdout
    assert not done.stdout.startswith("0 schedules"), "it tried nothing"


@pytest.mark.parametrize("says", ["continuous", "jump"])
def test_a_prover_that_is_wrong_is_found(says: str) -> None:
    """The law itself can fail: with a prover that says the same of every join."""
    broken = f"""
import sys
sys.path.insert(0, {str(CHECK.parent)!r})
import joins
from random import Random
import schedc.verify
from schedc.prove import Verdict
schedc.verify.decide = lambda left, right, *_, **__: Verdict({says!r}, "", left, right)
whole, gap = joins.made(Random(1))
print(bool(joins.faults(whole, 1000)), bool(joins.faults(gap, 1000)))
"""
    done = subprocess.run([sys.executable, "-c", broken], capture_output=True, text=True)
    assert done.stdout.split() == (["False", "True"] if says == "continuous" else ["True", "True"])


TARGETS = CHECK.parent / "targets.py"


def test_random_programs_hold_in_every_target() -> None:
    """A short run: `python tests/fuzz/targets.py --count 100_000` is the long one."""
    command = [sys.executable, str(TARGETS), "--count", "1000", "--jax", "50", "--jit", "0"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stdout
    assert "0 failures of 0 kinds" in done.stdout
    for target in ("python", "numpy", "c", "js", "torch", "jax 64", "jax 32"):
        assert f" {target}: values\n" in done.stdout, "it compared nothing"


def test_a_target_that_is_wrong_at_one_update_is_found() -> None:
    """The comparison itself can fail: in C, a value that is off in its 13th digit, and no value."""
    broken = f"""
import sys
sys.path.insert(0, {str(CHECK.parent)!r})
import targets
right = targets.TOLD["c"]
def wrong(programs, folder):
    values = right(programs, folder)
    values[2][5] *= 1 + 1e-13
    values[3][1] = float("nan")
    return values
targets.TOLD["c"] = wrong
sys.argv = ["targets.py", "--seeds", "8", "--jax", "0", "--jit", "0"]
sys.exit(targets.main())
"""
    done = subprocess.run([sys.executable, "-c", broken], capture_output=True, text=True)
    assert done.returncode == 1, done.stderr
    assert "python, numpy, c, js: apart" in done.stdout
    assert "c: not finite" in done.stdout


BRUTE = CHECK.parent / "brute.py"


def test_what_is_said_of_random_schedules_is_so_at_every_update() -> None:
    """A short run: `python tests/fuzz/brute.py --count 3_000` is the long one."""
    command = [sys.executable, str(BRUTE), "--count", "8", "--seed", "20"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stdout
    assert done.stdout.startswith("8 schedules")


WRONG = {
    "highest=replace(p.highest, value=amount(third))": "highest is",
    "sign='negative'": "it is said to be negative",
    "stretches=tuple(replace(s, motion=1) for s in p.stretches)": "it is said to go 1",
    "steps=()": "it jumps by",
    "kinks=tuple(replace(k, after=third) for k in p.kinks)": "the slope is said to be",
    "ratio=replace(p.ratio, update=40)": "the largest ratio is said to be",
    "last=third": "the last value is said to be",
    "area=amount(third)": "the area is said to be",
}


def test_a_wrong_claim_of_each_kind_is_found() -> None:
    """The comparison itself can fail."""
    broken = f"""
import sys
from dataclasses import replace
from fractions import Fraction
sys.path.insert(0, {str(BRUTE.parent)!r})
import brute
from schedc.expr import Num
from schedc.amounts import amount
third, right = Num(Fraction(1, 3)), brute.properties
phases = "linear(0.1→1, 30%) >> linear(→0.9, 30%) >>! exponential(0.5→0.3)"
brute.made = lambda seed: "run: {{steps: 60}}" + chr(10) + "schedules: {{ema: '" + phases + "'}}"
sys.argv = ["brute.py", "--count", "1"]
for change in {["", *WRONG]!r}:
    print("----", flush=True)
    def said(track, total):
        p = right(track, total)
        return eval(f"replace(p, {{change}})")
    brute.properties = said
    print("exit", brute.main())
"""
    done = subprocess.run([sys.executable, "-c", broken], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    _, nothing, *found = done.stdout.split("----\n")
    assert nothing.endswith(": 0 wrong\nexit 0\n")
    for told, part in zip(WRONG.values(), found, strict=True):
        assert told in part
        assert part.endswith("exit 1\n")
