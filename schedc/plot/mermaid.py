"""A picture as Mermaid's `xychart`, which GitHub draws in Markdown: it keeps neither SVG nor images
that stand in the text itself. https://mermaid.js.org/syntax/xyChart.html

In: a `Picture`. Out: Markdown.
The one rule: nothing that an author wrote can end the fence or the line that it stands in.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from math import isfinite

from schedc.plot.points import Line, Panel, Picture
from schedc.plot.terminal import mark_texts

_CUTS = 128  # of the axis; a power of two, so that Mermaid, which adds up steps, meets the end
_COLOURS = ("#1f77b4", "#d62728", "#2ca02c", "#9467bd", "#ff7f0e", "#17becf")
_NAMES = ("blue", "red", "green", "purple", "orange", "cyan")
_MARKS = 12  # joins of a schedule that are named
MOST_LINES = len(_COLOURS)


def markdown(drawn: Picture) -> str:
    """A chart for each schedule, and what joins where."""
    return "\n".join(_panel(drawn, panel) for panel in drawn.panels)


def _panel(drawn: Picture, panel: Panel) -> str:
    lines = panel.lines[:MOST_LINES]
    low, high = panel.reach
    low, high = (min(0.0, low) if low < high / 2 else low), high  # from 0 where that is near
    if low == high:
        high = low + 1
    chart = [
        "```mermaid",
        f"%%{{init: {{'themeVariables': {{'xyChart': {{'plotColorPalette': '{', '.join(_COLOURS)}'"
        "}}, 'xyChart': {'width': 800, 'height': 360}}}%%",
        "xychart-beta",
        f'    title "{word(panel.name)}"',
        f'    x-axis "update" 0 --> {max(1, drawn.length)}',
        f"    y-axis {_number(low)} --> {_number(high)}",
        *(f"    line [{', '.join(map(_number, _evenly(panel, line, drawn)))}]" for line in lines),
        "```",
    ]
    told = [words for at, line in enumerate(lines) for words in _told(line, at, len(lines))]
    if len(panel.lines) > len(lines):
        told.append(f"- and {len(panel.lines) - len(lines)} more, not drawn")
    return "\n".join([*chart, "", *told, ""])


def _evenly(panel: Panel, line: Line, drawn: Picture) -> list[float]:
    """The values at even distances, straight between the points of the picture."""
    length = max(1, drawn.length)
    known = [(k, v) for k, v in zip(panel.at, line.values, strict=True) if isfinite(v)]
    at, values = [k for k, _ in known], [v for _, v in known]
    return [_between(at, values, length * i / _CUTS) for i in range(_CUTS + 1)] if at else [0.0]


def _between(at: Sequence[float], values: Sequence[float], x: float) -> float:
    right = bisect_right(at, x)
    if right == 0 or right == len(at):
        return values[0] if right == 0 else values[-1]
    share = (x - at[right - 1]) / (at[right] - at[right - 1])
    return values[right - 1] + (values[right] - values[right - 1]) * share


def _number(value: float) -> str:
    """Mermaid reads no powers of ten."""
    text = f"{value:.{max(0, 7 - _exponent(value))}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _exponent(value: float) -> int:
    return int(f"{value:e}".partition("e")[2])


def word(words: str) -> str:
    """Words without anything that Mermaid or Markdown would obey."""
    kept = "".join(c if c.isalnum() or c in " ._-()*/" else " " for c in words)
    return " ".join(kept.split())[:80] or "a schedule"


def _told(line: Line, at: int, among: int) -> list[str]:
    name = f"{word(line.label)}" + (f", {_NAMES[at]}" if among > 1 else "")
    ticks = backquotes(line.text)
    told = [f"- {name}: {ticks} {_one_line(line.text)} {ticks}"]
    marks = mark_texts(line)
    more = [f"and {len(marks) - _MARKS} more joins"] if len(marks) > _MARKS else []
    return told + [f"  - {words}" for words in (*marks[:_MARKS], *more)]


def _one_line(words: str) -> str:
    shown = "".join(c if c.isprintable() else " " for c in words)
    return " ".join(shown.split())[:300]


def backquotes(words: str, least: int = 1) -> str:
    """So many, `least` of them, that they quote these words in Markdown."""
    longest = max(map(len, re.findall("`+", words)), default=0)
    return "`" * max(least, longest + 1)
