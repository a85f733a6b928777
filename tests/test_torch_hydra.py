"""Hydra and OmegaConf: `_target_`, interpolation, and the documented override line.

Skipped only where hydra is not installed (the extra `trainers`).
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import torch

import schedc

hydra = pytest.importorskip("hydra", reason="the extra `trainers`")

torch.set_num_threads(1)
EXAMPLES = Path(__file__).parents[1] / "examples" / "trainers"
sys.path.append(str(EXAMPLES))

import with_hydra as example  # noqa: E402  # needs the path above


def config(*overrides: str) -> object:
    with hydra.initialize_config_dir(str(EXAMPLES / "conf"), version_base=None):
        return hydra.compose("hydra", list(overrides))


def test_a_schedule_from_a_config() -> None:
    used = example.train(config())
    assert used == schedc.compile("linear(0→1e-2, 10%) >> cosine(min=1e-4)", steps=60).values()


def test_overrides() -> None:
    used = example.train(config("peak=3e-3", "warmup=5%"))
    assert used == schedc.compile("linear(0→3e-3, 5%) >> cosine(min=1e-4)", steps=60).values()


def test_the_documented_override_line(tmp_path: Path) -> None:
    """hydra#2891: a value with brackets, commas and arrows on the command line."""
    assert example.__doc__ is not None
    line = next(line for line in example.__doc__.splitlines() if "scheduler.text" in line)
    argument = line.split("with_hydra.py ")[1].strip().strip("'")
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / "with_hydra.py"), argument, f"hydra.run.dir={tmp_path}"],
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    last = schedc.compile("linear(0->1e-2, 5%) >> cosine", steps=60)(59)
    assert done.stdout == f"60 updates, rates 0 … 0.01 … {last:.3g}\n"
