"""Python: one module that imports `math` (for tables, `bisect` and `array` too) and nothing else.

In: tracks. Out: `source`, the text of a module; `function`, one schedule as a Python function.
The one rule: both are the same code, so that the evaluator, torch and the file agree to the bit.
Up to `MAX_IFS` phases are one `if` each, in the order of time; more are rows of a table.
"""

from __future__ import annotations

import ast
import bisect
import keyword
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Any, TypeAlias

from schedc.backends.base import (
    MAX_IFS,
    Backend,
    Function,
    Fused,
    Header,
    Layout,
    Named,
    functions,
    fused,
    needs_of,
)
from schedc.backends.clocks import NEARBY
from schedc.backends.columns import columns
from schedc.backends.share import Shared
from schedc.backends.stops import comparison
from schedc.backends.table import Rows, blocks_of, tabulated
from schedc.backends.text import (
    about,
    conditions,
    float_text,
    in_string,
    misfit_test,
    named,
    wrapped,
)
from schedc.expr import Apply, Expr, Num, Var, variables
from schedc.guard import check_source, executed
from schedc.program import Track
from schedc.render import (
    ANY,
    CALL,
    POWER,
    PRODUCT,
    SUM,
    TEST,
    UNARY,
    Dialect,
    Rule,
    Special,
    call,
    decimal,
    infix,
    nearest,
    render,
    within,
)
from schedc.run import CLOCK_OF_UNIT
from schedc.uncollected import uncollected

MATH = frozenset({"sqrt", "exp", "log", "sin", "cos", "tanh", "floor", "expm1", "log1p"})

_BUILTINS = {
    "int": int, "min": min, "max": max, "abs": abs, "ValueError": ValueError,
    "TypeError": TypeError,
}  # fmt: skip
_MATH = {name: getattr(math, name) for name in MATH}
_CALLED = frozenset({*MATH, "array", "bisect_right", *_BUILTINS})


def _number(value: Fraction) -> tuple[str, int]:
    return decimal(value), UNARY if value < 0 else CALL


def _row(dialect: Dialect, args: tuple[Expr, ...]) -> tuple[str, int] | None:
    """The row of a ramp from a table of blocks: as fast for ten thousand rows as for ten."""
    step, table = args
    if table != Var(NEARBY):
        return None
    clock = within(step, dialect, PRODUCT)
    return f"(at := RAMP_NEAR[int({clock} // RAMP_WIDTH)]) + ({clock} >= {NEARBY}[at])", SUM


def _binding(name: str, expr: Expr) -> list[str]:
    """`name = expr`. A row is found without a call for the whole updates that training asks for."""
    match expr:
        case Apply("row", (step, Var(table))) if table == NEARBY:
            clock = within(step, DIALECT, PRODUCT)
            return [
                "try:",
                f"    {name} = RAMP_NEAR[{clock} // RAMP_WIDTH]",
                "except TypeError:  # between two updates",
                f"    {name} = RAMP_NEAR[int({clock} // RAMP_WIDTH)]",
                f"if {clock} >= {NEARBY}[{name}]:",
                f"    {name} += 1",
            ]
    return [f"{name} = {render(expr, DIALECT)}"]


def _chosen(sign: str) -> Special:
    """The smaller or larger of two by comparison: three times as fast as a call of `min`."""

    def say(dialect: Dialect, args: tuple[Expr, ...]) -> tuple[str, int] | None:
        if len(args) > 2 or any(isinstance(a, Apply) for a in args):
            return None
        a, b = (render(x, dialect) for x in args)
        return f"{a} if {a} {sign} {b} else {b}", TEST - 1

    return say


def _of_clock(symbol: str, level: int) -> Special:
    """`44400000000.0 - samples`: a long whole number beside a clock of a ramp, which is a float, is
    a float from the start; turning it into one at each call takes as long as a sine."""

    def say(dialect: Dialect, args: tuple[Expr, ...]) -> tuple[str, int] | None:
        if not any(variables(a) & _LONG_CLOCKS for a in args):
            return None
        parts = [
            f"{a.value}.0"
            if isinstance(a, Num) and a.value.denominator == 1 and 1 << 30 <= a.value < 1 << 52
            else within(a, dialect, needed)
            for a, needed in zip(args, (level, level + 1), strict=True)
        ]
        return f" {symbol} ".join(parts), level

    return say


