"""accelerate on any number of processes, with accumulation: train, save, resume. The rate follows
the optimizer's updates, whatever `scheduler.step()` is made to mean.

    torchrun --nproc-per-node 2 examples/trainers/with_accelerate.py FOLDER [UPDATES]

Stops after UPDATES; called again it goes on from the last checkpoint in FOLDER. (`accelerate launch
--cpu` starts one process, whatever `--num_processes` says.)
"""

from __future__ import annotations

import sys
from pathlib import Path

import torch
from accelerate import Accelerator
from digits import data, model
from torch.nn.functional import cross_entropy

import schedc

ACCUMULATE = 2


def main(folder: Path, updates: int = 60) -> None:
    torch.set_num_threads(1)
    folder.mkdir(parents=True, exist_ok=True)
    accelerator = Accelerator(cpu=True, gradient_accumulation_steps=ACCUMULATE)
    network = model()
    optimizer = torch.optim.AdamW(network.parameters(), lr=1e-2)
    program = schedc.load(Path(__file__).parent / "train.yaml")
    scheduler = program.torch(optimizer, advance="optimizer")
    loader = torch.utils.data.DataLoader(data(), batch_size=8, drop_last=True)
    network, optimizer, loader, prepared = accelerator.prepare(
        network, optimizer, loader, scheduler
    )
    checkpoint = folder / "checkpoint"
    if checkpoint.exists():
        accelerator.load_state(str(checkpoint))
    log = (folder / f"rates.{accelerator.process_index}").open("a")
    while scheduler.last_epoch < updates:
        seen = ACCUMULATE * scheduler.last_epoch % len(loader)
        for x, y in accelerator.skip_first_batches(loader, seen):
            with accelerator.accumulate(network):
                before = scheduler.last_epoch
                accelerator.backward(cross_entropy(network(x), y))
                optimizer.step()
                prepared.step()  # steps once for each process: of no consequence here
                optimizer.zero_grad()
            if scheduler.last_epoch > before:
                print(before, scheduler.last_used().hex(), file=log, flush=True)
                if scheduler.last_epoch % 20 == 0:
                    accelerator.save_state(str(checkpoint))
            if scheduler.last_epoch == updates:
                break
    if updates == 60:
        accelerator.save(accelerator.unwrap_model(network).state_dict(), folder / "final.pt")
    # The model goes before its group of processes. The other way round torch's reducer, destroyed
    # last, joins a thread of gloo while it holds the interpreter lock that this thread may want.
    network, optimizer, prepared = accelerator.free_memory(network, optimizer, prepared)
    accelerator.end_training()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 60)
