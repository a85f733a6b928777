"""One JSON object a line: every finding as `json` describes it, for pipes.

In: findings. Out: lines of JSON. The one rule: a line can be read without the others.
"""

from __future__ import annotations

import json

from schedc.reports.base import Results, Style
from schedc.reports.json import all_described


def render(results: Results, style: Style) -> str:
    """A line for each finding."""
    return "".join(json.dumps(told, ensure_ascii=True) + "\n" for told in all_described(results))
