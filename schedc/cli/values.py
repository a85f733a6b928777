"""`schedc values`: what the compiled function gives at updates of the run.

In: a file or an expression, and which updates. Out: a table, CSV or JSON.
The one rule: the numbers come from the compiled function itself and are printed in full.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from math import ceil
from typing import TYPE_CHECKING

import click

from schedc.cli import inputs, streams

if TYPE_CHECKING:
    from schedc.run import Run
    from schedc.schedule import Program

MOST_ROWS = 10_000_000


@click.command()
@click.argument("file", required=False)
@click.option("-e", "--expression", metavar="EXPR", help="One schedule instead of a file.")
@inputs.facts_options
@click.option(
    "--at",
    multiple=True,
    metavar="POSITION",
    help="At these updates or positions: 0,500 or 10% or 2 epochs.",
)
@click.option("--every", metavar="SPAN", help="At every so many updates: 100, 1%, 1 epoch.")
@click.option("--base", type=float, metavar="RATE", help="The optimizer's own rate, for `base`.")
@click.option("--key", metavar="KEY", help="Which block, where a file has several: train.optim.")
@click.option("--json", "form", flag_value="json", help="As JSON.")
@click.option("--csv", "form", flag_value="csv", help="As CSV.")
def values(
    file: str | None,
    expression: str | None,
    steps: str | None,
    run: tuple[str, ...],
    at: tuple[str, ...],
    every: str | None,
    base: float | None,
    key: str | None,
    form: str | None,
) -> None:
    """Show step and value of every schedule in FILE.

    Without --at and --every: at tenths of the run, at the first and last update of
    every phase, and at the end.

    \b
        schedc values train.yaml --every 1%
        schedc values train.yaml --at 0,1,999 --at "2 epochs"
        schedc values -e "cosine(1->0)" --steps 1000 --csv
    """  # fmt: skip
    program = inputs.program(file, expression, inputs.given(steps, run), key)
    if program.run.executed is None:
        raise click.UsageError(
            "the length of the run is not known; say it in the file, or with --steps 10k"
        )
    chosen = rows(program, at, every)
    table = [(k, [_value(program, name, k, base) for name in program]) for k in chosen]
    names = list(program)
    if form == "json":
        streams.result(_json(names, table))
    elif form == "csv":
        streams.result(_csv(names, table))
    else:
        streams.result(_table(names, table))


def _value(program: Program, name: str, k: Fraction, base: float | None) -> float:
    """The value at an update, or between two."""
    try:
        return program[name].at(int(k) if k.denominator == 1 else float(k), base=base)
    except TypeError:
        if base is None:
            raise click.UsageError(
                f"`{name}` is in terms of `base`, the optimizer's own rate; say it with --base 0.1"
            ) from None
        return program[name](int(k) if k.denominator == 1 else float(k))


def rows(program: Program, at: Iterable[str], every: str | None) -> list[Fraction]:
    """The positions to show, in updates."""
    run = program.run
    last = run.executed
    assert last is not None
    chosen: set[Fraction] = set()
    for text in at:
        chosen |= {position(run, part) for part in text.split(",") if part.strip()}
    if every is not None:
        pace = position(run, every)
        if pace <= 0:
            raise click.UsageError("--every needs a span above 0")
        if last / pace > MOST_ROWS:
            raise click.UsageError(f"that would be more than {MOST_ROWS:,} rows")
        chosen |= {pace * i for i in range(ceil(last / pace))} | {Fraction(last)}
    if not at and every is None:
        chosen |= {Fraction(round(Fraction(last * tenth, 10))) for tenth in range(11)}
        chosen |= {Fraction(k) for k in (1, last - 1) if 0 <= k <= last}
        for schedule in program.values():
            chosen |= set(edges([p.start for p in schedule.phases], last))
    return sorted(chosen)


def edges(starts: Iterable[object], last: int) -> list[Fraction]:
    """The last update of one phase and the first of the next, for each boundary."""
    from schedc.expr import Num

    found = []
    for start in starts:
        if isinstance(start, Num):
            first = ceil(start.value)
            found += [Fraction(k) for k in (first - 1, first) if 0 <= k <= last]
    return found


def position(run: Run, text: str) -> Fraction:
    """A position of the run in updates: `500`, `10k`, `10%`, `2 epochs - 1 step`."""
    from schedc.diagnostics.base import Refused
    from schedc.expr import Num
    from schedc.facts import number
    from schedc.facts import position as amounts_of
    from schedc.parse import parse_schedule

    try:
        tree = parse_schedule(text)
        bare = number(tree)
        if bare is not None:
            return bare
        amounts = amounts_of(tree)
        if amounts is None:
            raise click.UsageError(f"`{text}` is no position; write 500, 10% or 2 epochs")
        total = run.total
        assert isinstance(total, Num)
        place = Fraction(0)
        for unit, amount in amounts.items():
            if unit == "%":
                length = run.position(total, run.clock)
                assert isinstance(length, Num)
                updates = run.updates(Num(length.value * amount), run.clock)
            else:
                updates = run.updates(Num(amount), unit)
            assert isinstance(updates, Num)
            place += updates.value
        return place
    except Refused as refused:
        raise click.UsageError(f"`{text}`: {refused.finding.message()}") from None


def _shown(k: Fraction) -> str:
    return f"{int(k):,}" if k.denominator == 1 else f"{float(k):,.6g}"


def _table(names: Sequence[str], table: Sequence[tuple[Fraction, list[float]]]) -> str:
    cells = [["step", *names], *[[_shown(k), *map(repr, row)] for k, row in table]]
    widths = [max(len(row[i]) for row in cells) for i in range(len(names) + 1)]
    lines = []
    for row in cells:
        first = f"{row[0]:>{widths[0]}}"
        rest = [f"{cell:<{width}}" for cell, width in zip(row[1:], widths[1:], strict=True)]
        lines.append("  ".join([first, *rest]).rstrip())
    return "\n".join(lines) + "\n"


def _csv(names: Sequence[str], table: Sequence[tuple[Fraction, list[float]]]) -> str:
    import csv
    import io

    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["step", *names])
    writer.writerows([[_plain(k), *map(repr, row)] for k, row in table])
    return text.getvalue()


def _plain(k: Fraction) -> int | float:
    return int(k) if k.denominator == 1 else float(k)


def _json(names: Sequence[str], table: Sequence[tuple[Fraction, list[float]]]) -> str:
    import json

    told = [{"step": _plain(k), **dict(zip(names, row, strict=True))} for k, row in table]
    return json.dumps({"format_version": "1.0", "values": told}, indent=2) + "\n"
