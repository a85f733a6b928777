"""accelerate on one and two processes, with accumulation: one schedule, the same values.

Skipped only where accelerate is not installed (the extra `trainers`).
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import torch
from launched import Launched

import schedc

pytest.importorskip("accelerate", reason="the extra `trainers`")

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs processes that are forked")

EXAMPLES = Path(__file__).parents[1] / "examples" / "trainers"


@pytest.mark.parametrize("processes", [1, 2])
def test_the_schedule_does_not_depend_on_the_processes(tmp_path: Path, processes: int) -> None:
    """accelerate#2926: with two processes the schedule ended at half of the run."""
    Launched(EXAMPLES / "with_accelerate.py", tmp_path, world=processes).finished()
    for rank in range(processes):
        assert rates(tmp_path, rank) == list(enumerate(expected()))


def test_a_stopped_run_resumed_ends_with_the_same_weights(tmp_path: Path) -> None:
    whole, stopped = tmp_path / "whole", tmp_path / "stopped"
    script = EXAMPLES / "with_accelerate.py"
    Launched(script, whole).finished()
    Launched(script, stopped, "33").finished()
    assert not (stopped / "final.pt").exists()
    Launched(script, stopped).finished()
    updates = list(enumerate(expected()))
    for rank in (0, 1):
        assert rates(whole, rank) == updates
        assert rates(stopped, rank) == [*updates[:33], *updates[20:]], "from the checkpoint at 20"
    a, b = (torch.load(folder / "final.pt", weights_only=True) for folder in (whole, stopped))
    assert all(torch.equal(a[name], b[name]) for name in a)


def rates(folder: Path, rank: int) -> list[tuple[int, float]]:
    lines = (folder / f"rates.{rank}").read_text().splitlines()
    return [(int(k), float.fromhex(rate)) for k, rate in (line.split() for line in lines)]


def expected() -> list[float]:
    return schedc.load(EXAMPLES / "train.yaml")["lr"].values()
