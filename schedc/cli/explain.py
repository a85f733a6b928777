"""`schedc explain`: what a code means, what a curve is, how a file's schedules come about.

In: a code, a name, a file or an expression. Out: text.
The one rule: it shows what the compiler itself uses: the docstring of the mistake, the line of the
prelude, the derivations of the run.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Container, Mapping, Sequence
from textwrap import dedent, fill
from typing import TYPE_CHECKING

import click

from schedc.cli import inputs, streams

if TYPE_CHECKING:
    from schedc.checks import Report
    from schedc.compiler import Compiled
    from schedc.diagnostics.base import Finding
    from schedc.expr import Expr
    from schedc.program import Case, Phase, Track
    from schedc.run import Known, Run
    from schedc.syntax import Definition
    from schedc.verify import Joined


@click.command()
@click.argument("subject", required=False, metavar="CODE|CURVE|FILE")
@click.option("-e", "--expression", metavar="EXPR", help="Explain one schedule.")
@inputs.facts_options
def explain(
    subject: str | None, expression: str | None, steps: str | None, run: tuple[str, ...]
) -> int:
    """Explain a code, a curve or recipe, or every schedule of a file.

    For a file: the facts of the run and where each comes from, the exact boundaries of
    every phase in every unit known, the values around them, and advice.

    \b
        schedc explain SCH201
        schedc explain cosine
        schedc explain train.yaml --steps 10k
        schedc explain -e "wsd(1e-3)" --steps 10k
    """
    if (subject is None) == (expression is None):
        raise click.UsageError("say what to explain: a code, a curve, a file, or -e EXPR")
    if expression is not None:
        from schedc.checks import check_expression

        return _told(check_expression(expression, inputs.given(steps, run)))
    assert subject is not None
    if subject == "-" or os.path.exists(subject):
        return _file(subject, steps, run)
    code = subject.upper()
    if code.startswith("SCH") and code[3:].isdigit():
        streams.result(code_text(code))
    else:
        streams.result(word_text(subject))
    return 0


def _file(path: str, steps: str | None, run: Sequence[str]) -> int:
    from schedc.checks import check_source
    from schedc.diagnostics.base import Refused

    facts = inputs.given(steps, run)
    try:
        source = inputs.read(path)
    except Refused as refused:
        raise inputs.Stopped([refused.finding], 2) from None
    return _told(check_source(source, facts))


# ---- codes and words ---------------------------------------------------------------------------


def code_text(code: str) -> str:
    """What a code means: its class's docstring."""
    from schedc.diagnostics import CATALOGUE

    if code not in CATALOGUE:
        near = [known for known in sorted(CATALOGUE) if known[:4] == code[:4]]
        raise click.UsageError(f"there is no code {code}; near it are {', '.join(near) or 'none'}")
    found = CATALOGUE[code]
    head, _, body = dedent(" " * 4 + (found.__doc__ or "")).partition("\n")
    return f"{code}  {head}  ({found.level})\n{body.rstrip()}\n"


def word_text(word: str) -> str:
    """What a curve or a recipe is: the line of the prelude, its parameters, its shape."""
    from schedc.cli.combinators import COMBINATORS, text_of
    from schedc.diagnostics import CATALOGUE
    from schedc.diagnostics.base import near
    from schedc.libraries import PEERS, elsewhere
    from schedc.prelude import definitions_of, prelude
    from schedc.vocabulary import library

    if word in COMBINATORS:
        return f"{text_of(word)}\n{_over(COMBINATORS[word].example)}\n"
    words = prelude()
    peer = word.partition(".")[0]
    if peer in PEERS and "." in word:  # transformers.cosine
        words = library(peer)
    definition = definitions_of(words, word)
    if definition is None:
        if word in PEERS:
            raise click.UsageError(
                f"`{word}` is a library; `schedc import {word}` lists what it has"
            )
        if peer in PEERS and (scheduler := _scheduler(peer, word.partition(".")[2])):
            written = f"`schedc import {peer} {scheduler} NAME=…` writes it out"
            raise click.UsageError(f"`{word}` is no single recipe: {written}")
        known = [*words.curves, *words.recipes, *COMBINATORS, *elsewhere(word), *CATALOGUE]
        meant = next(iter(elsewhere(word)), None) or near(word, known)
        more = f"; did you mean `schedc explain {meant}`?" if meant else (
            "; `schedc curves` and `schedc recipes` list the words"
        )  # fmt: skip
        raise click.UsageError(f"there is no code, curve, recipe or file `{word}`{more}")
    curve = words.curves.get(word)
    if curve is not None:
        return _definition(definition, curve.kinds, curve.uses)
    return _definition(definition, words.recipes[word].kinds, ())


