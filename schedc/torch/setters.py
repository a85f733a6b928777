"""From schedules to one function that writes every value of an update into the param groups.

In: for every group, which of its keys follows which schedule. Out: `write(step, groups)`.
The one rule: a value is computed once for an update, however many groups share it, and written as
the group holds it: a number is replaced, a tensor is filled in place (never aliased or read back).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor

Group = dict[str, Any]
Write = Callable[[int, Sequence[Group]], None]

PAIRS = {"beta1": ("betas", 0), "beta2": ("betas", 1)}
"""Names of schedules for one half of a pair in the group."""


@dataclass(frozen=True, slots=True)
class Follow:
    """A function of the update that a key of a group follows; `base`: the group's own value, if
    the function asks for it."""

    function: Callable[..., float]
    base: float | None = None


Row = Mapping[str, Follow]
"""What one group follows: schedule name → function."""


def holds(group: Group, name: str) -> bool:
    """Does the group have the key that a schedule of this name sets?"""
    return PAIRS[name][0] in group if name in PAIRS else name in group


def held(group: Group, name: str) -> Any:
    """The value in the group: a number or a tensor."""
    if name in PAIRS:
        key, half = PAIRS[name]
        return group[key][half]
    return group[name]


def fuse(rows: Sequence[Row], groups: Sequence[Group]) -> Write:
    """One function for all groups. Groups next to each other that are alike share a loop."""
    slots: dict[Follow, str] = {}
    lines: list[str] = []
    at = 0
    while at < len(rows):
        stop = at + 1
        shape = _shape(groups[at], rows[at])
        while stop < len(rows) and rows[stop] == rows[at]:
            if _shape(groups[stop], rows[stop]) != shape:
                break
            stop += 1
        for follow in rows[at].values():
            slots.setdefault(follow, f"v{len(slots)}")
        which = "groups" if (at, stop) == (0, len(rows)) else f"groups[{at}:{stop}]"
        target = f"groups[{at}]" if stop == at + 1 else "group"
        body = _statements(target, groups[at], rows[at], slots)
        if body and target == "group":
            lines += [f"for group in {which}:", *(f"    {line}" for line in body)]
        else:
            lines += body
        at = stop
    scope: dict[str, Any] = {}
    known: dict[int, str] = {}
    head = []
    for follow, slot in slots.items():
        name = known.setdefault(id(follow.function), f"f{len(known)}")
        scope[name] = follow.function
        more = "" if follow.base is None else f", base={follow.base!r}"
        head.append(f"{slot} = {name}(step{more})")
    body = [*head, *lines] or ["pass"]
    text = "def write(step, groups):\n" + "".join(f"    {line}\n" for line in body)
    exec(compile(text, "<schedc: the fused step>", "exec"), scope)
    made: Write = scope["write"]
    for function in (made, *[follow.function for follow in slots]):
        keep_plain(function)
    return made


def keep_plain(function: Any) -> None:
    """Keep torch.compile's hands off: it would compile again for other numbers of an update.

    Unlike `torch.compiler.disable` this costs nothing when nobody compiles.
    """
    from torch._dynamo.decorators import skip  # loaded already: building an optimizer does it

    skip(function)


def _shape(group: Group, row: Row) -> tuple[bool, ...]:
    return tuple([isinstance(held(group, name), Tensor) for name in row])


def _statements(target: str, group: Group, row: Row, slots: Mapping[Follow, str]) -> list[str]:
    lines = []
    halves: dict[str, dict[int, str]] = {}
    for name, follow in row.items():
        slot = slots[follow]
        place = PAIRS.get(name)
        where = f"{target}[{name!r}]" if place is None else f"{target}[{place[0]!r}][{place[1]}]"
        if isinstance(held(group, name), Tensor):
            lines.append(f"{where}.fill_({slot})")
        elif place is None:
            lines.append(f"{where} = {slot}")
        else:
            halves.setdefault(place[0], {})[place[1]] = slot
    for key, of in halves.items():
        pair = ", ".join(of.get(half, f"{target}[{key!r}][{half}]") for half in (0, 1))
        lines.append(f"{target}[{key!r}] = ({pair})")
    return lines
