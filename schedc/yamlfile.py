"""A YAML file as trees whose every value knows its place.

In: a path, or a `Source`. Out: `Source`; trees of `Mapping`, `Listing` and scalars; `Raw`, the text
of a scalar with the offset in the file of each of its characters.
The one rule: the file is read from the parser's events, in a loop. Values stay text (`1e-3` is
nobody's float), tags are never acted on, an alias is the same tree again, and no nesting is deep
enough to exhaust a stack.
"""

from __future__ import annotations

import gc
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeAlias

import yaml

from schedc.diagnostics import files
from schedc.diagnostics.base import Finding, Refused
from schedc.source import Source, Span

# Without libyaml the same events come from PyYAML itself, ten times slower.
_Parser: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

SIZE_LIMIT = 10_000_000
"""Bytes: larger files are not configurations."""
DEPTH_LIMIT = 1000
"""Levels: the deepest tree that is read."""

Scalar: TypeAlias = yaml.ScalarEvent


@dataclass(slots=True, eq=False)
class Mapping:
    """`flow`: written with braces."""

    start: int
    stop: int
    flow: bool
    tag: str | None
    pairs: list[tuple[Tree, Tree]] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Listing:
    """`flow`: written with brackets."""

    start: int
    stop: int
    flow: bool
    tag: str | None
    items: list[Tree] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Hole:
    """A value that was already complained of."""

    start: int
    stop: int


Tree: TypeAlias = Scalar | Mapping | Listing | Hole


class Raw(NamedTuple):
    """The text of a scalar as an expression reads it, and where its characters stand.

    `offsets` is the file offset of the first character when the text is a slice of the file;
    else one offset for each character and one more for the end.
    """

    text: str
    offsets: int | tuple[int, ...]
    start: int  # of the text, without quotes, tag or block header
    stop: int
    outer_start: int  # with quotes or block header, without anchor and tag
    outer_stop: int
    style: str  # "", "'", '"', "|", ">"


# ---- the file ----------------------------------------------------------------------------------


def read_path(path: str | os.PathLike[str], name: str | None = None) -> Source:
    """The text of a file: always UTF-8, a byte order mark tolerated and dropped.

    `name` is what messages call it, the path if nothing is given. Raises `Refused` with
    `Unreadable` (the file cannot be opened), `TooLarge` or `NotText`.
    """
    called = os.fspath(path) if name is None else name
    place = Span(Source(called, ""), 0, 0)
    try:
        with open(path, "rb") as file:
            content = file.read(SIZE_LIMIT + 1)
            size = len(content)
            if size > SIZE_LIMIT:
                size = max(size, os.fstat(file.fileno()).st_size)
                raise Refused(files.TooLarge(place, size, SIZE_LIMIT))
    except (OSError, ValueError) as error:  # ValueError: a zero byte in the path
        reason = getattr(error, "strerror", None) or str(error)
        raise Refused(files.Unreadable(place, called, reason[:1].lower() + reason[1:])) from None
    return decode(content, called)