def _definition(definition: Definition, kinds: Mapping[str, str], uses: Container[str]) -> str:
    from schedc.format import render, render_definition

    line = render_definition(definition).split("\n")[-1]
    parts = [line.replace("    requires", "\n    requires"), ""]
    parts += [fill(definition.doc, 88)] if definition.doc else []
    parts += [f"Source: {definition.source}."] if definition.source else []
    if definition.parameters:
        parts += ["", "Parameters:"]
        for p in definition.parameters:
            default = "must be given" if p.default is None else f"default {render(p.default)}"
            default = "one or more" if p.variadic else default
            parts.append(f"  {p.name}: a {kinds[p.name]}, {default}")
    over = _over(_example(definition, kinds, uses))
    if over:
        parts += ["", over]
    return "\n".join(parts) + "\n"


def _over(example: str) -> str:
    """An example and its shape; empty where it does not compile."""
    picture = _picture(example)
    return f"{example}, over 10,000 updates:\n\n{picture}" if picture else ""


def _scheduler(peer: str, name: str) -> str | None:
    """A scheduler of a library that is written out by `schedc import` only."""
    from schedc.peers import schedulers

    return name if name in schedulers(peer) else None


_SAMPLES = {"number": "2", "span": "25%", "schedule": "cosine(1→0.1)"}
_SAMPLE_OF = {
    **dict.fromkeys(("lr", "max_lr", "peak"), "1"),
    **dict.fromkeys(("rate", "factor"), "0.5"),
    "low": "0.1",
    "n": "5",
    "beta2": "0.99",
}
_COUNTS = ("step", "iter", "period", "t_", "cycle", "max_", "warmup", "length", "epoch", "mileston")


def _example(definition: Definition, kinds: Mapping[str, str], uses: Container[str]) -> str:
    """A call that shows the shape: from 1 to 0.1, with a value for all that must be given.

    A length that is by default the time passed before the phase is given too: here none has passed.
    """
    from schedc.syntax import Name

    given = [
        f"{p.name}={_SAMPLE_OF.get(p.name) or _updates(p.name) or _SAMPLES[kinds[p.name]]}"
        for p in definition.parameters
        if (p.default is None and not p.variadic) or p.default in (Name("start"), Name("base"))
    ]
    given += ["25%, 60%" for p in definition.parameters if p.variadic]
    if "from" in uses:
        ends = "1→0.1" if "to" in uses else "1→"
        given.insert(0, "1" if definition.name == "constant" else ends)
    return f"{definition.name}({', '.join(sorted(given, key=lambda a: '=' in a))})"


def _updates(name: str) -> str:
    """A peer's parameter that counts updates: a tenth of the run for a warm-up, else what is
    left."""
    if not any(word in name.lower() for word in _COUNTS):
        return ""
    if "warm" in name.lower():
        return "1000"
    return "10_000" if "total" in name or "train" in name else "9000"


def _picture(example: str) -> str:
    """The shape in letters, and values; empty where the example does not compile."""
    from schedc.diagnostics.base import ScheduleError
    from schedc.loading import program_of_expression
    from schedc.plot.terminal import sparkline

    try:
        schedule = program_of_expression(example, inputs.given("10_000", ()))["lr"]
        points = [schedule(k) for k in range(0, 10_001, 200)]
    except (ScheduleError, ValueError, ArithmeticError):
        return ""
    rows = [f"  {k // 100:>3}%  {schedule(k):.6g}" for k in range(0, 10_001, 1000)]
    return "\n".join([f"  {sparkline(points, sys.stdout.encoding or 'utf-8')}", "", *rows])


# ---- files -------------------------------------------------------------------------------------


def _told(report: Report) -> int:
    """A whole report: the run, every schedule, and what was found, advice included."""
    streams.result("\n".join(map(block_text, report.compiled)))
    findings: Sequence[Finding] = report.findings
    if findings:
        from schedc.reports.text import finding_text

        style = streams.style(sys.stdout)
        gap = "\n" if report.compiled else ""
        streams.result(gap + "\n".join(finding_text(f, style) for f in findings))
    if not report.compiled and not findings:
        streams.note("there are no schedules here")
    return 0 if report.ok else 1


