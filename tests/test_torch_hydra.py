"""Hydra and OmegaConf: `_target_`, interpolation, and the documented override line.

Skipped only where hydra is not installed (the extra `trainers`).
"""

from __future__ import annotations

import runpy
import shlex
import sys
import warnings
from pathlib import Path

import pytest
import torch

import schedc

hydra = pytest.importorskip("hydra", reason="the extra `trainers`")

torch.set_num_threads(1)
EXAMPLES = Path(__file__).parents[1] / "examples" / "trainers"
sys.path.append(str(EXAMPLES))

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of the libraries, about themselves
    import with_hydra as example


def config(*overrides: str) -> object:
    with hydra.initialize_config_dir(str(EXAMPLES / "conf"), version_base=None):
        return hydra.compose("hydra", list(overrides))


def test_a_schedule_from_a_config() -> None:
    used = example.train(config())
    assert used == schedc.compile("linear(0→1e-2, 10%) >> cosine(min=1e-4)", steps=60).values()


def test_overrides() -> None:
    used = example.train(config("peak=3e-3", "warmup=5%"))
    assert used == schedc.compile("linear(0→3e-3, 5%) >> cosine(min=1e-4)", steps=60).values()


def test_the_documented_override_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """hydra#2891: a value with brackets, commas and arrows on the command line."""
    assert example.__doc__ is not None
    line = next(line for line in example.__doc__.splitlines() if "scheduler.text" in line)
    script, argument = shlex.split(line)[1:]
    more = [f"hydra.run.dir={tmp_path}", "hydra/job_logging=none", "hydra/hydra_logging=none"]
    monkeypatch.setattr(sys, "argv", [script, argument, *more])
    runpy.run_path(str(EXAMPLES / Path(script).name), run_name="__main__")
    last = schedc.compile("linear(0->1e-2, 5%) >> cosine", steps=60)(59)
    assert capsys.readouterr().out == f"60 updates, rates 0 … 0.01 … {last:.3g}\n"
