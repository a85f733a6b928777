"""The page of a job in GitHub Actions: the whole report, and the curves.

In: the results of a check. Out: Markdown, in the file that `GITHUB_STEP_SUMMARY` names.
The one rule: what is not drawn there is counted.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from schedc.cli import inputs

if TYPE_CHECKING:
    from schedc.cli.wanted import Wanted
    from schedc.reports.base import Results
    from schedc.schedule import Program


_PICTURES = 10  # schedules that are drawn there


def write(results: Results, wanted: Wanted, expression: str | None) -> None:
    """In GitHub Actions, the whole report and the curves on the page of the job."""
    path = os.environ.get("GITHUB_STEP_SUMMARY")
    if not path:
        return
    from schedc.reports.github import job_summary

    with open(path, "a", encoding="utf-8") as file:
        file.write(job_summary(results, _pictures(results, wanted, expression)))


def _pictures(results: Results, wanted: Wanted, expression: str | None) -> Iterator[str]:
    """The curves of the first schedules, in Markdown, and how many there are besides."""
    from schedc.plot import mermaid, points

    drawn = others = 0
    for name, program in _programs(results, wanted, expression):
        try:
            picture = points.picture(program, base=1.0)
        except points.NoLength:
            others += len(program)
            continue
        shown = picture.panels[: max(0, _PICTURES - drawn)]
        drawn += len(shown)
        others += len(picture.panels) - len(shown)
        if shown:
            yield f"#### {mermaid.word(name)}\n\n{mermaid.markdown(replace(picture, panels=shown))}"
    if others:
        yield f"{others} more not drawn: `schedc plot` does.\n"


def _programs(
    results: Results, wanted: Wanted, expression: str | None
) -> Iterator[tuple[str, Program]]:
    """Every block with its schedules that lay out, and where it stands."""
    from schedc.diagnostics.base import Refused, ScheduleError
    from schedc.loading import program_of_expression, programs_of

    if expression is not None:
        with suppress(ScheduleError):
            yield "", program_of_expression(expression, wanted.facts)
        return
    for file in results.files:
        name = file.source.name
        if not file.counts.schedules or not os.path.isfile(name):  # a pipe is read once
            continue
        try:
            source = inputs.read(name)
        except Refused:
            continue
        for place, program in programs_of(source, wanted.facts):
            yield f"{os.path.normpath(name)} {place}".strip(), program
