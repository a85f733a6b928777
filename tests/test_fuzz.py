"""A short run of the fuzzer: `python tests/fuzz/check.py --count 1_000_000` is the long one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

CHECK = Path(__file__).parent / "fuzz" / "check.py"


def test_a_few_hundred_texts_break_nothing() -> None:
    command = [sys.executable, str(CHECK), "--count", "1_000", "--seconds", "12"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout
    assert not done.stdout.startswith("0 texts"), "it tried nothing"


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
  dropout: linear((2 / 0.9)→3e-4, 2.5 steps) >> linear(→0.1, rest/2) >> rex(→1.7)
""",
        """run: {steps: 100}
schedules:
  lr: cosine(2→1) - take(1.7 * linear(12→7e-5, 0 steps), 0 steps)
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
