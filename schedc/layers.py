"""What groups say to their layers, compared for every layer: `blocks.{i}.*`, whatever i is.

In: a block, and one of its groups. Out: its schedules for one layer, or in terms of the index; and
whether two versions of one are the same for each.
The one rule: "every layer" is a proof in terms of the index. Where there is none, the layers that
were looked at are named, and nothing is said of those beyond.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from schedc.block import Block
from schedc.compiler import GROUPS, compile_block
from schedc.diagnostics.base import Level
from schedc.diff import Difference, alike, compare, fingerprint
from schedc.facts import Fact
from schedc.groups import EVERY, Instance, index, tracks_of
from schedc.program import Track
from schedc.run import Run
from schedc.source import Source

LOOKED_AT = 32
"""Layers that are compared one by one where no proof for every layer is found: 0, 1, 2, …"""


@dataclass(frozen=True)
class Layered:
    """A group whose patterns bind layer indices. at: what it says to the layer of an index, by
    key; at `EVERY` in terms of the index, as far as that can be laid out. indices: their names.
    says: its keys, each with all that its meaning depends on but for the index, as it is written;
    None where that is written elsewhere."""

    label: str
    indices: tuple[str, ...]
    at: Callable[[int], Mapping[str, Track]]
    says: Mapping[str, object]

    def called(self, layer: int, key: str) -> str:
        """`groups[blocks.{i}.*, i=3].lr`."""
        return f"groups[{', '.join([self.label, *_named(self.indices, layer)])}].{key}"


@dataclass(frozen=True)
class Compared:
    """A schedule of a group beside its new version. tracks: both, for the layer that differs."""

    name: str
    found: Difference
    tracks: tuple[Track, ...] = ()


def layered(
    source: Source, block: Block, given: Iterable[Fact], tracks: Mapping[str, Track], run: Run,
    one: Instance,
) -> Layered:
    """A group of a block. tracks, run: of the compiled block. one: any instance of the group."""
    group, facts, names = block.groups[one.group], list(given), [name for name, _ in one.bindings]
    label = Instance(one.group).label(block.groups)

    def at(layer: int) -> dict[str, Track]:
        instance = Instance(one.group, tuple([(name, layer) for name in names]))
        more = compile_block(source, block, facts, [instance], proved=False)
        if layer != EVERY and any(f.level == Level.ERROR for f in more.told.get(GROUPS, ())):
            return {}
        start = f"groups[{instance.label(block.groups)}]."
        found = tracks_of(block.groups, more.groups, more.run)
        return {name.removeprefix(start): track for name, track in found.items()}

    around = (
        [(name, entry.text) for name, entry in sorted(block.lets.items())],
        [entry.text for entry in block.defines],
        [(name, fingerprint(track)) for name, track in sorted(tracks.items())],
        (run.total, run.first, run.clock, run.rates, run.uneven, run.table, run.executed),
    )
    entries = {**group.entries, **({} if group.frozen is None else {"frozen": group.frozen})}
    says = {key: None if block.includes else (e.text, around) for key, e in entries.items()}
    return Layered(label, tuple(names), at, says)


def compared(old: Layered, new: Layered) -> list[Compared]:
    """How each schedule of a group compares with its new version; of those that differ, at the
    first layer that does."""
    sides = old, new
    every = [side.at(EVERY) for side in sides]
    known: dict[int, list[Mapping[str, Track]]] = {}
    out: list[Compared] = []
    for key in dict.fromkeys([*old.says, *new.says]):
        said, formulas = [s.says.get(key) for s in sides], [e.get(key) for e in every]
        proved = said[0] is not None and said[0] == said[1]
        match formulas:
            case [Track() as a, Track() as b]:
                proved = proved or alike(a, b)
        for layer in range(1 if proved else LOOKED_AT):  # what is positive is proved, 0 is not
            if layer not in known:
                known[layer] = [side.at(layer) for side in sides]
            match [tracks.get(key) for tracks in known[layer]]:
                case [Track() as a, Track() as b]:
                    found = compare(a, b)
                case [None, None]:
                    continue
                case [_, None]:
                    found = Difference("different", reason="only before is there one")
                case _:
                    found = Difference("different", reason="only now is there one")
            if found.kind != "same":
                both = [track for tracks in known[layer] if (track := tracks.get(key)) is not None]
                out.append(Compared(new.called(layer, key), found, tuple(both)))
                break
        else:
            last = f"{', '.join(_named(new.indices, LOOKED_AT - 1))}"
            unknown = Difference("unproved", reason=f"beyond {last}; up to there it is")
            whole = Difference("same") if proved else unknown
            out.append(Compared(new.called(EVERY, key), whole))
    return out


def _named(indices: Iterable[str], layer: int) -> list[str]:
    return [index(name, layer) for name in indices]
