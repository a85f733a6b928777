"""Comments that answer findings: `# schedc: ignore[SCH304] the tail is meant`.

In: the findings of a file, and its text. Out: `Answered`: the findings that remain, and those that
a comment answers.
The one rule: a comment names codes (`SCH3` is all of a hundred); one that answers nothing, or that
cannot be read, is a finding itself, so that none outlives its reason.

A comment answers what stands on its line, or, alone on a line, on the next; and what is nested
below that line. `ignore-file[…]` answers for the whole file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from schedc.diagnostics.base import Finding
from schedc.source import Source, Span


@dataclass(frozen=True, slots=True)
class Suppressed:
    """A finding that a comment in the file answers, with the reason given there."""

    finding: Finding
    reason: str
    comment: Span


@dataclass(frozen=True)
class Answered:
    """The findings that remain, those about comments among them, and those that are answered."""

    findings: tuple[Finding, ...]
    suppressed: tuple[Suppressed, ...] = ()


@dataclass
class _Comment:
    """A comment, the lines it answers for, and which of its codes did."""

    span: Span
    codes: tuple[str, ...]
    reason: str
    first: int
    last: int
    used: set[str] = field(default_factory=set)


MARK = "schedc:"
_COMMENT = re.compile(r"(?:^|(?<=\s))#[ \t]*schedc:[ \t]*(?P<what>[^\n\r]*)", re.MULTILINE)
_MEANT = re.compile(
    r"(?P<verb>ignore|ignore-file)[ \t]*\[(?P<codes>[^\]]*)\][ \t]*(?P<reason>.*)"
)
_CODE = re.compile(r"SCH\d{0,3}")


def answered(source: Source, findings: Iterable[Finding]) -> Answered:
    """Sort findings into those that remain and those that comments answer."""
    findings = tuple(findings)
    if MARK not in source.text:
        return Answered(findings)
    comments, faults = _comments(source)
    remaining: list[Finding] = []
    suppressed: list[Suppressed] = []
    for finding in findings:
        comment = _answer(finding, comments) if finding.where.source is source else None
        if comment is None:
            remaining.append(finding)
        else:
            suppressed.append(Suppressed(finding, comment.reason, comment.span))
    from schedc.diagnostics.files import UnusedSuppression  # loaded where there are comments

    for comment in comments:
        idle = tuple(code for code in comment.codes if code not in comment.used)
        if idle:
            faults.append(UnusedSuppression(comment.span, idle))
    everything = sorted([*remaining, *faults], key=lambda f: (f.where.start, -f.level))
    return Answered(tuple(everything), tuple(suppressed))


def _answer(finding: Finding, comments: Iterable[_Comment]) -> _Comment | None:
    line = finding.where.line
    for comment in comments:
        if comment.first <= line <= comment.last:
            for code in comment.codes:
                if finding.code.startswith(code):
                    comment.used.add(code)
                    return comment
    return None


def _comments(source: Source) -> tuple[list[_Comment], list[Finding]]:
    """The comments of a file in the order of how near they stand: whole-file ones last."""
    from schedc.diagnostics import CATALOGUE
    from schedc.diagnostics.files import BadSuppression

    near: list[_Comment] = []
    whole: list[_Comment] = []
    faults: list[Finding] = []
    for match in _COMMENT.finditer(source.text):
        span = Span(source, match.start(), match.start() + len(match[0].rstrip()))
        meant = _MEANT.fullmatch(match["what"].rstrip())
        codes = tuple(c.strip().upper() for c in meant["codes"].split(",")) if meant else ()
        wrong = [c for c in codes if not _CODE.fullmatch(c) or not _known(c, CATALOGUE)]
        if meant is None or wrong:
            faults.append(BadSuppression(span, match["what"].strip(), wrong[0] if wrong else ""))
        elif meant["verb"] == "ignore-file":
            everywhere = (1, len(source.line_starts))
            whole.append(_Comment(span, codes, meant["reason"].strip(), *everywhere))
        else:
            near.append(_Comment(span, codes, meant["reason"].strip(), *_lines(source, span)))
    near.sort(key=lambda comment: comment.last - comment.first)
    return [*near, *whole], faults


def _known(code: str, known: Iterable[str]) -> bool:
    return any(one.startswith(code) for one in known)


def _lines(source: Source, comment: Span) -> tuple[int, int]:
    """Which lines a comment answers for: one, and those nested below it."""
    lines = source.text.splitlines()
    at = comment.line - 1
    before = source.text[source.line_starts[at] : comment.start]
    if not before.strip():
        while at < len(lines) and (not lines[at].strip() or lines[at].lstrip().startswith("#")):
            at += 1
    if at == len(lines):
        return comment.line, comment.line
    margin = _margin(lines[at])
    last = at
    for number in range(at + 1, len(lines)):
        if lines[number].strip():
            if _margin(lines[number]) <= margin:
                break
            last = number
    return at + 1, last + 1


def _margin(line: str) -> int:
    """Where the key on a line begins; the dash of a list item belongs to the margin."""
    return len(line) - len(line.lstrip(" -"))
