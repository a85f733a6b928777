"""SARIF 2.1.0, for code scanning: https://docs.oasis-open.org/sarif/sarif/v2.1.0/

In: findings. Out: one JSON log. The one rule: places are those of the text report, columns counted
in characters; what a comment suppresses is there too, and says so.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import PurePath
from textwrap import dedent
from typing import Any
from urllib.parse import quote

from schedc.diagnostics.base import Finding, Fix, Level
from schedc.reports.base import Results, Style, end_place
from schedc.source import Source, Span
from schedc.suppress import Suppressed

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {Level.ERROR: "error", Level.WARNING: "warning", Level.ADVICE: "note"}


def render(results: Results, style: Style) -> str:
    """One log with one run."""
    found: list[Finding | Suppressed] = []
    for file in results.files:
        found += [*file.findings, *file.suppressed]
    classes = {type(_finding(f)) for f in found}
    rules = sorted(classes, key=lambda rule: rule.code)
    index = {rule: i for i, rule in enumerate(rules)}
    driver = {
        "name": "schedc",
        "version": results.version,
        "rules": [_rule(rule) for rule in rules],
    }
    log = {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": driver},
                "columnKind": "unicodeCodePoints",
                "results": [_result(f, index[type(_finding(f))]) for f in found],
            }
        ],
    }
    return json.dumps(log, indent=2, ensure_ascii=True) + "\n"


def _finding(found: Finding | Suppressed) -> Finding:
    return found.finding if isinstance(found, Suppressed) else found


def _rule(rule: type[Finding]) -> dict[str, Any]:
    head, _, body = dedent(" " * 4 + (rule.__doc__ or "")).partition("\n")
    return {
        "id": rule.code,
        "name": rule.__name__,
        "shortDescription": {"text": head},
        "help": {"text": body.strip() or head},
        "defaultConfiguration": {"level": _LEVELS[rule.level]},
    }


def _result(found: Finding | Suppressed, index: int) -> dict[str, Any]:
    finding = _finding(found)
    help_text = finding.help()
    told: dict[str, Any] = {
        "ruleId": finding.code,
        "ruleIndex": index,
        "level": _LEVELS[finding.level],
        "message": {"text": finding.message() + (f"\nhelp: {help_text}" if help_text else "")},
        "locations": [_location(finding.where)],
        "partialFingerprints": {"schedc/v1": _fingerprint(finding)},
    }
    labels = finding.labels()
    if labels:
        told["relatedLocations"] = [
            _location(label.span) | {"message": {"text": label.text}} for label in labels
        ]
    fix = finding.fix()
    if fix is not None and fix.edits:
        told["fixes"] = [_fix(fix)]
    if isinstance(found, Suppressed):
        told["suppressions"] = [{"kind": "inSource"}]
        if found.reason:
            told["suppressions"][0]["justification"] = found.reason
    return told


def uri(source: Source) -> str:
    """Where a file is: relative to the place the check ran in, where it can be."""
    if source.name.startswith("<"):
        return quote(source.name.strip("<>"))
    path = PurePath(source.name)
    if path.is_absolute():
        try:
            path = path.relative_to(os.getcwd())
        except ValueError:
            return path.as_uri()
    return quote(path.as_posix())


def _location(span: Span) -> dict[str, Any]:
    return {
        "physicalLocation": {"artifactLocation": {"uri": uri(span.source)}, "region": _region(span)}
    }


def _region(span: Span) -> dict[str, int]:
    line, column = end_place(span)
    return {
        "startLine": span.line,
        "startColumn": span.column,
        "endLine": line,
        "endColumn": column,
        "charOffset": span.start,
        "charLength": max(0, span.stop - span.start),
    }


def _fix(fix: Fix) -> dict[str, Any]:
    changes: dict[str, list[dict[str, Any]]] = {}
    for edit in fix.edits:
        changes.setdefault(uri(edit.span.source), []).append(
            {"deletedRegion": _region(edit.span), "insertedContent": {"text": edit.text}}
        )
    return {
        "description": {"text": fix.title},
        "artifactChanges": [
            {"artifactLocation": {"uri": where}, "replacements": replacements}
            for where, replacements in changes.items()
        ],
    }


def _fingerprint(finding: Finding) -> str:
    """The same for the same fault after lines above it were added."""
    source = finding.where.source
    line = source.line(finding.where.line).strip()
    text = "\0".join([finding.code, uri(source), line, finding.message()])
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()[:32]