def decode(content: bytes, name: str) -> Source:
    """The bytes of a file or of standard input as text. Raises `Refused` with `NotText`."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Refused(files.NotText(Span(Source(name, ""), 0, 0), "it is UTF-16"))
    if b"\0" in content:
        raise Refused(files.NotText(Span(Source(name, ""), 0, 0), "it holds binary data"))
    try:
        return Source(name, content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        before = content[: error.start].decode("utf-8-sig", "replace")
        source = Source(name, before + content[error.start :].decode("utf-8", "replace"))
        reason = f"the byte 0x{error.object[error.start]:02x} begins no character"
        where = Span(source, len(before), len(before) + 1)
        raise Refused(files.NotText(where, reason)) from None


# ---- the trees ---------------------------------------------------------------------------------

# YAML 1.1's c-printable, which both parsers enforce; a byte order mark is welcome at the start.
_UNPRINTABLE = re.compile(
    "[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"  # no surrogates
)


def documents(source: Source, text: str, findings: list[Finding]) -> Iterator[Tree]:
    """The root of each document of `text`, which stands for the text of `source`.

    Raises `yaml.MarkedYAMLError` at the first place that is not YAML (the trees before it were
    handed out), and `Refused` where reading must end. An alias without its anchor is added to
    `findings` and leaves a `Hole`.
    """
    if bad := _UNPRINTABLE.search(text):
        raise Refused(files.BadCharacter(Span(source, *bad.span()), bad.group()))
    if text.startswith("\ufeff"):
        text = "\n" + text[1:]  # the parsers disagree whether to count it
    next_event = _Parser(text).get_event
    anchors: dict[str, Tree] = {}
    root: list[Any] = []  # Any: pairs and items alike, told apart when their collection ends
    below = root  # what the collection being read holds so far
    above: list[tuple[list[Any], Mapping | Listing]] = []
    while True:
        event: Any = next_event()
        kind = event.__class__
        if kind is yaml.ScalarEvent:
            below.append(event)
            if event.anchor is not None:
                anchors[event.anchor] = event
        elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
            shape = Mapping if kind is yaml.MappingStartEvent else Listing
            tree = shape(event.start_mark.index, 0, bool(event.flow_style), event.tag)
            if event.anchor is not None:
                anchors[event.anchor] = tree
            below.append(tree)
            above.append((below, tree))
            below = []
            if len(above) > DEPTH_LIMIT:
                where = Span(source, tree.start, tree.start + 1)
                raise Refused(files.TooDeep(where, DEPTH_LIMIT))
        elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
            outer, tree = above.pop()
            tree.stop = event.end_mark.index
            if isinstance(tree, Mapping):
                tree.pairs = list(zip(below[0::2], below[1::2], strict=True))
            else:
                tree.items = below
            below = outer
        elif kind is yaml.AliasEvent:
            found = anchors.get(event.anchor)
            if found is None:
                start, stop = event.start_mark.index, event.end_mark.index
                findings.append(files.UnknownAlias(Span(source, start, stop), event.anchor))
                found = Hole(start, stop)
            below.append(found)
        elif kind is yaml.DocumentEndEvent:
            yield from root
            root.clear()
            anchors.clear()
        elif kind is yaml.StreamEndEvent:
            return


@contextmanager
def without_collector(size: int) -> Iterator[None]:
    """No garbage collection meanwhile, if the text is large.

    A hundred thousand lines make a million objects that all stay: every collection then walks them
    again and takes five times as long as the reading.
    """
    if size < 100_000 or not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def bounds(tree: Tree) -> tuple[int, int]:
    if isinstance(tree, Scalar):
        start: Any = tree.start_mark  # Any: the stubs think that a scalar may have no place
        stop: Any = tree.end_mark
        return start.index, stop.index
    return tree.start, tree.stop


def place(source: Source, tree: Tree) -> Span:
    """Where a value stands, without its anchor and tag and without the blank lines after it."""
    start, stop = bounds(tree)
    if isinstance(tree, Scalar):
        if source.text[start : start + 1] in _BEFORE_VALUE or tree.style in ("|", ">"):
            text = raw(source, tree)
            return Span(source, text.outer_start, text.outer_stop)
        return Span(source, start, stop)
    if start < stop:
        stop = start + max(len(source.text[start:stop].rstrip()), 1)
    return Span(source, start, stop)


_STANDARD = "tag:yaml.org,2002:"
_KINDS = ("str", "int", "float", "bool", "null", "map", "seq")
_OWN_TAGS = frozenset((None, "", "!", *(_STANDARD + kind for kind in _KINDS)))


def is_later(tree: Tree) -> bool:
    """Something else makes the value: `${…}`, or a tag that is not YAML's own."""
    if isinstance(tree, Hole):
        return False
    return tree.tag not in _OWN_TAGS or (isinstance(tree, Scalar) and "${" in tree.value)


def shape(tree: Tree) -> str:
    """What a value is, in the author's words."""
    match tree:
        case Mapping():
            return "a mapping"
        case Listing():
            return "a list"
        case _ if is_null(tree):
            return "empty"
        case _:
            return "one text"


# ---- scalars -----------------------------------------------------------------------------------

