"""DistributedDataParallel on two processes: train, be killed at any moment, resume.

    torchrun --nproc-per-node 2 examples/trainers/with_ddp.py FOLDER

Run it again after a crash: it goes on from the last checkpoint in FOLDER. Every rank appends the
rate that it used at every update to FOLDER/rates.RANK.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import torch
import torch.distributed as dist
from digits import batch, model
from torch.nn.functional import cross_entropy
from torch.nn.parallel import DistributedDataParallel

import schedc


def main(folder: Path, pause: float = 0.0) -> None:
    torch.set_num_threads(1)
    dist.init_process_group("gloo")
    # The network is gone when the group is destroyed. Where it outlives the group, its reducer
    # destroys it and waits, holding Python's lock, for a thread of gloo that may wait for the lock.
    train(folder, pause)
    dist.destroy_process_group()


def train(folder: Path, pause: float) -> None:
    rank, world = dist.get_rank(), dist.get_world_size()
    folder.mkdir(parents=True, exist_ok=True)
    checkpoint = folder / "checkpoint.pt"

    network = DistributedDataParallel(model())
    optimizer = torch.optim.SGD(network.parameters(), lr=1e-2, momentum=0.9)
    scheduler = schedc.load(Path(__file__).parent / "train.yaml").torch(optimizer)
    if checkpoint.exists():
        state = torch.load(checkpoint, weights_only=True)
        network.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        scheduler.load_state_dict(state["scheduler"])

    log = (folder / f"rates.{rank}").open("a")
    while scheduler.last_epoch < 60:
        k = scheduler.last_epoch
        x, y = batch(k, rank=rank, world=world)
        optimizer.zero_grad()
        cross_entropy(network(x), y).backward()
        optimizer.step()
        scheduler.step()
        print(k, scheduler.last_used().hex(), file=log, flush=True)
        if rank == 0 and scheduler.last_epoch % 7 == 0:
            state = {
                "model": network.state_dict(),
                "optimizer": optimizer.state_dict(),
                "scheduler": scheduler.state_dict(),
            }
            torch.save(state, folder / "next.pt")
            os.replace(folder / "next.pt", checkpoint)  # never half a checkpoint
        time.sleep(pause)
    if rank == 0:
        torch.save(network.module.state_dict(), folder / "final.pt")


if __name__ == "__main__":
    main(Path(sys.argv[1]), float(sys.argv[2]) if len(sys.argv) > 2 else 0.0)
