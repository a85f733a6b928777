"""What a place means, in Markdown: a word's definition, a phase's stretch, a schedule's curve.

In: a compiled block and an offset in its file. Out: text for a hover.
The one rule: values come from the compiled function.
"""

from __future__ import annotations

from schedc.block import Entry
from schedc.compiler import Compiled
from schedc.expr import Num
from schedc.format import render_definition
from schedc.lsp.again import Placed
from schedc.lsp.reading import Cursor, word_at
from schedc.lsp.words import definition
from schedc.plot.axes import number
from schedc.plot.terminal import sparkline
from schedc.program import Phase, Track
from schedc.schema import FACTS, PARTS
from schedc.shown import shown, shown_fraction, shown_value
from schedc.source import Source

_WIDE = 40  # letters of a sparkline


def hover(
    source: Source, offset: int, cursor: Cursor, placed: Placed | None
) -> tuple[str, int, int] | None:
    """What stands at an offset, in Markdown, and where the word begins and ends."""
    block = None if placed is None else placed.compiled
    start, stop = word_at(source.text, offset)
    word = source.text[start:stop].strip(".")
    parts = []
    known = definition(word, block) if cursor.expression else None
    if known is not None:
        parts.append(f"```schedc\n{render_definition(known).splitlines()[-1]}\n```")
        parts.append(known.doc + (f" [{known.source}]" if known.source else ""))
    elif cursor.part == "run" and word in FACTS:
        parts += [f"**{word}**: {FACTS[word]}", *_fact(word, block)]
    elif word in PARTS and not cursor.keys[1:] and word in (cursor.key, cursor.prefix, word):
        parts += [f"**{word}**: {PARTS[word]}"] if not cursor.expression else []
    if placed is not None and block is not None:
        parts += _let(word, block) if cursor.expression and known is None else []
        name = _schedule_at(block, offset)
        if name is not None:
            parts += _schedule(block, name, offset - placed.shifts.get(name, 0))
    text = "\n\n".join(part for part in parts if part)
    return (text, start, stop) if text else None


def _fact(name: str, block: Compiled | None) -> list[str]:
    known = None if block is None else block.run.known_facts.get(name)
    if known is None:
        return []
    more = f", from {known.rule}" if known.rule else ""
    return [f"here {shown_fraction(known.value)}{more}"]


def _let(word: str, block: Compiled) -> list[str]:
    entry = block.block.lets.get(word)
    return [] if entry is None else [f"`let {word}: {' '.join(entry.text.split())}`"]


def _schedule_at(block: Compiled, offset: int) -> str | None:
    """The schedule whose name or text holds an offset."""

    def holds(entry: Entry) -> bool:
        return (
            entry.name_span.start <= offset <= entry.name_span.stop
            or entry.outer.start <= offset <= entry.outer.stop
        )

    return next((name for name, entry in block.block.schedules.items() if holds(entry)), None)


def _schedule(block: Compiled, name: str, offset: int) -> list[str]:
    track = block.tracks.get(name)
    if track is None:
        return []
    parts = []
    phase = _phase_at(track, offset)
    if phase is not None:
        ends = shown_value(phase.first)
        if phase.last != phase.first:
            ends += f" → {shown_value(phase.last)}"
        stretch = f"updates {shown(phase.start)} … {shown(phase.stop)}"
        parts.append(f"`{' '.join(phase.span.text.split())}`: {stretch}, {ends}")
    return [*parts, *_curve(track, name)]


def _phase_at(track: Track, offset: int) -> Phase | None:
    """The innermost phase that holds an offset."""
    holding = [p for p in track.only.phases if p.span.start <= offset <= p.span.stop]
    return min(holding, key=lambda p: p.span.stop - p.span.start) if holding else None


def _curve(track: Track, name: str) -> list[str]:
    """The curve in letters, and its values where phases begin."""
    from schedc.backends import python

    total = track.run.executed
    if total is None:
        return [f"`{name}`: lengths are proved for every N; state `run: {{steps: …}}` for values"]
    function = python.function(track)
    code = function.__code__
    more = (
        {"base": 1.0}
        if "base" in code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
        else {}
    )
    try:
        heights = [function(total * i // (_WIDE - 1), **more) for i in range(_WIDE)]
        starts = [p.start.value for p in track.only.phases if isinstance(p.start, Num)]
        ks = sorted(
            {max(0, int(-(-(k - track.run.first) // 1))) for k in starts} | {0, total - 1, total}
        )
        rows = [f"| {k:,} | {number(function(k, **more))} |" for k in ks[:12]]
    except (ArithmeticError, ValueError):
        return []
    title = f"`{name}`" + (" (for base = 1)" if more else "")
    table = "\n".join(["| update | value |", "| ---: | --- |", *rows])
    return [f"{title} {sparkline(heights)}", table]