_LONG_CLOCKS = frozenset({CLOCK_OF_UNIT["samples"], CLOCK_OF_UNIT["tokens"]})

DIALECT = Dialect(
    "python",
    {
        "add": infix("+", SUM),
        "sub": infix("-", SUM),
        "mul": infix("*", PRODUCT),
        "div": infix("/", PRODUCT),
        "fdiv": infix("//", PRODUCT),
        "rem": infix("%", PRODUCT),
        "mod": infix("%", PRODUCT),
        "neg": Rule("-{0}", UNARY, (UNARY,)),
        "pow": Rule("{0} ** {1}", POWER, (POWER + 1, UNARY)),
        "row": Rule("bisect_right({1}, {0})", CALL, (ANY, ANY)),
        "cell": Rule("{0}[{1}]", CALL, (CALL, ANY)),
        "min": call("min", 2),
        "max": call("max", 2),
        "abs": call("abs"),
        **{name: call(name) for name in sorted(MATH)},
    },
    _number,
    special={
        "row": _row,
        "min": _chosen("<"),
        "max": _chosen(">"),
        "add": _of_clock("+", SUM),
        "sub": _of_clock("-", SUM),
        "div": _of_clock("/", PRODUCT),
    },
)


def source(tracks: Mapping[str, Track], header: Header) -> str:
    """The text of a standalone module: one function a schedule, and `values`, all of them."""
    made = functions(tracks, _names(tracks))
    parts = [_definition(each) for each in made]
    code = "\n\n\n".join([*[text for text, _ in parts], _values(made)])
    ramp = columns([track.run for track in tracks.values()], code)
    docstring = "\n".join(about(header)).replace("\\", "\\\\").replace('"""', "'''")
    arrays = any(column.typecode for column in ramp.values())
    top = ['"""' + docstring, '"""', "", *_imports(check_source(code, _CALLED), arrays), ""]
    check_source("\n".join(top), _CALLED)  # what else is written is numbers
    lines = [f"{name} = {column.written}" for name, column in ramp.items()]
    bodies = ["\n".join(lines)] if lines else []
    for text, read in parts:
        written = [_written(name, table) for name, table in read.items()]
        bodies += ["\n".join(written), text] if written else [text]
    return "\n".join([*top, "\n\n\n".join([*bodies, _values(made)]), ""])


def function(track: Track) -> Callable[..., float]:
    """The schedule as a Python function, from the very text that `source` writes."""
    with uncollected():
        return _function(track)  # all that it made on the way is gone before the collector looks


def _function(track: Track) -> Callable[..., float]:
    tracks = {track.name: track}
    (one,) = functions(tracks, _names(tracks))
    text, read = _definition(one)
    content = {name: table.content for name, table in read.items()}
    made: Callable[..., float] = _made(one.name, text, [track], content)
    return made


def together(tracks: Sequence[Track]) -> Callable[[int], tuple[float, ...]] | None:
    """Several schedules as one function of the update: a value for each, in their order.

    The values are those of `function`, to the bit. None where they are better apart: in terms of
    `base` or of an unknown length, or with too many phases.
    """
    several = {f"s{i}": track for i, track in enumerate(tracks)}
    each = functions(several, {name: Named(name, name) for name in several})
    regions = None if needs_of(each) else fused(each)
    if regions is None:
        return None

    def returned(results: tuple[Expr, ...], indent: str) -> list[str]:
        return [f"{indent}return {''.join([f'{_value(r)}, ' for r in results])}"]

    text = "\n".join(["def together(step):", *_regions(regions, returned)])
    made: Callable[[int], tuple[float, ...]] = _made("together", text, tracks)
    return made


def _made(
    name: str, text: str, tracks: Sequence[Track], read: Mapping[str, Any] | None = None
) -> Any:
    """The function of that name in a text of ours. read: the tables it looks into."""
    runs = [track.run for track in tracks]
    scope: dict[str, Any] = {
        "__builtins__": _BUILTINS,
        **_MATH,
        "bisect_right": bisect.bisect_right,
        **{name: column.held for name, column in columns(runs, text).items()},
        **(read or {}),
    }
    return executed(text, f"schedule {tracks[0].name}", scope, _CALLED)[name]


@cache
def reserved() -> frozenset[str]:
    """Names that a schedule's function cannot have."""
    variables = {"step", "total", "base", "values", "row", "at", "_"}
    return frozenset({*keyword.kwlist, *keyword.softkwlist, *_CALLED, *variables})


