"""Two processes on gloo: DDP that is killed, FSDP2 with torch.distributed.checkpoint."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import torch
from launched import Launched

import schedc

torch.set_num_threads(1)

EXAMPLES = Path(__file__).parents[1] / "examples" / "trainers"

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or not torch.distributed.is_gloo_available(),
    reason="needs gloo, and processes that can be forked",
)


def launched(script: str, folder: Path, *arguments: str) -> Launched:
    return Launched(EXAMPLES / script, folder, *arguments)


def rates(folder: Path, rank: int) -> list[tuple[int, float]]:
    lines = (folder / f"rates.{rank}").read_text().splitlines()
    return [(int(k), float.fromhex(rate)) for k, rate in (line.split() for line in lines)]


def lr() -> schedc.Schedule:
    return schedc.load(EXAMPLES / "train.yaml")["lr"]


def same_weights(one: Path, other: Path) -> bool:
    a, b = (torch.load(folder / "final.pt", weights_only=True) for folder in (one, other))
    return all(torch.equal(a[name], b[name]) for name in a)


def killed_in_the_middle(folder: Path) -> list[int]:
    """kill -9 of both processes; the last update that each wrote down."""
    for pause in ("0.02", "0.2", "2"):  # a machine that is busy may miss the moment
        process = launched("with_ddp.py", folder / pause, pause)
        log = folder / pause / "rates.1"
        process.wait(lambda log=log: log.exists() and log.read_text().count("\n") >= 24)
        process.kill()
        before = [rates(folder / pause, rank)[-1][0] for rank in (0, 1)]
        if max(before) < 59:
            (folder / pause).rename(folder / "killed")
            return before
    raise AssertionError("never killed in time")


def test_a_run_that_is_killed_goes_on_where_it_was(tmp_path: Path) -> None:
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    launched("with_ddp.py", whole).finished()
    for rank in (0, 1):
        assert rates(whole, rank) == list(enumerate(lr().values()))

    before = killed_in_the_middle(tmp_path)
    assert not (killed / "final.pt").exists()

    launched("with_ddp.py", killed).finished()
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
    launched("with_fsdp.py", whole).finished()
    launched("with_fsdp.py", stopped, "23").finished()
    launched("with_fsdp.py", stopped).finished()
    for rank in (0, 1):
        assert rates(whole, rank) == rates(stopped, rank) == list(enumerate(lr().values()))
    assert same_weights(whole, stopped)