def block_text(compiled: Compiled) -> str:
    """The run of a block, and each of its schedules."""
    from schedc.reports.text import writable

    known = compiled.run.known_facts or not compiled.block.run  # else its fault is told below
    parts = [_run(compiled.run)] if known else []
    parts += [_track(track, compiled) for track in compiled.tracks.values()]
    return writable("\n".join(parts).rstrip("\n"), streams.style(sys.stdout)) + "\n"


def _run(run: Run) -> str:
    """Every fact, with where it comes from."""
    from schedc.doctor import ramps
    from schedc.shown import shown_fraction

    if not run.known_facts:
        return "run: nothing is stated; lengths are proved for every N\n"
    rows = [(name, shown_fraction(k.value), _origin(k)) for name, k in run.known_facts.items()]
    widths = [max(len(row[i]) for row in rows) for i in (0, 1)]
    lines = [f"  {n:<{widths[0]}}  {v:>{widths[1]}}  {why}".rstrip() for n, v, why in rows]
    lines += [f"  {line}" for line in ramps(run)]
    lines.append(f"  % and rest move with {run.clock}")
    if run.first:
        lines.append("  first: 1, so update k has the value at clock k + 1")
    if run.endpoint:
        lines.append("  endpoint: true, so the last update has the final value")
    if run.stop is not None:
        lines.append(f"  stops at update {shown_fraction(run.stop)}")
    return "\n".join(["run", *lines, ""])


def _origin(known: Known) -> str:
    from schedc.shown import shown_fraction

    if not known.rule:
        line = f", line {known.span.line}" if known.origin == "file" and known.span else ""
        return f"stated: {known.origin or 'file'}{line}"
    inputs_shown = ", ".join(f"{k.name} {shown_fraction(k.value)}" for k in known.inputs)
    return f"= {known.rule}" + (f"  ({inputs_shown})" if inputs_shown else "")


def _track(track: Track, compiled: Compiled) -> str:
    where = f"  (line {track.span.line})" if track.span and track.span.line > 1 else ""
    lines = [f"{track.name}: {' '.join(track.text.split())}{where}", ""]
    for case in track.cases:
        if track.run.known is None and (case.low > 1 or case.high is not None):
            lines.append(f"  for {_range(case)}:")
        lines += [*_phases(case, track.run), ""]
    lines += _joins(compiled.joins.get(track.name, ()), track.run)
    if track.run.known is None:
        lines += [f"  {condition}" for condition in conditions(track)]
    if track.run.known is not None:
        lines += ["  values", *_values(track), ""]
    else:
        lines += ["  values need the length of the run: add --steps 10k", ""]
    return "\n".join(lines)


def conditions(track: Track) -> list[str]:
    """Which lengths a schedule does not fit, and why, in the words of the first that it refuses."""
    merged: list[tuple[int, int | None, str]] = []
    for low, high, finding in sorted(track.refused, key=lambda range_: range_[0]):
        why = finding.message().partition("\n")[0]
        if merged and merged[-1][1] == low - 1:
            low, _, why = merged.pop()
        merged.append((low, high, why))
    told = []
    for low, high, why in merged:
        if low == 1 and high is not None:
            told.append(f"needs at least {high + 1:,} updates")
        elif high is None:
            told.append(f"takes at most {low - 1:,} updates: for more, {why}")
        else:
            told.append(f"does not fit {low:,} to {high:,} updates: {why}")
    return told


def _range(case: Case) -> str:
    if case.high is None:
        return f"N >= {case.low:,} updates"
    return f"N from {case.low:,} to {case.high:,} updates"


def _phases(case: Case, run: Run) -> list[str]:
    """A row for each phase: from where to where in every unit known, and its end values."""
    from schedc.doctor import owned
    from schedc.expr import Num
    from schedc.program import titles
    from schedc.run import CLOCK_OF_UNIT

    units = ["steps", *[u for u in CLOCK_OF_UNIT if u in run.rates or u in run.uneven]]
    units = list(dict.fromkeys(units))
    rows = [["phase", *[_unit_title(u) for u in units], "value"]]
    between = run.known is not None and any(
        isinstance(p.stop, Num) and p.stop.value.denominator != 1 for p in case.phases
    )
    if between or run.first:  # else the boundaries say it
        rows[0].insert(1, "owns")
    for phase, title in zip(case.phases, titles(case.phases), strict=True):
        ends = [_stretch(phase, run, unit) for unit in units]
        if len(rows[0]) > len(ends) + 2:
            first, last = owned(phase, run)
            owns = "none" if last < first else f"{first:,}" + f" to {last:,}" * (last > first)
            ends.insert(0, owns)
        rows.append([_short(title, 44), *ends, _passed(phase, case)])
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return [
        ("  " + "  ".join(f"{c:<{w}}" for c, w in zip(row, widths, strict=True))).rstrip()
        for row in rows
    ]


