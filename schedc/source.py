"""Text and places in it.

In: the text of a file. Out: `Source`, and `Span`s that name a stretch of it.
The one rule: an offset is always an offset into the file the author wrote, whatever YAML did to it.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from functools import cached_property


@dataclass(frozen=True, eq=False)
class Source:
    """A named text. `name` is what messages print: a path, `<stdin>`, `<expression>`."""

    name: str
    text: str = field(repr=False)

    @cached_property
    def line_starts(self) -> list[int]:
        starts = [0]
        find = self.text.find
        at = find("\n")
        while at >= 0:
            starts.append(at + 1)
            at = find("\n", at + 1)
        return starts

    def place(self, offset: int) -> tuple[int, int]:
        """Line and column of an offset, both counted from 1, columns in characters."""
        line = bisect_right(self.line_starts, offset)
        return line, offset - self.line_starts[line - 1] + 1

    def line(self, number: int) -> str:
        """The text of a line (from 1), without its end."""
        start = self.line_starts[number - 1]
        stop = self.text.find("\n", start)
        return self.text[start : stop if stop >= 0 else len(self.text)].rstrip("\r")


@dataclass(frozen=True, slots=True)
class Span:
    """The stretch `[start, stop)` of a source, in characters."""

    source: Source
    start: int
    stop: int

    @property
    def text(self) -> str:
        return self.source.text[self.start : self.stop]

    @property
    def line(self) -> int:
        return self.source.place(self.start)[0]

    @property
    def column(self) -> int:
        return self.source.place(self.start)[1]

    def to(self, other: Span) -> Span:
        """From the start of this span to the end of another in the same source."""
        return Span(self.source, min(self.start, other.start), max(self.stop, other.stop))


NOWHERE = Span(Source("<nowhere>", ""), 0, 0)
"""For syntax that no author wrote."""
