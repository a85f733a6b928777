"""transformers' Trainer with a schedule file: train, stop, resume.

    pip install "schedc[torch]" transformers accelerate
    python examples/trainers/with_transformers.py
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import torch
import transformers
from digits import data
from torch import nn

from schedc.torch.transformers import Scheduled


class Trainer(Scheduled, transformers.Trainer):
    schedule = Path(__file__).parent / "train.yaml"


class Digits(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.layers = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))

    def forward(self, x: torch.Tensor, labels: torch.Tensor) -> dict[str, torch.Tensor]:
        scores = self.layers(x)
        return {"loss": nn.functional.cross_entropy(scores, labels), "logits": scores}


def trainer(folder: str | Path, kind: type[Any] = Trainer, **options: Any) -> Any:
    """A Trainer over the digits: 60 updates, a log line each, a checkpoint every 20."""
    arguments = transformers.TrainingArguments(
        output_dir=str(folder), max_steps=60, per_device_train_batch_size=32, logging_steps=1,
        save_steps=20, report_to=[], use_cpu=True, learning_rate=1e-2, disable_tqdm=True,
        save_only_model=False, seed=3,
    )  # fmt: skip
    samples = [{"x": x, "labels": y} for x, y in data()]
    return kind(model=Digits(), args=arguments, train_dataset=samples, **options)


def rates(done: Any) -> list[float]:
    """The learning rates that the Trainer logged."""
    return [line["learning_rate"] for line in done.state.log_history if "learning_rate" in line]


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        whole = trainer(folder)
        whole.train()
        resumed = trainer(folder)
        resumed.train(resume_from_checkpoint=str(Path(folder) / "checkpoint-20"))
        same = all(
            torch.equal(a, b)
            for a, b in zip(whole.model.parameters(), resumed.model.parameters(), strict=True)
        )
        print("rates of the first updates:", rates(whole)[:4])
        print("resumed at update 20, ends with the same weights:", same)


if __name__ == "__main__":
    main()
