"""What C and JavaScript have in common: functions in braces, one `if` a phase, tables above eight.

In: functions and a `Braces`, the words of the language. Out: their texts with their tables, and the
text of one function for all schedules together.
The one rule: the structure is written once; a language differs in its words only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from schedc.backends.base import MAX_IFS, Function, Layout, fused, needs_of
from schedc.backends.clocks import tables
from schedc.backends.share import Shared
from schedc.backends.stops import comparison
from schedc.backends.table import Rows, tabulated
from schedc.backends.text import comment, conditions, misfit_test, parameters, wrapped
from schedc.expr import Expr, Num
from schedc.program import Track
from schedc.render import Dialect, occurring, render


@dataclass(frozen=True)
class Braces:
    """The words of a language with braces.

    head: name and parameters → the first line of a function. local: how a constant is declared.
    misfit: a sentence → what happens when the length does not fit. array: name, numbers, whether
    they are whole → a table. number: a number as it is written. unused: what to say of a parameter
    that a function does not read. together: the first line of the function for all schedules, whose
    parameters are given. all_of: titles and values → how that function returns them.
    """

    dialect: Dialect
    head: Callable[[str, list[str]], str]
    local: str
    misfit: Callable[[str], str]
    array: Callable[[str, list[str], bool], str]
    number: Callable[[Fraction], str]
    search: str  # a function: how many entries of a rising table are <= x
    together: Callable[[list[str]], str]
    all_of: Callable[[Sequence[tuple[str, str]]], list[str]]
    unused: Callable[[str], str] | None = None


def ramp_tables(tracks: Mapping[str, Track], body: str, words: Braces) -> list[str]:
    """The tables of the run's batch ramp that the code reads."""
    found = {name: row for track in tracks.values() for name, row in tables(track.run).items()}
    used = occurring(body, frozenset(found))
    number = words.number
    return [words.array(n, [number(Fraction(v)) for v in found[n]], False) for n in used]


def definition(made: Function, words: Braces) -> str:
    """One schedule: its tables and its function."""
    cases, name, needs = made.cases, made.name, made.needs
    lines = [words.head(name, parameters(needs))]
    if "total" in needs:
        sentence = f"{made.title} needs {conditions(cases)}"
        lines += [f"    if ({misfit_test(cases, '||', '&&')}) {words.misfit(sentence)}"]
    constants: list[str] = []
    for i, case in enumerate(cases):
        last = i + 1 == len(cases)
        rows = tabulated(case) if len(case.branches) > MAX_IFS else None
        if rows is None:
            body = _phases(case, words)
        else:
            constants += _table(rows, made.tables(i), words)
            body = _lookup(rows, made.tables(i), words)
        if last:
            lines += [f"    {line}" for line in body]
        else:
            lines += [f"    if (total <= {case.high}) {{", *[f"        {b}" for b in body], "    }"]
    read = "\n".join(lines[1:])
    unread = [p for p in parameters(needs) if not occurring(read, frozenset({p}))]
    if words.unused is not None:
        lines[1:1] = [f"    {words.unused(p)}" for p in unread]
    return "\n".join([*constants, *lines, "}"])


def together(made: Sequence[Function], words: Braces) -> str:
    """All schedules at once: one `if` a stretch on which none changes its formula, and what they
    share computed once. Where the stretches depend on the length, or are many, each is called."""
    lines = [words.together(parameters(needs_of(made)))]
    regions = fused(made) if len(made) > 1 else None

    def returned(values: Sequence[str]) -> list[str]:
        return words.all_of([(each.title, v) for each, v in zip(made, values, strict=True)])

    if regions is None:
        calls = [f"{each.name}({', '.join(parameters(each.needs))})" for each in made]
        return "\n".join([*lines, *[f"    {line}" for line in returned(calls)], "}"])
    for i, region in enumerate(regions.branches):
        left, right = (render(side, words.dialect) for side in comparison(region.stop))
        lines.append(f"    if ({left} < {right}) {{")
        if i == 0 and region.formula.moves:
            first = returned([_value(expr, words) for expr in regions.first])
            lines += ["        if (step <= 0) {", *[f"            {x}" for x in first], "        }"]
        lines += [
            f"        {words.local} {name} = {render(expr, words.dialect)};"
            for name, expr in region.formula.bindings
        ]
        results = returned([_value(expr, words) for expr in region.formula.results])
        lines += [*[f"        {line}" for line in results], "    }"]
    last = returned([_value(expr, words) for expr in regions.last])
    return "\n".join([*lines, *[f"    {line}" for line in last], "}"])


def _phases(case: Layout, words: Braces) -> list[str]:
    lines = []
    for i, branch in enumerate(case.branches):
        if branch.comment:
            lines.append(f"/* {comment(branch.comment)} */")
        left, right = (render(side, words.dialect) for side in comparison(branch.stop))
        lines.append(f"if ({left} < {right}) {{")
        if i == 0 and branch.formula.moves:
            lines.append(f"    if (step <= 0) return {_value(case.first, words)};")
        lines += [f"    {line}" for line in _statements(branch.formula, words)]
        lines.append("}")
    return [*lines, f"return {_value(case.last, words)};"]


def _statements(formula: Shared, words: Braces) -> list[str]:
    lines = [
        f"{words.local} {name} = {render(expr, words.dialect)};" for name, expr in formula.bindings
    ]
    return [*lines, f"return {_value(formula.results[0], words)};"]


def _value(expr: Expr, words: Braces) -> str:
    return words.number(expr.value) if isinstance(expr, Num) else render(expr, words.dialect)


def _table(rows: Rows, name: str, words: Braces) -> list[str]:
    width = max(rows.width, 1)
    cells = []
    for row in rows.rows:
        numbers = [words.number(v) for v in row.numbers]
        cells += [*numbers, *[words.number(Fraction(0))] * (width - len(numbers))]
    return [
        words.array(f"{name}_stops", [words.number(stop) for stop in rows.stops], False),
        words.array(f"{name}_shapes", [str(row.shape) for row in rows.rows], True),
        words.array(f"{name}_rows", cells, False),
    ]


def _lookup(rows: Rows, name: str, words: Braces) -> list[str]:
    width = max(rows.width, 1)
    count = f", {len(rows.stops)}" if words.search.startswith("schedc_") else ""
    index = "const int" if count else words.local
    lines = [f"{index} at = {words.search}({name}_stops{count}, step);"]
    for n, shape in enumerate(rows.shapes):
        inner = [
            f"{words.local} v{j} = {name}_rows[{width} * at + {j}];" for j in range(shape.slots)
        ]
        inner += _statements(shape.formula, words)
        if n + 1 < len(rows.shapes):
            lines += [f"if ({name}_shapes[at] == {n}) {{", *[f"    {x}" for x in inner], "}"]
        else:
            lines += inner
    return lines


def array_text(numbers: list[str]) -> str:
    """The inside of a table, several numbers a line."""
    return wrapped(numbers, 8)
