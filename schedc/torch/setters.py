"""From schedules to one function that writes every value of an update into the param groups.

In: for every group, which of its keys follows which schedule. Out: `write(step, groups)`.
The one rule: a value is computed once for an update, however many groups share it, and written as
the group holds it: a number is replaced, a tensor is filled in place (never aliased or read back).

Many groups that are alike are written through `Held` objects, which costs half as much.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from keyword import iskeyword
from typing import Any

from torch import Tensor

from schedc.backends.python import together
from schedc.guard import GROUPS, executed
from schedc.program import Track

Group = dict[str, Any]
Shape = tuple[type | bool, ...]
Write = Callable[[int, Sequence[Group]], None]

PAIRS = {"beta1": ("betas", 0), "beta2": ("betas", 1)}
"""Names of schedules for one half of a pair in the group."""


@dataclass(frozen=True, slots=True)
class Follow:
    """A function of the update that a key of a group follows, and the track it was compiled from.

    base: the group's own value, if the function asks for it.
    """

    function: Callable[..., float]
    base: float | None
    track: Track = field(compare=False)


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


MANY = 4
"""Groups that are alike, from which on it pays to write them as attributes."""


class Held:
    """A param group as attributes: its `__dict__` is the group.

    `held.lr = x` then is `group["lr"] = x`, at half the price: Python remembers where in a dict the
    attributes of a class are, and looks up an item anew.
    """


def fuse(rows: Sequence[Row], groups: Sequence[Group]) -> Write:
    """One function for all groups.

    Schedules share what they compute alike; groups next to each other that are alike share a loop.
    """
    slots: dict[Follow, str] = {}
    lines: list[str] = []
    scope: dict[str, Any] = {}
    live = _Live()
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
        target = f"groups[{at}]" if stop == at + 1 else "group"
        attributes = stop >= at + MANY and _as_attributes(groups[at:stop], rows[at])
        body = _statements(target, groups[at], rows[at], slots, attributes)
        if attributes:
            scope[f"held_{at}"] = live.hold(at, groups[at:stop])
            which = f"held_{at}"
        else:
            which = "groups" if (at, stop) == (0, len(rows)) else f"groups[{at}:{stop}]"
        if body and target == "group":
            lines += [f"for group in {which}:", *(f"    {line}" for line in body)]
        else:
            lines += body
        at = stop
    if live.held:
        lines += _LIVE
        scope |= {"known": live.groups, "look_again": live.look}
        live.look(groups)
    head, functions = _values(slots)
    scope |= functions
    body = [*head, *lines] or ["pass"]
    text = "def write(step, groups):\n" + "".join(f"    {line}\n" for line in body)
    called = frozenset({*functions, "look_again"})
    made: Write = executed(text, "schedc: the fused step", scope, called, GROUPS)["write"]
    for function in (made, _Live.look, *functions.values()):
        keep_plain(function)
    return made


def _values(slots: Mapping[Follow, str]) -> tuple[list[str], dict[str, Callable[..., Any]]]:
    """Statements that compute every value of an update, and the functions that they call."""
    absolute = [follow for follow in slots if follow.base is None]
    fused = _together(tuple(absolute)) if len(absolute) > 1 else None
    lines: list[str] = []
    functions: dict[str, Callable[..., Any]] = {}
    if fused is not None:
        lines.append(f"{', '.join([slots[follow] for follow in absolute])} = values(step)")
        functions["values"] = fused
    names: dict[int, str] = {}
    for follow, slot in slots.items():
        if fused is not None and follow.base is None:
            continue
        name = names.setdefault(id(follow.function), f"f{len(names)}")
        functions[name] = follow.function
        more = "" if follow.base is None else f", base={follow.base!r}"
        lines.append(f"{slot} = {name}(step{more})")
    return lines, functions


@lru_cache(maxsize=64)  # a program may be attached to several optimizers
def _together(follows: tuple[Follow, ...]) -> Callable[[int], tuple[float, ...]] | None:
    return together([follow.track for follow in follows])


_LIVE = """
try:
    same = groups == known
except RuntimeError:  # other tensors, which have no order
    same = False
if not same:
    look_again(groups)
    write(step, groups)
""".strip().splitlines()
"""Were the groups that were written those of the optimizer? Somebody may have put others in their
place. Equal is enough (these values are in them), and for the same objects it is a matter of
nanoseconds."""


class _Live:
    """Groups by place, and the objects through which they are written."""

    def __init__(self) -> None:
        self.held: dict[int, Held] = {}
        self.groups: list[Group] = []

    def hold(self, start: int, groups: Sequence[Group]) -> tuple[Held, ...]:
        made = {start + i: Held() for i in range(len(groups))}
        self.held |= made
        return tuple(made.values())

    def look(self, groups: Sequence[Group]) -> None:
        """From now on write these."""
        self.groups[:] = groups
        for at, held in self.held.items():
            held.__dict__ = groups[at]


def _as_attributes(groups: Sequence[Group], row: Row) -> bool:
    """Can the groups be written as attributes: plain dicts, whose keys are plain names?"""
    names = [PAIRS[name][0] if name in PAIRS else name for name in row]
    return all(type(group) is dict for group in groups) and all(
        name.isidentifier() and not iskeyword(name) and not name.startswith("_") for name in names
    )


def keep_plain(function: Any) -> None:
    """Keep torch.compile's hands off: it would compile again for other numbers of an update.

    Unlike `torch.compiler.disable` this costs nothing when nobody compiles.
    """
    from torch._dynamo.decorators import skip  # loaded already: building an optimizer does it

    skip(function)


def shapes(rows: Sequence[Row], groups: Sequence[Group]) -> list[Shape]:
    """What `fuse` asks of groups. While it stays the same, so does what it makes."""
    return [_shape(group, row) for group, row in zip(groups, rows, strict=True)]


def _shape(group: Group, row: Row) -> Shape:
    return type(group), *[isinstance(held(group, name), Tensor) for name in row]


def _statements(
    target: str, group: Group, row: Row, slots: Mapping[Follow, str], attributes: bool
) -> list[str]:
    def place_of(key: str) -> str:
        return f"{target}.{key}" if attributes else f"{target}[{key!r}]"

    lines = []
    halves: dict[str, dict[int, str]] = {}
    for name, follow in row.items():
        slot = slots[follow]
        place = PAIRS.get(name)
        where = place_of(name) if place is None else f"{place_of(place[0])}[{place[1]}]"
        if isinstance(held(group, name), Tensor):
            lines.append(f"{where}.fill_({slot})")
        elif place is None:
            lines.append(f"{where} = {slot}")
        else:
            halves.setdefault(place[0], {})[place[1]] = slot
    for key, of in halves.items():
        pair = ", ".join(of.get(half, f"{place_of(key)}[{half}]") for half in (0, 1))
        lines.append(f"{place_of(key)} = ({pair})")
    return lines
