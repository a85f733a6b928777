"""What every finding has in common: a code, a level, a place, a message, help, perhaps a fix.

A mistake is one frozen dataclass: its fields are its facts (numbers, names, spans), its docstring
is what `schedc explain CODE` prints, in this shape:

    One line that says what is wrong.

    Why: what it costs who.

    Example:
        run: {steps: 100}
        schedules:
          lr: liner(0→1)
    Instead:
        run: {steps: 100}
        schedules:
          lr: linear(0→1)

Tests check every Example (it must raise exactly this code) and every Instead (clean).
Codes are never reused: SCH0xx files and YAML, SCH1xx syntax, SCH2xx names, kinds and arguments,
SCH3xx the run and time, SCH4xx values and joins, SCH5xx assertions, SCH6xx advice,
SCH7xx optimizers and state, SCH9xx limits.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from typing import ClassVar

from schedc.source import Span


class Level(IntEnum):
    """How bad it is: only errors fail a check, unless asked otherwise."""

    ADVICE = 1
    WARNING = 2
    ERROR = 3

    def __str__(self) -> str:
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Label:
    """A second place that matters, with the words to print beside it."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace the text of `span` with `text`."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Fix:
    """Edits that mend a finding. `safe`: the schedule stays the same function."""

    title: str
    edits: tuple[Edit, ...]
    safe: bool


@dataclass(frozen=True)
class Finding:
    """A mistake or a doubt about what stands at `where`."""

    code: ClassVar[str]
    level: ClassVar[Level] = Level.ERROR

    where: Span

    def message(self) -> str:
        """One sentence, without a full stop, in the author's own words and units."""
        raise NotImplementedError

    def labels(self) -> tuple[Label, ...]:
        """Other places that matter; the first is usually the place it contradicts."""
        return ()

    def help(self) -> str:
        """How to write it right; text in backquotes can be pasted. Empty when there is nothing."""
        return ""

    def fix(self) -> Fix | None:
        """The edit that does it, where one exists."""
        return None


class ScheduleError(Exception):
    """Raised by the Python API for anything a user can get wrong; carries every finding.

    `findings` holds all of them, errors first, each with its code and place; the text of the error
    is what a traceback shows, so it says the cure as well.
    """

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings: tuple[Finding, ...] = tuple(findings)
        super().__init__("\n".join([_told(finding) for finding in self.findings]))


def _told(finding: Finding) -> str:
    help = finding.help()
    return f"{finding.code}: {finding.message()}" + (f"\n  help: {help}" if help else "")


class Refused(Exception):  # noqa: N818  # internal control flow, never seen by a user
    """One finding that ends the work on one schedule; caught where the schedule was begun."""

    def __init__(self, finding: Finding) -> None:
        self.finding = finding
        super().__init__(f"{finding.code}: {finding.message()}")


def shortened(text: str, most: int = 60) -> str:
    """What an author wrote, as long as a message has room for it."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def near(word: str, known: Iterable[str]) -> str | None:
    """The known word that the author probably meant, or None."""
    return _near(word, tuple(known))


@lru_cache(maxsize=256)  # the same slip in a thousand schedules is looked up once
def _near(word: str, known: tuple[str, ...]) -> str | None:
    from difflib import get_close_matches  # imported on the way to an error only

    found = get_close_matches(word, known, n=1, cutoff=0.6)
    return found[0] if found else None
