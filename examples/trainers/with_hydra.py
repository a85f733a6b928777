"""Hydra and OmegaConf: the schedule is a string of the config, `_target_` compiles it.

    pip install "schedc[torch]" hydra-core
    python examples/trainers/with_hydra.py
    python examples/trainers/with_hydra.py peak=3e-3 warmup=5%
    python examples/trainers/with_hydra.py 'scheduler.text="linear(0->1e-2, 5%) >> cosine"'

A whole schedule on the command line stands in double quotes inside single ones: the outer pair is
for the shell, the inner one for Hydra, whose grammar knows commas and brackets. `->` is the same as
`→`.
"""

from __future__ import annotations

import hydra
import torch
from digits import batch, model
from omegaconf import DictConfig
from torch.nn.functional import cross_entropy


def train(config: DictConfig) -> list[float]:
    """The rates that were used."""
    network = model()
    lr = hydra.utils.instantiate(config.scheduler)
    optimizer = torch.optim.AdamW(network.parameters(), lr=float(config.peak))
    scheduler = lr.torch(optimizer)
    used = []
    for k in range(config.steps):
        x, y = batch(k)
        optimizer.zero_grad()
        cross_entropy(network(x), y).backward()
        optimizer.step()
        scheduler.step()
        used.append(scheduler.last_used())
    return used


@hydra.main(version_base=None, config_path="conf", config_name="hydra")
def main(config: DictConfig) -> None:
    used = train(config)
    print(f"{len(used)} updates, rates {used[0]:.3g} … {max(used):.3g} … {used[-1]:.3g}")


if __name__ == "__main__":
    main()
