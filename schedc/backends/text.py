"""What the texts of all targets share: names, headers, guards on the length.

In: names and headers. Out: text that cannot break out of a comment or a string.
The one rule: what an author wrote is printed, never executed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import pairwise

from schedc.backends.base import Header, Layout, Named
from schedc.backends.clocks import RAMPS
from schedc.render import decimal
from schedc.shown import counted


def named(names: Iterable[str], reserved: frozenset[str], capitals: bool) -> dict[str, Named]:
    """What the target calls each schedule: no name twice, none reserved, and none of a function
    that is, or begins, that of another's table. capitals: those of tables are in capitals."""
    functions = identifiers(names, reserved | RAMPS)
    begins = {f: _in_capitals(f) if capitals else f for f in functions.values()}
    own = {f: {*_begun(f), *_begun(tables)} for f, tables in begins.items()}
    taken = Counter(begin for each in own.values() for begin in each)
    out = {}
    for title, function in functions.items():
        tables = begins[function]
        while taken[tables] > (tables in own[function]):
            tables += "_"
        taken.update(_begun(tables))
        out[title] = Named(function, tables)
    return out


def _in_capitals(name: str) -> str:
    return f"_X{name.upper()}" if name.startswith("_") else f"_{name.upper()}"


def _begun(name: str) -> Iterator[str]:
    """A name and what it may be the table of: `lr_1_stops` is one of the second case of `lr`."""
    yield name
    for cut in re.finditer(r"_(?=\d|(stops|shapes|rows|values|near)$)", name, re.IGNORECASE):
        yield name[: cut.start()]


def identifiers(names: Iterable[str], reserved: frozenset[str]) -> dict[str, str]:
    """A name of the target's own for each schedule, none twice, none reserved."""
    taken: set[str] = set()
    out = {}
    for name in names:
        made = re.sub(r"^_+", "_", re.sub(r"\W", "_", name, flags=re.ASCII))
        if not made.strip("_"):  # Python keeps `__` for itself
            made = "_x"
        if made[0].isdigit():
            made = f"_{made}"
        while made in reserved or made in taken:
            made += "_"
        taken.add(made)
        out[name] = made
    return out


def parameters(needs: frozenset[str]) -> list[str]:
    """`step`, and `total` and `base` where they are needed, in this order."""
    return ["step", *[name for name in ("total", "base") if name in needs]]


def about(header: Header) -> list[str]:
    """The first lines of a file, without the marks of a comment."""
    lines = [f"{_line(header.origin)}, compiled by schedc {header.version}.", ""]
    lines += [f"    {_line(name)}: {_line(text)}" for name, text in header.schedules.items()]
    if header.run:
        lines += ["", f"Run: {_line(header.run)}."]
    if header.digest:
        lines += ["", f"Program: {header.digest}"]
    lines += ["", "`step` counts updates from 0; after the end the last value holds."]
    return lines


def _line(text: str) -> str:
    return " ".join(text.split())


def comment(text: str) -> str:
    """Text for a comment of C or JavaScript: it cannot end one, nor escape a line."""
    return text.replace("*/", "* /").replace("\\", "\\\\")


def block_comment(lines: Iterable[str]) -> str:
    """A comment of C or JavaScript."""
    return "\n".join(["/*", *[f" * {comment(line)}".rstrip() for line in lines], " */"])


def in_string(text: str) -> str:
    """Text between double quotes, in every target."""
    return "".join(c if c.isprintable() and c not in '"\\' else f"\\u{ord(c):04x}" for c in text)


def conditions(cases: tuple[Layout, ...]) -> str:
    """The lengths a schedule admits, in words: `at least 2,001 updates`."""
    words = [
        _at_least(low)
        if high is None
        else counted(Fraction(low))
        if low == high
        else f"{low:,} to {high:,} updates"
        for low, high in _ranges(cases)
    ]
    return " or ".join(words)


def _at_least(low: int) -> str:
    return f"at least {counted(Fraction(low))}"


def _ranges(cases: tuple[Layout, ...]) -> list[tuple[int, int | None]]:
    ranges: list[tuple[int, int | None]] = []
    for case in cases:
        if ranges and ranges[-1][1] is not None and case.low <= ranges[-1][1] + 1:
            ranges[-1] = (ranges[-1][0], case.high)
        else:
            ranges.append((case.low, case.high))
    return ranges


def misfits(cases: tuple[Layout, ...]) -> list[tuple[int | None, int | None]]:
    """The lengths that no case admits: (above, below), None where there is no such end."""
    ranges = _ranges(cases)
    gaps: list[tuple[int | None, int | None]] = [(None, ranges[0][0])]
    for (_, high), (low, _) in pairwise(ranges):
        gaps.append((high, low))
    if ranges[-1][1] is not None:
        gaps.append((ranges[-1][1], None))
    return gaps


def misfit_test(cases: tuple[Layout, ...], either: str, both: str) -> str:
    """A test for lengths that no case admits; either, both: `or` and `and` of the target."""
    tests = []
    for above, below in misfits(cases):
        parts = [f"total > {above}"] if above is not None else []
        parts += [f"total < {below}"] if below is not None else []
        tests.append(f" {both} ".join(parts) if len(parts) == 1 else f"({f' {both} '.join(parts)})")
    return f" {either} ".join(tests)


def float_text(value: Fraction) -> str:
    """A number that every target reads as a float: `12.0`, `0.001`, `1e-06`."""
    text = decimal(value)
    return f"{text}.0" if text.lstrip("-").isdigit() else text


def wrapped(words: Iterable[str], per_line: int, indent: str = "    ") -> str:
    """Words with commas, several a line."""
    items = [f"{word}," for word in words]
    cut = range(0, len(items), per_line)
    return "\n".join(indent + " ".join(items[i : i + per_line]) for i in cut)
