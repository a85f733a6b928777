"""`schedc check`: every file read, every finding told, one exit code.

In: paths or an expression. Out: a report on stdout.
The one rule: what was not checked is counted aloud, and no fault hides another.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from schedc.cli import inputs, many, mending, streams, summary
from schedc.cli.wanted import UNREADABLE, Wanted, file_result

if TYPE_CHECKING:
    from schedc.reports.base import FileResult, Results
    from schedc.settings import Settings

FORMATS = "auto, text, concise, json, json-lines, sarif, github, gitlab, junit"


@click.command()
@click.argument("paths", nargs=-1)
@click.option("-e", "--expression", metavar="EXPR", help="Check one schedule instead of files.")
@inputs.facts_options
@click.option("--horizons", metavar="N,N,...", help="Further lengths to check, as 10,100,1e6.")
@click.option("--advice", is_flag=True, help="Show advice too.")
@click.option("--strict", is_flag=True, help="Warnings fail as well: --fail-on warning.")
@click.option("--fail-on", type=click.Choice(["error", "warning", "never"]), help="What exits 1.")
@click.option("--exit-zero", is_flag=True, help="Findings never fail: --fail-on never.")
@click.option("--thorough", is_flag=True, help="Have sympy prove every join, 5 s each.")
@click.option("--require-schedules", is_flag=True, help="Fail where there is no schedule at all.")
@click.option("--select", metavar="CODE,...", help="Only these: SCH304, or SCH3 for a hundred.")
@click.option("--ignore", metavar="CODE,...", help="All but these.")
@click.option(
    "--per-file-ignore", "per_file", multiple=True, metavar="PATTERN:CODE,...",
    help="Ignore these in some files: old/*.yaml:SCH304.",
)
@click.option("--require-reason", is_flag=True, help="A suppression must say why.")
@click.option("--add-ignore", metavar="REASON", help="Suppress every finding where it stands.")
@click.option("--fix", is_flag=True, help="Mend what can be mended without changing a schedule.")
@click.option("--unsafe-fixes", is_flag=True, help="Mend more; what changes is shown.")
@click.option("--format", "form", metavar="FORM", default="auto", help=f"One of {FORMATS}.")
@click.option("--json", "form", flag_value="json", help="Short for --format json.")
@click.option("-o", "--output-file", metavar="FILE", help="Write the report here.")
@click.option("--color/--no-color", "colour", default=None, help="By default on a terminal only.")
@click.option("--locked", is_flag=True, help="Fail where a curve is not as schedc.lock says.")
@click.option("--no-cache", is_flag=True, help="Decide everything again; SCHEDC_CACHE=off too.")
@click.option("--list-files", is_flag=True, help="Only name the files that would be checked.")
def check(
    paths: tuple[str, ...],
    expression: str | None,
    steps: str | None,
    run: tuple[str, ...],
    horizons: str | None,
    advice: bool,
    strict: bool,
    fail_on: str | None,
    exit_zero: bool,
    thorough: bool,
    require_schedules: bool,
    select: str | None,
    ignore: str | None,
    per_file: tuple[str, ...],
    require_reason: bool,
    add_ignore: str | None,
    fix: bool,
    unsafe_fixes: bool,
    form: str,
    output_file: str | None,
    colour: bool | None,
    locked: bool,
    no_cache: bool,
    list_files: bool,
) -> int:
    """Check the schedules in files and directories; by default in this one.

    Directories are searched for *.yaml and *.yml; - is stdin. A YAML file without
    a block of schedules is counted and left alone.

    \b
        schedc check configs/
        schedc check -e "linear(0->1e-3, 10%) >> cosine" --steps 10k
        cat train.yaml | schedc check - --run devices=8
        schedc check --fix configs/
        schedc check --format sarif -o schedc.sarif --exit-zero

    A finding is answered in the file by its code, on its line or the line above:

    \b
        # schedc: ignore[SCH304] the tail is meant

    [tool.schedc] in pyproject.toml, or .schedc.yaml, found upwards, may set select,
    ignore, per-file-ignores, fail-on, strict, advice, require-schedules,
    require-reason, horizons and ascii.

    Exit code 0: no errors; 1: errors (with --strict warnings too); 2: wrong usage
    or an unreadable file; 3: a fault of schedc itself. What is neither proved nor
    refuted is a warning, and counted as unproved.
    """
    from schedc.reports import REPORTS, render
    from schedc.settings import SettingsError, settings

    if form not in (*REPORTS, "auto"):
        raise click.UsageError(f"there is no format {form!r}; there are {FORMATS}")
    if expression is not None and paths:
        raise click.UsageError("-e checks one schedule; leave the paths away")
    try:
        project = settings(Path.cwd())
    except SettingsError as error:
        raise click.UsageError(str(error)) from None
    level = "warning" if strict or project.strict else project.fail_on or "error"
    wanted = Wanted(
        facts=inputs.given(steps, run, horizons or ",".join(project.horizons or ()) or None),
        advice=advice or bool(project.advice),
        thorough=thorough,
        select=_codes(select) or project.select or (),
        ignore=_codes(ignore) + (project.ignore or ()),
        per_file=_per_file(per_file, project),
        fail_on="never" if exit_zero else "warning" if strict else fail_on or level,
        require_schedules=require_schedules or bool(project.require_schedules),
        require_reason=require_reason or bool(project.require_reason),
        locked=_lock() if locked and expression is None else None,
    )
    files = [] if expression is not None else inputs.found(paths or (".",))
    if list_files:
        streams.result("".join(f"{path}\n" for path in files))
        return 0
    from schedc import cache

    cache.use(not no_cache and not locked)
    if (fix or unsafe_fixes) and expression is None:
        mending.mend(files, wanted, unsafe_fixes)
    if add_ignore is not None:
        if expression is not None or not add_ignore.strip():
            raise click.UsageError("--add-ignore writes into files, and takes the reason")
        mending.answer(files, wanted, " ".join(add_ignore.split()))
    if expression is not None:
        results = _results([_of_expression(expression, wanted)])
    else:
        results = _results(many.checked(files, wanted))
        if wanted.locked is not None:
            results = _with_gone(results, wanted.locked, paths or (".",), wanted)
    cache.CHECKS.save()
    cache.PROOFS.save()
    in_actions = bool(os.environ.get("GITHUB_ACTIONS") and os.environ.get("GITHUB_WORKFLOW"))
    if form == "auto":
        form = "github" if in_actions and not output_file else "text"
    text = render(form, results, streams.style(sys.stdout, False if output_file else colour))
    if output_file is None:
        streams.result(text, colour)
    else:
        streams.write(output_file, text)
    if form == "github":
        summary.write(results, wanted, expression)
    return exit_code(results, wanted)


def _codes(text: str | None) -> tuple[str, ...]:
    return tuple(code.strip() for code in (text or "").split(",") if code.strip())


def _per_file(
    written: tuple[str, ...], project: Settings
) -> tuple[tuple[str, str, tuple[str, ...]], ...]:
    """Patterns of files with what is ignored there: those of the project, then the command's."""
    folder = os.path.dirname(project.origin)
    found = [(pattern, folder, codes) for pattern, codes in project.per_file_ignores or ()]
    for text in written:
        pattern, colon, codes = text.rpartition(":")
        if not colon or not _codes(codes):
            raise click.UsageError(f"{text!r} is not PATTERN:CODE,...; write old/*.yaml:SCH304")
        found.append((pattern, os.curdir, _codes(codes)))
    return tuple(found)