def _names(tracks: Mapping[str, Track]) -> dict[str, Named]:
    return named(tracks, reserved(), capitals=True)


# ---- one schedule


def head(name: str, needs: frozenset[str]) -> str:
    """The first line of a function."""
    total = ", total" if "total" in needs else ""
    base = ", *, base" if "base" in needs else ""
    return f"def {name}(step{total}{base}):"


@dataclass(frozen=True, slots=True)
class _Table:
    """A constant table that a function reads; a comment for each row, or none at all."""

    content: tuple[Any, ...] | dict[int, Any]
    comments: tuple[str, ...] = ()


_Tables: TypeAlias = dict[str, _Table]


def _definition(made: Function) -> tuple[str, _Tables]:
    """The text of a function, and the tables that it reads."""
    cases, name = made.cases, made.name
    lines = [head(name, made.needs)]
    if "total" in made.needs:
        test = misfit_test(cases, "or", "and")
        reason = in_string(f"{made.title} needs {conditions(cases)}, not ")
        reason = reason.replace("{", "{{").replace("}", "}}")
        lines += [f"    if {test}:", f'        raise ValueError(f"{reason}{{total}}")']
    tables: _Tables = {}
    for i, case in enumerate(cases):
        last = i + 1 == len(cases)
        body, more = _case(case, made.tables(i))
        tables |= more
        if not last:
            lines.append(f"    if total <= {case.high}:")
        lines += [f"{'    ' if last else '        '}{line}" for line in body]
    return "\n".join(lines), tables


def _case(case: Layout, table: str) -> tuple[list[str], _Tables]:
    """The body of a function for one case, and the tables it reads."""
    rows = tabulated(case) if len(case.branches) > MAX_IFS else None
    if rows is not None:
        return _table(rows, table)
    lines: list[str] = []
    for i, branch in enumerate(case.branches):
        comment = f"  # {branch.comment}" if branch.comment else ""
        lines.append(f"if {_test(branch.stop)}:{comment}")
        if i == 0 and branch.formula.moves:
            lines += ["    if step <= 0:", f"        return {_value(case.first)}"]
        lines += [f"    {line}" for line in _statements(branch.formula)]
    lines.append(f"return {_value(case.last)}")
    return lines, {}


def _statements(formula: Shared) -> list[str]:
    lines = [line for binding in formula.bindings for line in _binding(*binding)]
    return [*lines, f"return {_value(formula.results[0])}"]


def _value(expr: Expr) -> str:
    """A value to return: a number is written as a float."""
    return float_text(expr.value) if isinstance(expr, Num) else render(expr, DIALECT)


def _test(stop: Expr) -> str:
    """`step < stop`, exactly."""
    left, right = comparison(stop)
    return f"{render(left, DIALECT)} < {within(right, DIALECT, TEST + 1)}"


# ---- many phases: rows of numbers


def _table(rows: Rows, name: str) -> tuple[list[str], _Tables]:
    """The body of a function that looks its phase up, and its tables."""
    tables: _Tables = {f"{name}_STOPS": _Table(tuple(map(_object, rows.stops)))}
    find = f"bisect_right({name}_STOPS, step)"
    if [shape.formula.results for shape in rows.shapes] == [(Var("v0"),)]:  # levels only
        tables[f"{name}_VALUES"] = _Table(tuple([float(row.numbers[0]) for row in rows.rows]))
        return [f"return {name}_VALUES[{find}]"], tables
    blocks = blocks_of(rows)
    even = blocks is not None and blocks[1] == tuple(range(1, len(rows.rows) - 1))
    if blocks is not None:
        find = f"step // {blocks[0]}" if even else f"at + (step >= {name}_STOPS[at])"
    alone = len(rows.shapes) == 1  # then a row holds its numbers only
    body = [] if alone else [f"row = {name}_ROWS[{find}]"]
    for n, shape in enumerate(rows.shapes):
        lines = _statements(shape.formula)
        if shape.slots:
            slots = ", ".join(["_"] * (not alone) + [f"v{j}" for j in range(shape.slots)])
            whole = f"{name}_ROWS[{find}]" if alone else "row"
            lines.insert(0, f"{slots}{',' * (slots == 'v0')} = {whole}")
        if n + 1 < len(rows.shapes):
            body.append(f"if row[0] == {n}:")
            lines = [f"    {line}" for line in lines]
        body += lines
    if blocks is not None:  # as fast for ten thousand phases as for a hundred
        if not even:
            tables[f"{name}_NEAR"] = _Table(dict(enumerate(blocks[1])))
            body.insert(0, f"at = {name}_NEAR[step // {blocks[0]}]")
        body = [f"if 0 < step < {decimal(rows.stops[-1])}:", *[f"    {line}" for line in body]]
        body.append(f"return {_value(rows.first)} if step <= 0 else {_value(rows.last)}")
    content = []
    for row in rows.rows:
        level = rows.shapes[row.shape].formula.results == (Var("v0"),)
        numbers = [nearest(v) if level else _object(v) for v in row.numbers]
        content.append(tuple(numbers) if alone else (row.shape, *numbers))
    comments = tuple([row.comment for row in rows.rows])
    if even:  # phases of one length: a row by its number, also where that is a float
        phases = dict(enumerate(content[1:-1]))
        return body, {f"{name}_ROWS": _Table(phases, comments[1:-1])}
    tables[f"{name}_ROWS"] = _Table(tuple(content), comments)
    return body, tables


