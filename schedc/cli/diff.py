"""`schedc diff`: two versions of a schedule compared as functions.

In: two files, revisions of files, or expressions. Out: the same, with proof, or where they part.
The one rule: exit 0 means that every schedule is proved to be the same function.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from schedc.cli import inputs, streams

if TYPE_CHECKING:
    from schedc.amounts import Amount
    from schedc.diff import Difference
    from schedc.expr import Expr
    from schedc.facts import Fact
    from schedc.layers import Layered
    from schedc.program import Track
    from schedc.schedule import Program


@click.command("diff")
@click.argument("versions", nargs=-1)
@click.option("-e", "--expression", multiple=True, metavar="EXPR", help="Twice, instead of files.")
@inputs.facts_options
@click.option("--key", metavar="KEY", help="Which block, where a file has several: train.optim.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def diff_command(
    versions: tuple[str, ...],
    expression: tuple[str, ...],
    steps: str | None,
    run: tuple[str, ...],
    key: str | None,
    as_json: bool,
) -> int:
    """Compare the schedules of two files as functions: OLD and NEW.

    What groups say is compared as well, for every layer index.

    A version is a file, or a file in a git revision, HEAD~1:train.yaml. One file
    alone is compared with itself in HEAD.

    \b
        schedc diff old.yaml new.yaml
        schedc diff HEAD~1:train.yaml train.yaml
        schedc diff train.yaml
        schedc diff -e "0.5*cosine(1->0)" -e "cosine(0.5->0)" --steps 1000

    Exit code 0: the same functions, proved; 1: different, or not proved.
    """
    from schedc.diff import compare
    from schedc.groups import order_of, taken_apart
    from schedc.layers import compared

    facts = inputs.given(steps, run)
    names, programs = _programs(versions, expression, facts, key)
    old, new = [_tracks(program) for program in programs]
    rows: list[dict[str, Any]] = []
    lines: list[str] = []
    orders = [order_of(program.origin.block.groups) for program in programs]
    reason = taken_apart(orders[0], orders[1])
    if reason:
        rows.append({"schedule": "groups", "kind": "different", "reason": reason})
        lines.append(f"groups: different: {reason}\n")
    for name in dict.fromkeys([*old, *new]):
        if name not in old or name not in new:
            where = names[1] if name in new else names[0]
            rows.append({"schedule": name, "kind": "different", "reason": f"only in {where}"})
            lines.append(f"{name}: only in {where}\n")
            continue
        tracks = old[name], new[name]
        found = compare(*tracks)
        rows.append({"schedule": name, **_row(found)})
        lines.append(difference_text(name, found, *tracks))
    layers = [_layers(program) for program in programs]
    for label in dict.fromkeys([*layers[0], *layers[1]]):
        if label in layers[0] and label in layers[1]:
            for each in compared(layers[0][label], layers[1][label]):
                rows.append({"schedule": each.name, **_row(each.found)})
                lines.append(difference_text(each.name, each.found, *each.tracks))
        else:
            reason = f"only in {names[1] if label in layers[1] else names[0]}"
            rows.append({"schedule": f"groups[{label}]", "kind": "different", "reason": reason})
            lines.append(f"groups[{label}]: {reason}\n")
    streams.result(json.dumps(rows, indent=2) + "\n" if as_json else "".join(lines))
    return int(any(row["kind"] != "same" for row in rows))


def _tracks(program: Program) -> dict[str, Track]:
    """Every schedule, and what groups say that have no layers."""
    from schedc.groups import Ruled, tracks_of

    ruled = [
        Ruled(rule.instance, {k: s.track for k, s in rule.schedules.items()}, rule.frozen)
        for rule in program.rules
        if not rule.instance.bindings
    ]
    common = {name: schedule.track for name, schedule in program.schedules.items()}
    return {**common, **tracks_of(program.origin.block.groups, ruled, program.run)}


def _layers(program: Program) -> dict[str, Layered]:
    """The groups that have layers, by label."""
    from schedc.groups import in_layers
    from schedc.layers import layered

    origin = program.origin
    tracks = {name: schedule.track for name, schedule in program.schedules.items()}
    groups = [
        layered(origin.source, origin.block, origin.given, tracks, program.run, one)
        for one in in_layers(origin.block.groups)
    ]
    return {group.label: group for group in reversed(groups)}  # the first that matches wins


def _programs(
    versions: Sequence[str], expressions: Sequence[str], facts: Sequence[Fact], key: str | None
) -> tuple[list[str], list[Program]]:
    if expressions:
        if versions or len(expressions) != 2:
            raise click.UsageError("-e compares two expressions: give it twice, and no files")
        return list(expressions), [inputs.program(None, e, facts) for e in expressions]
    if not 1 <= len(versions) <= 2:
        raise click.UsageError("give OLD and NEW, or one file that is compared with HEAD")
    both = list(versions) if len(versions) == 2 else [f"HEAD:{versions[0]}", versions[0]]
    return both, [_program(version, facts, key) for version in both]


def _program(version: str, facts: Sequence[Fact], key: str | None) -> Program:
    """The schedules of a file, or of a file in a revision."""
    revision, colon, path = version.partition(":")
    if not colon or os.path.exists(version) or version == "-":
        return inputs.program(version, None, facts, key)
    from schedc.diagnostics.base import ScheduleError
    from schedc.document import decode
    from schedc.loading import program_of

    text = _shown(revision, path, version)
    try:
        return program_of(decode(text, version), facts, key)
    except ScheduleError as error:
        raise inputs.Stopped(error.findings) from None


def _shown(revision: str, path: str, version: str) -> bytes:
    """A file as it was in a git revision; the path is relative to the current directory."""
    if revision.startswith("-"):
        raise click.UsageError(f"`{revision}` is no git revision")
    plain = path if path.startswith(("./", "../")) else f"./{path}"
    try:
        command = ["git", "show", "--no-textconv", f"{revision}:{plain}"]
        done = subprocess.run(command, capture_output=True, check=False)
    except OSError:
        raise click.UsageError(f"`{version}` needs git, which is not there") from None
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().removeprefix("fatal: ")
        raise click.UsageError(f"cannot read `{version}`: {said}")
    return done.stdout


# ---- showing


def difference_text(name: str, found: Difference, *versions: Track) -> str:
    """How a schedule compares with its new version, in lines. versions: the two, where their
    values differ."""
    if found.kind == "same":
        return f"{name}: the same function, proved\n"
    if found.kind == "unproved":
        return f"{name}: not proved to be the same: {found.reason}\n"
    if found.update is None:
        return f"{name}: different: {found.reason}\n"
    from schedc.shown import decimal

    run = "" if found.total is None else f" of a run of {found.total:,} updates"
    lines = [f"{name}: different from update {found.update:,}{run} on"]
    if found.before is not None and found.after is not None:
        old_value, new_value = _apart(found.before, found.after)
        lines.append(f"  there         {old_value} → {new_value}")
    if found.ratio is not None:
        where = f" at update {found.ratio_at:,}" if found.ratio_at is not None else ""
        lines.append(f"  largest ratio {decimal(found.ratio, 6)}{where}")
    areas = [_amount(area) for area in found.areas]
    if None not in areas:
        lines.append(f"  area          {areas[0]} → {areas[1]}{_percent(found)}")
    tables = [phase_rows(track, found.total) for track in versions]
    if tables[0] != tables[1]:
        gone = [row for row in tables[0] if row not in tables[1]]
        come = [row for row in tables[1] if row not in tables[0]]
        lines += [f"  - {row}" for row in gone] + [f"  + {row}" for row in come]
    return "\n".join(lines) + "\n"


def _apart(before: Expr, after: Expr) -> tuple[str, str]:
    """Two values with as many digits as it takes to tell them apart."""
    from schedc.prove import in_digits
    from schedc.shown import shown_value

    for digits in (6, 9, 12, 15):
        old, new = in_digits(before, digits), in_digits(after, digits)
        if not old or not new:
            break
        if old.rstrip("…") != new.rstrip("…"):
            return old, new
    return shown_value(before), shown_value(after)


def _amount(area: Amount | None) -> str | None:
    from schedc.prove import in_digits
    from schedc.shown import decimal, shown_value

    if area is None:
        return None
    if area.exact is not None:
        return in_digits(area.exact, 9) or shown_value(area.exact)
    if isinstance(area.low, float) or isinstance(area.high, float):
        return None
    return f"about {decimal((area.low + area.high) / 2, 4)}"


def _percent(found: Difference) -> str:
    old, new = found.areas
    if old is None or new is None:
        return ""
    ends = (old.low, new.low)
    if any(isinstance(end, float) or not end for end in ends):
        return ""
    change = float(new.low / old.low) - 1
    return f"  ({change:+.2%})"


def phase_rows(track: Track, total: int | None = None) -> list[str]:
    """A line for each phase: its text, where it lies, its end values."""
    from schedc.program import titles
    from schedc.prove import in_digits
    from schedc.shown import shown, shown_value
    from schedc.updates import at_length

    case = track.only
    if total is not None:
        found = track.case(total)
        assert found is not None
        case = at_length(found, track.run.at_horizon(total).total)
    rows = []
    for phase, title in zip(case.phases, titles(case.phases), strict=True):
        first, last = [in_digits(end, 9) or shown_value(end) for end in (phase.first, phase.last)]
        stretch = f"{shown(phase.start)} … {shown(phase.stop)}"
        rows.append(f"{title}  updates {stretch}  {first} → {last}")
    return rows


def _row(found: Difference) -> dict[str, Any]:
    row: dict[str, Any] = {"kind": found.kind}
    if found.update is not None:
        row["update"] = found.update
    if found.before is not None and found.after is not None:
        row["old"], row["new"] = _apart(found.before, found.after)
    if found.total is not None:
        row["total"] = found.total
    if found.ratio is not None:
        row["largest_ratio"] = {"factor": float(found.ratio), "update": found.ratio_at}
    areas = [_amount(area) for area in found.areas]
    if None not in areas:
        row["area"] = {"old": areas[0], "new": areas[1]}
    if found.reason:
        row["reason"] = found.reason
    return row
