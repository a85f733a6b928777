"""Edits to a YAML file: canonical text for its expressions, fixes for its findings.

In: a `Source`. Out: the text of the file after edits, everything else byte for byte.
The one rule: an edit that would change what a file means (a fix apart) is refused, never written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from schedc import syntax as ast
from schedc.block import Block, Entry
from schedc.diagnostics.base import Edit, Finding, Level, Refused
from schedc.document import blocks
from schedc.facts import SCHEDULED
from schedc.format import render
from schedc.parse import parse_assertion, parse_position, parse_schedule
from schedc.source import Source, Span

WIDTH = 100
"""A schedule that its author broke over lines and that is no sequence is joined up to here."""

_Tree: TypeAlias = "ast.Expression | ast.Comparison | ast.Until"


@dataclass(frozen=True)
class Formatted:
    """A file after formatting. `findings`: the expressions that cannot be read, left alone."""

    text: str
    findings: tuple[Finding, ...]


def formatted(source: Source, ascii: bool = False) -> Formatted:
    """Every expression of a file in canonical form; a file that is not YAML is left as it is where
    something else would be read of it then. Raises nothing but for a fault of our own."""
    document = blocks(source)
    edits: list[Edit] = []
    findings = list(document.findings)
    to_the_letter = {entry.span for entry in _letters(document.blocks)}
    for entry, parse in _expressions(document.blocks):
        try:
            tree = parse(entry)
        except Refused as refused:
            findings.append(refused.finding)
            continue
        edit = _edit(entry, tree, ascii)
        if edit is not None and entry.span not in to_the_letter:  # an alias may make it both
            edits.append(edit)
    text = applied(source, edits)
    if text != source.text and _meaning(Source(source.name, text)) != _meaning(source):
        if not document.broken:
            raise AssertionError(f"formatting would change the meaning of {source.name}")
        text = source.text  # what it would mean is a guess either way
    return Formatted(text, tuple(findings))


def formatted_expression(text: str, ascii: bool = False) -> str:
    """One schedule in canonical form. Raises `Refused`."""
    return render(parse_schedule(text), ascii)


def applied(source: Source, edits: Iterable[Edit]) -> str:
    """The text of a file after edits; of edits that touch, the earlier one counts."""
    parts: list[str] = []
    at = 0
    for edit in sorted({(e.span.start, e.span.stop, e.text) for e in edits}):
        start, stop, text = edit
        if start < at:
            continue
        parts += [source.text[at:start], text]
        at = stop
    return "".join([*parts, source.text[at:]])


_Parse: TypeAlias = "Callable[[Entry], _Tree]"


def _expressions(found: Iterable[Block]) -> Iterator[tuple[Entry, _Parse]]:
    """Every text of the language in some blocks, and how to read it. Anchored texts come once."""
    seen: set[tuple[int, int]] = set()
    for block in found:
        schedules = [*block.schedules.values(), *block.lets.values()]
        schedules += [entry for name, entry in block.run.items() if name in SCHEDULED]
        positions = []
        for group in block.groups:
            schedules += group.entries.values()
            positions += [group.frozen] if group.frozen else []
        for entries, parse in (
            (schedules, parse_schedule), (block.asserts, parse_assertion),
            (positions, parse_position),
        ):  # fmt: skip
            for entry in entries:
                place = (entry.span.start, entry.span.stop)
                if place not in seen:
                    seen.add(place)
                    yield entry, _reader(parse)


def _letters(found: Iterable[Block]) -> Iterator[Entry]:
    """Every text of some blocks that is kept as it is written."""
    for block in found:
        yield from (*block.defines, *block.includes, *block.horizons)
        yield from [entry for name, entry in block.run.items() if name not in SCHEDULED]


def _reader(parse: Callable[..., _Tree]) -> _Parse:
    return lambda entry: parse(entry.text, entry.span.source, entry.offsets)


def _edit(entry: Entry, tree: _Tree, ascii: bool) -> Edit | None:
    """The canonical text in the place of an entry, or None where that changes nothing."""
    raw = entry.span.text
    body = raw.strip()
    start = entry.span.start + len(raw) - len(raw.lstrip())
    if isinstance(tree, ast.Until):
        text = render(tree, ascii)
    elif "\n" in body:
        text = _lines(tree, body, _margin(entry.span.source, start, body), ascii)
    else:
        text = render(tree, ascii)
    if text == body:
        return None
    return Edit(Span(entry.span.source, start, start + len(body)), text)


def _lines(tree: ast.Expression | ast.Comparison, body: str, margin: str, ascii: bool) -> str:
    """What its author broke over lines: an element of the sequence on each."""
    if isinstance(tree, ast.Sequence):
        newline = "\r\n" if "\r\n" in body else "\n"
        text = render(tree.elements[0], ascii)
        if isinstance(tree.elements[0], ast.Sequence):
            text = f"({text})"
        for join, element in zip(tree.joins, tree.elements[1:], strict=True):
            one = render(element, ascii)
            one = f"({one})" if isinstance(element, ast.Sequence) else one
            text += f"{newline}{margin}{'>>!' if join.jump else '>>'} {one}"
        return text
    one_line = render(tree, ascii)
    return one_line if len(margin) + len(one_line) <= WIDTH else body


def _margin(source: Source, start: int, body: str) -> str:
    """The white space before the lines that follow: that of the second line."""
    for line in body.split("\n")[1:]:
        if line.strip():
            return line[: len(line) - len(line.lstrip())]
    return " " * (source.place(start)[1] - 1)


def _meaning(source: Source) -> list[object]:
    """What a file says: every expression as a tree, by the place of its block and its name."""
    document = blocks(source)
    said: list[object] = [f.code for f in document.findings]
    for entry, parse in _expressions(document.blocks):
        try:
            said.append((entry.name, parse(entry)))
        except Refused as refused:
            said.append((entry.name, refused.finding.code))
    for block in document.blocks:
        said += [block.path, tuple(block.schedules), tuple(block.lets), tuple(block.run)]
    return said + [entry.text for entry in _letters(document.blocks)]


# ---- fixes -------------------------------------------------------------------------------------

MOST_ROUNDS = 20
"""A fix can uncover what the next one mends."""


@dataclass(frozen=True)
class Mended:
    """A file after fixes. done: the title of each fix, with the line it was made on."""

    text: str
    done: tuple[tuple[int, str], ...] = ()


def mended(
    source: Source, check: Callable[[Source], Iterable[Finding]], unsafe: bool = False
) -> Mended:
    """Make the fixes that findings offer, the safe ones or all, round by round.

    check: what finds something wrong with a source. A fix that leaves its own finding where it
    was, or that brings a new error with it, is taken back and not tried again.
    """
    done: list[tuple[int, str]] = []
    refused: set[tuple[str, str]] = set()
    for _ in range(MOST_ROUNDS):
        findings = list(check(source))
        better = None
        for finding in findings:
            fix = finding.fix()
            if fix is None or not fix.edits or not (fix.safe or unsafe):
                continue
            key = (finding.code, finding.where.text)
            if key in refused or any(e.span.source is not source for e in fix.edits):
                continue
            text = applied(source, fix.edits)
            after = Source(source.name, text)
            if text != source.text and _better(findings, list(check(after)), finding):
                better = after
                done.append((finding.where.line, fix.title))
                break
            refused.add(key)
        if better is None:
            break
        source = better
    return Mended(source.text, tuple(done))


def _better(before: list[Finding], after: list[Finding], mended: Finding) -> bool:
    """Fewer findings of the mended code, and no more errors than before."""
    errors = [sum(f.level == Level.ERROR for f in found) for found in (before, after)]
    same = [sum(f.code == mended.code for f in found) for found in (before, after)]
    return same[1] < same[0] and errors[1] <= errors[0]
