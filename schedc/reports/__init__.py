"""The forms in which a check can be told: one file and one row each.

In: `Results`. Out: text. The one rule: a row is a name, the module whose `render` writes it, and
the line that `--help` shows; modules are loaded only when asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module

from schedc.reports.base import Results, Style


@dataclass(frozen=True, slots=True)
class Form:
    """A form of report. `doc` is what --help says about it."""

    module: str
    doc: str


REPORTS: dict[str, Form] = {
    "text": Form("text", "for people: source line, caret, help"),
    "concise": Form("concise", "one line a finding, for editors and grep"),
    "json": Form("json", "one versioned object, for programs"),
    "json-lines": Form("json_lines", "one object a line, for pipes"),
    "sarif": Form("sarif", "SARIF 2.1.0, for code scanning"),
    "github": Form("github", "annotations in GitHub Actions"),
    "gitlab": Form("gitlab", "Code Quality report of GitLab"),
    "junit": Form("junit", "JUnit XML, for any CI server"),
}


def render(name: str, results: Results, style: Style) -> str:
    """The report of that name, one of `REPORTS`."""
    text: str = import_module(f"schedc.reports.{REPORTS[name].module}").render(results, style)
    return text
