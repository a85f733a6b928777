"""`schedc.lock`: what each schedule was when somebody last looked. No curve changes unnoticed.

In: the schedules of files. Out: the text of a lock, and what differs from one.
The one rule: a lock holds a fingerprint of the function and values at fixed places of the run. The
fingerprint decides; the values say how far a changed curve has moved, and must agree with it. Of
groups it holds the order besides, for the first that matches wins.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from schedc.diff import fingerprint
from schedc.expr import ONE, Num, substitute, variables
from schedc.groups import Order, taken_apart
from schedc.program import Case, Track
from schedc.prove import decimal, middle
from schedc.run import Run
from schedc.updates import at_length, value_of

FORMAT = 1
"""To be raised when the fingerprint of an unchanged schedule changes: old locks then say so."""

PLACES = 8
"""Values are kept at so many even places of the run, and at its last update."""

DIGITS = 15
LENGTH = 10_000
"""The length at which a schedule without one is sampled."""

IN_ORDER = "groups (in order)"
"""What the order of groups is called in messages, behind the path of their block. Locks of before
it had a key of its own have it under this name among the schedules."""


@dataclass(frozen=True, slots=True)
class Held:
    """What is locked of a file: its schedules by name, and the order in which each block tries its
    groups, by the path of the block (`1.train`; empty for the first)."""

    tracks: Mapping[str, Track]
    orders: Mapping[str, Order] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Locked:
    """What a lock says: by file, the entries of schedules and the orders of groups."""

    files: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    orders: dict[str, dict[str, Order]] = field(default_factory=dict)  # of some of these files


class LockError(ValueError):
    """A lock that cannot be read; the message says why."""


@dataclass(frozen=True, slots=True)
class Changed:
    """A schedule that is not what the lock says.

    kind: new; gone; moved (another value at a kept update); longer (the same values, in a run of
    another length); rewritten (another formula, though no kept value moved); reordered (of groups);
    edited (the lock does not agree with itself: the same function never had these values).
    update: of one that moved or was edited, the first kept update with another value. before,
    after: the values there; of another length, the updates of the run; of groups, why.
    """

    path: str
    name: str
    kind: str
    update: int | None = None
    before: str = ""
    after: str = ""


def entry(track: Track) -> dict[str, Any]:
    """What a lock says of one schedule."""
    found = _at_a_length(track)
    last = 0 if found is None else (found[1].executed or 1) - 1
    places = sorted({last * i // PLACES for i in range(PLACES + 1)})
    return {
        "function": fingerprint(track),
        "updates": track.run.executed,
        "values": _values(track, places),
    }


def _at_a_length(track: Track) -> tuple[Case, Run] | None:
    """A schedule on its run; without a length, on one that it fits."""
    if track.run.executed is not None:
        return track.only, track.run
    for length in (LENGTH, track.only.low):
        case, run = track.case(length), track.run.at_horizon(length)
        if case is not None and run.executed is not None:
            assert isinstance(run.total, Num)
            return at_length(case, run.total), run
    return None


def _values(track: Track, updates: Iterable[int]) -> dict[str, str]:
    """The values at updates, as far as they are known; `base` is 1."""
    found = _at_a_length(track)
    out: dict[str, str] = {}
    for update in updates if found is not None else ():
        assert found is not None
        exact = value_of(found[0], found[1], found[1].first + update)
        if exact is not None and variables(exact) == {"base"}:
            exact = substitute(exact, {"base": ONE})
        number = None if exact is None else middle(exact)
        if number is not None:
            out[str(update)] = decimal(number, DIGITS)
    return out


def locked(files: Mapping[str, Held]) -> Locked:
    """What a lock says of files."""
    return Locked(
        {
            path: {name: entry(track) for name, track in held.tracks.items()}
            for path, held in files.items()
            if held.tracks or held.orders
        },
        {path: dict(held.orders) for path, held in files.items() if held.orders},
    )


def text(lock: Locked) -> str:
    """The text of a lock: the same for the same schedules, one line for a value."""
    content: dict[str, Any] = {"schedc lock": FORMAT, "files": _sorted(lock.files)}
    if lock.orders:
        content["groups in order"] = _sorted(lock.orders)
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def _sorted(files: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    return {path: dict(sorted(names.items())) for path, names in sorted(files.items())}


def read(text: str) -> Locked:
    """What the text of a lock says. Raises `LockError`."""
    if any(line.startswith(("<<<<<<<", ">>>>>>>")) for line in text.splitlines()):
        raise LockError("it holds a merge that is not resolved; run `schedc lock` again")
    try:
        content = json.loads(text, object_pairs_hook=_each_once)
    except LockError:
        raise
    except (ValueError, RecursionError) as error:
        raise LockError(f"it is no JSON: {error}") from None
    if not isinstance(content, dict) or "schedc lock" not in content:
        raise LockError("it is no lock; run `schedc lock` again")
    if content["schedc lock"] != FORMAT:
        raise LockError("another version of schedc wrote it; run `schedc lock` again")
    files, orders = content.get("files"), content.get("groups in order", {})
    if not _are(files, _is_entry) or not _are(orders, _is_order):
        raise LockError("its entries cannot be read; run `schedc lock` again")
    assert isinstance(files, dict)
    found = Locked()
    for path, order in orders.items():
        found.files[path] = {}
        found.orders[path] = {block: tuple(map(tuple, groups)) for block, groups in order.items()}
    for path, named in files.items():
        found.files[path] = {name: e for name, e in named.items() if "order" not in e}
        for name, e in named.items():
            if "order" in e:
                block = name.removesuffix(IN_ORDER).removesuffix(".")
                found.orders.setdefault(path, {})[block] = tuple(map(tuple, e["order"]))
    return found


def _are(files: object, good: Callable[[object], bool]) -> bool:
    """Whether this is a mapping of paths to mappings of names to what is good."""
    return isinstance(files, dict) and all(
        isinstance(named, dict) and all(map(good, named.values())) for named in files.values()
    )


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A merge that kept both sides says a thing twice, and JSON takes the last."""
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise LockError(f"it says {name!r} twice; run `schedc lock` again")
        found[name] = value
    return found


