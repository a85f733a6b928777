"""`schedc check --fix` and `--add-ignore`: files rewritten in place.

In: files, and what is wanted of them. Out: the same files, mended or answered, and notes of it.
The one rule: a file is written whole or not at all, and every change to it is told.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import click

from schedc.cli import inputs, streams

if TYPE_CHECKING:
    from schedc.cli.wanted import Wanted
    from schedc.source import Source


def _files(files: Sequence[str], not_stdin: str) -> Iterator[tuple[str, Source]]:
    """Each file that is to be rewritten and can be read; of the others the report says so."""
    from schedc.diagnostics.base import Refused

    for path in files:
        if path == "-":
            raise click.UsageError(not_stdin)
        try:
            source = inputs.read(path)
        except Refused:
            continue
        yield path, source


def mend(files: Sequence[str], wanted: Wanted, unsafe: bool) -> None:
    """Fix files in place, and say what was done; the report that follows is of the mended files."""
    from schedc.rewrite import mended
    from schedc.source import Source

    for path, source in _files(files, "--fix mends files in place; it cannot mend stdin"):
        done = mended(source, wanted.findings, unsafe)
        if done.text == source.text:
            continue
        inputs.rewrite(path, source, done.text)
        for line, title in done.done:
            streams.note(f"{path}:{line}: fixed: {title}")
        if unsafe:
            streams.note("".join(changes(source, Source(path, done.text), wanted)).rstrip("\n"))


def answer(files: Sequence[str], wanted: Wanted, reason: str) -> None:
    """Write a comment for every finding that is shown, and say so; the report is of the rest."""
    from schedc.suppress import with_answers

    for path, source in _files(files, "--add-ignore writes into files; it cannot write into stdin"):
        text, lines = with_answers(source, wanted.findings, reason)
        if lines:
            inputs.rewrite(path, source, text)
            for line, comment in lines:
                streams.note(f"{path}:{line}: wrote `{comment}`")


def changes(before: Source, after: Source, wanted: Wanted) -> Iterator[str]:
    """How the schedules of two versions of a file differ as functions, as `schedc diff` says it."""
    from schedc.cli.diff import difference_text, phase_rows
    from schedc.diff import compare
    from schedc.loading import programs_of

    old, new = [dict(programs_of(source, wanted.facts)) for source in (before, after)]
    for place, program in new.items():
        for name, schedule in program.items():
            shown = f"{place}: {name}" if place else name
            if place in old and name in old[place]:
                tracks = old[place][name].track, schedule.track
                yield difference_text(shown, compare(*tracks), *tracks)
            else:
                rows = [f"  + {row}\n" for row in phase_rows(schedule.track)]
                yield "".join([f"{shown}: only after the fixes\n", *rows])
        for name in old.get(place, {}):
            if name not in program:
                yield f"{place}: {name}: only before the fixes\n".removeprefix(": ")
