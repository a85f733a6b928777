"""Batches whose size follows the schedule of the batch, and that can be resumed at any update.

In: a run that says its batch, the size of the dataset. Out: a `BatchSampler` for a DataLoader.
The one rule: the samples of update k are a function of k, of the seed and of nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch.utils.data import Sampler

from schedc.schedule import Program, Schedule


class ScheduledBatches(Sampler[list[int]]):
    """Index batches for `DataLoader(dataset, batch_sampler=…)`.

    Update k takes the samples from `run.samples(k)` to `run.samples(k + 1)` of an endless stream of
    shuffled epochs: the schedule's own exact count, so that what `lr` believes to have been seen
    has been seen. With several processes each takes its equal share of every batch.

    size: samples in the dataset. step: updates already made; a DataLoader with workers asks ahead,
    so a resumed run is built at `step=scheduler.last_epoch`. rank, world: this process, and how
    many there are; every batch must divide by `world`. Raises ValueError when the run does not say
    its batch or its length.
    """

    def __init__(
        self, program: Program | Schedule, size: int, *, step: int = 0, seed: int = 0,
        shuffle: bool = True, rank: int = 0, world: int = 1,
    ) -> None:  # fmt: skip
        run = program.run
        if run.executed is None:
            raise ValueError("the run must say its length: run: {steps: …}")
        if run.batch(0) is None:
            raise ValueError("the run must say its batch: run: {batch: …}")
        self.run, self.size, self.seed, self.shuffle = run, size, seed, shuffle
        self.step, self.rank, self.world = step, rank, world
        self._order: tuple[int, list[int]] = (-1, [])

    def __len__(self) -> int:
        assert self.run.executed is not None
        return max(0, self.run.executed - self.step)

    def __iter__(self) -> Iterator[list[int]]:
        """Batches from `step` on; `step` moves along, so that a second loop goes on."""
        assert self.run.executed is not None
        while self.step < self.run.executed:
            batch = self.batch(self.step)
            self.step += 1
            yield batch

    def batch(self, k: int) -> list[int]:
        """The indices that this process takes at update k."""
        start, stop = int(self.run.samples(k)), int(self.run.samples(k + 1))
        share, rest = divmod(stop - start, self.world)
        if rest:
            size = stop - start
            raise ValueError(f"the batch of update {k}, {size}, does not divide by {self.world}")
        mine = range(start + self.rank * share, start + (self.rank + 1) * share)
        return [self._sample(i) for i in mine]

    def _sample(self, i: int) -> int:
        epoch, at = divmod(i, self.size)
        if not self.shuffle:
            return at
        if self._order[0] != epoch:
            generator = torch.Generator().manual_seed(self.seed * 1_000_003 + epoch)
            self._order = epoch, torch.randperm(self.size, generator=generator).tolist()
        return self._order[1][at]

    def state_dict(self) -> dict[str, int]:
        return {"step": self.step, "seed": self.seed, "size": self.size}

    def load_state_dict(self, state: dict[str, int]) -> None:
        if state["size"] != self.size:
            raise ValueError(f"the dataset had {state['size']} samples, now {self.size}")
        self.step, self.seed = state["step"], state["seed"]
