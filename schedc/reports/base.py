"""What every report is made from: the findings of each file, and the sums.

In: nothing. Out: `Results`, and the `Style` of the place that a report is written to.
The one rule: a report only shows; what is an error and what fails a check is decided before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, fields
from operator import add

from schedc.diagnostics.base import Finding, Level
from schedc.source import Source, Span
from schedc.suppress import Suppressed


@dataclass(frozen=True, slots=True)
class Counts:
    """Sums over files. proved, jumps: joins; unproved: joins, conditions, values, signs and
    assertions; skipped: schedules filled in later."""

    files: int = 0
    without: int = 0  # files without a schedule
    schedules: int = 0
    proved: int = 0
    jumps: int = 0
    unproved: int = 0
    skipped: int = 0
    errors: int = 0
    warnings: int = 0
    advice: int = 0
    suppressed: int = 0

    def __add__(self, other: Counts) -> Counts:
        names = [f.name for f in fields(self)]
        return Counts(*map(add, *([getattr(c, n) for n in names] for c in (self, other))))


@dataclass(frozen=True)
class FileResult:
    """What is to be said about one file. `findings` in the order of their places; `conditions`:
    what schedules ask of the length of a run that is not known."""

    source: Source
    findings: tuple[Finding, ...] = ()
    counts: Counts = Counts()
    suppressed: tuple[Suppressed, ...] = ()
    conditions: tuple[str, ...] = ()


@dataclass(frozen=True)
class Results:
    """A whole check. `version` is that of schedc."""

    files: tuple[FileResult, ...]
    version: str

    @property
    def findings(self) -> tuple[Finding, ...]:
        return tuple(f for file in self.files for f in file.findings)

    @property
    def counts(self) -> Counts:
        return sum((file.counts for file in self.files), Counts())


@dataclass(frozen=True)
class Style:
    """What the place a report goes to can show.

    paint: wraps a text in a colour, or leaves it. encoding: of the stream. width: in columns.
    """

    paint: Callable[[str, str], str] = field(default=lambda text, colour: text)
    encoding: str = "utf-8"
    width: int = 100


COLOURS = {Level.ERROR: "red", Level.WARNING: "yellow", Level.ADVICE: "cyan"}


def summary(counts: Counts) -> str:
    """One line that says what was looked at, so that silence is never taken for a pass."""
    faults = [
        counted(counts.errors, "error"),
        counted(counts.warnings, "warning"),
        counted(counts.advice, "piece of advice", "pieces of advice"),
    ]
    named = [text for text in faults if not text.startswith("0 ")]
    head = ", ".join(named) if named else "no errors"
    seen = [
        counted(counts.schedules, "schedule"),
        f"{counted(counts.proved, 'join')} proved",
        counted(counts.jumps, "jump"),
        f"{counts.unproved:,} unproved",
        f"{counts.skipped:,} skipped",
    ]
    line = f"{head} in {counted(counts.files, 'file')}: {', '.join(seen)}"
    if counts.suppressed:
        line += f", {counts.suppressed:,} suppressed"
    if counts.without:
        line += f" ({counted(counts.without, 'file')} without schedules)"
    return line


def counted(count: int, one: str, many: str = "") -> str:
    """`1 file`, `2 files`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def worst_first(findings: Iterable[Finding]) -> list[Finding]:
    """Errors, then warnings, then advice; each in the order of the files."""
    return sorted(findings, key=lambda f: -f.level)


def end_place(span: Span) -> tuple[int, int]:
    """Line and column just behind a span; an empty span ends where it starts."""
    return span.source.place(max(span.start, span.stop))
