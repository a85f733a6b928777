"""The JSON contract, one object for the whole check.

In: findings. Out: JSON. The one rule: `format_version` is `major.minor`: new keys raise the minor
number, anything that could break a reader raises the major one.
"""

from __future__ import annotations

import json
from dataclasses import asdict, fields
from typing import Any

from schedc.diagnostics.base import Finding, Fix, Level
from schedc.reports.base import Counts, Results, Style, end_place
from schedc.source import Span
from schedc.suppress import Suppressed

FORMAT_VERSION = "1.0"


def render(results: Results, style: Style) -> str:
    """One object: the versions, the sums, and every finding."""
    counts = results.counts
    told = {
        "format_version": FORMAT_VERSION,
        "schedc_version": results.version,
        "valid": counts.errors == 0,
        "error_count": counts.errors,
        "warning_count": counts.warnings,
        "summary": summed(counts),
        "files": [
            {"file": file.source.name, "schedules": file.counts.schedules} for file in results.files
        ],
        "diagnostics": all_described(results),
    }
    return json.dumps(told, indent=2, ensure_ascii=True) + "\n"


def all_described(results: Results) -> list[dict[str, Any]]:
    """Every finding; of each file the suppressed ones last."""
    found: list[dict[str, Any]] = []
    for file in results.files:
        found += map(described, file.findings)
        found += map(described, file.suppressed)
    return found


def summed(counts: Counts) -> dict[str, int]:
    """The sums; a join is `proved`, a `jump` or `unproved`, which other claims may be too."""
    return asdict(counts)


def described(found: Finding | Suppressed) -> dict[str, Any]:
    """One finding. Lines and columns count from 1, offsets (in characters) from 0."""
    finding = found.finding if isinstance(found, Suppressed) else found
    told: dict[str, Any] = {
        "code": finding.code,
        "level": str(Level(finding.level)),
        "message": finding.message(),
        "help": finding.help(),
        "file": finding.where.source.name,
        "range": _range(finding.where),
        "labels": [
            {"file": label.span.source.name, "range": _range(label.span), "text": label.text}
            for label in finding.labels()
        ],
        "fix": _fix(finding.fix()),
        "suppressed": isinstance(found, Suppressed),
    }
    if isinstance(found, Suppressed):
        told["reason"] = found.reason
    return told


def _range(span: Span) -> dict[str, dict[str, int]]:
    line, column = end_place(span)
    return {
        "start": {"line": span.line, "column": span.column, "offset": span.start},
        "end": {"line": line, "column": column, "offset": max(span.start, span.stop)},
    }


def _fix(fix: Fix | None) -> dict[str, Any] | None:
    if fix is None:
        return None
    return {
        "title": fix.title,
        "applicability": "safe" if fix.safe else "unsafe",
        "edits": [{"range": _range(edit.span), "text": edit.text} for edit in fix.edits],
    }


def schema() -> dict[str, Any]:
    """The JSON Schema of this report, for those who read it. A reader ignores keys that it does not
    know: a later minor version may have some."""

    def record(**keys: Any) -> dict[str, Any]:
        return {"type": "object", "properties": keys, "required": list(keys)}

    def one(name: str) -> dict[str, str]:
        return {"$ref": f"#/$defs/{name}"}

    text, count = {"type": "string"}, {"type": "integer", "minimum": 0}
    number = {"type": "integer", "minimum": 1}
    diagnostic = record(
        code={"type": "string", "pattern": "^SCH[0-9]{3}$"},
        level={"enum": [str(level) for level in Level]},
        message=text, help=text, file=text, range=one("range"),
        labels={"type": "array", "items": record(file=text, range=one("range"), text=text)},
        fix={"anyOf": [{"type": "null"}, one("fix")]}, suppressed={"type": "boolean"},
    )  # fmt: skip
    diagnostic["properties"]["reason"] = {**text, "description": "Of a suppressed one."}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:schedc:report",
        "title": f"schedc check --format json, format_version {FORMAT_VERSION}",
        **record(
            format_version={"type": "string", "pattern": "^1[.][0-9]+$"}, schedc_version=text,
            valid={"type": "boolean", "description": "No error; a suppressed one is none."},
            error_count=count, warning_count=count,
            summary=record(**dict.fromkeys((f.name for f in fields(Counts)), count)),
            files={"type": "array", "items": record(file=text, schedules=count)},
            diagnostics={"type": "array", "items": one("diagnostic")},
        ),
        "$defs": {
            "place": {
                **record(line=number, column=number, offset=count),
                "description": "Lines and columns from 1, offsets from 0, in characters.",
            },
            "range": record(start=one("place"), end=one("place")),
            "fix": record(
                title=text, applicability={"enum": ["safe", "unsafe"]},
                edits={"type": "array", "items": record(range=one("range"), text=text)},
            ),
            "diagnostic": diagnostic,
        },
    }  # fmt: skip
