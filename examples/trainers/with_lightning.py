"""Lightning, and its command line: the schedule is an argument of the module, a path or one line.

    pip install "schedc[torch]" lightning "jsonargparse[signatures]"
    python examples/trainers/with_lightning.py fit --trainer.max_steps=60
    python examples/trainers/with_lightning.py fit --trainer.max_steps=60 \
        "--model.schedule=linear(0→1e-2, 5%) >> cosine(min=1e-5)"
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import lightning
import torch
from digits import data, model
from lightning.pytorch.cli import LightningCLI

import schedc

FILE = str(Path(__file__).parent / "train.yaml")


class Digits(lightning.LightningModule):
    def __init__(self, schedule: str = FILE) -> None:
        super().__init__()
        self.save_hyperparameters()
        self.schedule = schedule
        self.layers = model()
        self.used: list[float] = []

    def configure_optimizers(self) -> dict[str, Any]:
        optimizer = torch.optim.AdamW(self.parameters(), lr=1e-2)
        total = int(self.trainer.estimated_stepping_batches)
        if self.schedule.endswith(".yaml"):
            program = schedc.load(self.schedule, steps=total)
        else:
            program = schedc.compile(self.schedule, steps=total).alone
        # Lightning steps once an epoch by default; counted from the optimizer it cannot matter.
        scheduler = program.torch(optimizer, advance="optimizer")
        return {"optimizer": optimizer, "lr_scheduler": scheduler}

    def training_step(self, samples: Any, index: int) -> torch.Tensor:
        x, y = samples
        self.used.append(self.trainer.optimizers[0].param_groups[0]["lr"])
        return torch.nn.functional.cross_entropy(self.layers(x), y)


class Data(lightning.LightningDataModule):
    def train_dataloader(self) -> Any:
        return torch.utils.data.DataLoader(data(), batch_size=90, shuffle=False)


def main(arguments: list[str] | None = None) -> LightningCLI:
    return LightningCLI(Digits, Data, seed_everything_default=0, args=arguments)


if __name__ == "__main__":
    main()
