"""`schedc lock`: write down what every schedule is, for `schedc check --locked` to hold it to.

In: paths. Out: `schedc.lock` in the current directory, and what changed in it.
The one rule: only schedules without errors are locked; a lock is written whole or not at all.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

import click

from schedc.cli import inputs, streams

if TYPE_CHECKING:
    from schedc.checks import Report
    from schedc.diagnostics.base import Finding
    from schedc.facts import Fact
    from schedc.lock import Changed, Held, Locked
    from schedc.program import Track
    from schedc.source import Source, Span

FILE = "schedc.lock"


@click.command("lock")
@click.argument("paths", nargs=-1)
@inputs.facts_options
def lock_command(paths: tuple[str, ...], steps: str | None, run: tuple[str, ...]) -> int:
    """Write schedc.lock: a fingerprint and some values of every schedule.

    Commit it. `schedc check --locked` then fails where a curve has changed, however
    harmless the change of the text looks; rewording alone changes nothing. Facts of
    the run that are given here must be given there as well.

    \b
        schedc lock configs/
        schedc check --locked configs/

    What the lock says of other files is kept as long as there are such files; a check
    of a directory fails for one that is gone from it. What `groups:` says is locked for
    every layer index, with values at 1, 2 and 3.
    """
    from schedc.checks import check_source
    from schedc.diagnostics.base import Refused
    from schedc.lock import Locked, LockError, changes, locked, text

    facts = inputs.given(steps, run)
    files: dict[str, Held] = {}
    for path in inputs.found(paths or (".",)):
        if path == "-":
            raise click.UsageError("stdin has no name to lock it under")
        try:
            source = inputs.read(path)
        except Refused as refused:
            raise inputs.Stopped([refused.finding], 2) from None
        report = check_source(source, facts)
        if report.errors:
            raise inputs.Stopped(report.errors)
        files[_name(path)], _ = held(source, report, facts)
    try:
        old = _read(_content(FILE)) if os.path.exists(FILE) else Locked()
    except LockError as error:
        streams.note(f"{FILE} is written anew: {error}")
        old = Locked()
    for change in changes(old, files) if old.files else ():
        streams.note(f"{change.path}: {change.name}: {_told(change)}")
    new = locked(files)
    for path in sorted(old.files.keys() - files.keys()):
        if not os.path.exists(path):
            streams.note(f"{path}: gone")
            continue
        new.files[path] = old.files[path]
        if path in old.orders:
            new.orders[path] = old.orders[path]
    streams.write(FILE, text(new))
    count = sum(map(len, new.files.values()))
    streams.result(f"locked {count:,} schedule{'s' * (count != 1)} in {FILE}\n")
    return 0


def _told(change: Changed) -> str:
    match change.kind:
        case "moved":
            return f"update {change.update:,}: {change.before} → {change.after}"
        case "longer":
            return f"a run of {change.before} updates → {change.after}"
        case "reordered":
            return change.after
        case "edited":
            return "the values in the lock were not those of its function"
    return change.kind


def held(source: Source, report: Report, facts: Sequence[Fact]) -> tuple[Held, dict[str, Span]]:
    """Every schedule of a file and the order of its groups; and the place of each, by name.

    Those of a second document or of a deeper block are called by their path, those of a group by
    its pattern, with layer indices at 1, 2 and 3 as far as there are such layers, and in terms of
    the index; those whose formula cannot be laid out so, at the first layers.
    """
    from schedc.groups import EVERY, Order, in_layers, order_of, tracks_of
    from schedc.layers import LOOKED_AT, layered
    from schedc.lock import Held, in_order

    found: dict[str, Track] = {}
    orders: dict[str, Order] = {}
    places: dict[str, Span] = {}
    for compiled in report.compiled:
        block, run = compiled.block, compiled.run
        document, *keys = block.path
        path = ".".join(map(str, [document, *keys] if document else keys))
        tracks = {**compiled.tracks, **tracks_of(block.groups, compiled.groups, run)}
        for one in in_layers(block.groups) if compiled.groups else ():
            group = layered(source, block, facts, compiled.tracks, run, one)
            every = group.at(EVERY)
            part = bool(group.says.keys() - every.keys())
            for layer in (0, *range(2, LOOKED_AT)) if part else (2, 3):
                for key, track in group.at(layer).items():
                    if layer in (2, 3) or key not in every:
                        tracks.setdefault(group.called(layer, key), track)
            for key, track in every.items():
                tracks.setdefault(group.called(EVERY, key), track)
        for name, track in tracks.items():
            full = f"{path}.{name}" if path else name
            found[full], places[full] = track, track.span or block.span
        if len(block.groups) > 1:
            orders[path], places[in_order(path)] = order_of(block.groups), block.groups[0].span
    return Held(found, orders), places


def found() -> str:
    """The path of the lock. Raises a usage error where there is none that can be read."""
    if not os.path.exists(FILE):
        raise click.UsageError(f"there is no {FILE} here; `schedc lock` writes one")
    _locked(FILE)
    return os.path.abspath(FILE)


def unlike(
    lock: str, path: str, source: Source, report: Report, facts: Sequence[Fact]
) -> list[Finding]:
    """In what the schedules of a file differ from the lock. What is missing because of an error
    has been told."""
    from schedc.diagnostics.asserting import CurveChanged
    from schedc.lock import changes
    from schedc.source import Span

    here, places = held(source, report, facts)
    start = Span(source, 0, 0)
    if places and _name(path) not in _locked(lock).files:
        first = min(places.values(), key=lambda where: where.start)
        return [CurveChanged(first, _name(path), "unlocked")]
    told: dict[tuple[int, str], Finding] = {}  # one text, one finding, whatever the layer index
    for c in changes(_locked(lock), {_name(path): here}):
        if c.kind != "gone" or not report.errors:
            where = places.get(c.name, start)
            told.setdefault(
                (where.start, c.name if c.kind == "gone" else ""),
                CurveChanged(where, c.name, c.kind, c.update, c.before, c.after),
            )
    return list(told.values())


def gone(lock: str, looked_in: Iterable[str]) -> tuple[Source, list[Finding]]:
    """What the lock says of files that are no more, where they would have been found in the
    directories that were looked in; and the lock."""
    from schedc.diagnostics.asserting import CurveChanged
    from schedc.source import Source, Span

    source = Source(os.path.relpath(lock), _content(lock).decode())
    folders = [f"{_name(path)}/" for path in looked_in if os.path.isdir(path)]
    found: list[Finding] = []
    for path in _locked(lock).files:
        inside = any(folder == "./" or path.startswith(folder) for folder in folders)
        if inside and not os.path.exists(path):
            at = source.text.find(json.dumps(path, ensure_ascii=False))
            where = Span(source, max(at, 0), max(at, 0) + len(path) + 2)
            found.append(CurveChanged(where, path, "file"))
    return source, found


def _name(path: str) -> str:
    """A path as the lock has it: from the current directory, with `/`."""
    return os.path.relpath(path).replace(os.sep, "/")


def _locked(path: str) -> Locked:
    from schedc.lock import LockError

    try:
        return _read(_content(path))
    except LockError as error:
        raise click.UsageError(f"cannot use {os.path.basename(path)}: {error}") from None


@lru_cache(maxsize=2)  # one lock, a thousand files
def _read(content: bytes) -> Locked:
    from schedc.lock import LockError, read

    try:
        return read(content.decode())
    except UnicodeDecodeError as error:
        raise LockError(f"it is no UTF-8: {error}") from None


def _content(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        raise click.UsageError(f"cannot read {os.path.basename(path)}: {error.strerror}") from None