def _passed(phase: Phase, case: Case) -> str:
    """The values that a phase passes where its formula changes, from its first to its last."""
    from schedc.expr import Num
    from schedc.shown import shown_value

    starts, stops = [p.start for p in case.pieces], [p.stop for p in case.pieces]
    if phase.start not in starts or phase.stop not in stops:
        return f"{shown_value(phase.first)} → {shown_value(phase.last)}"
    told: list[str] = []
    for piece in case.pieces[starts.index(phase.start) : stops.index(phase.stop) + 1]:
        ends = [shown_value(piece.first), shown_value(piece.last)]
        if isinstance(piece.value, Num):
            ends.pop()
        told += ends[1:] if told and told[-1] == ends[0] else ends
    return " → ".join(told if len(told) <= 5 else [*told[:2], "…", *told[-2:]])


def _unit_title(unit: str) -> str:
    return "updates" if unit == "steps" else unit


def _short(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"


def _stretch(phase: Phase, run: Run, unit: str) -> str:
    from schedc.diagnostics.base import Refused

    try:
        start, stop = (run.position(e, unit) for e in (phase.start, phase.stop))
    except Refused:
        return "?"
    return f"{_exact(start)} … {_exact(stop)}"


def _exact(position: Expr) -> str:
    """A position exactly, and about where that is if it is a long fraction."""
    from schedc.expr import Num
    from schedc.shown import shown

    text = shown(position)
    if isinstance(position, Num) and text.endswith("…") and len(str(position.value)) <= 24:
        return f"{position.value} ≈ {float(position.value):,.2f}"
    return text


def _joins(joined: Sequence[Joined], run: Run) -> list[str]:
    """A row for each boundary, with both values and its verdict."""
    from schedc.shown import shown, shown_value

    if not joined:
        return []
    lines = ["  joins"]
    for join in joined:
        boundary, verdict = join.boundary, join.verdict
        left, right = shown_value(boundary.left), shown_value(boundary.right)
        told = {"continuous": "proved continuous", "jump": "a jump"}.get(verdict.kind, "unproved")
        by = f" (by {verdict.by})" if verdict.by else ""
        factor = f" by the factor {verdict.factor[:12]}" if verdict.factor else ""
        told += by if verdict.kind == "continuous" else factor if verdict.kind == "jump" else (
            f": {verdict.reason}" if verdict.reason else ""
        )  # fmt: skip
        where = "" if run.known is not None else f" for N from {join.low:,}" + (
            f" to {join.high:,}" if join.high is not None else ""
        )  # fmt: skip
        values = left if left == right else f"{left} | {right}"
        lines.append(f"    at {shown(boundary.at)}{where}: {values}, {told}")
    return [*lines, ""]


def _values(track: Track) -> list[str]:
    """The value at the updates that people ask about first."""
    from schedc.backends import python
    from schedc.cli.values import edges

    run = track.run
    total = run.executed
    assert total is not None
    ks = {k for k in (0, 1, total - 1, total) if 0 <= k <= total}
    phases: list[Expr] = [p.start for p in track.only.phases]
    ks |= {int(k) for k in edges(phases, total)}
    try:
        function = python.function(track)
    except OverflowError:
        return ["    none: its numbers are beyond those of a computer"]
    given = {"base": 1.0} if "base" in python_parameters(function) else {}
    rows = [f"    {k:>12,}  {_at(function, k, given)}{_note(k, run)}" for k in sorted(ks)]
    if given:
        rows.insert(0, "    in terms of `base`, the optimizer's own rate; here for base = 1")
    return rows


def _at(function: Callable[..., float], k: int, given: Mapping[str, float]) -> str:
    """A value, or that there is none: the finding below says why."""
    try:
        return repr(function(k, **given))
    except (ArithmeticError, ValueError):
        return "none"


def _note(k: int, run: Run) -> str:
    if k == run.executed:
        early = run.length is None or run.executed < run.length
        return "   the run has stopped" if early else "   after the last update, for ever"
    return "   the last update" if run.executed is not None and k == run.executed - 1 else ""


def python_parameters(function: object) -> Sequence[str]:
    """The names of the parameters of a compiled function."""
    code = function.__code__  # type: ignore[attr-defined]
    names: Sequence[str] = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    return names
