"""`schedc.lock`: what each schedule was when somebody last looked. No curve changes unnoticed.

In: the schedules of files. Out: the text of a lock, and what differs from one.
The one rule: a lock holds a fingerprint of the function and values at fixed places of the run. The
fingerprint decides; the values say how far a changed curve has moved, and must agree with it. Of
groups it holds the order besides, for the first that matches wins.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from schedc.diff import fingerprint
from schedc.expr import ONE, Num, substitute, variables
from schedc.groups import Order, taken_apart
from schedc.program import Case, Track
from schedc.properties import at_length, value_of
from schedc.prove import decimal, middle
from schedc.run import Run

FORMAT = 1
"""To be raised when the fingerprint of an unchanged schedule changes: old locks then say so."""

PLACES = 8
"""Values are kept at so many even places of the run, and at its last update."""

DIGITS = 15
LENGTH = 10_000
"""The length at which a schedule without one is sampled."""

Held: TypeAlias = Track | Order
"""What is locked under one name: a schedule, or the order in which groups are tried."""

Locked = Mapping[str, Mapping[str, Mapping[str, Any]]]
"""What a lock says: entries by schedule, by file."""


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


def entry(track: Held) -> dict[str, Any]:
    """What a lock says of one schedule, or of an order of groups."""
    if isinstance(track, tuple):
        return {"order": [list(patterns) for patterns in track]}
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


def entries(files: Mapping[str, Mapping[str, Held]]) -> dict[str, dict[str, dict[str, Any]]]:
    """What a lock says of the schedules of files."""
    return {
        path: {name: entry(track) for name, track in tracks.items()}
        for path, tracks in files.items()
    }


def text(locked: Locked) -> str:
    """The text of a lock: the same for the same schedules, one line for a value."""
    ordered = {path: dict(sorted(names.items())) for path, names in sorted(locked.items())}
    content = {"schedc lock": FORMAT, "files": ordered}
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def read(text: str) -> dict[str, dict[str, dict[str, Any]]]:
    """The files of a lock. Raises `LockError`."""
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
    files = content.get("files")
    good = isinstance(files, dict) and all(
        isinstance(schedules, dict) and all(map(_is_entry, schedules.values()))
        for schedules in files.values()
    )
    if not good:
        raise LockError("its entries cannot be read; run `schedc lock` again")
    assert isinstance(files, dict)
    return files


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
        case {"order": list(groups)}:
            return all(isinstance(g, list) and all(isinstance(p, str) for p in g) for g in groups)
        case {"function": str(), "updates": int() | None, "values": dict(values)}:
            return all(k.isdecimal() and isinstance(v, str) for k, v in values.items())
    return False


def changes(locked: Locked, files: Mapping[str, Mapping[str, Held]]) -> list[Changed]:
    """In what the schedules of some files differ from a lock. Files that were not looked at do not
    count; a schedule that is gone from one that was does."""
    out: list[Changed] = []
    for path, tracks in files.items():
        known = locked.get(path, {})
        for name, track in tracks.items():
            change = _change(path, name, known.get(name), track)
            out += [] if change is None else [change]
        out += [Changed(path, name, "gone") for name in known if name not in tracks]
    return out


def _change(path: str, name: str, known: Mapping[str, Any] | None, now: Held) -> Changed | None:
    if known is None or ("order" in known) != isinstance(now, tuple):
        return Changed(path, name, "new")
    if isinstance(now, tuple):
        why = taken_apart(tuple(map(tuple, known["order"])), now)
        return Changed(path, name, "reordered", after=why) if why else None
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
