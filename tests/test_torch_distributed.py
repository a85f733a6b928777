"""Two processes on gloo: DDP that is killed, FSDP2 with torch.distributed.checkpoint."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

import schedc

torch.set_num_threads(1)

EXAMPLES = Path(__file__).parents[1] / "examples" / "trainers"

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or not torch.distributed.is_gloo_available(),
    reason="needs gloo, and /proc to find the processes to kill",
)


def launched(script: str, folder: Path, *arguments: str) -> subprocess.Popen[str]:
    folder.mkdir(exist_ok=True)
    return subprocess.Popen(
        [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2",
         str(EXAMPLES / script), str(folder), *arguments],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )  # fmt: skip


def kill(process: subprocess.Popen[str]) -> None:
    """kill -9, the training processes first: the launcher puts them in sessions of their own."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    assert len(children) >= 2
    for pid in map(int, children):
        os.kill(pid, signal.SIGKILL)
    process.kill()
    process.communicate()


def finished(process: subprocess.Popen[str]) -> str:
    out, _ = process.communicate(timeout=300)
    assert process.returncode == 0, out
    return out


def rates(folder: Path, rank: int) -> list[tuple[int, float]]:
    lines = (folder / f"rates.{rank}").read_text().splitlines()
    return [(int(k), float.fromhex(rate)) for k, rate in (line.split() for line in lines)]


def lr() -> schedc.Schedule:
    return schedc.load(EXAMPLES / "train.yaml")["lr"]


def same_weights(one: Path, other: Path) -> bool:
    a, b = (torch.load(folder / "final.pt", weights_only=True) for folder in (one, other))
    return all(torch.equal(a[name], b[name]) for name in a)


def test_a_run_that_is_killed_goes_on_where_it_was(tmp_path: Path) -> None:
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    finished(launched("with_ddp.py", whole))
    for rank in (0, 1):
        assert rates(whole, rank) == list(enumerate(lr().values()))

    process = launched("with_ddp.py", killed, "0.05")
    log = killed / "rates.1"
    deadline = time.monotonic() + 240
    while not (log.exists() and log.read_text().count("\n") >= 24):
        assert process.poll() is None, process.communicate()[0]
        assert time.monotonic() < deadline
        time.sleep(0.02)
    kill(process)
    before = [rates(killed, rank)[-1][0] for rank in (0, 1)]
    assert 20 <= max(before) < 59, "killed in the middle"

    finished(launched("with_ddp.py", killed))
    for rank in (0, 1):
        seen = rates(killed, rank)
        assert all(rate == lr()(k) for k, rate in seen)
        assert seen[-1][0] == 59
        again = [k for k, _ in seen[before[rank] + 1 :]]
        assert again == list(range(again[0], 60))
        assert again[0] % 7 == 0, "from the checkpoint"
        assert 0 < again[0] <= before[rank] + 1
    assert same_weights(whole, killed)


def test_fsdp_with_a_distributed_checkpoint(tmp_path: Path) -> None:
    whole, stopped = tmp_path / "whole", tmp_path / "stopped"
    finished(launched("with_fsdp.py", whole))
    finished(launched("with_fsdp.py", stopped, "23"))
    finished(launched("with_fsdp.py", stopped))
    for rank in (0, 1):
        assert rates(whole, rank) == rates(stopped, rank) == list(enumerate(lr().values()))
    assert same_weights(whole, stopped)
