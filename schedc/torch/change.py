"""What differs between two programs, in the words of a person who must choose.

In: the program of a checkpoint and the one of the config, and the update where they meet.
Out: a line for each schedule that is another function. Empty: the same function in other words.
"""

from __future__ import annotations

from schedc.schedule import Program, Schedule
from schedc.torch.peaks import asks_base


def differences(old: Program, new: Program, step: int) -> tuple[str, ...]:
    """A line for each difference, the present update first of all."""
    lines = []
    for name in dict.fromkeys([*old, *new]):
        if name not in new:
            lines.append(f"{name}: only in the checkpoint: {_one_line(old[name])}")
        elif name not in old:
            lines.append(f"{name}: only in the config: {_one_line(new[name])}")
        else:
            line = _difference(name, old[name], new[name], step)
            if line:
                lines.append(line)
    return (*lines, *_groups(old, new, step))


def _groups(old: Program, new: Program, step: int) -> list[str]:
    """What `groups:` says otherwise; layer indices are compared at 1."""
    texts = [
        [
            [[entry.text for entry in group.match], group.frozen and group.frozen.text]
            + [(key, " ".join(entry.text.split())) for key, entry in group.entries.items()]
            for group in program.origin.block.groups
        ]
        for program in (old, new)
    ]
    if texts[0] != texts[1]:
        return ["groups: other patterns or other expressions than in the checkpoint"]
    lines = []
    for before, after, group in zip(old.rules, new.rules, new.origin.block.groups, strict=True):
        label = " | ".join(entry.text for entry in group.match)
        for key in after.schedules:
            name = f"{key} of {label}"
            line = _difference(name, before.schedules[key], after.schedules[key], step)
            lines += [line] if line else []
        if before.frozen != after.frozen:
            lines.append(f"frozen of {label}: until another update than in the checkpoint")
    return lines


def _difference(name: str, old: Schedule, new: Schedule, step: int) -> str:
    if old.hash == new.hash:
        return ""
    base = {"base": 1.0} if asks_base(old) or asks_base(new) else {}
    unlike = [k for k in _updates(old, new, step) if _at(old, k, base) != _at(new, k, base)]
    if not unlike and asks_base(old) == asks_base(new):
        return ""
    first = unlike[0] if unlike else 0
    before, after = _at(old, step, base), _at(new, step, base)
    share = f" (×{after / before:.4g})" if before else ""
    here = (
        f"at update {step:,} it goes {before:.6g} → {after:.6g}{share}"
        if before != after
        else f"at update {step:,} both are {before:.6g}"
    )
    lengths = (old.run.executed, new.run.executed)
    runs = "" if lengths[0] == lengths[1] else f"; the run was {lengths[0]} updates long"
    runs += f", now {lengths[1]}" if runs else ""
    return (
        f"{name}: {here}; they first differ at update {first:,}{runs}\n"
        f"    checkpoint: {_one_line(old)}\n    config:     {_one_line(new)}"
    )


def _at(schedule: Schedule, k: int, base: dict[str, float]) -> float:
    return schedule.function(k, **(base if asks_base(schedule) else {}))


def _updates(old: Schedule, new: Schedule, step: int) -> list[int]:
    """Where to look: every update of a short run, else the edges of all phases and many between."""
    most = max(old.run.executed or 10_000, new.run.executed or 10_000, step + 1)
    at = set(range(0, most + 1, max(1, most // 20_000))) | {step, most}
    for schedule in (old, new):
        for piece in schedule.track.only.pieces:
            for end in (piece.start, piece.stop):
                value = getattr(end, "value", None)
                if value is not None:
                    at |= {int(value) - 1, int(value), int(value) + 1}
    return sorted(k for k in at if k >= 0)


def _one_line(schedule: Schedule) -> str:
    return " ".join(schedule.text.split())
