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
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import pairwise

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
    from schedc.diagnostics.suppressing import UnusedSuppression  # loaded where there are comments

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
    from schedc.diagnostics.suppressing import BadSuppression

    near: list[_Comment] = []
    whole: list[_Comment] = []
    faults: list[Finding] = []
    lines = _Lines.of(source)
    for match in _COMMENT.finditer(source.text):
        span = Span(source, match.start(), match.start() + len(match[0].rstrip()))
        meant = _MEANT.fullmatch(match["what"].rstrip())
        written = meant["codes"].split(",") if meant else ()
        codes = tuple(dict.fromkeys(c.strip().upper() for c in written))
        wrong = [c for c in codes if not _CODE.fullmatch(c) or not _known(c, CATALOGUE)]
        if meant is None or wrong:
            faults.append(BadSuppression(span, match["what"].strip(), wrong[0] if wrong else ""))
        elif meant["verb"] == "ignore-file":
            everywhere = (1, len(source.line_starts))
            whole.append(_Comment(span, codes, meant["reason"].strip(), *everywhere))
        else:
            reach = lines.answered(source, span)
            near.append(_Comment(span, codes, meant["reason"].strip(), *reach))
    near.sort(key=lambda comment: comment.last - comment.first)
    return [*near, *whole], faults


def _known(code: str, known: Iterable[str]) -> bool:
    return any(one.startswith(code) for one in known)


@dataclass
class _Lines:
    """The lines of a file, and from each the next that says something."""

    lines: list[str]
    says: list[int]
    lasts: dict[int, int] = field(default_factory=dict)

    @staticmethod
    def of(source: Source) -> _Lines:
        starts = [*source.line_starts, len(source.text)]
        lines = [source.text[a:b] for a, b in pairwise(starts)]
        says = [len(lines)] * (len(lines) + 1)
        for at in range(len(lines) - 1, -1, -1):
            words = lines[at].strip()
            says[at] = at if words and words[0] != "#" else says[at + 1]
        return _Lines(lines, says)

    def answered(self, source: Source, comment: Span) -> tuple[int, int]:
        """Which lines a comment answers for: one, and those nested below it."""
        at = comment.line - 1
        before = source.text[source.line_starts[at] : comment.start]
        if not before.strip():
            at = self.says[at]
        if at == len(self.lines):
            return comment.line, comment.line
        if at not in self.lasts:
            self.lasts[at] = self._last(at)
        return at + 1, self.lasts[at] + 1

    def _last(self, at: int) -> int:
        margin = _margin(self.lines[at])
        last = at
        for number in range(at + 1, len(self.lines)):
            if self.lines[number].strip():
                if _margin(self.lines[number]) <= margin:
                    break
                last = number
        return last


def _margin(line: str) -> int:
    """Where the key on a line begins; the dash of a list item belongs to the margin."""
    return len(line) - len(line.lstrip(" -"))


# ---- writing such comments ---------------------------------------------------------------------


def with_answers(
    source: Source, check: Callable[[Source], Iterable[Finding]], reason: str
) -> tuple[str, list[tuple[int, str]]]:
    """A file with a comment for each line that has findings, and the comments, each with its line.

    check: what finds something wrong with a source. A comment is written above the line, or above
    the next one upwards where it answers these findings: within a text it would be part of it.
    """
    written: list[tuple[int, str]] = []
    given_up: set[int] = set()  # lines counted from the end, which comments above do not move
    while True:
        findings = list(check(source))
        lines = sorted({f.where.line for f in findings if f.where.source is source}, reverse=True)
        total = len(source.line_starts)
        line = next((at for at in lines if total - at not in given_up), None)
        if line is None:
            return source.text, written
        codes = sorted({f.code for f in findings if f.where.line == line})
        comment = f"# schedc: ignore[{', '.join(codes)}] {reason}"
        found = _commented(source, findings, check, line, comment)
        if found is None:
            given_up.add(total - line)
            continue
        place, source = found
        written = [(at + (at >= place), words) for at, words in written]
        written.append((place, source.line(place).strip()))


_FAR = 200  # lines upwards, in which a place for a comment is looked for


def _commented(
    source: Source,
    findings: Iterable[Finding],
    check: Callable[[Source], Iterable[Finding]],
    line: int,
    comment: str,
) -> tuple[int, Source] | None:
    """The file with a comment that answers a line's findings and brings no other, and its line."""
    newline = "\r\n" if "\r\n" in source.text else "\n"
    before = Counter(f.code for f in findings)
    for place in range(line, max(0, line - _FAR), -1):
        text = source.line(place)
        if not text.strip() or text.lstrip().startswith("#"):
            continue
        start = source.line_starts[place - 1]
        margin = text[: len(text) - len(text.lstrip(" "))]
        whole = f"{source.text[:start]}{margin}{comment}{newline}{source.text[start:]}"
        after = Source(source.name, whole)
        found = list(check(after))
        answered_it = all(f.where.line != line + 1 for f in found)
        if answered_it and Counter(f.code for f in found) <= before:
            return place, after
    return None
