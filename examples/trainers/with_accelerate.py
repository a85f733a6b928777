"""accelerate on any number of processes, with accumulation. The rate follows the optimizer's
updates, whatever `scheduler.step()` is made to mean.

    accelerate launch --cpu --num_processes 2 examples/trainers/with_accelerate.py FOLDER
"""

from __future__ import annotations

import sys
from pathlib import Path

import torch
from accelerate import Accelerator
from digits import data, model
from torch.nn.functional import cross_entropy

import schedc


def main(folder: Path) -> None:
    torch.set_num_threads(1)
    torch.manual_seed(0)
    accelerator = Accelerator(cpu=True, gradient_accumulation_steps=2)
    network = model()
    optimizer = torch.optim.AdamW(network.parameters(), lr=1e-2)
    program = schedc.load(Path(__file__).parent / "train.yaml")
    scheduler = program.torch(optimizer, advance="optimizer")
    loader = torch.utils.data.DataLoader(data(), batch_size=8, shuffle=True)
    network, optimizer, loader, prepared = accelerator.prepare(
        network, optimizer, loader, scheduler
    )
    log = (folder / f"rates.{accelerator.process_index}").open("a")
    while scheduler.last_epoch < 60:
        for x, y in loader:
            with accelerator.accumulate(network):
                before = scheduler.last_epoch
                accelerator.backward(cross_entropy(network(x), y))
                optimizer.step()
                prepared.step()  # steps once for each process: of no consequence here
                optimizer.zero_grad()
            if scheduler.last_epoch > before:
                print(before, scheduler.last_used().hex(), file=log, flush=True)
            if scheduler.last_epoch == 60:
                break
        accelerator.save_state(str(folder / "state"))
    accelerator.end_training()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
