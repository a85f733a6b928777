"""A picture as PNG, drawn by matplotlib (`pip install "schedc[plot]"`).

In: a `Picture`. Out: the bytes of a PNG file.
The one rule: matplotlib is loaded here and nowhere else, and no window is ever opened.
"""

from __future__ import annotations

import io

from schedc.plot.points import Picture
from schedc.plot.svg import COLOURS, MARKS, MOST_MARKS


def image(drawn: Picture, *, log: bool) -> bytes:
    """The whole picture. Raises ImportError without matplotlib."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 3.2 * len(drawn.panels)), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(len(drawn.panels), 1, squeeze=False)
    for panel, axis in zip(drawn.panels, axes[:, 0], strict=True):
        for at, line in enumerate(panel.lines):
            axis.plot(
                panel.at, line.values, color=COLOURS[at % len(COLOURS)], label=line.label,
                linestyle="--" if line.origin else "-",
            )  # fmt: skip
        shown = panel.marks[:MOST_MARKS]
        for mark in shown:
            axis.axvline(float(mark.at), color=MARKS[mark.kind], linestyle=":", linewidth=1)
        for mark in shown[:12]:
            axis.annotate(
                mark.text, (float(mark.at), 1.0), xycoords=("data", "axes fraction"),
                xytext=(3, 3), textcoords="offset points", fontsize=7, color=MARKS[mark.kind],
                rotation=12,
            )  # fmt: skip
        if log and panel.reach[1] > 0:
            axis.set_yscale("log", nonpositive="mask")
        axis.set_title(panel.name, loc="left", fontsize=10, pad=18)
        axis.set_xlabel("update", fontsize=8)
        axis.tick_params(labelsize=8)
        axis.grid(alpha=0.2)
        if len(panel.lines) > 1:
            axis.legend(fontsize=7)
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=150)
    return file.getvalue()
