"""Train a small network on real handwritten digits, stop half-way, resume, and end bit for bit
where a run without a stop ends.

    pip install "schedc[torch]" scikit-learn
    python examples/train.py

The whole use of schedc is three lines: `load`, `.torch(optimizer)`, `scheduler.step()`.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import torch
from sklearn.datasets import load_digits
from torch import nn

import schedc

HERE = Path(__file__).parent


def digits() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """1,437 images to learn from and 360 to test on, 8 x 8 pixels each, shuffled once."""
    images, labels = load_digits(return_X_y=True)
    order = torch.randperm(len(labels), generator=torch.Generator().manual_seed(0))
    x = torch.tensor(images, dtype=torch.float32)[order] / 16
    y = torch.tensor(labels)[order]
    return x[:1437], y[:1437], x[1437:], y[1437:]


class Training:
    """A model, its optimizer, its scheduler, and how to save and resume them."""

    def __init__(self) -> None:
        torch.manual_seed(1)
        self.program = schedc.load(HERE / "train.yaml")
        self.model = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10))
        self.optimizer = torch.optim.AdamW(self.model.parameters(), lr=2e-3)
        self.scheduler = self.program.torch(self.optimizer)
        self.epoch = 0

    def run(self, epochs: int, say: bool = False) -> None:
        """Train to the end of an epoch."""
        train_x, train_y, test_x, test_y = digits()
        while self.epoch < epochs:
            order = torch.randperm(
                len(train_y), generator=torch.Generator().manual_seed(self.epoch)
            )
            for batch in order.split(64):
                loss = nn.functional.cross_entropy(self.model(train_x[batch]), train_y[batch])
                self.optimizer.zero_grad()
                loss.backward()
                self.optimizer.step()
                self.scheduler.step()
            self.epoch += 1
            if say and self.epoch % 10 == 0:
                with torch.no_grad():
                    right = (self.model(test_x).argmax(1) == test_y).float().mean().item()
                used = self.scheduler.last_used
                print(
                    f"epoch {self.epoch:2}  update {self.scheduler.last_epoch:4}  "
                    f"lr {used('lr'):.3e}  weight_decay {used('weight_decay'):.4f}  "
                    f"loss {loss.item():.4f}  test accuracy {right:.1%}"
                )

    def save(self, path: Path) -> None:
        torch.save(
            {
                "epoch": self.epoch,
                "model": self.model.state_dict(),
                "optimizer": self.optimizer.state_dict(),
                "scheduler": self.scheduler.state_dict(),
            },
            path,
        )

    def resume(self, path: Path) -> None:
        state = torch.load(path, weights_only=True)
        self.epoch = state["epoch"]
        self.model.load_state_dict(state["model"])
        self.scheduler.load_state_dict(state["scheduler"])  # before or after the optimizer
        self.optimizer.load_state_dict(state["optimizer"])


def main() -> None:
    torch.set_num_threads(1)

    print("A run without a stop:")
    whole = Training()
    whole.run(60, say=True)

    print("\nThe same run, stopped after epoch 25 and resumed from its checkpoint:")
    with tempfile.TemporaryDirectory() as folder:
        checkpoint = Path(folder) / "checkpoint.pt"
        first = Training()
        first.run(25)
        first.save(checkpoint)
        print(f"saved at update {first.scheduler.last_epoch}, {checkpoint.stat().st_size:,} bytes")

        second = Training()
        second.resume(checkpoint)
        second.run(60, say=True)

    same = all(
        torch.equal(a, b)
        for a, b in zip(whole.model.parameters(), second.model.parameters(), strict=True)
    )
    if not same:
        raise SystemExit("the resumed run ended elsewhere")
    print("\nBoth runs end with the same weights, bit for bit.")


if __name__ == "__main__":
    main()
