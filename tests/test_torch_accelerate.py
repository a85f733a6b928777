"""accelerate on one and two processes, with accumulation: one schedule, the same values.

Skipped only where accelerate is not installed (the extra `trainers`).
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import schedc

pytest.importorskip("accelerate", reason="the extra `trainers`")

EXAMPLES = Path(__file__).parents[1] / "examples" / "trainers"


@pytest.mark.parametrize("processes", [1, 2])
def test_the_schedule_does_not_depend_on_the_processes(tmp_path: Path, processes: int) -> None:
    """accelerate#2926: with two processes the schedule ended at half of the run."""
    done = subprocess.run(
        [sys.executable, "-m", "torch.distributed.run", "--standalone",
         "--nproc-per-node", str(processes), str(EXAMPLES / "with_accelerate.py"), str(tmp_path)],
        capture_output=True, text=True, timeout=300, env={**os.environ, "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    expected = schedc.load(EXAMPLES / "train.yaml")["lr"].values()
    for rank in range(processes):
        lines = (tmp_path / f"rates.{rank}").read_text().splitlines()
        seen = [(int(k), float.fromhex(rate)) for k, rate in (line.split() for line in lines)]
        assert seen == list(enumerate(expected))
