"""What the examples of this folder share: a small model, and real digits that need no download."""

from __future__ import annotations

from functools import cache

import torch
from sklearn.datasets import load_digits
from torch import nn


@cache
def data() -> torch.utils.data.TensorDataset:
    images, labels = load_digits(return_X_y=True)
    return torch.utils.data.TensorDataset(
        torch.tensor(images, dtype=torch.float32) / 16, torch.tensor(labels)
    )


def model() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))


def batch(k: int, size: int = 32, rank: int = 0, world: int = 1) -> tuple[torch.Tensor, ...]:
    """The samples of update k: a function of k, so that a resumed run sees the same."""
    whole = data()
    order = torch.randperm(len(whole), generator=torch.Generator().manual_seed(k))
    return whole[order[:size][rank::world]]