def _is_entry(found: object) -> bool:
    match found:
        case {"order": order}:
            return _is_order(order)
        case {"function": str(), "updates": int() | None, "values": dict(values)}:
            return all(k.isdecimal() and isinstance(v, str) for k, v in values.items())
    return False


def _is_order(found: object) -> bool:
    return isinstance(found, list) and all(
        isinstance(patterns, list) and all(isinstance(p, str) for p in patterns)
        for patterns in found
    )


def changes(lock: Locked, files: Mapping[str, Held]) -> list[Changed]:
    """In what some files differ from a lock. Files that were not looked at do not count; a schedule
    that is gone from one that was does."""
    out: list[Changed] = []
    for path, held in files.items():
        known = lock.files.get(path, {})
        for name, track in held.tracks.items():
            change = _change(path, name, known.get(name), track)
            out += [] if change is None else [change]
        out += [Changed(path, name, "gone") for name in known if name not in held.tracks]
        out += _reordered(path, lock.orders.get(path, {}), held.orders)
    return out


def in_order(block: str) -> str:
    """What the order of the groups of a block is called."""
    return f"{block}.{IN_ORDER}" if block else IN_ORDER


def _reordered(
    path: str, known: Mapping[str, Order], now: Mapping[str, Order]
) -> Iterator[Changed]:
    for block, order in now.items():
        if block not in known:
            yield Changed(path, in_order(block), "new")
        elif why := taken_apart(known[block], order):
            yield Changed(path, in_order(block), "reordered", after=why)
    for block in known:
        if block not in now:
            yield Changed(path, in_order(block), "gone")


def _change(path: str, name: str, known: Mapping[str, Any] | None, now: Track) -> Changed | None:
    if known is None:
        return Changed(path, name, "new")
    new = entry(now)
    if new == known:
        return None
    edited = new["function"] == known["function"]
    old: dict[str, str] = known["values"]
    values = new["values"] if edited else _values(now, map(int, old))
    for update in sorted({*old} & {*values}, key=int):
        if old[update] != values[update]:
            kind = "edited" if edited else "moved"
            return Changed(path, name, kind, int(update), old[update], values[update])
    if edited:
        return Changed(path, name, "edited")
    lengths = known["updates"], now.run.executed
    if lengths[0] != lengths[1]:
        before, after = ["any number of" if n is None else f"{n:,}" for n in lengths]
        return Changed(path, name, "longer", None, before, after)
    return Changed(path, name, "rewritten")
