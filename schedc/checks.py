"""Everything that is to be said about a file or an expression, without making a schedule of it.

In: a source, and facts of the run. Out: a `Report`.
The one rule: what a user can get wrong is a finding; nothing is raised for it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from os import PathLike, fspath
from typing import TYPE_CHECKING, TypeAlias

from schedc.block import Block, of_expression
from schedc.compiler import GROUPS, Compiled, Part, compile_block
from schedc.diagnostics.base import Finding, Level, Refused
from schedc.document import blocks, read_path
from schedc.facts import Fact, told
from schedc.prove import patient
from schedc.source import Source
from schedc.suppress import Suppressed, answered

if TYPE_CHECKING:
    from schedc.diagnostics.timing import AtHorizon


@dataclass(frozen=True)
class Report:
    """What a check found. `ok`: nothing that is an error."""

    findings: tuple[Finding, ...]
    compiled: tuple[Compiled, ...] = field(default=(), repr=False)
    skipped: int = 0
    suppressed: tuple[Suppressed, ...] = ()

    @property
    def ok(self) -> bool:
        return not any(f.level == Level.ERROR for f in self.findings)

    @property
    def errors(self) -> tuple[Finding, ...]:
        return tuple(f for f in self.findings if f.level == Level.ERROR)

    @property
    def warnings(self) -> tuple[Finding, ...]:
        return tuple(f for f in self.findings if f.level == Level.WARNING)


def check(
    source: str | PathLike[str] | Source | None = None,
    *,
    expression: str | None = None,
    **facts: object,
) -> Report:
    """Check a file, a `Source` or an expression; raises nothing that a user can get wrong."""
    if expression is not None:
        return check_expression(expression, [told(n, v) for n, v in facts.items()])
    if isinstance(source, Source):
        return check_source(source, [told(n, v) for n, v in facts.items()])
    if source is None:
        raise TypeError("give a path or expression=")
    try:
        text = read_path(fspath(source))
    except Refused as refused:
        return Report((refused.finding,))
    return check_source(text, [told(n, v) for n, v in facts.items()])


Checked: TypeAlias = tuple[Compiled, tuple[Finding, ...]]


def check_source(
    source: Source,
    given: Iterable[Fact] = (),
    *,
    thorough: bool = False,
    each: Callable[[Source, Block, list[Fact], bool], Checked] | None = None,
) -> Report:
    """Everything that is to be said about a file.

    thorough: every join is proved by sympy itself, not only those that identity leaves open.
    each: what checks a block, for those who remember blocks; `check_block` by default.
    """
    document = blocks(source)
    facts = list(given)
    with patient():
        done = [(each or check_block)(source, b, facts, thorough) for b in document.blocks]
    findings = [*document.findings, *(f for _, found in done for f in found)]
    findings.sort(key=lambda f: (f.where.start, -f.level))
    kept = answered(source, findings)
    compiled = tuple([compiled for compiled, _ in done])
    return Report(kept.findings, compiled, len(document.skipped), kept.suppressed)


def check_block(source: Source, block: Block, facts: list[Fact], thorough: bool) -> Checked:
    """One block compiled, and its findings, with those of its further horizons."""
    done = compile_block(source, block, facts, thorough=thorough)
    return done, (*done.findings, *in_order(at_horizons(source, done, facts).values()))


def check_expression(text: str, given: Iterable[Fact], *, thorough: bool = False) -> Report:
    """Everything that is to be said about one expression; see `check_source`."""
    source, block = of_expression(text, "lr")
    facts = list(given)
    with patient():
        done = compile_block(source, block, facts, thorough=thorough)
        further = in_order(at_horizons(source, done, facts).values())
    return Report((*done.findings, *further), (done,))


def in_order(found: Iterable[Iterable[AtHorizon]]) -> list[AtHorizon]:
    """What `at_horizons` found in several parts: the shortest run first, nothing twice."""
    every = dict.fromkeys([finding for findings in found for finding in findings])
    return sorted(every, key=lambda finding: (finding.horizon, finding.where.start))


UNPROVED = frozenset({"SCH403", "SCH404", "SCH406", "SCH412", "SCH502"})
"""What says that something was neither proved nor refuted."""


def unproved(report: Report) -> int:
    """How much was neither proved nor refuted: joins (each of a repetition), conditions of curves,
    values, signs and assertions; whether a comment answers it or not."""
    joins = [
        join.verdict.kind
        for done in report.compiled
        for joined in done.joins.values()
        for join in joined
    ]
    in_groups = [f.code for done in report.compiled for f in done.told.get(GROUPS, ())]
    told = [f.code for f in (*report.findings, *(s.finding for s in report.suppressed))]
    others = [code for code in told if code in UNPROVED | {"SCH351"} and code != "SCH403"]
    return joins.count("unproved") + in_groups.count("SCH403") + len(others)


def at_horizons(
    source: Source, done: Compiled, given: list[Fact], only: Collection[Part] | None = None
) -> dict[Part, list[AtHorizon]]:
    """The errors, and what is not proved, that only the further lengths of `run.horizons` bring
    about, by the part of the block that they are found in; `only` as in `compile_block`."""
    known = {(f.code, f.where) for f in done.findings}
    out: dict[Part, list[AtHorizon]] = {}
    for horizon in done.run.horizons:
        facts = [fact for fact in given if fact.name != "horizons"]
        again = compile_block(source, done.block, [*facts, told("steps:", horizon)], only=only)
        kept = set(map(id, again.findings))  # of several that say the same, one
        for part, findings in again.told.items():
            for finding in findings:
                if id(finding) not in kept or (finding.code, finding.where) in known:
                    continue
                wrong = finding.level == Level.ERROR
                if wrong or finding.code in UNPROVED:
                    from schedc.diagnostics import timing  # loaded when one is made

                    kind = timing.AtHorizon if wrong else timing.UnprovedAtHorizon
                    out.setdefault(part, []).append(kind(finding.where, horizon, finding))
    return out
