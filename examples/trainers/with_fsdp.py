"""FSDP2 and torch.distributed.checkpoint on two processes: train, save, resume.

    torchrun --nproc-per-node 2 examples/trainers/with_fsdp.py FOLDER [UPDATES]

Stops after UPDATES with a checkpoint in FOLDER; called again it goes on from there.
"""

from __future__ import annotations

import sys
from pathlib import Path

import torch
import torch.distributed as dist
import torch.distributed.checkpoint as dcp
from digits import batch, model
from torch.distributed.checkpoint.state_dict import get_state_dict, set_state_dict
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard
from torch.nn.functional import cross_entropy

import schedc


def main(folder: Path, updates: int = 60) -> None:
    torch.set_num_threads(1)
    folder.mkdir(parents=True, exist_ok=True)
    dist.init_process_group("gloo")
    rank, world = dist.get_rank(), dist.get_world_size()
    mesh = init_device_mesh("cpu", (world,))

    network = model()
    for layer in (network[0], network[2], network):
        fully_shard(layer, mesh=mesh)
    optimizer = torch.optim.AdamW(network.parameters(), lr=1e-2)
    program = schedc.load(Path(__file__).parent / "train.yaml")
    scheduler = program.torch(optimizer, advance="optimizer")

    if (folder / "checkpoint").exists():
        parts = get_state_dict(network, optimizer)
        state = {"model": parts[0], "optimizer": parts[1], "scheduler": scheduler.state_dict()}
        dcp.load(state, checkpoint_id=folder / "checkpoint")
        set_state_dict(
            network, optimizer, model_state_dict=state["model"], optim_state_dict=state["optimizer"]
        )
        scheduler.load_state_dict(state["scheduler"])

    log = (folder / f"rates.{rank}").open("a")
    while scheduler.last_epoch < updates:
        k = scheduler.last_epoch
        x, y = batch(k, rank=rank, world=world)
        optimizer.zero_grad()
        cross_entropy(network(x), y).backward()
        optimizer.step()  # moves the schedule on as well
        print(k, scheduler.last_used().hex(), file=log, flush=True)

    parts = get_state_dict(network, optimizer)
    state = {"model": parts[0], "optimizer": parts[1], "scheduler": scheduler.state_dict()}
    dcp.save(state, checkpoint_id=folder / "checkpoint")
    whole = {name: p.full_tensor() for name, p in network.state_dict().items()}
    if rank == 0:
        torch.save(whole, folder / "final.pt")
    dist.destroy_process_group()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 60)
