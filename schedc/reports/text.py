"""Findings for people: the source line, a caret under the fault, what it contradicts, what helps.

In: findings. Out: text for a terminal or a log.
The one rule: what is printed never depends on a font, a code page or on the author's control
characters: frames are ASCII, and letters that the stream cannot write are spelled another way.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from schedc.diagnostics.base import Finding
from schedc.reports.base import COLOURS, Results, Style, summary
from schedc.source import Source, Span

SPELLED = {
    "→": "->", "−": "-", "×": "x", "·": "*", "…": "...", "≤": "<=", "≥": ">=", "≠": "!=", "–": "-",
    "’": "'", "“": '"', "”": '"', "√": "sqrt", "π": "pi", "²": "^2",
}  # fmt: skip
"""How the letters of our own messages are written where the stream has no such letter."""

_MOST_LINES = 4  # of one span that runs over several lines


def render(results: Results, style: Style) -> str:
    """Every finding, the conditions on runs whose length is not known, and the summary line."""
    parts = [finding_text(f, style) for f in results.findings]
    several = len(results.files) > 1
    conditions = [
        writable(f"{file.source.name}: {text}" if several else text, style) + "\n"
        for file in results.files
        for text in file.conditions
    ]
    parts += ["".join(conditions)] if conditions else []
    counts = results.counts
    colour = "red" if counts.errors else "yellow" if counts.warnings else "green"
    parts.append(style.paint(writable(summary(counts), style), colour) + "\n")
    return "\n".join(parts)


def finding_text(finding: Finding, style: Style) -> str:
    """One finding: headline, place, excerpt, help."""
    paint, colour = style.paint, COLOURS[finding.level]
    headline = f"{finding.level}[{finding.code}]"
    lines = [f"{paint(headline, colour)}: {paint(writable(finding.message(), style), 'bold')}"]
    marks = [_Mark(finding.where, "", True)]
    marks += [_Mark(label.span, label.text, False) for label in finding.labels()]
    gutter = max(len(str(_last_line(m.span))) for m in marks if m.span.source.text or m.primary)
    shown: list[Source] = []
    for mark in marks:
        source = mark.span.source
        if source in shown:
            continue
        shown.append(source)
        here = [m for m in marks if m.span.source is source]
        lines += _excerpt(here, gutter, style, colour)
    help_text = finding.help()
    if help_text:
        head, *more = writable(help_text, style).split("\n")
        bar = paint("=", "blue")
        lines.append(f"{' ' * gutter} {bar} {paint('help', 'bold')}: {head}")
        lines += [f"{' ' * gutter}         {line}" for line in more]
    return "\n".join(lines) + "\n"


@dataclass(frozen=True, slots=True)
class _Mark:
    """A stretch to underline, with words beside it."""

    span: Span
    text: str
    primary: bool


def _last_line(span: Span) -> int:
    return span.source.place(max(span.start, span.stop - 1))[0]


def _excerpt(marks: list[_Mark], gutter: int, style: Style, colour: str) -> list[str]:
    """The lines of one source that marks touch, each with its underlines."""
    first = marks[0].span
    name = writable(first.source.name, style)
    place = f"{name}:{first.line}:{first.column}"
    lines = [f"{' ' * gutter}{style.paint('-->', 'blue')} {place}"]
    if not first.source.text:  # a file that could not be read has nothing to show
        return lines
    bar = style.paint("|", "blue")
    lines.append(f"{' ' * gutter} {bar}")
    previous = 0
    for number, here in _by_line(marks).items():
        if previous and number > previous + 1:
            lines.append(style.paint("...", "blue"))
        previous = number
        source_line = first.source.line(number)
        shift, cut = _window(source_line, here, number, style.width - gutter - 3)
        shown = _visible(source_line[shift:cut], style)
        head, tail = "..." if shift else "", "..." if cut < len(source_line) else ""
        label = style.paint(f"{number:>{gutter}}", "blue")
        lines.append(f"{label} {bar} {head}{shown}{tail}".rstrip())
        for mark in here:
            start, stop = _columns(mark.span, number, source_line)
            start, stop = max(start, shift), min(max(stop, shift), cut)
            left = len(head) + _width(_visible(source_line[shift:start], style))
            width = max(1, _width(_visible(source_line[start:stop], style)))
            line = ("^" if mark.primary else "-") * width
            last = number == _last_line(mark.span)
            words = f" {writable(mark.text, style)}" if mark.text and last else ""
            painted = style.paint(line + words, colour if mark.primary else "blue")
            lines.append(f"{' ' * gutter} {bar} {' ' * left}{painted}")
    return lines


def _by_line(marks: list[_Mark]) -> dict[int, list[_Mark]]:
    """Which marks stand on which line; a long span shows its first and last lines."""
    found: dict[int, list[_Mark]] = {}
    for mark in marks:
        numbers = list(range(mark.span.line, _last_line(mark.span) + 1))
        if len(numbers) > _MOST_LINES:
            numbers = [*numbers[:2], numbers[-1]]
        for number in numbers:
            found.setdefault(number, []).append(mark)
    return dict(sorted(found.items()))


def _columns(span: Span, number: int, line: str) -> tuple[int, int]:
    """The part of a span on a line, as a slice of the line without its margin."""
    start = span.source.line_starts[number - 1]
    left, right = max(0, span.start - start), min(len(line), span.stop - start)
    if span.start < start:  # a later line of a long span: its margin is not underlined
        left = len(line) - len(line.lstrip())
    return left, max(left, right)


def _window(line: str, marks: Iterable[_Mark], number: int, width: int) -> tuple[int, int]:
    """Which slice of a long line to show."""
    if len(line) <= width:
        return 0, len(line)
    start = min(_columns(m.span, number, line)[0] for m in marks)
    room = max(40, width - 6)
    shift = max(0, min(start - room // 3, len(line) - room))
    return shift, min(len(line), shift + room)


def _visible(text: str, style: Style) -> str:
    return writable(text.replace("\t", "    "), style)


def writable(text: str, style: Style) -> str:
    """A text that the stream can write and that moves no cursor."""
    if text.isascii() and text.isprintable():
        return text
    spelled = "".join(
        c if c == "\n" or c.isprintable() else c.encode("unicode_escape").decode() for c in text
    )
    try:
        spelled.encode(style.encoding)
    except UnicodeEncodeError:
        spelled = "".join(SPELLED.get(c, c) for c in spelled)
        spelled = spelled.encode(style.encoding, "backslashreplace").decode(style.encoding)
    return spelled


def _width(text: str) -> int:
    """Columns on a terminal: wide letters take two, combining marks none."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )
