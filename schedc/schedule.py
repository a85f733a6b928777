"""What a user holds: `Schedule`, `Program`.

In: compiled tracks, and what they were compiled from. Out: schedules that can be called.
The one rule: a schedule is a pure function of the clock; calling it changes nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any

from schedc.block import Block
from schedc.checks import Report
from schedc.compiler import compile_block
from schedc.diagnostics.base import Finding, ScheduleError
from schedc.expr import Expr
from schedc.facts import Fact
from schedc.groups import Instance, Ruled
from schedc.program import Phase, Track
from schedc.run import Run
from schedc.shown import shown_fraction
from schedc.source import Source

if TYPE_CHECKING:
    from inspect import Signature

    from torch import Tensor
    from torch.nn import Module, Parameter
    from torch.optim import Optimizer

    from schedc.backends import Header
    from schedc.torch import ScheduleLR


@dataclass(frozen=True)
class Origin:
    """What a program was compiled from, to compile it again: a block, and facts from elsewhere."""

    source: Source
    block: Block
    given: tuple[Fact, ...] = ()


@dataclass(frozen=True, repr=False, eq=False)
class Schedule:
    """One schedule, compiled: a function of the update number.

    `lr(k)` is the value at update k (from 0), a float; after the end the end value holds. Without a
    horizon the number of updates is given with each call, `lr(k, total=10_000)`; a schedule in
    terms of `base` takes the optimizer's own value, `lr(k, base=0.1)`. Raises ValueError when it
    does not fit `total`, TypeError for a `total` or `base` that it needs or does not know.
    """

    # The call is a slot that holds the compiled function: no frame of ours lies between. Until the
    # first call it holds what compiles the schedule.
    __slots__ = ("__call__", "__dict__", "__weakref__")

    track: Track
    header: Header
    origin: Origin = field(repr=False)
    findings: tuple[Finding, ...] = field(default=(), repr=False)

    if TYPE_CHECKING:

        def __call__(self, step: float, total: int = ..., *, base: float = ...) -> float: ...

    def __post_init__(self) -> None:
        object.__setattr__(self, "__call__", self._first_call)

    def __repr__(self) -> str:
        return f"<Schedule {_briefly({self.name: self.track}, self.run)}>"

    def __eq__(self, other: object) -> bool:
        """The same function, over a run of the same facts; whatever the words."""
        return isinstance(other, Schedule) and _same(self, other)

    def __hash__(self) -> int:
        return hash(self.hash)

    def _first_call(self, *given: float, **named: float) -> float:
        return self.function(*given, **named)

    @property
    def name(self) -> str:
        return self.track.name

    @property
    def run(self) -> Run:
        return self.track.run

    @property
    def text(self) -> str:
        """The schedule as its author wrote it."""
        return self.track.text

    @cached_property
    def function(self) -> Callable[..., float]:
        """The compiled function itself, the same code that `source("python")` writes."""
        from schedc.backends import python  # a check compiles nothing

        made = python.function(self.track)
        object.__setattr__(self, "__call__", made)
        return made

    @property
    def __signature__(self) -> Signature:
        """What a call takes, for `inspect.signature`."""
        from inspect import signature

        return signature(self.function)

    def at(
        self,
        step: float | None = None,
        *,
        samples: int | Fraction | None = None,
        tokens: int | Fraction | None = None,
        epochs: float | Fraction | None = None,
        base: float | None = None,
    ) -> float:
        """The value at a position of the run, in one of its units.

        Raises TypeError for several, ScheduleError for a unit that the run knows nothing about.
        """
        if step is not None:
            if samples is not None or tokens is not None or epochs is not None:
                raise TypeError("give exactly one of step, samples=, tokens= and epochs=")
            return self.function(step, **_named(base=base))
        if isinstance(epochs, float):
            epochs = Fraction(repr(epochs))
        exact = None if epochs is None else Fraction(epochs)
        position = self.run.update(samples=samples, tokens=tokens, epochs=exact)
        if position.denominator == 1 and position >= self.run.first:
            return self.function(int(position) - self.run.first, **_named(base=base))
        # between two updates a float would lose the exact position: the reference does not
        known = None if base is None else Fraction(repr(base))
        return float(self.track.value(position, base=known))

    def values(
        self, start: int = 0, stop: int | None = None, *, total: int | None = None,
        base: float | None = None,
    ) -> list[float]:
        """The values at updates start … stop-1; by default of the whole run."""
        if stop is None:
            stop = total if total is not None else self.run.executed
            if stop is None:
                raise TypeError("without a horizon, say how many: values(total=10_000)")
        call, named = self.function, _named(total, base)
        return [call(k, **named) for k in range(start, stop)]

    @property
    def phases(self) -> tuple[Phase, ...]:
        """The phases as written, with their exact boundaries in updates."""
        return self.track.only.phases

    @cached_property
    def hash(self) -> str:
        """Of the resolved schedule: the same for every way of writing the same pieces."""
        return digest({self.name: self.track})

    @property
    def report(self) -> Report:
        """What was proved, and what was found."""
        return Report(self.findings)

    def source(self, target: str = "python") -> str:
        """The schedule as text for a target: one of `schedc.backends.BACKENDS`."""
        return _written(target, {self.name: self.track}, self.header)

    def tensor_fn(self, **options: Any) -> Callable[[Tensor], Tensor]:
        """A function of a step tensor, safe in a CUDA graph; see `schedc.torch.graph.tensor_fn`."""
        from schedc.torch.graph import tensor_fn

        return tensor_fn(self, **options)

    @property
    def alone(self) -> Program:
        """The schedule as a program of one."""
        return Program({self.name: self}, self.run, self.header, self.origin, self.findings)

    def torch(self, optimizer: Optimizer, **options: Any) -> ScheduleLR:
        """A `LambdaLR` that drives `optimizer`; see `schedc.torch.attach`."""
        from schedc.torch import attach

        return attach(self, optimizer, **options)

    def _repr_html_(self) -> str:
        """The curve and its phases, for notebooks."""
        from schedc.plot.notebook import shown

        return shown(self)

    def __reduce__(self) -> tuple[type[Schedule], tuple[Any, ...]]:
        """Without the compiled function, which is made again when it is asked for."""
        return Schedule, (self.track, self.header, self.origin, self.findings)


def _named(total: int | None = None, base: float | None = None) -> dict[str, Any]:
    """What was given of the two, as a compiled function takes it."""
    given = {"total": total, "base": base}
    return {name: value for name, value in given.items() if value is not None}


@dataclass(frozen=True)
class Rule:
    """What one item of `groups:` says, at the layer indices that its pattern bound.

    schedules: by key; a key that is not here follows the common schedule. frozen: until which
    update (exact, perhaps between two) the group does not learn.
    """

    instance: Instance
    schedules: Mapping[str, Schedule]
    frozen: Expr | None = None


@dataclass(frozen=True, repr=False, eq=False)
class Program(Mapping[str, Schedule]):
    """The schedules of a block, by name."""

    schedules: Mapping[str, Schedule]
    run: Run
    header: Header
    origin: Origin = field(repr=False)
    findings: tuple[Finding, ...] = field(default=(), repr=False)
    rules: tuple[Rule, ...] = field(default=(), repr=False)  # each group once, at index 1

    def __getitem__(self, name: str) -> Schedule:
        return self.schedules[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.schedules)

    def __len__(self) -> int:
        return len(self.schedules)

    def __repr__(self) -> str:
        tracks = {name: schedule.track for name, schedule in self.schedules.items()}
        return f"<Program {_briefly(tracks, self.run)}>"

    def __eq__(self, other: object) -> bool:
        """The same functions by the same names, over a run of the same facts."""
        return isinstance(other, Program) and _same(self, other)

    def __hash__(self) -> int:
        return hash(self.hash)

    def at(
        self, step: float, total: int | None = None, *, base: float | None = None
    ) -> dict[str, float]:
        """Every value at an update."""
        named = _named(total, base)
        return {name: s.function(step, **named) for name, s in self.schedules.items()}

    @property
    def report(self) -> Report:
        return Report(self.findings)

    def source(self, target: str = "python") -> str:
        """All schedules as one text for a target."""
        tracks = {name: s.track for name, s in self.schedules.items()}
        return _written(target, tracks, self.header)

    @cached_property
    def hash(self) -> str:
        """Of everything the program means, whatever the words (those of `groups:` count)."""
        common = digest({name: s.track for name, s in self.schedules.items()})
        if not self.rules:
            return common
        ruled = [
            (
                [entry.text for entry in group.match],
                {key: " ".join(entry.text.split()) for key, entry in group.entries.items()},
                digest({key: s.track for key, s in rule.schedules.items()}),
                rule.frozen,
            )
            for group, rule in zip(self.origin.block.groups, self.rules, strict=True)
        ]
        return hashlib.sha256(repr((common, ruled)).encode()).hexdigest()[:16]

    def ruled(self, instances: Iterable[Instance]) -> dict[Instance, Rule]:
        """What `groups:` says to each of some groups with layer indices. Raises `ScheduleError`."""
        block, wanted = self.origin.block, tuple(dict.fromkeys(instances))
        compiled = compile_block(self.origin.source, block, self.origin.given, wanted)
        if compiled.broken:
            raise ScheduleError(sorted(compiled.findings, key=lambda f: -f.level))
        return {r.instance: rule_of(self.origin, self.header, r) for r in compiled.groups}

    def param_groups(
        self, model: Module, select: Callable[[str, Parameter], bool] | None = None
    ) -> list[dict[str, Any]]:
        """The model's parameters in groups as an optimizer takes them; see `schedc.torch.params`.

        select: only these, by name and parameter: one of several optimizers for a model.
        """
        from schedc.torch import params

        return params.param_groups(self, model, select)

    def tensor_fn(self, **options: Any) -> Callable[[Tensor], dict[str, Tensor]]:
        """Every schedule as a function of a step tensor: name → tensor."""
        made = {name: schedule.tensor_fn(**options) for name, schedule in self.schedules.items()}
        return lambda step: {name: function(step) for name, function in made.items()}

    def torch(
        self, optimizer: Optimizer, model: Module | None = None, **options: Any
    ) -> ScheduleLR:
        """One `LambdaLR` for every hyperparameter of `optimizer`; see `schedc.torch.attach`.

        model: whose parameters these are, for a program with `groups:`; not needed when the
        optimizer was built from `param_groups(model)`.
        """
        from schedc.torch import attach

        return attach(self, optimizer, model=model, **options)


def digest(tracks: Mapping[str, Track]) -> str:
    """A hash of what schedules mean: of their pieces, not of the words they were written in."""
    meaning = [
        (name, t.run.first, [(c.low, c.high, c.pieces) for c in t.cases])
        for name, t in tracks.items()
    ]
    return hashlib.sha256(repr(meaning).encode()).hexdigest()[:16]


def _same(one: Schedule | Program, other: Schedule | Program) -> bool:
    return one.hash == other.hash and in_words(one.run) == in_words(other.run)


def _briefly(tracks: Mapping[str, Track], run: Run) -> str:
    """The texts and the facts, as `lr: cosine(1→0); steps 1,000`."""
    parts = [f"{name}: {' '.join(track.text.split())}" for name, track in tracks.items()]
    return "; ".join([*parts, *filter(None, [in_words(run)])])


def _written(target: str, tracks: Mapping[str, Track], header: Header) -> str:
    """Raises ValueError for a target that does not exist."""
    from schedc.backends import BACKENDS

    if target not in BACKENDS:
        raise ValueError(f"there is no target {target!r}; there are {', '.join(BACKENDS)}")
    return BACKENDS[target].source(tracks, header)


def rule_of(origin: Origin, header: Header, ruled: Ruled) -> Rule:
    schedules = {key: Schedule(track, header, origin) for key, track in ruled.tracks.items()}
    return Rule(ruled.instance, schedules, ruled.frozen)


def in_words(run: Run) -> str:
    """The facts that somebody stated: `steps 10,000, batch 512`."""
    stated = [k for k in run.known_facts.values() if k.origin]
    return ", ".join(f"{fact.name} {shown_fraction(fact.value)}" for fact in stated)
