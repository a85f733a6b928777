"""What the modules over arrays, numpy's and JAX's, have in common.

In: functions and an `Arrays`, what a library does in its own way. Out: the text of a module.
The one rule: guards, cases, tables and the docstring are written once; a library differs in how an
update finds its phase, and in nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from schedc.backends.base import MAX_IFS, Function, Fused, Header, Layout, fused, needs_of
from schedc.backends.clocks import tables
from schedc.backends.python import calls, head
from schedc.backends.table import Rows, tabulated
from schedc.backends.text import (
    about,
    conditions,
    float_text,
    in_string,
    misfit_test,
    wrapped,
)
from schedc.guard import ARRAYS, check_source
from schedc.program import Track
from schedc.render import occurring


@dataclass(frozen=True)
class Arrays:
    """A library of arrays.

    opening: the first lines of a function of that name, with what it hands on to itself, for so
    many values an update (None: one). phases: a case of at most `MAX_IFS` phases. lookup: one
    of more, whose table has that name. together: all schedules at once. closing: what is returned.
    stop: a stop in a table. ramp: the inside of a table of the run's ramp. imports: the lines that
    a text needs. helpers: definitions that may be called, by name. called: what a module calls
    beside its own functions. modules: the names of the imported modules.
    """

    opening: Callable[[str, str, int | None], list[str]]
    phases: Callable[[Layout], list[str]]
    lookup: Callable[[Rows, str, Layout], list[str]]
    together: Callable[[Sequence[Function], Fused], list[str]]
    closing: str
    stop: Callable[[Fraction], str]
    ramp: Callable[[tuple[int, ...]], str]
    imports: Callable[[str], list[str]]
    helpers: Mapping[str, str]
    called: frozenset[str]
    modules: frozenset[str]
    known: Callable[[str], list[str]] = lambda title: []


def module(
    tracks: Mapping[str, Track], made: Sequence[Function], header: Header, words: Arrays
) -> str:
    """The text of a module: one function a schedule, and `values`, all of them."""
    body = "\n\n\n".join([*[_definition(each, words) for each in made], *_values(made, words)])
    found = {name: row for track in tracks.values() for name, row in tables(track.run).items()}
    used = occurring(body, frozenset(found))
    ramps = [f"{name} = np.array([\n{words.ramp(found[name])}\n])" for name in used]
    helpers = [text for name, text in words.helpers.items() if f"{name}(" in body]
    whole = "\n\n\n".join([*(["\n".join(ramps)] if ramps else []), *helpers, body])
    docstring = "\n".join(about(header)).replace("\\", "\\\\").replace('"""', "'''")
    text = "\n".join(['"""' + docstring, '"""', "", *words.imports(whole), "", "", whole, ""])
    check_source(text, words.called, replace(ARRAYS, modules=words.modules))
    return text


def names_taken(python: frozenset[str], words: Arrays) -> frozenset[str]:
    """Names that a schedule's function cannot have: Python's, and those that the module uses."""
    own = {"value", "phases", "shape", "here", "numbers", "k", "BLOCK"}
    helpers = {"_together", "_phases", "_blocks", "_float", "_divided", "_known"}
    return python | own | helpers | words.modules | words.called


def _definition(made: Function, words: Arrays) -> str:
    cases, name, needs = made.cases, made.name, made.needs
    lines = [head(name, needs)]
    if "total" in needs:
        reason = in_string(f"{made.title} needs {conditions(cases)}, not ")
        reason = reason.replace("{", "{{").replace("}", "}}")
        lines += [f"    {line}" for line in words.known(made.title)]
        lines += [
            f"    if {misfit_test(cases, 'or', 'and')}:",
            f'        raise ValueError(f"{reason}{{total}}")',
        ]
    lines += [f"    {line}" for line in words.opening(name, _handed_on(needs), None)]
    constants: list[str] = []
    for i, case in enumerate(cases):
        last = i + 1 == len(cases)
        rows = tabulated(case) if len(case.branches) > MAX_IFS else None
        if rows is None:
            body = words.phases(case)
        else:
            table = made.tables(i)
            constants += _table(rows, table, words)
            body = words.lookup(rows, table, case)
        body = [*body, words.closing]
        if not last:
            lines.append(f"    if total <= {case.high}:")
        lines += [f"{'    ' if last else '        '}{line}" for line in body]
    return "\n".join([*constants, *(["", ""] if constants else []), *lines])


def _handed_on(needs: Iterable[str]) -> str:
    return "".join(f", {name}={name}" for name in ("total", "base") if name in needs)


def _table(rows: Rows, name: str, words: Arrays) -> list[str]:
    """The stops, the shape of each phase, and its numbers."""
    lines = [f"{name}_STOPS = np.array([", wrapped(map(words.stop, rows.stops), 8), "])"]
    if len(rows.shapes) > 1:
        shapes = wrapped([str(row.shape) for row in rows.rows], 16)
        lines += [f"{name}_SHAPES = np.array([", shapes, "])"]
    width = max(rows.width, 1)
    lines.append(f"{name}_ROWS = np.array([")
    for row in rows.rows:
        cells = [float_text(v) for v in row.numbers] + ["0.0"] * (width - len(row.numbers))
        note = f"  # {row.comment}" if row.comment else ""
        lines.append(f"    [{', '.join(cells)}],{note}")
    return [*lines, "])"]


def _values(made: Sequence[Function], words: Arrays) -> list[str]:
    """`values(step)`: name → array; with a function of its own where schedules share anything."""
    needs = needs_of(made)
    first = [head("values", needs), '    """Every schedule at once: name → array."""']
    regions = fused(made) if len(made) > 1 else None
    if regions is None:
        return ["\n".join([*first, *calls(made)])]
    body = [
        *words.opening("_together", _handed_on(needs), len(made)),
        *words.together(made, regions),
        words.closing,
    ]
    named = [f'        "{in_string(each.title)}": value[{n}],' for n, each in enumerate(made)]
    return [
        "\n".join([head("_together", needs), *[f"    {line}" for line in body]]),
        "\n".join(
            [
                *first,
                f"    value = _together(step{_handed_on(needs)})",
                "    return {",
                *named,
                "    }",
            ]
        ),
    ]
