"""transformers' Trainer, driven by a schedule file.

In: a Trainer class. Out: the same class, whose optimizer follows the file. One line:

    class Trainer(Scheduled, transformers.Trainer): schedule = "train.yaml"

The one rule: the Trainer's own number of updates is told to the schedule as a fact, so a file that
states another length is an error before the first update. `optimizers=(optimizer, scheduler)` works
too, with `program.torch(optimizer)` as the scheduler.
"""

from __future__ import annotations

from os import PathLike
from typing import Any, ClassVar

import schedc
from schedc.schedule import Program
from schedc.torch import ScheduleLR
from schedc.torch.state import Change


class Scheduled:
    """Mix in before a Trainer (or a subclass of it, as SFTTrainer is).

    schedule: a path to a YAML file. on_change: what to do when a checkpoint was written under
    another schedule. Groups of the file become the optimizer's param groups.
    """

    schedule: ClassVar[str | PathLike[str]]
    on_change: ClassVar[Change] = "error"

    # of transformers.Trainer
    args: Any
    model: Any
    optimizer: Any
    lr_scheduler: Any

    def program(self, num_training_steps: int) -> Program:
        """The schedules of the file, over the Trainer's number of updates."""
        return schedc.load(self.schedule, steps=num_training_steps)

    def create_optimizer(self, model: Any = None) -> Any:
        """The Trainer's own, unless the file has groups: then of these groups."""
        known = {"steps": self.args.max_steps} if self.args.max_steps > 0 else {}
        program = schedc.load(self.schedule, **known)
        if self.optimizer is not None or not program.rules:
            return super().create_optimizer(model)  # type: ignore[misc]
        model = self.model if model is None else model
        kind, options = self.get_optimizer_cls_and_kwargs(self.args, model)  # type: ignore[attr-defined]
        self.optimizer = kind(program.param_groups(model), **options)
        return self.optimizer

    def create_scheduler(self, num_training_steps: int, optimizer: Any = None) -> ScheduleLR:
        if self.lr_scheduler is None:
            program = self.program(num_training_steps)
            optimizer = self.optimizer if optimizer is None else optimizer
            self.lr_scheduler = program.torch(optimizer, self.model, on_change=self.on_change)
            self._created_lr_scheduler = True
        scheduler: ScheduleLR = self.lr_scheduler
        return scheduler