def _object(value: Fraction) -> int | float:
    """The number that `decimal` writes."""
    whole = value.denominator == 1 and abs(value) < 1 << 53
    return value.numerator if whole else nearest(value)


def _written(name: str, table: _Table) -> str:
    """A table as text."""
    content = table.content
    if isinstance(content, dict):
        words, (left, right) = [f"{k}: {v!r}" for k, v in content.items()], "{}"
    else:
        words, (left, right) = list(map(repr, content)), "()"
    if not table.comments:
        return f"{name} = {left}\n{wrapped(words, 8)}\n{right}"
    lines = [
        f"    {word}," + (f"  # {comment}" if comment else "")
        for word, comment in zip(words, table.comments, strict=True)
    ]
    return "\n".join([f"{name} = {left}", *lines, right])


# ---- the module


def _imports(tree: ast.Module, arrays: bool) -> list[str]:
    """What the code needs, and not what only its comments name."""
    names = {part.id for part in ast.walk(tree) if isinstance(part, ast.Name)}
    lines = ["from array import array"] if arrays else []
    lines += ["from bisect import bisect_right"] if "bisect_right" in names else []
    lines += [f"from math import {', '.join(sorted(MATH & names))}"] if MATH & names else []
    return [*lines, ""] if lines else []


def _values(made: Sequence[Function]) -> str:
    """`values(step)`: every schedule at once, what they share computed once."""
    lines = [
        head("values", needs_of(made)),
        '    """Every schedule at once: name → value."""',
    ]
    regions = fused(made) if len(made) > 1 else None
    if regions is None:
        return "\n".join([*lines, *calls(made)])

    def returned(results: tuple[Expr, ...], indent: str) -> list[str]:
        pairs = zip(made, results, strict=True)
        cells = [f'{indent}    "{in_string(each.title)}": {_value(r)},' for each, r in pairs]
        return [f"{indent}return {{", *cells, f"{indent}}}"]

    return "\n".join([*lines, *_regions(regions, returned)])


def _regions(regions: Fused, returned: Callable[[tuple[Expr, ...], str], list[str]]) -> list[str]:
    """The body of a function of all schedules. returned: the values, indented → their `return`."""
    lines = []
    for i, region in enumerate(regions.branches):
        lines.append(f"    if {_test(region.stop)}:")
        if i == 0 and region.formula.moves:
            lines.append("        if step <= 0:")
            lines += returned(regions.first, "            ")
        for binding in region.formula.bindings:
            lines += [f"        {line}" for line in _binding(*binding)]
        lines += returned(region.formula.results, "        ")
    return [*lines, *returned(regions.last, "    ")]


def calls(made: Sequence[Function]) -> list[str]:
    """The body of `values` that calls each function."""
    lines = []
    for each in made:
        total = ", total" if "total" in each.needs else ""
        base = ", base=base" if "base" in each.needs else ""
        lines.append(f'        "{in_string(each.title)}": {each.name}(step{total}{base}),')
    return ["    return {", *lines, "    }"]


BACKEND = Backend(
    DIALECT, source, ".py", "A standalone Python module; needs only the standard library."
)
