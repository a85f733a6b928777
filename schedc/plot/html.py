"""A picture as one page of HTML: zoom, hover, a logarithmic axis; it works from disk, offline.

In: a `Picture`. Out: the text of a page that loads nothing: uPlot, the points and the schedules,
compiled to JavaScript, are inside.
The one rule: what the page computes when it zooms, the compiled schedule computes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html import escape
from importlib.resources import files
from math import isfinite
from typing import TYPE_CHECKING

from schedc.plot.points import Line, Panel, Picture, positions
from schedc.plot.svg import COLOURS, MARKS
from schedc.run import CLOCK_OF_UNIT, Run

if TYPE_CHECKING:
    from schedc.schedule import Schedule

_UNITS = tuple(unit for unit in ("epochs", "tokens", "samples") if unit in CLOCK_OF_UNIT)


def page(drawn: Picture, *, base: float | None = None, log: bool = False) -> str:
    """The whole picture. base: the one that its points were made with. log: how it opens."""
    sources: list[str] = []
    panels = [_panel(panel, drawn.run, sources, base) for panel in drawn.panels]
    facts = {
        "length": drawn.length,
        "units": [
            {"name": unit, "rate": _rate(drawn.run, unit)}
            for unit in _UNITS
            if unit in drawn.run.rates or unit in drawn.run.uneven
        ],
        "log": log,
        "colours": COLOURS,
        "marks": MARKS,
        "panels": panels,
    }
    told = "; ".join(dict.fromkeys(_headers(drawn))) or f"{drawn.length:,} updates"
    parts = {
        "TITLE": escape(drawn.title),
        "RUN": escape(told),
        "UPLOT": _asset("uplot/VERSION").strip(),
        "UPLOT_CSS": _asset("uplot/uPlot.min.css"),
        "UPLOT_JS": _asset("uplot/uPlot.iife.min.js"),
        "UPLOT_LICENSE": _asset("uplot/LICENSE"),
        "CSS": _asset("page.css"),
        "JS": _asset("page.js"),
        "PICTURE": _json(facts),
        "COMPILED": "\n".join(sources),
    }
    return re.sub(r"@([A-Z_]+)@", lambda m: parts[m[1]], _asset("page.html"))


def _headers(drawn: Picture) -> Iterator[str]:
    for panel in drawn.panels:
        for line in panel.lines:
            if line.schedule.header.run:
                name = f"{drawn.names[line.origin]}: " if drawn.names else ""
                yield f"{name}{line.schedule.header.run}"


def _asset(name: str) -> str:
    return files("schedc.plot").joinpath(name).read_text(encoding="utf-8")


def _json(value: object) -> str:
    """JSON that may stand in a script."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False).replace("<", "\\u003c")


def _rate(run: Run, unit: str) -> float | None:
    """How much of a unit every update takes; None where that changes."""
    return None if unit in run.uneven else float(run.rates[unit])


def _panel(panel: Panel, run: Run, sources: list[str], base: float | None) -> dict[str, object]:
    uneven = [unit for unit in _UNITS if unit in run.uneven]
    clocks = [positions(run, k) for k in panel.at] if uneven else []
    return {
        "name": panel.name,
        "at": panel.at,
        "positions": {unit: [clock[unit] for clock in clocks] for unit in uneven},
        "marks": [{"at": float(m.at), "kind": m.kind, "text": m.text} for m in panel.marks],
        "lines": [_line(line, sources, base) for line in panel.lines],
    }


def _line(line: Line, sources: list[str], base: float | None) -> dict[str, object]:
    sources.append(_compiled(line.schedule, base))
    return {
        "label": line.label,
        "text": line.text,
        "origin": line.origin,
        "values": [v if isfinite(v) else None for v in line.values],
        "compiled": len(sources) - 1,
        "joins": [
            {"at": float(m.at), "kind": m.kind, "text": m.text, "proof": m.proof}
            for m in line.marks
            if m.kind != "warm-up"
        ],
        "phases": [
            {"text": p.text, "start": float(p.start), "stop": float(p.stop), "first": p.first,
             "last": p.last}
            for p in line.phases
        ],
    }  # fmt: skip


def _compiled(schedule: Schedule, base: float | None) -> str:
    """The schedule as an expression of JavaScript: a function of the update."""
    module = re.sub(r"^export ", "", schedule.source("js"), flags=re.MULTILINE)
    module = module.replace("</", "<\\/").replace("<!--", "<\\!--")
    wanted = re.search(r"^function values\(step, base\)", module, re.MULTILINE)
    more = f", {base!r}" if wanted else ""
    name = _json(schedule.name)
    return f"(() => {{\n{module}\nreturn (step) => values(step{more})[{name}];\n}})(),"
