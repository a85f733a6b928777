"""Text → trees.

In: a stretch of a file. Out: the syntax trees of `schedc.syntax`, or `Refused` with one finding.
The one rule: the grammar (grammar/schedule.lark) says what is a text of the language, and `trees`
what each of its rules becomes.

Four kinds of text, one function each, all called alike:

    parse_schedule(text, source, offsets)   -> Expression
    parse_assertion(text, source, offsets)  -> Comparison | Call
    parse_position(text, source, offsets)   -> Until | Expression
    parse_definitions(text, source, offsets) -> tuple[Definition, ...]

`text` is what to read. `offsets` says where its characters stand in `source`, so that every span
is a place in the file: an int is the offset of the first character (the text is a slice of the
file: plain and block scalars); a sequence has one offset for each character and one for the end
(YAML escapes: `"\\u2192"`, `'it''s'`). Both may be left out for a text that is its own source;
a `Span` may be given instead of all three: `parse_schedule(span)`.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence as Run
from dataclasses import replace
from functools import cache
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from typing import Any, TypeAlias
from zlib import crc32

import lark
from lark import Lark
from lark.exceptions import UnexpectedToken
from lark.lexer import Token

from schedc.diagnostics.base import Finding, Refused
from schedc.lalr import Tables, followed, tables_of
from schedc.source import Source, Span
from schedc.syntax import (
    Binary,
    Call,
    Comparison,
    Definition,
    Expression,
    Name,
    Negative,
    Number,
    Quantity,
    Range,
    Sequence,
    Stretch,
    Until,
)
from schedc.trees import Trees
from schedc.words import RESERVED_IN_DEFINITIONS, Reading, Word, Words

MOST_LEVELS = 200

Offsets: TypeAlias = "int | Run[int]"


def parse_schedule(
    text: str | Span, source: Source | None = None, offsets: Offsets = 0
) -> Expression:
    """The tree of a schedule, or of a value of `let`. Raises `Refused`."""
    return _read("schedule", _reading(text, source, offsets))  # type: ignore[no-any-return]


def parse_assertion(
    text: str | Span, source: Source | None = None, offsets: Offsets = 0
) -> Comparison | Call:
    """The tree of a line of `assert:`. Raises `Refused`."""
    return _read("assertion", _reading(text, source, offsets))  # type: ignore[no-any-return]


def parse_position(
    text: str | Span, source: Source | None = None, offsets: Offsets = 0
) -> Until | Expression:
    """The tree of what `frozen:` says. Raises `Refused`."""
    return _read("position", _reading(text, source, offsets))  # type: ignore[no-any-return]


def parse_definitions(
    text: str | Span, source: Source | None = None, offsets: Offsets = 0
) -> tuple[Definition, ...]:
    """The trees of a .sched file or of the text of `define:`. Raises `Refused`."""
    commented = _reading(text, source, offsets)
    blank = re.sub(r"#[^\n]*", lambda comment: " " * len(comment[0]), commented.text)
    found = _read("definitions", replace(commented, text=blank, reserved=RESERVED_IN_DEFINITIONS))
    return tuple(_documented(definition, commented) for definition in found)


def _reading(text: str | Span, source: Source | None, offsets: Offsets) -> Reading:
    if isinstance(text, Span):
        return Reading(text.text, text.source, text.start)
    return Reading(text, source or Source("<expression>", text), offsets)


def _read(what: str, reading: Reading) -> Any:
    large = len(reading.text) > MOST_LEVELS  # a level takes a character at least
    if large:
        _refuse_deep_brackets(reading)
    tables, words = _in_short()
    tree = followed(tables, what, words.lex(reading))
    if tree is None:
        try:
            tree = _grammar().parse(reading, start=what)
        except UnexpectedToken as unexpected:
            raise Refused(_explain(what, reading, unexpected.token)) from None
    if large:
        _refuse_deep_tree(tree)
    return tree


def _explain(what: str, reading: Reading, unexpected: Token) -> Finding:
    from schedc.fault import Fault  # all that knows of mistakes is imported on the way to one
    from schedc.misread import explain

    def reads(text: str) -> bool:
        try:
            _grammar().parse(replace(here, text=text), start=what)
        except (UnexpectedToken, Refused):
            return False
        return True

    here = replace(reading, offsets=0)
    words = list(Words(_grammar().lexer_conf).lex(here))
    at = len(words)
    if isinstance(unexpected, Word):
        places = [reading.place(word.start_pos) for word in words]
        at = places.index(unexpected.start_pos)
    return explain(Fault(reading, what, words, at, reads))


@cache
def _grammar() -> Lark:
    """The parser. Its tables are kept beside the grammar, because to make them takes ten times as
    long as to load them; they are used only if this grammar and this Lark made them."""
    text = files("schedc.grammar").joinpath("schedule.lark").read_text("utf-8")
    kept = files("schedc.grammar").joinpath("schedule.tables")
    if kept.is_file():
        stamp, _, tables = kept.read_bytes().partition(b"\n")
        if stamp == _stamp(text):
            return Lark.load(BytesIO(tables))
    return Lark.load(BytesIO(_tables(text)))


@cache
def _in_short() -> tuple[Tables, Words]:
    """The same for a text that has no mistake."""
    return tables_of(_grammar()), Words(_grammar().lexer_conf)


def _stamp(text: str) -> bytes:
    return f"lark {lark.__version__}, grammar {crc32(text.encode()):08x}".encode()


def _tables(text: str) -> bytes:
    starts = ["schedule", "assertion", "position", "definitions"]
    made = Lark(text, parser="lalr", lexer=Words, start=starts, transformer=Trees())
    saved = BytesIO()
    made.save(saved)
    return saved.getvalue()


def keep_tables(folder: Path) -> None:
    """Makes schedule.tables anew, after a change of schedule.lark in that folder:
    python -c "from schedc.parse import *; keep_tables(Path('grammar'))"
    """
    text = (folder / "schedule.lark").read_text("utf-8")
    (folder / "schedule.tables").write_bytes(_stamp(text) + b"\n" + _tables(text))


# ── Depth ─────────────────────────────────────────────────────────────────────────────────────


def _refuse_deep_brackets(reading: Reading) -> None:
    """Before a large text is read: whoever reads a tree may call itself for each level."""
    level = 0
    for bracket in re.finditer(r"[()]", reading.text):
        level += 1 if bracket[0] == "(" else -1
        if level > MOST_LEVELS:
            raise _too_deep(reading.span(*bracket.span()))


def _refuse_deep_tree(tree: Any) -> None:
    """The same for operators: 1+1+1+… is as deep as it is long."""
    layer = [tree] if not isinstance(tree, list) else tree
    for _ in range(MOST_LEVELS):
        layer = [part for whole in layer for part in _parts(whole)]
        if not layer:
            return
    raise _too_deep(layer[0].span)


def _too_deep(span: Span) -> Refused:
    from schedc.diagnostics.limits import NestedTooDeep

    return Refused(NestedTooDeep(span, MOST_LEVELS))


def _parts(whole: Any) -> Run[Any]:
    match whole:
        case Number() | Quantity() | Name():
            return ()
        case Negative(operand):
            return (operand,)
        case Binary(_, left, right) | Comparison(_, left, right):
            return (left, right)
        case Range(start, stop) | Stretch(start, stop):
            return tuple(end for end in (start, stop) if end is not None)
        case Until(position):
            return (position,)
        case Call(_, arguments):
            return tuple(argument.value for argument in arguments)
        case Sequence(elements):
            return elements
        case Definition(_, _, parameters, body, requires):
            defaults = (p.default for p in parameters if p.default is not None)
            return (*defaults, body, *requires)
    raise AssertionError(whole)


# ── Documentation of definitions ──────────────────────────────────────────────────────────────

_SOURCE_AT_END = re.compile(r"\s*\[([^\[\]]*)\]\s*\Z")


def _documentation_above(text: str, start: int) -> list[str]:
    """The lines of `##` that end where a definition begins."""
    stop = text.rfind("\n", 0, start) + 1
    lines: list[str] = []
    while not text[stop:start].strip(" \t") and stop:
        begin = text.rfind("\n", 0, stop - 1) + 1
        line = text[begin : stop - 1].strip(" \t")
        if not line.startswith("##"):
            break
        lines.append(line.removeprefix("##").strip())
        start = stop = begin
    return lines[::-1]


def _documented(definition: Definition, reading: Reading) -> Definition:
    """With the `##` lines that stand directly above it."""
    if isinstance(reading.offsets, int):
        start = definition.span.start - reading.offsets
    else:
        start = bisect_left(reading.offsets, definition.span.start)
    lines = _documentation_above(reading.text, start)
    if not lines:
        return definition
    doc = "\n".join(lines).strip()
    source = _SOURCE_AT_END.search(doc)
    if source is None:
        return replace(definition, doc=doc)
    return replace(definition, doc=doc[: source.start()], source=source[1].strip())
