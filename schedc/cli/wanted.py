"""What a check was asked for, and what of a report is told.

In: options and settings; the report of a file. Out: the findings and numbers that are wanted.
The one rule: what could not be read is told whatever is asked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from schedc.checks import Report
    from schedc.diagnostics.base import Finding
    from schedc.facts import Fact
    from schedc.reports.base import Counts, FileResult
    from schedc.source import Source

UNREADABLE = "SCH001"


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
    from schedc.diagnostics.suppressing import NoReason

    bare = {one.comment: one for one in report.suppressed if not one.reason}
    for comment, one in bare.items():
        yield NoReason(comment, one.finding.code)


def _conditions(report: Report) -> tuple[str, ...]:
    """The lengths that each schedule needs, where the length of the run is not known."""
    from schedc.cli.phases import conditions

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
