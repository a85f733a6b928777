"""One line a finding, as editors and grep read it: `train.yaml:4:7: SCH201 error: …`.

In: findings. Out: lines. The one rule: nothing but findings, so that the lines can be counted.
"""

from __future__ import annotations

from schedc.reports.base import Results, Style
from schedc.reports.text import writable


def render(results: Results, style: Style) -> str:
    """A line for each finding."""
    return "".join(
        writable(
            f"{f.where.source.name}:{f.where.line}:{f.where.column}: {f.code} {f.level}: "
            + f.message().partition("\n")[0],
            style,
        )
        + "\n"
        for f in results.findings
    )
