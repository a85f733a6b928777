"""Which parameters a group of `groups:` holds: patterns, first match wins, layer indices.

In: the groups of a block, and the names of a model's parameters. Out: for each name an `Instance`,
a group with the indices that its pattern bound.
The one rule: nothing falls through. A parameter without a group and a pattern without a parameter
are errors, because either means that somebody believes a rate is set that is not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from schedc.block import Group
from schedc.diagnostics.base import Finding, shortened
from schedc.diagnostics.optimizing import BadPattern, NothingMatched, UnmatchedParameters
from schedc.expr import ZERO, Expr
from schedc.program import Case, Piece, Track
from schedc.run import Run

Bindings = tuple[tuple[str, int], ...]

_PART = re.compile(
    r"\{(?P<index>[^{}]*)\}|(?P<any>\*)|(?P<one>\?)|(?P<text>[^{}*?]+)|(?P<odd>[{}])"
)


@dataclass(frozen=True, slots=True)
class Pattern:
    """`blocks.{i}.*`: `*` is any text, `?` one character, `{i}` a whole number with a name."""

    text: str
    regex: re.Pattern[str]
    indices: tuple[str, ...]

    def match(self, name: str) -> Bindings | None:
        """The layer indices bound by a name, or None when it does not match."""
        found = self.regex.fullmatch(name)
        if found is None:
            return None
        return tuple([(index, int(found[index])) for index in self.indices])


@cache
def pattern(text: str) -> Pattern:
    """Read a pattern. Raises ValueError with what is odd about it.

    Of the `*` between two indices only the last may be tried at several places: where what follows
    another one stands first, there is the most room for the rest. Each of those is so a group that
    is not entered again, or a pattern of many `*` would take for ever to find that it fits nothing.
    """
    if len(text) > MOST_LETTERS:
        raise ValueError(f"it is longer than {MOST_LETTERS:,} characters")
    regex = ""
    waiting: str | None = None  # what follows the last `*`
    groups = 0
    indices: list[str] = []
    for part in _PART.finditer(text):
        if part["odd"]:
            raise ValueError(f"the `{part['odd']}` has no partner")
        name = part["index"]
        piece = "." if part["one"] else re.escape(part["text"] or "")
        if name is not None:
            if not name.isidentifier() or name.startswith("__"):
                raise ValueError(f"`{{{shortened(name)}}}` does not hold a name")
            if waiting is not None:
                regex, waiting = f"{regex}.*{waiting}", None
            if name in indices:
                piece = f"(?P={name})"
            else:
                piece = f"(?P<{name}>[0-9]+)"
                indices.append(name)
                if len(indices) > MOST_INDICES:
                    raise ValueError(f"it binds more than {MOST_INDICES} layer indices")
        elif part["any"]:
            if waiting:
                groups += 1  # (?>…) is known since Python 3.11
                regex += f"(?=(?P<__{groups}>.*?{waiting}))(?P=__{groups})"
            waiting = ""
            continue
        if waiting is None:
            regex += piece
        else:
            waiting += piece
    if waiting is not None:
        regex += f".*{waiting}"
    return Pattern(text, re.compile(regex, re.DOTALL), tuple(indices))


MOST_INDICES = 4
"""Each may stand at many places of a name."""

MOST_LETTERS = 1_000
"""Of a pattern; no parameter has a name so long."""


EVERY = -1
"""In the place of a layer index: whatever it is. What a group says is then in terms of it."""


@dataclass(frozen=True, slots=True)
class Instance:
    """A group with the layer indices that its pattern bound: `blocks.{i}.*` at i = 3."""

    group: int  # its place in `groups:`
    bindings: Bindings = ()

    def label(self, groups: Sequence[Group]) -> str:
        """`blocks.{i}.*, i=3`: the name of the param group."""
        shown = " | ".join(entry.text for entry in groups[self.group].match)
        return ", ".join([shown, *(index(name, value) for name, value in self.bindings)])


def index(name: str, value: int) -> str:
    """`i=3`, or `every i`."""
    return f"every {name}" if value == EVERY else f"{name}={value}"


def instance_called(label: str, groups: Sequence[Group]) -> Instance | None:
    """The instance that has this label."""
    for at in range(len(groups)):
        start = Instance(at).label(groups)
        if label == start:
            return Instance(at)
        if label.startswith(start + ", "):
            parts = [part.partition("=") for part in label[len(start) + 2 :].split(", ")]
            if all(name.isidentifier() and value.isdecimal() for name, _, value in parts):
                return Instance(at, tuple([(name, int(value)) for name, _, value in parts]))
    return None


@dataclass(frozen=True)
class Ruled:
    """An instance after the pipeline.

    tracks: what it says, by key. frozen: until which update its parameters do not learn.
    """

    instance: Instance
    tracks: Mapping[str, Track]
    frozen: Expr | None = None


def faults(groups: Sequence[Group]) -> list[Finding]:
    """What is wrong with the patterns themselves."""
    found: list[Finding] = []
    for group in groups:
        names: set[frozenset[str]] = set()
        for entry in group.match:
            try:
                names.add(frozenset(pattern(entry.text).indices))
            except ValueError as error:
                found.append(BadPattern(entry.span, entry.text, str(error)))
        if len(names) > 1:
            texts = " and ".join(f"`{entry.text}`" for entry in group.match)
            problem = f"{texts} bind different layer indices"
            found.append(BadPattern(group.span, group.match[0].text, problem))
    return found


def samples(groups: Sequence[Group]) -> list[Instance]:
    """Every group once, to check what it says before there is a model: all indices are 1."""
    found = []
    for at, group in enumerate(groups):
        indices = {index for entry in group.match for index in pattern(entry.text).indices}
        found.append(Instance(at, tuple([(index, 1) for index in sorted(indices)])))
    return found


def in_layers(groups: Sequence[Group]) -> list[Instance]:
    """Every group that binds layer indices: all of them are 1."""
    return [one for one in samples(groups) if one.bindings]


def tracks_of(groups: Sequence[Group], ruled: Iterable[Ruled], run: Run) -> dict[str, Track]:
    """What groups say, by name: `groups[head.*].lr`. Of a group that is frozen, the position in
    updates at which that ends is a level."""
    out: dict[str, Track] = {}
    for one in ruled:
        start = f"groups[{one.instance.label(groups)}]."
        for key, track in one.tracks.items():
            out.setdefault(start + key, track)
        if one.frozen is not None:
            level = Piece(ZERO, run.total, one.frozen, one.frozen, one.frozen)
            case = Case(run.known or 1, run.known, (level,), (), ())
            entry = groups[one.instance.group].frozen
            span = None if entry is None else entry.span
            out.setdefault(f"{start}frozen", Track("frozen", (case,), run, span=span))
    return out


Order = tuple[tuple[str, ...], ...]
"""The patterns of each group, in the order in which they are tried."""


def order_of(groups: Sequence[Group]) -> Order:
    """In which order the groups of a block are tried."""
    return tuple([tuple([entry.text for entry in group.match]) for group in groups])


def taken_apart(old: Order, new: Order) -> str:
    """Why some parameter may be in another group than before; empty where surely none is. Groups
    whose patterns have no name in common may change places."""
    for these, those, where in ((old, new, "only before"), (new, old, "only now")):
        for patterns in these:
            if these.count(patterns) > those.count(patterns):
                return f"there is a group `{' | '.join(patterns)}` {where}"
    for at, late in enumerate(old):
        for early in old[:at]:
            if early != late and new.index(early) > new.index(late):
                both = ((a, b) for a in early for b in late)
                if any(not never_both(pattern(a), pattern(b)) for a, b in both):
                    a, b = (" | ".join(patterns) for patterns in (early, late))
                    return f"`{b}` is now tried before `{a}`, and the first that matches wins"
    return ""


def never_both(a: Pattern, b: Pattern) -> bool:
    """Is there surely no name that two patterns match? An index that is repeated counts as any."""
    left, right = _atoms(a.text), _atoms(b.text)
    waiting, seen = [(0, 0)], {(0, 0)}
    while waiting:
        i, j = waiting.pop()
        if i == len(left) and j == len(right):
            return False
        x = left[i] if i < len(left) else ""
        y = right[j] if j < len(right) else ""
        after = [(i + 1, j)] if x == "*" else []
        after += [(i, j + 1)] if y == "*" else []
        if x and y and _alike(x, y):
            after.append((i + (x != "*"), j + (y != "*")))
        for place in after:
            if place not in seen:
                seen.add(place)
                waiting.append(place)
    return True


def _atoms(text: str) -> list[str]:
    """A pattern letter by letter: `*`, `?`, `{}` for a digit, or the letter, in brackets. An index
    is a digit and then anything, which lets it match more than it does."""
    atoms: list[str] = []
    for part in _PART.finditer(text):
        if part["index"] is not None:
            atoms += ["{}", "*"]
        else:
            atoms += [f"({c})" for c in part["text"] or ""] or [part["any"] or "?"]
    return atoms


def _alike(x: str, y: str) -> bool:
    if "*" in (x, y) or "?" in (x, y) or x == y:
        return True
    letters = [c[1] for c in (x, y) if c != "{}"]
    return len(letters) == 1 and letters[0].isdecimal()


def instance_of(groups: Sequence[Group], name: str) -> Instance | None:
    """The first group that matches a parameter's name."""
    for at, group in enumerate(groups):
        for entry in group.match:
            bindings = pattern(entry.text).match(name)
            if bindings is not None:
                return Instance(at, tuple(sorted(bindings)))
    return None


def assign(
    groups: Sequence[Group], names: Iterable[str]
) -> tuple[dict[str, Instance], list[Finding]]:
    """Each parameter's instance, in the order of the names; and what was left over."""
    assigned: dict[str, Instance] = {}
    left: list[str] = []
    names = list(names)
    for name in names:
        found = instance_of(groups, name)
        if found is None:
            left.append(name)
        else:
            assigned[name] = found
    findings: list[Finding] = []
    if left:
        findings.append(UnmatchedParameters(groups[-1].span, tuple(left), len(names)))
    used = {instance.group for instance in assigned.values()}
    for at, group in enumerate(groups):
        if at not in used:
            texts = tuple([entry.text for entry in group.match])
            taken = next(
                (
                    (name, instance.group)
                    for name, instance in assigned.items()
                    if any(pattern(text).match(name) is not None for text in texts)
                ),
                None,
            )
            by = None if taken is None else " | ".join(e.text for e in groups[taken[1]].match)
            findings.append(NothingMatched(group.span, texts, tuple(names[:3]), by))
    return assigned, findings
