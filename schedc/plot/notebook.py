"""A schedule in a notebook: its curve, and a table of its phases.

In: a `Schedule`. Out: HTML that needs no script.
The one rule: a notebook is never stopped by a picture: what cannot be drawn is said in words.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from schedc.plot.axes import number
from schedc.shown import shown_fraction

if TYPE_CHECKING:
    from schedc.schedule import Schedule


def shown(schedule: Schedule) -> str:
    """The curve and the table; without a known length, or in terms of `base`, the text alone."""
    from schedc.plot.points import NeedsBase, NoLength, picture
    from schedc.plot.svg import text

    head = f"<code>{escape(schedule.name)}: {escape(' '.join(schedule.text.split()))}</code>"
    try:
        drawn = picture(schedule.alone)
    except NoLength:
        return f"<p>{head}: the length of the run is not known, so there is no curve yet</p>"
    except NeedsBase:
        return f"<p>{head}: in terms of the optimizer's own <code>base</code></p>"
    line = drawn.panels[0].lines[0]
    joins = {m.at: f"{m.text} ({m.proof})" for m in line.marks if m.kind != "warm-up"}
    rows = [
        "<tr>"
        f"<td style='text-align:left'><code>{escape(p.text)}</code></td>"
        f"<td>{shown_fraction(p.start)} … {shown_fraction(p.stop)}</td>"
        f"<td>{number(p.first)} → {number(p.last)}</td>"
        f"<td style='text-align:left'>{escape(joins.get(p.stop, ''))}</td></tr>"
        for p in line.phases
    ]
    titles = "".join(f"<th>{t}</th>" for t in ("phase", "updates", "value", "join at its end"))
    return f"{text(drawn)}<table><tr>{titles}</tr>{''.join(rows)}</table>"
