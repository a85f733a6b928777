"""Where a cursor stands: which part of a block, in which expression, in which call.

In: a text, perhaps unfinished, and an offset. Out: `Cursor`.
The one rule: it reads lines and indentation, not YAML, because while somebody types there is often
none; nothing here ever raises.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from schedc.schema import PARTS

_KEY = re.compile(r"""(?P<indent>[ \t]*(?:- +)*)(?P<key>[\w.*"'-]+)[ \t]*:(?:[ \t]|$)""")
_WORD = re.compile(r"[^\W\d]\w*(?:\.\w*)*\Z")
_AFTER_NUMBER = re.compile(
    r"(?<![\w.])\d[\d_]*\.?\d*(?:[eE][+-]?\d+|[kKMBT]|[KMG]i)?[ ]+([a-z]*)\Z"
)


@dataclass(frozen=True, slots=True)
class Call:
    """The call that a cursor stands in. at: which argument, from 0. named: those given by name."""

    name: str
    at: int
    named: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a cursor stands.

    keys: of the mappings around it, outermost first, without the one on its own line. key: the key
    whose value it is in, None where a key itself is written. before: the expression up to the
    cursor. prefix: the word that is being written. unit: the part of a unit that stands behind a
    number.
    """

    keys: tuple[str, ...]
    key: str | None
    before: str
    prefix: str
    unit: str | None
    call: Call | None

    @property
    def part(self) -> str | None:
        """The part of a block that it stands in: run, schedules, let, …"""
        return next((key for key in reversed(self.keys) if key in PARTS), None)

    @property
    def expression(self) -> bool:
        """Is this a place for an expression of the language?"""
        if self.key is None:
            return self.part in ("define", "assert")
        if self.key in ("define", "assert"):
            return True
        part = self.part
        if part == "run":
            return self.key in ("batch", "sequence", "batch_tokens")
        return part in ("schedules", "let", "define", "assert") or (
            part == "groups" and self.key != "match"
        )


def cursor(text: str, offset: int) -> Cursor:
    """Where an offset of a YAML file stands."""
    start = text.rfind("\n", 0, offset) + 1
    line = text[start:offset]
    keys, key, before = _around(text[:start].splitlines(), line)
    before = _without_comment(before)
    word = _WORD.search(before)
    after_number = _AFTER_NUMBER.search(before)
    unit = after_number[1] if after_number else None
    return Cursor(keys, key, before, word[0] if word else "", unit, call(before))


def definitions_cursor(text: str, offset: int) -> Cursor:
    """Where an offset of a `.sched` file stands: always in an expression."""
    before = text[text.rfind("\n", 0, offset) + 1 : offset]
    word, unit = _WORD.search(before), _AFTER_NUMBER.search(before)
    return Cursor(
        ("define",), None, before, word[0] if word else "", unit[1] if unit else None, call(before)
    )


def _around(above: list[str], line: str) -> tuple[tuple[str, ...], str | None, str]:
    """The keys around a line, the key whose value its end is in, and that value so far."""
    own = _KEY.match(line)
    indent = len(own["indent"]) if own else len(line) - len(line.lstrip(" \t-"))
    keys: list[str] = []
    parts: list[str] = []  # the lines of a value that began above
    value_of: str | None = None
    level = indent
    for upper in reversed(above):
        if not upper.strip() or upper.lstrip().startswith("#"):
            continue
        found = _KEY.match(upper)
        depth = len(found["indent"]) if found else len(upper) - len(upper.lstrip(" \t-"))
        if found and depth < level:
            value = upper[found.end() :].strip()
            if (
                own is None
                and value_of is None
                and not keys
                and (value or parts)
                and not value.startswith(("{", "["))
            ):
                value_of = _bare(found["key"])
                parts.append("" if value in ("|", ">", "|-", ">-") else value)
            else:
                keys.append(_bare(found["key"]))
            level = depth
        elif not found and not keys and value_of is None and own is None and depth >= level:
            parts.append(upper.strip())
        if level == 0:
            break
    keys.reverse()
    if own is None:
        before = " ".join([*reversed(parts), line.lstrip(" \t")]) if value_of else line.lstrip(" -")
        return tuple(keys), value_of, before
    key, value = _bare(own["key"]), line[own.end() :]
    if value.lstrip().startswith("{"):
        return _in_flow((*keys, key), value.lstrip()[1:])
    return tuple(keys), key, value.lstrip().lstrip("\"'")


def _in_flow(keys: tuple[str, ...], inside: str) -> tuple[tuple[str, ...], str | None, str]:
    """Inside `{a: 1, b: …`: the last entry of a mapping on one line."""
    depth, begin = 0, 0
    for at, letter in enumerate(inside):
        depth += (letter in "([{") - (letter in ")]}")
        if letter == "," and depth == 0:
            begin = at + 1
    if depth < 0:
        return keys[:-1], keys[-1], ""
    entry = inside[begin:].lstrip()
    found = re.match(r"""([\w.*"'-]+)[ \t]*:(?:[ \t]|$)""", entry)
    if found is None:
        return keys, None, entry
    value = entry[found.end() :].lstrip()
    if value.startswith("{"):
        return _in_flow((*keys, _bare(found[1])), value[1:])
    return keys, _bare(found[1]), value.lstrip("\"'")


def _bare(key: str) -> str:
    return key.strip("\"'")


def _without_comment(before: str) -> str:
    """Nothing is completed in a comment."""
    return "" if re.search(r"(?:^|\s)#", before) else before


def call(before: str) -> Call | None:
    """The innermost call that is still open at the end of a text."""
    commas = [0]
    opens: list[int] = []
    for at, letter in enumerate(before):
        if letter == "(":
            opens.append(at)
            commas.append(0)
        elif letter == ")" and opens:
            opens.pop()
            commas.pop()
        elif letter == ",":
            commas[-1] += 1
    while opens:
        at = opens[-1]
        name = _WORD.search(before[:at])
        if name is not None:
            inside = before[at + 1 :]
            named = tuple(re.findall(r"([^\W\d]\w*)\s*=(?!=)", _outermost(inside)))
            return Call(name[0], commas[-1], named)
        opens.pop()  # brackets around a sum
        commas.pop()
    return None


def _outermost(inside: str) -> str:
    """A text without what stands in brackets."""
    depth, kept = 0, []
    for letter in inside:
        depth += letter == "("
        if depth <= 0:
            kept.append(letter)
        depth -= letter == ")"
    return "".join(kept)


def word_at(text: str, offset: int) -> tuple[int, int]:
    """The word that an offset is in or right behind: start and stop."""
    start, stop = offset, offset
    while start > 0 and (text[start - 1].isalnum() or text[start - 1] in "_."):
        start -= 1
    while stop < len(text) and (text[stop].isalnum() or text[stop] in "_."):
        stop += 1
    return start, stop
