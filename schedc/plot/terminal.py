"""A picture in letters: braille dots on a terminal that has them, plain ASCII elsewhere.

In: a `Picture`. Out: text.
The one rule: no letter is used that the stream cannot write.
"""

from __future__ import annotations

from collections.abc import Sequence

from schedc.plot.axes import Axis, linear, logarithmic, number, positions, updates
from schedc.plot.points import Line, Mark, Panel, Picture
from schedc.shown import shown_fraction

_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))  # of a braille letter, row by row
_HEIGHTS = "▁▂▃▄▅▆▇█"
_OTHERS = "bcdefghijk"  # what further lines of a panel are drawn with


def text(
    drawn: Picture, *, width: int = 80, height: int = 14, log: bool = False, encoding: str = "utf-8"
) -> str:
    """The whole picture."""
    plain = not writes("⣿│└┴·→×", encoding)
    parts = [_panel(drawn, panel, width, height, log, plain) for panel in drawn.panels]
    return "\n".join(parts)


def writes(letters: str, encoding: str) -> bool:
    """Can a stream write these letters?"""
    try:
        letters.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def sparkline(values: Sequence[float], encoding: str = "utf-8") -> str:
    """Values as letters of eight heights; as digits where there are no such letters."""
    letters = _HEIGHTS if writes(_HEIGHTS, encoding) else "01234567"
    low, high = min(values), max(values)
    span = (high - low) or 1.0
    return "".join(letters[min(7, int(8 * (v - low) / span))] for v in values)


def vertical(panel: Panel, log: bool, most: int = 6) -> Axis:
    """The axis of the values of a panel; logarithmic only where something is above 0."""
    low, high = panel.reach
    above = [v for line in panel.lines for v in line.values if v > 0]
    return logarithmic(min(above), high) if log and above else linear(low, high, most)


def _panel(drawn: Picture, panel: Panel, width: int, height: int, log: bool, plain: bool) -> str:
    axis = vertical(panel, log, max(2, height // 3))
    labels = {round((height - 1) * (1 - (axis.share(t) or 0.0))): number(t) for t in axis.ticks}
    margin = max(map(len, labels.values())) + 1
    columns = max(20, width - margin - 2)
    across = positions(drawn.length, max(2, columns // 14))
    rows = _cells(panel, axis, across, columns, height, plain)
    bar, corner, tick, flat = ("|", "+", "+", "-") if plain else ("│", "└", "┴", "─")
    lines = [_title(panel, plain)]
    for i, row in enumerate(rows):
        lines.append(f"{labels.get(i, ''):>{margin}} {bar}{row}".rstrip())
    marks = {round((columns - 1) * (across.share(t) or 0.0)): updates(t) for t in across.ticks}
    base = "".join(tick if c in marks else flat for c in range(columns))
    lines.append(" " * (margin + 1) + corner + base)
    lines.append(" " * (margin + 2) + _beneath(marks, columns))
    for at, line in enumerate(panel.lines):
        letter = "" if at == 0 else f"{_OTHERS[(at - 1) % len(_OTHERS)]}: "
        if len(panel.lines) > 1:
            lines.append(f"  {letter}{line.label}: {_plain(line.text, plain)}")
        lines += [f"    {_plain(told, plain)}" for told in mark_texts(line)]
    return "\n".join(lines) + "\n"


def _title(panel: Panel, plain: bool) -> str:
    if len(panel.lines) == 1:
        return _plain(f"{panel.lines[0].label}: {panel.lines[0].text}", plain)
    return panel.name


def _plain(words: str, plain: bool) -> str:
    if not plain:
        return words
    return words.replace("→", "->").replace("×", "x").replace("−", "-").replace("…", "...")


def mark_texts(line: Line) -> list[str]:
    """What joins where, and the end of the warm-up, in words."""
    return [
        mark.text if mark.kind == "warm-up" else f"at {shown_fraction(mark.at)}: {_told(mark)}"
        for mark in line.marks
    ]


def _told(mark: Mark) -> str:
    return f"{mark.text}, {mark.proof}" if mark.kind == "continuous" else mark.text


def _beneath(marks: dict[int, str], columns: int) -> str:
    out = ""
    for column, label in sorted(marks.items()):
        start = max(0, min(column - len(label) // 2, columns - len(label)))
        if start >= len(out) + (1 if out else 0):
            out = out.ljust(start) + label
    return out


def _cells(
    panel: Panel, axis: Axis, across: Axis, columns: int, height: int, plain: bool
) -> list[str]:
    """The rows of the picture, top first."""
    fine_x, fine_y = (1, 1) if plain else (2, 4)
    cells = [[0] * columns for _ in range(height)]
    letters: dict[tuple[int, int], str] = {}
    for at, line in enumerate(panel.lines):
        for x, y in _drawn(panel, line, axis, across, columns * fine_x, height * fine_y):
            row, column = y // fine_y, x // fine_x
            if at == 0:
                cells[row][column] |= 1 if plain else _DOTS[y % 4][x % 2]
            else:
                letters.setdefault((row, column), _OTHERS[(at - 1) % len(_OTHERS)])
    return [
        "".join(
            ("*" if plain else chr(0x2800 + cell)) if cell else letters.get((r, c), " ")
            for c, cell in enumerate(row)
        ).rstrip()
        for r, row in enumerate(cells)
    ]


def _drawn(
    panel: Panel, line: Line, axis: Axis, across: Axis, width: int, height: int
) -> set[tuple[int, int]]:
    """The dots of a line, without holes."""
    dots: set[tuple[int, int]] = set()
    before: tuple[int, int] | None = None
    for k, value in zip(panel.at, line.values, strict=True):
        share, place = axis.share(value), across.share(k)
        if share is None or place is None:
            before = None
            continue
        here = (
            min(width - 1, max(0, round(place * (width - 1)))),
            min(height - 1, max(0, round((1 - share) * (height - 1)))),
        )
        dots.add(here)
        if before is not None:
            (x0, y0), (x1, y1) = before, here
            steps = max(abs(x1 - x0), abs(y1 - y0))
            for i in range(1, steps):
                dots.add((x0 + round((x1 - x0) * i / steps), y0 + round((y1 - y0) * i / steps)))
        before = here
    return dots
