"""`schedc run`: how many updates a run really makes, and what its schedules do there.

In: a file, and facts of the run. Out: text; with `--try`, a table of variants.
The one rule: a run whose facts contradict each other is not examined: the contradiction is shown.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from schedc.cli import inputs, streams

if TYPE_CHECKING:
    from schedc.checks import Report
    from schedc.facts import Fact


@click.command("run")
@click.argument("file", required=False)
@click.option("-e", "--expression", metavar="EXPR", help="One schedule instead of a file.")
@inputs.facts_options
@click.option(
    "--try", "variants", metavar="FACT=V,V,...",
    help="The same run with other values of a fact: devices=1,2,4,8.",
)  # fmt: skip
def examine(
    file: str | None,
    expression: str | None,
    steps: str | None,
    run: tuple[str, ...],
    variants: str | None,
) -> int:
    """Say how many optimizer updates a run makes, and what its schedules do there.

    Give what the trainer knows: dataset, epochs, per_device, devices, accumulate.

    \b
        schedc run train.yaml --run dataset=50k --run epochs=3 --run batch=512
        schedc run train.yaml --run devices:=8
        schedc run train.yaml --try devices=1,2,4,8
    """
    if (file is None) == (expression is None):
        raise click.UsageError("give a FILE (or -), or one schedule with -e EXPR")
    facts = inputs.given(steps, run)
    if variants is not None:
        return _variants(file, expression, facts, variants)
    report = _report(file, expression, facts)
    from schedc.doctor import lines_of
    from schedc.reports.text import finding_text, writable

    style = streams.style(sys.stdout)
    texts = [
        writable("\n".join(lines_of(c.run, list(c.tracks.values()))), style) + "\n"
        for c in report.compiled
        if c.tracks or not c.broken
    ]
    texts += [finding_text(finding, style) for finding in report.findings]
    if not texts:
        streams.note("there are no schedules here")
    streams.result("\n".join(texts))
    return 0 if report.ok else 1


def _report(file: str | None, expression: str | None, facts: Sequence[Fact]) -> Report:
    from schedc.checks import check_expression, check_source
    from schedc.diagnostics.base import Refused

    if expression is not None:
        return check_expression(expression, facts)
    assert file is not None
    try:
        return check_source(inputs.read(file), facts)
    except Refused as refused:
        raise inputs.Stopped([refused.finding], 2) from None


def _variants(
    file: str | None, expression: str | None, facts: Sequence[Fact], variants: str
) -> int:
    """A row for each value: what the run is then, or why there is none."""
    from schedc.facts import assignment

    name, equals, values = variants.partition("=")
    if not equals or not values:
        raise click.UsageError(f"`{variants}` is not of the form fact=v,v,… as in devices=1,2,4,8")
    rows = [[name.strip(":"), "batch", "updates", "findings"]]
    for text in values.split(","):
        fact = assignment(f"{name.rstrip(':')}:={text.strip()}")
        report = _report(file, expression, [*facts, fact])
        found = report.compiled[0].run if report.compiled else None
        batch = None if found is None else found.batch(0)
        rows.append(
            [
                text.strip(),
                "?" if batch is None else f"{int(batch):,}",
                "?" if found is None or found.executed is None else f"{found.executed:,}",
                "; ".join(f.message().split("\n")[0] for f in (report.errors or report.warnings)),
            ]
        )
    widths = [max(len(row[i]) for row in rows) for i in range(3)]
    for row in rows:
        cells = [f"{cell:>{width}}" for cell, width in zip(row, widths, strict=False)]
        streams.result(f"  {'  '.join([*cells, row[3]])}".rstrip() + "\n")
    return 0
