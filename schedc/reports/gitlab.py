"""GitLab's Code Quality report: https://docs.gitlab.com/ci/testing/code_quality/

In: findings. Out: a JSON list. The one rule: a fingerprint is the finding's own and unique, because
GitLab compares branches by it and drops doubles.
"""

from __future__ import annotations

import hashlib
import json
import os

from schedc.diagnostics.base import Level
from schedc.reports.base import Results, Style, end_place

_SEVERITY = {Level.ERROR: "major", Level.WARNING: "minor", Level.ADVICE: "info"}


def render(results: Results, style: Style) -> str:
    """One entry a finding."""
    seen: dict[str, int] = {}
    entries = []
    for finding in results.findings:
        path = os.path.normpath(finding.where.source.name).replace(os.sep, "/")
        said = f"{finding.code}\0{path}\0{finding.message()}"
        seen[said] = seen.get(said, 0) + 1
        mark = f"{said}\0{seen[said]}".encode("utf-8", "backslashreplace")
        entries.append(
            {
                "description": finding.message(),
                "check_name": finding.code,
                "fingerprint": hashlib.sha256(mark).hexdigest(),
                "severity": _SEVERITY[Level(finding.level)],
                "location": {
                    "path": path,
                    "lines": {"begin": finding.where.line, "end": end_place(finding.where)[0]},
                },
            }
        )
    return json.dumps(entries, indent=2, ensure_ascii=True) + "\n"
