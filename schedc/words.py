"""Text → words: the smallest things an author writes, each with its place in the file.

In: a `Reading`, which is a text and where its characters stand in a file. Out: `Word`s, for the
parser or for whoever explains why they do not parse. Which words exist is read from the grammar.
The one rule: cutting never fails. What is no word of the language becomes a word of kind
`STRANGE`, so that every mistake is found in one place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from lark.common import LexerConf
from lark.lexer import Lexer, Token

from schedc.source import Source, Span

STRANGE = "STRANGE"
"""The kind of a word that is not in the language: `0x10`, `${lr}`, `"`, `;`."""

RESERVED = frozenset({"until"})
RESERVED_IN_DEFINITIONS = frozenset({"until", "curve", "recipe", "requires"})

# What is cut off as one piece when no word fits: whatever begins like a number, a variable of
# another tool, or one character.
_STRANGE = r"\.?[0-9](?:[^\WeE]+|[eE]+(?:[+-](?=[0-9]))?|\.(?!\.)){0,500}|\$\{[^{}\n]*\}?|\S"


@dataclass(frozen=True, slots=True)
class Reading:
    """A text to read, and where it stands in its file.

    `offsets`: for a slice of the file, the offset of its first character. Where the text differs
    from the file (YAML escapes): the offset of each character, and then that of the end.
    """

    text: str
    source: Source
    offsets: int | Sequence[int] = 0
    reserved: frozenset[str] = RESERVED

    def place(self, index: int) -> int:
        """The offset in the file of a character of the text, or of its end."""
        if isinstance(self.offsets, int):
            return self.offsets + index
        if index < len(self.offsets):
            return self.offsets[index]
        return self.offsets[-1] + 1 if self.offsets else 0

    def span(self, start: int, stop: int) -> Span:
        """The place in the file of the characters [start, stop) of the text."""
        return Span(self.source, self.place(start), self.place(stop))


class Word(Token):
    """A word: its kind is `type`, its text `value`; it stands at [start_pos, end_pos) of `source`.

    Lark keeps lines and columns too; a `Span` works them out when somebody asks.
    """

    __slots__ = ("source",)

    source: Source
    start_pos: int
    end_pos: int
    line = column = end_line = end_column = None


class Words(Lexer):
    """Cuts a `Reading` into words with one regular expression, made of the grammar's terminals.

    It stands in for Lark's own lexers, which are half of the time of a parse: they count lines,
    and stop at each space.
    """

    def __init__(self, conf: LexerConf) -> None:
        fixed = {t.pattern.value: t.name for t in conf.terminals if t.pattern.type == "str"}
        self.kind_of_reserved = {text: kind for text, kind in fixed.items() if text.isalpha()}
        shapes = [t for t in conf.terminals if t.name not in self.kind_of_reserved.values()]
        shapes.sort(key=lambda t: (-t.pattern.max_width, -len(t.pattern.value)))  # longest first
        kinds = "|".join(f"(?P<{t.name}>{t.pattern.to_regexp()})" for t in shapes)
        self.scan = re.compile(rf"\s*(?:{kinds}|(?P<{STRANGE}>{_STRANGE}))").finditer

    def lex(self, reading: Reading) -> Iterator[Word]:  # type: ignore[override]
        text, source, reserved = reading.text, reading.source, reading.reserved
        place = None if isinstance(reading.offsets, int) else reading.place
        base: Any = reading.offsets
        new = str.__new__
        for match in self.scan(text, 0, len(text.rstrip())):
            kind: Any = match.lastgroup
            value = match[kind]
            start, stop = match.span(kind)
            word = new(Word, value)
            word.type = self.kind_of_reserved[value] if value in reserved else kind
            word.value = value
            word.source = source
            if place is None:
                word.start_pos = base + start
                word.end_pos = base + stop
            else:
                word.start_pos = place(start)
                word.end_pos = place(stop)
            yield word
