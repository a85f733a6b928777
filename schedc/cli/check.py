"""`schedc check`: every file read, every finding told, one exit code.

In: paths or an expression. Out: a report on stdout.
The one rule: what was not checked is counted aloud, and no fault hides another.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from schedc.cli import inputs, streams

if TYPE_CHECKING:
    from schedc.facts import Fact
    from schedc.reports.base import Counts, FileResult, Results
    from schedc.schedule import Report
    from schedc.source import Source

UNREADABLE = "SCH001"


@click.command()
@click.argument("paths", nargs=-1)
@click.option("-e", "--expression", metavar="EXPR", help="Check one schedule instead of files.")
@inputs.facts_options
@click.option("--horizons", metavar="N,N,...", help="Further lengths to check, as 10,100,1e6.")
@click.option("--advice", is_flag=True, help="Show advice too.")
@click.option("--strict", is_flag=True, help="Warnings fail as well.")
@click.option("--thorough", is_flag=True, help="Have every join proved by sympy itself.")
@click.option("--require-schedules", is_flag=True, help="Fail where there is no schedule at all.")
@click.option("--format", "form", metavar="FORM", default="text", help="text, concise, json, ...")
@click.option("--json", "form", flag_value="json", help="Short for --format json.")
@click.option("-o", "--output-file", metavar="FILE", help="Write the report here.")
@click.option("--color/--no-color", "colour", default=None, help="By default on a terminal only.")
def check(
    paths: tuple[str, ...],
    expression: str | None,
    steps: str | None,
    run: tuple[str, ...],
    horizons: str | None,
    advice: bool,
    strict: bool,
    thorough: bool,
    require_schedules: bool,
    form: str,
    output_file: str | None,
    colour: bool | None,
) -> int:
    """Check the schedules in files and directories; by default in this one.

    Directories are searched for *.yaml and *.yml; - is stdin. A YAML file without
    a block of schedules is counted and left alone.

    \b
        schedc check configs/
        schedc check -e "linear(0->1e-3, 10%) >> cosine" --steps 10k
        cat train.yaml | schedc check - --run devices=8

    Exit code 0: no errors; 1: errors (with --strict warnings too); 2: wrong usage
    or an unreadable file; 3: a fault of schedc itself.
    """
    from schedc.reports import REPORTS, render

    if form not in REPORTS:
        raise click.UsageError(f"there is no format {form!r}; there are {', '.join(REPORTS)}")
    if expression is not None and paths:
        raise click.UsageError("-e checks one schedule; leave the paths away")
    facts = inputs.given(steps, run, horizons)
    if expression is not None:
        results, unreadable = expression_results(expression, facts, advice, thorough)
    else:
        results, unreadable = file_results(inputs.found(paths or (".",)), facts, advice, thorough)
    text = render(form, results, streams.style(sys.stdout, False if output_file else colour))
    if output_file is None:
        streams.result(text, colour)
    else:
        streams.write(output_file, text)
    return exit_code(results.counts, unreadable, strict, require_schedules)


def exit_code(counts: Counts, unreadable: bool, strict: bool, require_schedules: bool) -> int:
    """0, 1 or 2, as --help says."""
    if unreadable:
        return 2
    if counts.errors or (strict and counts.warnings):
        return 1
    return 1 if require_schedules and not counts.schedules else 0


def expression_results(
    expression: str, facts: Sequence[Fact], advice: bool, thorough: bool
) -> tuple[Results, bool]:
    """The check of one expression."""
    from schedc.schedule import check_expression
    from schedc.source import Source

    report = check_expression(expression, facts, thorough=thorough)
    source = Source("<expression>", expression)
    return _results([file_result(source, report, advice)]), False


def file_results(
    files: Sequence[str], facts: Sequence[Fact], advice: bool, thorough: bool
) -> tuple[Results, bool]:
    """The check of files, and whether one of them could not be read."""
    from schedc.diagnostics.base import Refused
    from schedc.schedule import Report, check_source

    results: list[FileResult] = []
    unreadable = False
    for path in files:
        try:
            source = inputs.read(path)
        except Refused as refused:
            finding = refused.finding
            unreadable = unreadable or finding.code == UNREADABLE
            results.append(file_result(finding.where.source, Report((finding,)), advice))
            continue
        results.append(file_result(source, check_source(source, facts, thorough=thorough), advice))
    return _results(results), unreadable


def _results(files: Sequence[FileResult]) -> Results:
    from schedc import __version__
    from schedc.reports.base import Results

    return Results(tuple(files), __version__)


def file_result(source: Source, report: Report, advice: bool) -> FileResult:
    """What a report has to say about a file; advice only where it is wanted."""
    from schedc.diagnostics.base import Level
    from schedc.reports.base import Counts, FileResult

    shown = tuple(f for f in report.findings if advice or f.level > Level.ADVICE)
    levels = [f.level for f in shown]
    schedules = sum(len(done.block.schedules) for done in report.compiled)
    joins = [
        join.verdict.kind
        for done in report.compiled
        for joined in done.joins.values()
        for join in joined
    ]
    counts = Counts(
        files=1,
        without=int(not schedules and not report.skipped and not report.errors),
        schedules=schedules,
        proved=joins.count("continuous"),
        jumps=joins.count("jump"),
        unproved=joins.count("unproved"),
        skipped=report.skipped,
        errors=levels.count(Level.ERROR),
        warnings=levels.count(Level.WARNING),
        advice=levels.count(Level.ADVICE),
        suppressed=len(report.suppressed),
    )
    return FileResult(source, shown, counts, report.suppressed)
