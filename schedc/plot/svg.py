"""A picture as SVG: for a page, a paper, a review.

In: a `Picture`. Out: the text of an SVG file that needs no style sheet and no font of its own.
The one rule: it reads on white and on black: no colour is light or dark.
"""

from __future__ import annotations

from html import escape

from schedc.plot.axes import Axis, number, positions, updates
from schedc.plot.points import Line, Mark, Panel, Picture
from schedc.plot.terminal import vertical

COLOURS = ("#2f7ed8", "#e8742c", "#2ca05a", "#b04cc4", "#c43c4c", "#8a7a2c", "#3ca0a0", "#888888")
"""Of the lines of a panel, in order; also by the other pictures."""
MARKS = {"continuous": "#8a8a8a", "jump": "#d03030", "unproved": "#c08000", "warm-up": "#2ca05a"}
"""Of the marks, by kind."""

MOST_MARKS = 60
"""Further boundaries of a panel are not marked in a still picture."""

_LEFT, _RIGHT, _TOP, _BELOW = 64.0, 16.0, 56.0, 40.0


def text(drawn: Picture, *, width: int = 860, height: int = 260, log: bool = False) -> str:
    """The whole picture: a panel below the other."""
    heights = [height + 16 * len(p.lines) * (len(p.lines) > 1) for p in drawn.panels]
    parts = []
    top = 0.0
    for panel, tall in zip(drawn.panels, heights, strict=True):
        inside = _panel(drawn, panel, width, tall, log)
        parts += [f'<g transform="translate(0 {_f(top)})">', *inside, "</g>"]
        top += tall + 12
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {_f(top)}" '
        f'width="{width}" height="{_f(top)}" font-family="system-ui, sans-serif" font-size="12" '
        'fill="currentColor" color="#808890" role="img">'
    )
    return "\n".join([head, f"<title>{escape(drawn.title)}</title>", *parts, "</svg>", ""])


def _panel(drawn: Picture, panel: Panel, width: int, height: int, log: bool) -> list[str]:
    axis, across = vertical(panel, log), positions(drawn.length, 8)
    legend = 16 * len(panel.lines) if len(panel.lines) > 1 else 0
    top, bottom = _TOP + legend, height - _BELOW
    room = width - _LEFT - _RIGHT

    def x(k: float) -> float:
        return _LEFT + room * (across.share(k) or 0.0)

    def y(value: float) -> float:
        return bottom - (bottom - top) * (axis.share(value) or 0.0)

    out = _heads(panel, width)
    for tick in axis.ticks:
        out.append(
            f'<path d="M{_f(_LEFT)} {_f(y(tick))}H{_f(width - _RIGHT)}" stroke="currentColor" '
            f'stroke-opacity="0.15"/><text x="{_f(_LEFT - 6)}" y="{_f(y(tick) + 4)}" '
            f'text-anchor="end">{number(tick)}</text>'
        )
    for tick in across.ticks:
        out.append(
            f'<text x="{_f(x(tick))}" y="{_f(bottom + 16)}" text-anchor="middle">'
            f"{updates(tick)}</text>"
        )
    out.append(
        f'<text x="{_f(_LEFT + room / 2)}" y="{_f(bottom + 32)}" text-anchor="middle">update</text>'
    )
    free = [-1e9, -1e9]  # where the labels before end, in two rows
    for mark in panel.marks[:MOST_MARKS]:
        place = x(float(mark.at))
        colour, length = MARKS[mark.kind], 6.2 * len(mark.text)
        out.append(
            f'<path d="M{_f(place)} {_f(top)}V{_f(bottom)}" stroke="{colour}" '
            f'stroke-dasharray="3 3"><title>{escape(told(mark))}</title></path>'
        )
        start = min(place, width - _RIGHT - length)
        row = next((i for i, end in enumerate(free) if start > end), None)
        if row is not None:
            out.append(
                f'<text x="{_f(start)}" y="{_f(top - 5 - 13 * row)}" fill="{colour}" '
                f'font-size="11">{escape(mark.text)}</text>'
            )
            free[row] = start + length + 6
    for at, line in enumerate(panel.lines):
        dash = ' stroke-dasharray="7 3"' if line.origin else ""
        out.append(
            f'<path d="{_path(panel, line, axis, x, y)}" fill="none" stroke-width="2" '
            f'stroke-linejoin="round" stroke="{COLOURS[at % len(COLOURS)]}"{dash}>'
            f"<title>{escape(line.label)}: {escape(line.text)}</title></path>"
        )
    return out


def _heads(panel: Panel, width: int) -> list[str]:
    """The title; with several lines a legend below it."""
    most = int((width - 20) / 6.4)
    out = [f'<text x="8" y="16" font-weight="bold" font-size="14">{escape(panel.name)}</text>']
    single = len(panel.lines) == 1
    for at, line in enumerate(panel.lines):
        words = line.text if single else f"{line.label}: {line.text}"
        colour, row = COLOURS[at % len(COLOURS)], 16 if single else 32 + 16 * at
        indent = 20 + 9 * len(panel.name) if single else 24
        words = words if len(words) <= most - indent // 6 else words[: most - indent // 6] + "…"
        if not single:
            out.append(f'<path d="M8 {row - 4}h12" stroke="{colour}" stroke-width="2"/>')
        out.append(
            f'<text x="{indent}" y="{row}" font-family="ui-monospace, monospace" font-size="11">'
            f"{escape(words)}</text>"
        )
    return out


def told(mark: Mark) -> str:
    """A mark with its place, as a sentence."""
    from schedc.shown import shown_fraction

    return f"at update {shown_fraction(mark.at)}: {mark.text}"


def _path(panel: Panel, line: Line, axis: Axis, x: object, y: object) -> str:
    assert callable(x) and callable(y)
    parts: list[str] = []
    move = True
    for k, value in zip(panel.at, line.values, strict=True):
        if axis.share(value) is None:  # not on a logarithmic axis
            move = True
            continue
        parts.append(f"{'M' if move else 'L'}{_f(x(k))} {_f(y(value))}")
        move = False
    return "".join(_thinned(parts))


def _thinned(parts: list[str]) -> list[str]:
    """Without points that fall on the one before."""
    return [p for i, p in enumerate(parts) if i == 0 or p[0] == "M" or p[1:] != parts[i - 1][1:]]


def _f(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