def exit_code(results: Results, wanted: Wanted) -> int:
    """0, 1 or 2, as --help says."""
    counts = results.counts
    if any(f.code == UNREADABLE for f in results.findings):
        return 2
    if wanted.fail_on != "never" and counts.errors:
        return 1
    if wanted.fail_on == "warning" and counts.warnings:
        return 1
    return 1 if wanted.require_schedules and not counts.schedules else 0


def _of_expression(expression: str, wanted: Wanted) -> FileResult:
    """The check of one expression."""
    from schedc.checks import check_expression
    from schedc.source import Source

    report = check_expression(expression, wanted.facts, thorough=wanted.thorough)
    return file_result(Source("<expression>", expression), report, wanted)


def _results(files: Sequence[FileResult]) -> Results:
    from schedc import __version__
    from schedc.reports.base import Results

    return Results(tuple(files), __version__)


def _lock() -> str:
    """The lock of this directory. Raises a usage error where there is none that can be read."""
    from schedc.cli.lock import found

    return found()


def _with_gone(
    results: Results, lock: str, looked_in: Sequence[str], wanted: Wanted
) -> Results:
    """The results, and the files of the lock that are no more."""
    from schedc.cli.lock import gone
    from schedc.reports.base import Counts, FileResult

    source, findings = gone(lock, looked_in)
    shown = tuple(f for f in findings if wanted.shows(f))
    if not shown:
        return results
    told = FileResult(source, shown, Counts(errors=len(shown)))
    return replace(results, files=(*results.files, told))
