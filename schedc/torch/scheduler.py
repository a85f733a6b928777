"""The scheduler: a `LambdaLR` whose state is the number of the update, and nothing else.

In: a program and an optimizer. Out: `ScheduleLR`.
The one rule: every value is a function of the update number. Nothing is read back from the
optimizer but each group's own initial value (`base`), once; so neither the order of construction
and loading nor what somebody else wrote into a group can change a later value.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal
from weakref import ref

import torch
from torch import Tensor
from torch.nn import Module
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LambdaLR

from schedc.diagnostics.base import ScheduleError
from schedc.diagnostics.optimizing import ForeignState
from schedc.groups import Instance
from schedc.schedule import Program, Rule
from schedc.torch.carried import text_of
from schedc.torch.params import freeze, instances, thaws
from schedc.torch.rows import rows_of, where
from schedc.torch.setters import Group, Row, Write, fuse, keep_plain, shapes
from schedc.torch.state import WRITTEN, Change, restored, saved
from schedc.torch.watch import Watch, warn

Advance = Literal["call", "optimizer"]


class ScheduleLR(LambdaLR):
    """Drives the param groups of an optimizer by the schedules of a program.

    Made by `Schedule.torch` and `Program.torch`. The usual loop:

        optimizer.step()
        scheduler.step()

    Update k (from 0) runs with the values at k. Right after construction the groups hold the values
    of update `step`. `lr`, `weight_decay`, `momentum`, `beta1`, `beta2`, `eps` and any other key of
    a param group are set; every other schedule is read with `value(name)`.
    """

    optimizer: Optimizer
    last_epoch: int

    def __init__(  # LambdaLR's own would multiply by the group's rate, and wrap `optimizer.step`
        self,
        optimizer: Optimizer,
        program: Program,
        *,
        step: int = 0,
        advance: Advance = "call",
        on_change: Change = "error",
        watch: bool = True,
        keys: dict[str, str] | None = None,
        model: Module | None = None,
    ) -> None:
        if advance not in ("call", "optimizer"):
            raise ValueError(f'advance is "call" or "optimizer", not {advance!r}')
        if on_change not in ("error", "config", "checkpoint", "config-from-here"):
            raise ValueError(f"there is no on_change={on_change!r}")
        for name in keys or ():
            if name not in program:
                raise ValueError(f"keys names `{name}`, but the schedules are {', '.join(program)}")
        if step < 0:
            raise ValueError(f"step counts updates already made, it cannot be {step}")
        self.optimizer = innermost(optimizer)
        self.program = program
        self._config = program.hash
        self._text = text_of(program.origin)
        self.advance = advance
        self.on_change = on_change
        self.last_epoch = step
        self._watch = Watch(said=not watch or advance == "optimizer")
        self._keys = dict(keys or {})
        self._model = model
        self._rules: dict[Instance, Rule] = {}
        self._fused: tuple[Any, Write] | None = None  # for which rows and groups, and what
        self._fresh = 0  # updates of the optimizer since the last step of this scheduler
        self._taken = 0
        self._used: int | None = None
        keep_plain(ScheduleLR.step)
        self._bind()
        self._listen()
        self._write(step, self.optimizer.param_groups)
        self._written = self.optimizer.param_groups[0].get("lr")

    def __repr__(self) -> str:
        return f"<ScheduleLR at update {self.last_epoch:,} of {self.program!r}>"

    # ---- the hot path

    def step(self, epoch: int | None = None) -> None:
        """Go on to the next update (or to update `epoch`), and write its values into the groups.

        With `advance="optimizer"` the optimizer's own updates count, and this does nothing. Raises
        ValueError when `epoch` is no update: part of an epoch, or a loss.
        """
        if self.advance == "optimizer":
            return
        if epoch is None:
            step = self.last_epoch + 1
            if self._fresh != 1:
                self._odd(step)
        else:
            step = _whole(epoch)
            if self._fresh > 1 and step == self.last_epoch + 1:
                self._odd(step)
        self._fresh = 0
        self.last_epoch = step  # as `_go`, without the price of a call
        groups = self.optimizer.param_groups
        if len(groups) != self._count:
            self._bind()
        self._write(step, groups)

    def _go(self, step: int) -> None:
        """To update `step`, whoever counts."""
        self.last_epoch = step
        groups = self.optimizer.param_groups
        if len(groups) != self._count:
            self._bind()
        self._write(step, groups)

    def _odd(self, step: int) -> None:
        """The optimizer did not make one update since the step before; what of it?"""
        if self._watch.said:
            return
        groups = self.optimizer.param_groups
        finding = self._watch.odd(self._fresh, self._taken, step, groups)
        if finding is not None:
            warn(finding)

    def _made(self) -> None:
        """The optimizer made an update."""
        if self.advance == "optimizer":
            if self._rehearsed():
                return
            self._used = self.last_epoch
            self._go(self.last_epoch + 1)
            self._written = self.optimizer.param_groups[0].get("lr")
        else:
            self._used = self.last_epoch
            self._fresh += 1
            self._taken += 1

    def _rehearsed(self) -> bool:
        """Was that no update, but torch.distributed.checkpoint, which steps a fresh optimizer once
        at rate 0 to make it allocate its state?"""
        rate = self.optimizer.param_groups[0].get("lr")
        return rate is not self._written and rate == 0

    # ---- binding to the groups

    def _bind(self) -> None:
        """Look at the groups: which key of which follows what, and is it a number or a tensor."""
        groups: list[Group] = self.optimizer.param_groups
        of = instances(self.program, groups, self._model)
        rules: list[Rule | None] = [None] * len(groups)
        if of is not None:
            missing = [instance for instance in of if instance not in self._rules]
            if missing:
                self._rules |= self.program.ruled(missing)
            rules = [self._rules[instance] for instance in of]
        kind = type(self.optimizer).__name__
        self._rows: Sequence[Row] = rows_of(self.program, groups, rules, self._keys, kind)
        self._count = len(groups)
        plan = (self._rows, shapes(self._rows, groups))
        if self._fused is None or self._fused[0] != plan:
            self._fused = plan, fuse(self._rows, groups)
        write = self._fused[1]
        first = [0 if rule is None else thaws(rule) for rule in rules]
        self._write: Write = _freezing(write, first) if any(first) else write

    def _listen(self) -> None:
        """Hear of the optimizer's updates, and of a state that is loaded into it.

        The hooks hold the scheduler weakly: a scheduler that was dropped says nothing any more.
        They are kept out of compiled code, which would be compiled again for every update.
        """
        weak = ref(self)

        def begun(optimizer: Optimizer, args: Any, kwargs: Any) -> None:
            scheduler = weak()
            if scheduler is not None:
                scheduler._complete()

        def made(optimizer: Optimizer, args: Any, kwargs: Any) -> None:
            scheduler = weak()
            if scheduler is not None:
                scheduler._made()

        def loaded(optimizer: Optimizer) -> None:
            scheduler = weak()
            if scheduler is not None:
                scheduler.rewrite()

        plain: Any = torch.compiler.disable
        self.optimizer.register_step_pre_hook(plain(begun))
        self.optimizer.register_step_post_hook(plain(made))
        self.optimizer.register_load_state_dict_post_hook(loaded)

    def rewrite(self) -> None:
        """Write the values of the present update again, whatever the groups hold now."""
        self._bind()
        self._write(self.last_epoch, self.optimizer.param_groups)
        self._written = self.optimizer.param_groups[0].get("lr")

    def _complete(self) -> None:
        """A group that was added has its value before anybody uses or reads it."""
        if len(self.optimizer.param_groups) != self._count:
            self.rewrite()

    # ---- reading

    def value(self, name: str = "lr", group: int = 0) -> float:
        """The value of any schedule of the program at the coming update.

        group: for a schedule that differs between param groups. Raises KeyError for an unknown
        name.
        """
        return self._value_at(self.last_epoch, name, group)

    def values(self) -> dict[str, float]:
        """Every schedule of the program at the coming update (of the first group)."""
        return {name: self.value(name) for name in self.program}

    next = value

    def last_used(self, name: str = "lr", group: int = 0) -> float | None:
        """The value during the optimizer's last update; None before the first. The one to log."""
        used = self._used
        if used is None and self._taken == 0 and self.advance == "call":
            used = self.last_epoch - 1 if self.last_epoch > 0 else None
        return None if used is None else self._value_at(used, name, group)

    def _value_at(self, step: int, name: str, group: int) -> float:
        self._complete()
        follow = self._rows[group].get(self._keys.get(name, name))
        if follow is None:
            return self.program[name](step)
        more = {} if follow.base is None else {"base": follow.base}
        return follow.function(step, **more)

    # ---- what a LambdaLR offers

    def get_lr(self) -> list[float | Tensor]:
        """The rates of the coming update, as `get_last_lr`."""
        return self.get_last_lr()

    def get_last_lr(self) -> list[float | Tensor]:
        """What the groups hold: the rates of the coming update. Tensors are copies."""
        self._complete()
        rates = [group["lr"] for group in self.optimizer.param_groups]
        return [rate.clone() if isinstance(rate, Tensor) else rate for rate in rates]

    @property
    def _last_lr(self) -> list[float | Tensor]:  # type: ignore[override]  # likewise
        return self.get_last_lr()

    @property
    def base_lrs(self) -> list[float | Tensor]:  # type: ignore[override]  # an attribute in torch
        """The rates that the groups were built with."""
        return [group["initial_lr"] for group in self.optimizer.param_groups]

    @property
    def lr_lambdas(  # type: ignore[override]  # an attribute in torch
        self,
    ) -> list[Callable[[int], float]]:
        """A function of the update for each group. They give rates, not factors."""
        return [self._lambda(i) for i in range(len(self._rows))]

    def _lambda(self, group: int) -> Callable[[int], float]:
        return lambda step: self._value_at(step, "lr", group)

    @property
    def _step_count(self) -> int:
        return self.last_epoch + 1

    @_step_count.setter
    def _step_count(self, count: int) -> None:
        """accelerate counts up between updates; the position is `last_epoch` alone."""

    def _initial_step(self) -> None:
        """Called by `SequentialLR` after it set `last_epoch` back by one."""
        self._go(self.last_epoch + 1)

    # ---- state

    def state_dict(self) -> dict[str, Any]:
        """The position, a hash, the schedule's text and facts: JSON-safe, a few hundred bytes."""
        return saved(self.program, self._text, self.last_epoch, self._config)

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go to the position of a state; `on_change` decides when it is of another schedule.

        Raises `ScheduleError` (SCH710, SCH711), and then changes nothing.
        """
        if state_dict.get("schedc") != 1 or WRITTEN - state_dict.keys():
            step = state_dict.get("last_epoch")
            known = step if isinstance(step, int) else None
            place = where(next(iter(self.program.values())))
            raise ScheduleError([ForeignState(place, tuple(state_dict), known)])
        program, self.last_epoch = restored(self.program, state_dict, self.on_change)
        if program is not self.program:
            self.program, self._rules = program, {}
            self._text = text_of(program.origin)
        self._fresh = 0
        self._used = self.last_epoch - 1 if self.last_epoch > 0 else None
        self.rewrite()

    def __getstate__(self) -> dict[str, Any]:
        made = ("_rows", "_write", "_count", "_model")  # the groups carry their labels by now
        state = {key: value for key, value in self.__dict__.items() if key not in made}
        return {**state, "_fused": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._model = None
        self._bind()
        self._written = self.optimizer.param_groups[0].get("lr")
        self._listen()


def _freezing(write: Write, first: Sequence[int]) -> Write:
    """Write the values, and let frozen groups learn when their time comes."""
    waiting = True
    last = -1

    def write_and_thaw(step: int, groups: Sequence[Group]) -> None:
        nonlocal waiting, last
        write(step, groups)
        if waiting or step < last:
            waiting = freeze(groups, first, step)
        last = step

    return write_and_thaw


def _whole(epoch: float) -> int:
    """The number of an update that somebody gave. To torch's own LambdaLR a loss, or a part of an
    epoch, is one too."""
    number = float(epoch)
    if not number.is_integer() or number < 0:
        raise ValueError(
            f"scheduler.step({number:g}): a schedule goes to a whole number of updates from 0, not "
            "to part of an epoch or a metric; call scheduler.step() after each optimizer.step()"
        )
    return int(epoch)


def innermost(optimizer: Any) -> Optimizer:
    """The optimizer that makes the updates, inside the wrappers of a trainer."""
    seen = optimizer
    while not hasattr(seen, "_optimizer_step_post_hooks") and hasattr(seen, "optimizer"):
        seen = seen.optimizer
    if not isinstance(seen, Optimizer):
        raise TypeError(f"{type(optimizer).__name__} is not an Optimizer")
    return seen


__all__ = ["Advance", "ScheduleLR", "innermost"]
