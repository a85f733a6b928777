"""JUnit XML, which every CI server shows: a suite for each file, a case for each finding.

In: findings. Out: XML. The one rule: only an error is a failure; a file without schedules is
skipped, never passed.
"""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

from schedc.diagnostics.base import Finding, Level
from schedc.reports.base import FileResult, Results, Style
from schedc.reports.text import finding_text

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render(results: Results, style: Style) -> str:
    """One document; its `tests` count the cases."""
    root = ET.Element("testsuites", name="schedc")
    for file in results.files:
        root.append(_suite(file))
    for sum_of in ("tests", "failures", "skipped"):
        root.set(sum_of, str(sum(int(suite.get(sum_of, "0")) for suite in root)))
    ET.indent(root)
    text = ET.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{text}\n'


def _suite(file: FileResult) -> ET.Element:
    name = _xml(file.source.name)
    suite = ET.Element("testsuite", name=name)
    for finding in file.findings:
        suite.append(_case(finding, name))
    if not file.findings:
        case = ET.SubElement(suite, "testcase", classname=name, name="schedules", time="0")
        if file.counts.without or not file.counts.schedules:
            ET.SubElement(case, "skipped", message="no schedule was checked")
    failures = sum(f.level == Level.ERROR for f in file.findings)
    suite.set("tests", str(len(suite)))
    suite.set("failures", str(failures))
    suite.set("errors", "0")
    suite.set("skipped", str(len(suite.findall("testcase/skipped"))))
    suite.set("time", "0")
    return suite


def _case(finding: Finding, name: str) -> ET.Element:
    where = finding.where
    case = ET.Element(
        "testcase",
        classname=name,
        name=f"{finding.code} at {where.line}:{where.column}",
        file=name,
        line=str(where.line),
        time="0",
    )
    words = _xml(finding_text(finding, Style()))
    if finding.level == Level.ERROR:
        message = _xml(finding.message())
        ET.SubElement(case, "failure", message=message, type=finding.code).text = words
    else:
        ET.SubElement(case, "system-out").text = words
    return case


def _xml(words: str) -> str:
    """XML 1.0 has no control characters, not even escaped."""
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", words)
