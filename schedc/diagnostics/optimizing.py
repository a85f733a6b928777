"""SCH7xx: the schedule meets an optimizer, a training loop or a checkpoint.

These are found when training starts, not by `schedc check`, so their examples are Python.
`where` is the place of the schedule in its file.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from schedc.diagnostics.base import Finding, Level, near, shortened
from schedc.shown import counted


def _number(value: float) -> str:
    return f"{value:.6g}"


@dataclass(frozen=True)
class DifferentRates(Finding):
    """An absolute schedule would erase the difference between param groups.

    Why: The groups were given rates of their own for a reason; one absolute value for all of them
    would silently train them alike.

    Example:
        lr = schedc.compile("linear(0→1e-3, 10%) >> cosine", steps=100)
        lr.torch(SGD([{"params": head, "lr": 1e-2}, {"params": body, "lr": 1e-3}]))
    Instead:
        lr = schedc.compile("linear(0→base, 10%) >> cosine", steps=100)
        lr.torch(SGD([{"params": head, "lr": 1e-2}, {"params": body, "lr": 1e-3}]))
    """

    code: ClassVar[str] = "SCH701"

    name: str  # of the schedule, and the key of the group
    text: str
    rates: tuple[float, ...]  # the different ones, in the order of the groups
    peak: float

    def message(self) -> str:
        rates = " and ".join([_number(rate) for rate in self.rates[:3]])
        more = ", …" if len(self.rates) > 3 else ""
        return (
            f"`{self.name}` is absolute, but the optimizer's groups have different values"
            f" ({rates}{more}), which it would make equal"
        )

    def help(self) -> str:
        text = " ".join(self.text.split())
        return (
            f"to keep each group's own value as its peak, write"
            f" `base / {_number(self.peak)} * ({text})`;"
            " to give all groups the same, build the optimizer with one value for all;"
            f" to name a schedule for each group, use `groups:`"
        )


@dataclass(frozen=True)
class NoSuchKey(Finding):
    """A schedule sets a hyperparameter that this optimizer does not have.

    Why: `weight_decay` scheduled for an optimizer without it would change nothing, and nobody would
    notice.

    Example:
        momentum = schedc.compile("linear(0.85→0.95)", name="momentum", steps=100)
        momentum.torch(AdamW(body, lr=1e-3))
    Instead:
        beta1 = schedc.compile("linear(0.85→0.95)", name="beta1", steps=100)
        beta1.torch(AdamW(body, lr=1e-3))
    """

    code: ClassVar[str] = "SCH702"

    name: str
    optimizer: str
    keys: tuple[str, ...]  # what its groups have

    def message(self) -> str:
        return f"`{self.name}` is scheduled, but no param group of {self.optimizer} has that key"

    def help(self) -> str:
        if self.name == "momentum" and "betas" in self.keys:
            return "what plays the part of momentum here is `beta1`"
        shown = ", ".join(f"`{key}`" for key in self.keys)
        return f"the groups have {shown}"


@dataclass(frozen=True)
class PeakUnlikeOptimizer(Finding):
    """The optimizer was built with another rate than the schedule's peak.

    Why: Two places state the learning rate and disagree. The schedule wins; whoever reads the
    optimizer's line believes something else.

    Example:
        lr = schedc.compile("linear(0→1e-3, 10%) >> cosine", steps=100)
        lr.torch(SGD(body, lr=0.1))
    Instead:
        lr = schedc.compile("linear(0→1e-3, 10%) >> cosine", steps=100)
        lr.torch(SGD(body, lr=1e-3))
    """

    code: ClassVar[str] = "SCH703"
    level: ClassVar[Level] = Level.WARNING

    name: str
    given: float
    peak: float

    def message(self) -> str:
        return (
            f"the optimizer was built with {self.name} = {_number(self.given)}, but the schedule's"
            f" peak is {_number(self.peak)}; the schedule is used"
        )

    def help(self) -> str:
        return (
            f"build the optimizer with `{self.name}={_number(self.peak)}`, or write the schedule in"
            " terms of `base`, the optimizer's own value"
        )


@dataclass(frozen=True)
class StepsTwice(Finding):
    """The scheduler is stepped more than once for an update of the optimizer.

    Why: The schedule counts updates. Stepped twice for each it ends at half of the run. accelerate
    does this on purpose, once per process; with accumulation a loop does it by mistake.

    Example:
        lr = schedc.compile("linear(0→1e-3, 10%) >> cosine", steps=100)
        scheduler = lr.torch(SGD(body, lr=1e-3))
        for _ in range(3): scheduler.optimizer.step(); scheduler.step(); scheduler.step()
    Instead:
        lr = schedc.compile("linear(0→1e-3, 10%) >> cosine", steps=100)
        scheduler = lr.torch(SGD(body, lr=1e-3), advance="optimizer")
        for _ in range(3): scheduler.optimizer.step(); scheduler.step(); scheduler.step()
    """

    code: ClassVar[str] = "SCH704"
    level: ClassVar[Level] = Level.WARNING

    taken: int  # updates of the optimizer
    step: int  # where the schedule is

    def message(self) -> str:
        return (
            "the scheduler is stepped more than once for each update of the optimizer: after"
            f" {counted(Fraction(self.taken))} it is already at update {self.step:,}"
        )

    def help(self) -> str:
        return (
            '`.torch(optimizer, advance="optimizer")` counts the optimizer\'s own updates, whatever'
            " the trainer calls (accelerate steps once per process); or step once, after"
            " `optimizer.step()`"
        )


@dataclass(frozen=True)
class StepsBeforeOptimizer(Finding):
    """The scheduler is stepped before the optimizer.

    Why: The value of update 0 is never used, and every later one comes an update too early.

    Example:
        lr = schedc.compile("cosine(1e-3→0)", steps=100)
        scheduler = lr.torch(SGD(body, lr=1e-3))
        for p in body: p.grad = torch.ones_like(p)
        scheduler.step(); scheduler.optimizer.step()
    Instead:
        lr = schedc.compile("cosine(1e-3→0)", steps=100)
        scheduler = lr.torch(SGD(body, lr=1e-3))
        for p in body: p.grad = torch.ones_like(p)
        scheduler.optimizer.step(); scheduler.step()
    """

    code: ClassVar[str] = "SCH705"
    level: ClassVar[Level] = Level.WARNING

    def message(self) -> str:
        return (
            "`scheduler.step()` was called before the optimizer's first update: the value of"
            " update 0 is never used"
        )

    def help(self) -> str:
        return 'call `optimizer.step()` first; with `advance="optimizer"` the order cannot matter'


@dataclass(frozen=True)
class StepsTooRarely(Finding):
    """The optimizer makes many updates for one step of the scheduler.

    Why: The schedule counts updates. Stepped once an epoch it hardly moves: a warm-up of 500
    updates takes 500 epochs.

    Example:
        lr = schedc.compile("linear(0→1e-3, 10%) >> cosine", steps=100)
        scheduler = lr.torch(SGD(body, lr=1e-3))
        for _ in range(3):
            for _ in range(20): scheduler.optimizer.step()
            scheduler.step()
    Instead:
        lr = schedc.compile("linear(0→1e-3, 10%) >> cosine", steps=100)
        scheduler = lr.torch(SGD(body, lr=1e-3))
        for _ in range(3):
            for _ in range(20): scheduler.optimizer.step(); scheduler.step()
    """

    code: ClassVar[str] = "SCH706"
    level: ClassVar[Level] = Level.WARNING

    taken: int
    step: int
    each: int  # updates between the last two steps of the scheduler

    def message(self) -> str:
        return (
            f"the optimizer makes {self.each:,} updates for each step of the scheduler, which"
            f" counts updates: after {self.taken:,} updates it is at update {self.step:,}"
        )

    def help(self) -> str:
        return (
            'step after every `optimizer.step()`, or use `advance="optimizer"`; to change the value'
            " once an epoch, write `every(…, 1 epoch)`"
        )


@dataclass(frozen=True)
class NothingToSet(Finding):
    """No schedule of the program is a key of the optimizer's groups.

    Why: A scheduler that sets nothing is a mistake in a name.

    Example:
        ema = schedc.compile("linear(0.9→0.999)", name="ema", steps=100)
        ema.torch(SGD(body, lr=1e-3))
    Instead:
        lr = schedc.compile("linear(0→1e-3)", name="lr", steps=100)
        lr.torch(SGD(body, lr=1e-3))
    """

    code: ClassVar[str] = "SCH707"

    names: tuple[str, ...]
    keys: tuple[str, ...]

    def message(self) -> str:
        shown = ", ".join(f"`{name}`" for name in self.names)
        return f"nothing here can be set in the optimizer: there is {shown}, and no such key"

    def help(self) -> str:
        shown = ", ".join(f"`{key}`" for key in self.keys)
        meant = next(filter(None, (near(name, self.keys) for name in self.names)), None)
        if meant is not None:
            return f"did you mean `{meant}`?"
        return (
            f"name a schedule after one of the keys {shown}, or say which it sets:"
            f' `.torch(optimizer, keys={{"{self.names[0]}": "lr"}})`'
        )


@dataclass(frozen=True)
class NeedsTotal(Finding):
    """The schedule depends on the length of the run, which nobody stated.

    Why: `10%` of an unknown number of updates is unknown.

    Example:
        lr = schedc.compile("linear(0→1e-3, 10%) >> cosine")
        lr.torch(SGD(body, lr=1e-3))
    Instead:
        lr = schedc.compile("linear(0→1e-3, 10%) >> cosine", steps=10_000)
        lr.torch(SGD(body, lr=1e-3))
    """

    code: ClassVar[str] = "SCH708"

    name: str

    def message(self) -> str:
        return f"`{self.name}` depends on the number of updates of the run, which is not known"

    def help(self) -> str:
        return "state it: `run: {steps: 10_000}` in the file, or `steps=10_000` where it is loaded"


@dataclass(frozen=True)
class NearlyAKey(Finding):
    """A schedule is called nearly like a hyperparameter of the optimizer.

    Why: What the optimizer does not know is left to the training loop; a misspelt hyperparameter
    would never be set, and nobody would notice.

    Example:
        program = schedc.loads(
            "schedules: {lr: cosine(1e-3→0), wieght_decay: constant(0.1)}", steps=100
        )
        program.torch(AdamW(body, lr=1e-3))
    Instead:
        program = schedc.loads(
            "schedules: {lr: cosine(1e-3→0), weight_decay: constant(0.1)}", steps=100
        )
        program.torch(AdamW(body, lr=1e-3))
    """

    code: ClassVar[str] = "SCH709"
    level: ClassVar[Level] = Level.WARNING

    name: str
    meant: str

    def message(self) -> str:
        return f"`{self.name}` is no key of the optimizer's groups, so it is not set in them"

    def help(self) -> str:
        return (
            f"did you mean `{self.meant}`? What the training loop is to read is better called"
            " otherwise"
        )


@dataclass(frozen=True)
class OtherSchedule(Finding):
    """The checkpoint was written under another schedule.

    Why: "The checkpoint wins" and "the config wins" each surprise half of the people; a mixture of
    both surprises everybody.

    Example:
        old = schedc.compile("cosine(1e-3→0)", steps=100).torch(SGD(body, lr=1e-3))
        new = schedc.compile("cosine(1e-3→0)", steps=200).torch(SGD(body, lr=1e-3))
        new.load_state_dict(old.state_dict())
    Instead:
        old = schedc.compile("cosine(1e-3→0)", steps=100).torch(SGD(body, lr=1e-3))
        new = schedc.compile("cosine(1e-3→0)", steps=200)
        new = new.torch(SGD(body, lr=1e-3), on_change="config")
        new.load_state_dict(old.state_dict())
    """

    code: ClassVar[str] = "SCH710"

    step: int
    changes: tuple[str, ...]  # a line each, from `schedc.torch.change`

    def message(self) -> str:
        return (
            f"the checkpoint (at update {self.step:,}) was written under another schedule:\n  "
            + "\n  ".join(self.changes)
        )

    def help(self) -> str:
        return (
            'choose in `.torch(optimizer, on_change=…)`: "config" follows the new schedule from'
            ' here on, "checkpoint" keeps the old one, "config-from-here" leads the new one on from'
            " the present value"
        )


@dataclass(frozen=True)
class ForeignState(Finding):
    """The state was not written by this scheduler.

    Why: Another scheduler's state holds a position, but no schedule: nobody can tell whether the
    two agree.

    Example:
        scheduler = schedc.compile("cosine(1e-3→0)", steps=100).torch(SGD(body, lr=1e-3))
        scheduler.load_state_dict({"last_epoch": 40, "_step_count": 41, "lr_lambdas": [None]})
    Instead:
        scheduler = schedc.compile("cosine(1e-3→0)", steps=100).torch(SGD(body, lr=1e-3), step=40)
    """

    code: ClassVar[str] = "SCH711"

    keys: tuple[str, ...]
    step: int | None

    def message(self) -> str:
        shown = ", ".join(f"`{key}`" for key in self.keys[:4])
        return f"this is not the state of a schedule ({shown}, …)"

    def help(self) -> str:
        step = "k" if self.step is None else str(self.step)
        return f"to go on at a known update, build it there: `.torch(optimizer, step={step})`"


@dataclass(frozen=True)
class BadPattern(Finding):
    """A pattern of a group cannot be read.

    Why: A pattern that matches by accident gives parameters a rate that nobody chose.

    Example:
        run: {steps: 100}
        schedules:
          lr: cosine(1e-3→0)
        groups:
          - {match: "blocks.{i.*", lr: lr * 0.9}
          - {match: "*", lr: lr}
    Instead:
        run: {steps: 100}
        schedules:
          lr: cosine(1e-3→0)
        groups:
          - {match: "blocks.{i}.*", lr: "lr * 0.9^i"}
          - {match: "*", lr: lr}
    """

    code: ClassVar[str] = "SCH720"

    text: str
    problem: str

    def message(self) -> str:
        return f"the pattern `{shortened(self.text)}` cannot be read: {self.problem}"

    def help(self) -> str:
        return "`*` is any text, `?` one character, `{i}` a layer index: `blocks.{i}.*`"


@dataclass(frozen=True)
class UnmatchedParameters(Finding):
    """Parameters of the model are in no group.

    Why: A parameter that no optimizer group holds is never trained; one that a default catches
    silently trains at a rate nobody chose.

    Example:
        groups = "[{match: 'head.*', lr: 10 * lr}]"
        program = schedc.loads(f"schedules: {{lr: cosine(1e-3→0)}}\\ngroups: {groups}", steps=100)
        program.param_groups(model)
    Instead:
        groups = "[{match: 'head.*', lr: 10 * lr}, {match: '*', lr: lr}]"
        program = schedc.loads(f"schedules: {{lr: cosine(1e-3→0)}}\\ngroups: {groups}", steps=100)
        program.param_groups(model)
    """

    code: ClassVar[str] = "SCH721"

    names: tuple[str, ...]
    of: int

    def message(self) -> str:
        shown = ", ".join(f"`{name}`" for name in self.names[:3])
        more = f" and {len(self.names) - 3} more" if len(self.names) > 3 else ""
        return f"{len(self.names)} of {self.of} parameters are in no group: {shown}{more}"

    def help(self) -> str:
        return 'a last group `{match: "*", lr: lr}` takes what is left'


@dataclass(frozen=True)
class NothingMatched(Finding):
    """A group matches no parameter of the model.

    Why: A misspelt pattern leaves its layers at another group's rate.

    Example:
        groups = "[{match: 'haed.*', lr: 10 * lr}, {match: '*', lr: lr}]"
        program = schedc.loads(f"schedules: {{lr: cosine(1e-3→0)}}\\ngroups: {groups}", steps=100)
        program.param_groups(model)
    Instead:
        groups = "[{match: 'head.*', lr: 10 * lr}, {match: '*', lr: lr}]"
        program = schedc.loads(f"schedules: {{lr: cosine(1e-3→0)}}\\ngroups: {groups}", steps=100)
        program.param_groups(model)
    """

    code: ClassVar[str] = "SCH722"

    patterns: tuple[str, ...]
    names: tuple[str, ...]  # some parameters of the model
    taken: str | None = None  # the pattern of the earlier group that took all of them

    def message(self) -> str:
        shown = " or ".join(f"`{text}`" for text in self.patterns)
        if self.taken is not None:
            return f"{shown} gets no parameter: the group `{self.taken}` before it takes them all"
        return f"{shown} matches no parameter of the model"

    def help(self) -> str:
        if self.taken is not None:
            return "the first match wins: put the narrower pattern first"
        shown = ", ".join(f"`{name}`" for name in self.names)
        return f"the model's parameters are called {shown}, …"


@dataclass(frozen=True)
class NeedsModel(Finding):
    """The program has groups, and nobody said which parameters are whose.

    Why: `groups:` speaks of parameters by name; an optimizer does not know their names.

    Example:
        groups = "[{match: 'head.*', lr: 10 * lr}, {match: '*', lr: lr}]"
        program = schedc.loads(f"schedules: {{lr: cosine(1e-3→0)}}\\ngroups: {groups}", steps=100)
        program.torch(SGD(model.parameters(), lr=1e-3))
    Instead:
        groups = "[{match: 'head.*', lr: 10 * lr}, {match: '*', lr: lr}]"
        program = schedc.loads(f"schedules: {{lr: cosine(1e-3→0)}}\\ngroups: {groups}", steps=100)
        program.torch(SGD(program.param_groups(model), lr=1e-3))
    """

    code: ClassVar[str] = "SCH723"

    group: int
    groups: int

    def message(self) -> str:
        return (
            "the program has `groups:`, but it is not known which of them the optimizer's param"
            f" group {self.group} (of {self.groups}) is"
        )

    def help(self) -> str:
        return (
            "build the optimizer from `program.param_groups(model)`, or give the model:"
            " `program.torch(optimizer, model)`"
        )


@dataclass(frozen=True)
class MixedGroup(Finding):
    """A param group of the optimizer holds parameters of different groups of the program.

    Why: A param group has one rate; these parameters were given different ones.

    Example:
        groups = "[{match: 'head.*', lr: 10 * lr}, {match: '*', lr: lr}]"
        program = schedc.loads(f"schedules: {{lr: cosine(1e-3→0)}}\\ngroups: {groups}", steps=100)
        program.torch(SGD(model.parameters(), lr=1e-3), model)
    Instead:
        groups = "[{match: 'head.*', lr: 10 * lr}, {match: '*', lr: lr}]"
        program = schedc.loads(f"schedules: {{lr: cosine(1e-3→0)}}\\ngroups: {groups}", steps=100)
        program.torch(SGD(program.param_groups(model), lr=1e-3))
    """

    code: ClassVar[str] = "SCH724"

    group: int
    first: tuple[str, str]  # a parameter and its group
    second: tuple[str, str]

    def message(self) -> str:
        return (
            f"the optimizer's param group {self.group} mixes `{self.first[0]}` (group"
            f" `{self.first[1]}`) with `{self.second[0]}` (group `{self.second[1]}`)"
        )

    def help(self) -> str:
        return "build the optimizer from `program.param_groups(model)`"


@dataclass(frozen=True)
class CannotLeadOn(Finding):
    """The new schedule cannot be continued from the present value.

    Why: "config-from-here" promises that the value does not jump; where that cannot be kept it does
    nothing.

    Example:
        old = schedc.compile("cosine(1e-3→1e-5)", steps=100).torch(SGD(body, lr=1e-3), step=90)
        new = schedc.compile("cosine(1e-3→0)", steps=80)
        new = new.torch(SGD(body, lr=1e-3), on_change="config-from-here")
        new.load_state_dict(old.state_dict())
    Instead:
        old = schedc.compile("cosine(1e-3→1e-5)", steps=100).torch(SGD(body, lr=1e-3), step=90)
        new = schedc.compile("cosine(1e-3→0)", steps=200)
        new = new.torch(SGD(body, lr=1e-3), on_change="config-from-here")
        new.load_state_dict(old.state_dict())
    """

    code: ClassVar[str] = "SCH712"

    name: str
    step: int
    why: str

    def message(self) -> str:
        at = f"its value at update {self.step:,}"
        return f"`{self.name}` cannot be continued from {at}: {self.why}"

    def help(self) -> str:
        return (
            f"write the rest yourself: `constant(…, {self.step} steps) >> …`, or choose"
            ' on_change="config" or "checkpoint"'
        )


@dataclass(frozen=True)
class ValueDrifted(Finding):
    """The optimizer is about to use a value that is not the schedule's.

    Why: A rate that another scheduler, a trainer or a wrong loop has changed looks like a slightly
    worse run, and costs days.

    Example:
        scheduler = schedc.compile("cosine(1e-3→0)", steps=100).torch(SGD(body, lr=1e-3))
        verify(scheduler)
        scheduler.optimizer.param_groups[0]["lr"] = 0.5
        scheduler.optimizer.step()
    Instead:
        scheduler = schedc.compile("cosine(1e-3→0)", steps=100).torch(SGD(body, lr=1e-3))
        verify(scheduler)
        scheduler.optimizer.step()
    """

    code: ClassVar[str] = "SCH730"

    name: str
    group: int
    step: int  # where it was noticed
    since: int  # the first update that was not found right
    used: float
    wanted: float
    cause: str

    def message(self) -> str:
        since = f", wrong since update {self.since:,} or later" if self.since < self.step else ""
        return (
            f"`{self.name}` of param group {self.group} is {self.used:.8g} at update"
            f" {self.step:,}, but the schedule says {self.wanted:.8g}{since}; {self.cause}"
        )

    def help(self) -> str:
        return (
            'with `advance="optimizer"` the schedule follows the optimizer; remove what else sets'
            f" `{self.name}`"
        )
