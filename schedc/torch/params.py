"""The parameters of a model, in the groups of a program.

In: a program, a model, an optimizer. Out: param groups to build an optimizer from; for the groups
of an optimizer, which instance of `groups:` each is.
The one rule: a param group carries the label of its rule, so that checkpoints and added groups know
where they belong without the model.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import ceil
from typing import Any

from torch.nn import Module, Parameter

from schedc.diagnostics.base import ScheduleError
from schedc.diagnostics.optimizing import MixedGroup, NeedsModel
from schedc.expr import Num
from schedc.groups import Instance, assign, instance_called
from schedc.schedule import Program, Rule
from schedc.torch.peaks import asks_base, asks_total, peak
from schedc.torch.setters import PAIRS, Group

LABEL = "schedule"
"""The key of a param group that holds the label of its rule."""

WRAPPERS = ("module.", "_orig_mod.", "_fsdp_wrapped_module.", "_forward_module.")
"""What wrappers put before the names of a model's parameters."""


def plain(name: str) -> str:
    """A parameter's name in the model itself, without what DDP, FSDP and torch.compile add."""
    for wrapper in WRAPPERS[1:]:
        name = name.replace(wrapper, "")
    return name.removeprefix(WRAPPERS[0])


def param_groups(
    program: Program, model: Module, select: Callable[[str, Parameter], bool] | None = None
) -> list[dict[str, Any]]:
    """Parameters in groups, in the order of the model. Raises `ScheduleError` (SCH721, SCH722).

    A group says its peak as `lr`, and the value at update 0 of what else it sets, so that the
    optimizer shows the truth when it is printed.
    """
    named = {plain(name): parameter for name, parameter in model.named_parameters()}
    groups = program.origin.block.groups
    if not groups:
        chosen = [p for name, p in named.items() if select is None or select(name, p)]
        return [{"params": chosen, **_values(program, None)}]
    assigned, findings = assign(groups, named)
    if findings:
        raise ScheduleError(findings)
    rules = program.ruled(assigned.values())
    made: dict[Instance, list[Parameter]] = {}
    for name, instance in assigned.items():
        if select is None or select(name, named[name]):
            made.setdefault(instance, []).append(named[name])
    return [
        {"params": parameters, LABEL: instance.label(groups), **_values(program, rules[instance])}
        for instance, parameters in made.items()
    ]


def _values(program: Program, rule: Rule | None) -> dict[str, Any]:
    """What a new group starts with: only what the schedules say without an optimizer."""
    values: dict[str, Any] = {}
    ruled = {} if rule is None else rule.schedules
    both = {**({"lr": program["lr"]} if "lr" in program else {}), **ruled}
    for name, schedule in both.items():
        if name in PAIRS or asks_base(schedule) or asks_total(schedule):
            continue
        values[name] = peak(schedule) if name == "lr" else schedule(0)
    return values


def instances(
    program: Program, groups: Sequence[Group], model: Module | None
) -> list[Instance] | None:
    """Which rule each param group follows; None for a program without `groups:`.

    Groups that do not carry a label are told by their parameters' names. Raises `ScheduleError`
    (SCH721 to SCH724).
    """
    of = program.origin.block.groups
    if not of:
        return None
    names: dict[int, str] = {}
    by_name: dict[str, Instance] = {}
    if model is not None:
        names = {id(p): plain(name) for name, p in model.named_parameters()}
        by_name, findings = assign(of, names.values())
        if findings:
            raise ScheduleError(findings)
    found = []
    for at, group in enumerate(groups):
        label = group.get(LABEL)
        instance = None if label is None else instance_called(label, of)
        if instance is None:
            instance = _by_parameters(group, at, names, by_name, program)
        if instance is None:
            raise ScheduleError([NeedsModel(of[0].span, at, len(groups))])
        group[LABEL] = instance.label(of)
        found.append(instance)
    return found


def _by_parameters(
    group: Group, at: int, names: dict[int, str], by_name: dict[str, Instance], program: Program
) -> Instance | None:
    first: tuple[str, Instance] | None = None
    of = program.origin.block.groups
    for parameter in group["params"]:
        name = names.get(id(parameter))
        if name is None:
            return None
        instance = by_name[name]
        if first is None:
            first = (name, instance)
        elif instance != first[1]:
            mixed = [(n, i.label(of)) for n, i in (first, (name, instance))]
            raise ScheduleError([MixedGroup(of[instance.group].span, at, mixed[0], mixed[1])])
    return None if first is None else first[1]


def thaws(rule: Rule) -> int:
    """The first update at which a group learns; 0 when it is never frozen."""
    if rule.frozen is None:
        return 0
    if not isinstance(rule.frozen, Num):
        raise ValueError("`frozen` depends on the length of the run: state `steps`")
    return max(0, ceil(rule.frozen.value))


def freeze(groups: Sequence[Group], first: Sequence[int], step: int) -> bool:
    """Let each group learn from its update on, and not before. Is any still frozen?"""
    waiting = False
    for group, begin in zip(groups, first, strict=False):
        if not begin:
            continue
        learns = step >= begin
        waiting = waiting or not learns
        for parameter in group["params"]:
            if parameter.requires_grad is not learns:
                parameter.requires_grad_(learns)
                if not learns:
                    parameter.grad = None
    return waiting
