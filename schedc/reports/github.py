"""Annotations of GitHub Actions, as workflow commands, and the job summary.

In: findings. Out: for the log, the text report and the annotations. `job_summary` is Markdown.
The one rule: GitHub drops what is beyond ten annotations of a step without a word, so the worst
nine are sent, and the tenth says how many more there are.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable

from schedc.diagnostics.base import Finding, Level
from schedc.reports import text
from schedc.reports.base import Results, Style, counted, end_place, summary, worst_first
from schedc.source import Source

MOST = 9
_COMMANDS = {Level.ERROR: "error", Level.WARNING: "warning", Level.ADVICE: "notice"}
_MOST_SUMMARY = 900_000  # characters; a job summary may have 1 MiB


def render(results: Results, style: Style) -> str:
    """The text report, in which no line can be taken for a command, then the annotations."""
    plain = Style(encoding=style.encoding, width=style.width)
    full = text.render(results, plain)
    token = hashlib.sha256(full.encode("utf-8", "backslashreplace")).hexdigest()[:24]
    lines = [f"::stop-commands::{token}", full + f"::{token}::"]
    findings = worst_first(results.findings)
    shown = findings if len(findings) <= MOST + 1 else findings[:MOST]
    lines += [_annotation(finding) for finding in shown]
    more = findings[len(shown) :]
    if more:
        command = _COMMANDS[Level(more[0].level)]
        words = f"and {counted(len(more), 'more finding')}, see the log or the job summary"
        lines.append(f"::{command} title=schedc::{words}")
    return "\n".join(lines) + "\n"


def _annotation(finding: Finding) -> str:
    span = finding.where
    line, column = end_place(span)
    places = {"file": _path(span.source), "line": str(span.line), "endLine": str(line)}
    if line == span.line:  # GitHub takes columns within one line only
        places |= {"col": str(span.column), "endColumn": str(column)}
    places["title"] = f"schedc {finding.code}"
    help_text = f"\nhelp: {finding.help()}" if finding.help() else ""
    told = ",".join(f"{key}={_property(value)}" for key, value in places.items())
    command = _COMMANDS[Level(finding.level)]
    return f"::{command} {told}::{_message(finding.message() + help_text)}"


def _path(source: Source) -> str:
    return os.path.normpath(source.name).replace(os.sep, "/")


def _message(words: str) -> str:
    words = text.writable(words, Style())
    return words.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(words: str) -> str:
    return _message(words).replace(":", "%3A").replace(",", "%2C")


def job_summary(results: Results, pictures: Iterable[str] = ()) -> str:
    """Markdown for the page of the job: the sums, every finding, and pictures of the schedules (in
    Markdown) as far as there is room."""
    from schedc.plot.mermaid import backquotes  # no other report draws anything

    plain = Style()
    parts = [f"### schedc: {summary(results.counts)}", ""]
    size = 0
    for at, finding in enumerate(worst_first(results.findings)):
        one = text.finding_text(finding, plain)
        size += len(one)
        if size > _MOST_SUMMARY:
            parts.append(f"and {counted(len(results.findings) - at, 'more finding')}")
            break
        fence = backquotes(one, 3)
        parts += [f"{fence}text", one.rstrip("\n"), fence, ""]
    for picture in pictures:
        size += len(picture)
        if size > _MOST_SUMMARY:
            break
        parts += [picture.rstrip("\n"), ""]
    return "\n".join(parts) + "\n"
