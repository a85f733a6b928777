"""A text that does not read, and how to try a repair.

In: the words of a text, and the first one that the parser could not use. Out: answers about what
stands around it, for `misspelled`, `misdefined` and `misread`.
The one rule: a repair is offered only after the parser has read it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TypedDict

from schedc.diagnostics.base import Edit
from schedc.source import Span
from schedc.words import Reading, Word

LONGEST_REPAIR = 120  # characters; a longer one is not read by anybody
MOST_EDITS = 1_000  # of one repair: what has more is no slip of the hand

VALUE_ENDS = {"NUMBER", "SPAN", "NAME", "RPAR"}
VALUE_BEGINS = {"NUMBER", "SPAN", "NAME", "LPAR", "UNTIL"}
BETWEEN_SUMS = {"JOIN", "COMMA", "COMPARE", "ARROW", "CURVE", "RECIPE"}
OPERATORS = {"PLUS", "MINUS", "TIMES", "DIVIDE", "POWER"}


class Repair(TypedDict):
    better: str
    edits: tuple[Edit, ...]


NO_REPAIR: Repair = {"better": "", "edits": ()}


@dataclass(frozen=True)
class Fault:
    """A text that does not read: `at` is the index of the first word that has no place.

    Places of words are places in the text here; `reading.span` knows those in the file.
    """

    reading: Reading
    what: str  # schedule, assertion, position, definitions
    words: list[Word]
    at: int
    reads: Callable[[str], bool]

    @property
    def text(self) -> str:
        return self.reading.text

    @property
    def word(self) -> Word | None:
        return self.get(0)

    @property
    def kind(self) -> str:
        return self.kind_of(0)

    @property
    def before(self) -> str:
        """The kind of the word before."""
        return self.kind_of(-1)

    def get(self, steps: int) -> Word | None:
        """The word that stands some words after (or before) the fault."""
        index = self.at + steps
        return self.words[index] if 0 <= index < len(self.words) else None

    def kind_of(self, steps: int) -> str:
        """Its kind; "" beyond the ends of the text."""
        word = self.get(steps)
        return word.type if word is not None else ""

    def value_of(self, steps: int) -> str:
        word = self.get(steps)
        return str(word.value) if word is not None else ""

    @cached_property
    def open_brackets(self) -> list[int]:
        """Indices of the brackets that are open before the fault, the innermost last."""
        found: list[int] = []
        for index, word in enumerate(self.words[: self.at]):
            if word.type == "LPAR":
                found.append(index)
            elif word.type == "RPAR" and found:
                found.pop()
        return found

    @property
    def owner(self) -> str:
        """Whose brackets the fault stands in: a name, or "" for none or brackets of their own."""
        if not self.open_brackets or self.open_brackets[-1] == 0:
            return ""
        word = self.words[self.open_brackets[-1] - 1]
        return str(word.value) if word.type == "NAME" else ""

    @cached_property
    def level(self) -> list[Word]:
        """The words before the fault that belong to the same argument or bracket."""
        found: list[Word] = []
        depth = 0
        for word in reversed(self.words[: self.at]):
            if word.type == "RPAR":
                depth += 1
            elif word.type == "LPAR":
                depth -= 1
                if depth < 0:
                    break
            elif word.type in ("COMMA", "CURVE", "RECIPE") and depth == 0:
                break
            elif depth == 0:
                found.append(word)
        return found[::-1]

    def spot(self, first: Word, last: Word | None = None) -> Span:
        return self.reading.span(first.start_pos, (last or first).end_pos)

    def repair(self, *edits: tuple[int, int, str]) -> Repair:
        """What the text becomes if [start, stop) is replaced, if that reads."""
        if len(edits) > MOST_EDITS:
            return NO_REPAIR
        parts, done = [], 0
        for start, stop, new in sorted(edits):
            parts += [self.text[done:start], new]
            done = stop
        text = "".join([*parts, self.text[done:]])
        if not self.reads(text):
            return NO_REPAIR
        line = re.sub(r"(?<=\() | (?=\))", "", " ".join(text.split()))
        if len(line) > LONGEST_REPAIR or ("\n" in text and self.what == "definitions"):
            line = ""
        places: tuple[Edit, ...] = ()
        if isinstance(self.reading.offsets, int):
            places = tuple(Edit(self.reading.span(a, b), new) for a, b, new in sorted(edits))
        return {"better": line, "edits": places}

    def first_repair(self, *choices: tuple[tuple[int, int, str], ...]) -> Repair:
        for edits in choices:
            found = self.repair(*edits)
            if found["better"] or found["edits"]:
                return found
        return NO_REPAIR

    @property
    def definition(self) -> int:
        """The index of the `curve` or `recipe` that the fault belongs to, or -1."""
        for index in range(self.at - 1, -1, -1):
            if self.words[index].type in ("CURVE", "RECIPE"):
                return index
        return -1

    def everywhere(self, signs: str, meaning: str) -> tuple[tuple[int, int, str], ...]:
        """The edits that replace a sign wherever it stands."""
        return tuple(
            (found.start(), found.end(), meaning)
            for found in re.finditer(re.escape(signs), self.text)
        )
