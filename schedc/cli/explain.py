"""`schedc explain`: what a code means, what a curve is, how a file's schedules come about.

In: a code, a name, a file or an expression. Out: text.
The one rule: it shows what the compiler itself uses: the docstring of the mistake, the line of the
prelude, the derivations of the run.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Container, Mapping, Sequence
from textwrap import dedent, fill
from typing import TYPE_CHECKING

import click

from schedc.cli import inputs, streams
from schedc.cli.phases import block_text

if TYPE_CHECKING:
    from schedc.checks import Report
    from schedc.diagnostics.base import Finding
    from schedc.syntax import Definition


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
