"""`schedc check`: every file read, every finding told, one exit code.

In: paths or an expression. Out: a report on stdout.
The one rule: what was not checked is counted aloud, and no fault hides another.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import astuple, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from schedc import unfinished
from schedc.cli import inputs, mending, streams, summary

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from schedc.checks import Report
    from schedc.diagnostics.base import Finding
    from schedc.facts import Fact
    from schedc.reports.base import Counts, FileResult, Results
    from schedc.settings import Settings
    from schedc.source import Source

UNREADABLE = "SCH001"
_LARGE = 1 << 22  # bytes of a file whose check is not kept
_SHARE = 120  # files that are worth a process
_SOME = 30  # files whose results are sent together
FORMATS = "auto, text, concise, json, json-lines, sarif, github, gitlab, junit"


@dataclass(frozen=True)
class Wanted:
    """What a check was asked for, on the command line or by the project's settings.

    select, ignore: beginnings of codes. per_file: patterns of files, each with the folder that it
    is relative to, and what is ignored there besides. fail_on: error, warning or never.
    """

    facts: Sequence[Fact] = ()
    advice: bool = False
    thorough: bool = False
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    per_file: tuple[tuple[str, str, tuple[str, ...]], ...] = ()
    fail_on: str = "error"
    require_schedules: bool = False
    require_reason: bool = False
    locked: str | None = None  # the path of a lock that the schedules must agree with

    def at(self, path: str) -> Wanted:
        """What is wanted of one file."""
        if not self.per_file:
            return self
        from schedc.settings import fits

        more = [c for pattern, folder, codes in self.per_file if fits(path, pattern, folder)
                for c in codes]  # fmt: skip
        return replace(self, ignore=(*self.ignore, *more), per_file=())

    def shows(self, finding: Finding) -> bool:
        """Whether a finding is told at all. What could not be read always is."""
        from schedc.diagnostics.base import Level
        from schedc.settings import matches

        if finding.level == Level.ADVICE and not self.advice:
            return False
        if self.select and not matches(finding.code, self.select):
            return False
        return finding.code == UNREADABLE or not matches(finding.code, self.ignore)

    def findings(self, source: Source) -> list[Finding]:
        """What is told of a file as it stands."""
        from schedc.checks import check_source

        here = self.at(source.name)
        return [f for f in check_source(source, self.facts).findings if here.shows(f)]


@click.command()
@click.argument("paths", nargs=-1)
@click.option("-e", "--expression", metavar="EXPR", help="Check one schedule instead of files.")
@inputs.facts_options
@click.option("--horizons", metavar="N,N,...", help="Further lengths to check, as 10,100,1e6.")
@click.option("--advice", is_flag=True, help="Show advice too.")
@click.option("--strict", is_flag=True, help="Warnings fail as well: --fail-on warning.")
@click.option("--fail-on", type=click.Choice(["error", "warning", "never"]), help="What exits 1.")
@click.option("--exit-zero", is_flag=True, help="Findings never fail: --fail-on never.")
@click.option("--thorough", is_flag=True, help="Have every join proved by sympy itself.")
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
        results = expression_results(expression, wanted)
    else:
        results = file_results(files, wanted)
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


# ---- checking ----------------------------------------------------------------------------------


def expression_results(expression: str, wanted: Wanted) -> Results:
    """The check of one expression."""
    from schedc.checks import check_expression
    from schedc.source import Source

    report = check_expression(expression, wanted.facts, thorough=wanted.thorough)
    return _results([file_result(Source("<expression>", expression), report, wanted)])


def file_results(files: Sequence[str], wanted: Wanted) -> Results:
    """The check of files, in their order."""
    from schedc import cache

    keys = [_key(path, wanted.at(path)) for path in files]
    known = [cache.CHECKS.get(key) if key else None for key in keys]
    new = [path for path, before in zip(files, known, strict=True) if before is None]
    checked = iter(_all(new, wanted))
    results: list[FileResult] = []
    for path, key, before in zip(files, keys, known, strict=True):
        if before is None:
            results.append(next(checked))
            _remember(key, results[-1])
        else:
            results.append(_remembered(path, before))
    return _results(results)


def _all(files: Sequence[str], wanted: Wanted) -> list[FileResult]:
    """The check of every file; many are shared out among the processors."""
    processors = min(os.cpu_count() or 1, 8, len(files) // _SHARE)
    if processors < 2 or "-" in files:
        return [_file(path, wanted) for path in files]
    from multiprocessing import get_context
    from multiprocessing.connection import wait

    _file(files[0], wanted)  # what a first check loads is loaded before the processes part
    context = get_context("fork") if _may_fork() else get_context("spawn")
    parts: dict[Any, list[FileResult]] = {}  # a way to each process, and what came by it
    forks = context.get_start_method() == "fork"
    with unfinished.held():  # a signal must find each process known
        for first in range(processors):
            here, there = context.Pipe(duplex=False)
            parts[here] = []
            share, others = files[first::processors], [*parts] if forks else []
            context.Process(target=_part, args=(share, wanted, there, others), daemon=True).start()
            there.close()
    waiting = list(parts)
    while waiting:
        ready: list[Any] = wait(waiting)
        for way in ready:
            try:
                some = way.recv()
            except EOFError:
                raise RuntimeError("a process that checked files was ended") from None
            if isinstance(some, Exception):
                raise some
            parts[way] += some
            if not some:
                waiting.remove(way)
    shares = [iter(results) for results in parts.values()]
    return [next(shares[at % processors]) for at in range(len(files))]


def _part(
    files: Sequence[str], wanted: Wanted, way: Connection, others: Sequence[Connection]
) -> None:
    """The check of some files, in a process that keeps its own proofs. Where nobody listens any
    more, it ends. others: the ends at which the program listens."""
    from schedc import cache

    unfinished.in_part()
    for other in others:
        other.close()
    with suppress(BrokenPipeError):
        try:
            for at in range(0, len(files), _SOME):
                way.send([_file(path, wanted) for path in files[at : at + _SOME]])
            cache.PROOFS.save()
            way.send([])
        except Exception as fault:  # of ours: the program tells it
            way.send(fault)


def _may_fork() -> bool:
    """Whether only threads of ours run here: those of a library would be missing in a fork, with
    the locks that they hold."""
    if sys.platform != "linux":
        return False
    return len(os.listdir("/proc/self/task")) <= threading.active_count()


def _key(path: str, wanted: Wanted) -> str:
    """What the check of a file depends on, when it includes no other; empty: it is not kept."""
    from schedc import cache

    if cache.directory() is None or not os.path.isfile(path):  # a pipe is read once
        return ""
    try:
        with open(path, "rb") as file:
            content = file.read(_LARGE)
    except OSError:
        return ""
    if len(content) == _LARGE:
        return ""
    return "" if b"include" in content else cache.key("check", content, wanted)


def _remember(key: str, result: FileResult) -> None:
    """Keep a check that found nothing to tell: what is told has places and texts of its own."""
    from schedc import cache

    if key and not result.findings and not result.suppressed:
        cache.CHECKS.put(key, [list(astuple(result.counts)), list(result.conditions)])


def _remembered(path: str, known: list[list[Any]]) -> FileResult:
    from schedc.reports.base import Counts, FileResult
    from schedc.source import Source

    counts, conditions = known
    return FileResult(Source(path, ""), counts=Counts(*counts), conditions=tuple(conditions))


def _file(path: str, wanted: Wanted) -> FileResult:
    """The check of one file."""
    from schedc.checks import Report, check_source
    from schedc.diagnostics.base import Refused

    wanted = wanted.at(path)
    try:
        source = inputs.read(path)
    except Refused as refused:
        finding = refused.finding
        return file_result(finding.where.source, Report((finding,)), wanted)
    report = check_source(source, wanted.facts, thorough=wanted.thorough)
    if wanted.locked is not None:
        from schedc.cli.lock import unlike

        changed = unlike(wanted.locked, path, source, report, wanted.facts)
        report = replace(report, findings=(*report.findings, *changed))
    return file_result(source, report, wanted)


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


def _results(files: Sequence[FileResult]) -> Results:
    from schedc import __version__
    from schedc.reports.base import Results

    return Results(tuple(files), __version__)


def file_result(source: Source, report: Report, wanted: Wanted) -> FileResult:
    """What a report has to say about a file, as far as it is wanted."""
    from schedc.diagnostics.base import Level
    from schedc.reports.base import FileResult

    findings = [*report.findings, *(_without_reason(report) if wanted.require_reason else ())]
    shown = tuple(f for f in findings if wanted.shows(f))
    levels = [f.level for f in shown]
    return FileResult(
        source,
        shown,
        _counts(
            report,
            errors=levels.count(Level.ERROR),
            warnings=levels.count(Level.WARNING),
            advice=levels.count(Level.ADVICE),
        ),
        report.suppressed,
        _conditions(report),
    )


def _without_reason(report: Report) -> Iterator[Finding]:
    """The comments that answer findings and do not say why."""
    from schedc.diagnostics.files import NoReason

    bare = {one.comment: one for one in report.suppressed if not one.reason}
    for comment, one in bare.items():
        yield NoReason(comment, one.finding.code)


def _conditions(report: Report) -> tuple[str, ...]:
    """The lengths that each schedule needs, where the length of the run is not known."""
    from schedc.cli.explain import conditions

    return tuple(
        f"`{name}` {condition}"
        for compiled in report.compiled
        if compiled.run.known is None
        for name, track in compiled.tracks.items()
        for condition in conditions(track)
    )


def _counts(report: Report, errors: int, warnings: int, advice: int) -> Counts:
    from schedc.checks import unproved
    from schedc.reports.base import Counts

    schedules = sum(len(done.block.schedules) for done in report.compiled)
    joins = [
        join.verdict.kind
        for done in report.compiled
        for joined in done.joins.values()
        for join in joined
    ]
    return Counts(
        files=1,
        without=int(not schedules and not report.skipped and not report.errors),
        schedules=schedules,
        proved=joins.count("continuous"),
        jumps=joins.count("jump"),
        unproved=unproved(report),
        skipped=report.skipped,
        errors=errors,
        warnings=warnings,
        advice=advice,
        suppressed=len(report.suppressed),
    )