_PROPERTIES = re.compile(r"(?:[&!]\S*(?:\s+#[^\n]*)*\s*)*")
_BEFORE_VALUE = frozenset("&!")
_HEADER = re.compile(r"[^\r\n\x85\u2028\u2029]*(?:\r\n|[\r\n\x85\u2028\u2029]|$)")
_BREAK = re.compile(r"(?:\r\n|[\r\n\x85\u2028\u2029])[ \t]*")
_ESCAPES = {
    "0": "\0", "a": "\a", "b": "\b", "t": "\t", "\t": "\t", "n": "\n", "v": "\v", "f": "\f",
    "r": "\r", "e": "\x1b", " ": " ", '"': '"', "/": "/", "\\": "\\", "N": "\x85", "_": "\xa0",
    "L": "\u2028", "P": "\u2029",
}  # fmt: skip  # YAML 1.1, section 5.6
_WIDTHS = {"x": 2, "u": 4, "U": 8}


def is_plain(tree: Tree) -> bool:
    """A scalar without quotes, `|` or `>`. (The C parser says '' where the other says None.)"""
    return isinstance(tree, Scalar) and not tree.style


def is_null(tree: Tree) -> bool:
    return is_plain(tree) and tree.tag is None and tree.value in _NULLS  # type: ignore[union-attr]


_NULLS = frozenset(("", "~", "null", "Null", "NULL"))


def raw(source: Source, scalar: Scalar) -> Raw:
    """The characters of a scalar and where they stand.

    White space means nothing to an expression, so line folds and margins stay as they are in the
    file; only escapes make the text differ from a slice of it.
    """
    text = source.text
    start, stop = bounds(scalar)
    style = scalar.style or ""
    if text[start : start + 1] in _BEFORE_VALUE:
        properties = _PROPERTIES.match(text, start, stop)
        start = properties.end() if properties else start
    if not style:  # never white space around it
        return Raw(text[start:stop], start, start, stop, start, stop, style)
    inner_start, inner_stop = start, stop
    offsets: tuple[int, ...] | None = None
    if style in ("|", ">"):
        header = _HEADER.match(text, start, stop)
        inner_start = header.end() if header else start
        stop = max(start + len(text[start:stop].rstrip()), start)
        inner_start = min(inner_start, stop)  # nothing below the header
        inner_stop = stop
    else:
        inner_start, inner_stop = start + 1, stop - 1
    content = text[inner_start:inner_stop]
    if style == "'" and "''" in content:
        content, offsets = _single(content, inner_start)
    elif style == '"' and "\\" in content:
        content, offsets = _double(content, inner_start)
    lead = len(content) - len(content.lstrip())
    tail = max(len(content.rstrip()), lead)
    if style in ("|", ">"):
        lead = 0  # the margin of the first line is the margin of them all
    elif lead == len(content):  # nothing but blanks: they are what is shown
        lead, tail = 0, len(content)
    content = content[lead:tail]
    if offsets is None:
        first = inner_start + lead
        return Raw(content, first, first, first + len(content), start, stop, style)
    offsets = offsets[lead : tail + 1]
    return Raw(content, offsets, offsets[0], offsets[-1], start, stop, style)


def _single(content: str, base: int) -> tuple[str, tuple[int, ...]]:
    """Single quotes: the only escape is the quote written twice."""
    pieces = content.split("''")
    offsets: list[int] = []
    at = base
    for piece in pieces:
        offsets.extend(range(at, at + len(piece) + 1))  # the piece and the quote behind it
        at += len(piece) + 2
    return "'".join(pieces), tuple(offsets)  # the last one is the end: no quote stands there


def _double(content: str, base: int) -> tuple[str, tuple[int, ...]]:
    """Double quotes: escapes, and a backslash at the end of a line that joins it to the next."""
    letters: list[str] = []
    offsets: list[int] = []
    at = 0
    while at < len(content):
        letter, width = content[at], 1
        if letter == "\\":
            follow = content[at + 1 : at + 2]
            if follow in _WIDTHS:
                width = 2 + _WIDTHS[follow]
                letter = chr(int(content[at + 2 : at + width], 16))
            elif join := _BREAK.match(content, at + 1):
                at = join.end()
                continue
            else:
                width = 2
                letter = _ESCAPES.get(follow, follow)
        letters.append(letter)
        offsets.append(base + at)
        at += width
    offsets.append(base + len(content))
    return "".join(letters), tuple(offsets)
