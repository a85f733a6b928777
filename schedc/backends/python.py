"""Python: one module that imports `math` (and, for a long table, `bisect`) and nothing else.

In: tracks. Out: `source`, the text of a module; `function`, one schedule as a Python function.
The one rule: both are the same code, so that the evaluator, torch and the file agree to the bit.
Up to `MAX_IFS` phases are one `if` each, in the order of time; more are rows of a table.
"""

from __future__ import annotations

import bisect
import keyword
import math
import re
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from functools import cache
from itertools import pairwise
from typing import Any

from schedc.backends.base import (
    Backend,
    Header,
    Layout,
    conditions,
    fused,
    layouts,
    parameters_of,
    signature,
)
from schedc.backends.clocks import tables
from schedc.backends.guard import check_source
from schedc.backends.lower import comparison
from schedc.backends.share import Shared
from schedc.expr import Apply, Expr, Num, Var
from schedc.program import Track
from schedc.render import (
    CALL,
    POWER,
    PRODUCT,
    SUM,
    UNARY,
    Dialect,
    Rule,
    call,
    decimal,
    functions,
    infix,
    nearest,
    render,
)

MAX_IFS = 8

MATH = frozenset(
    {"sqrt", "exp", "log", "sin", "cos", "tanh", "floor", "expm1", "log1p", "sinh", "cosh", "fabs"}
)


def _number(value: Fraction) -> tuple[str, int]:
    return decimal(value), UNARY if value < 0 else CALL


DIALECT = Dialect(
    "python",
    {
        "add": infix("+", SUM),
        "sub": infix("-", SUM),
        "mul": infix("*", PRODUCT),
        "div": infix("/", PRODUCT),
        "fdiv": infix("//", PRODUCT),
        "rem": infix("%", PRODUCT),
        "neg": Rule("-{0}", UNARY, (UNARY,)),
        "pow": Rule("{0} ** {1}", POWER, (POWER + 1, UNARY)),
        "row": Rule("bisect_right({1}, {0})", CALL, (0, 0)),
        "cell": Rule("{0}[{1}]", CALL, (CALL, 0)),
        "min": call("min", 2),
        "max": call("max", 2),
        "abs": call("abs"),
        **{
            name: call(name)
            for name in ("sqrt", "exp", "log", "sin", "cos", "tanh", "floor", "expm1", "log1p")
        },
        "sinh": call("sinh"),
        "cosh": call("cosh"),
    },
    _number,
)


def source(tracks: Mapping[str, Track], header: Header) -> str:
    """The text of a standalone module: one function a schedule, and `values`, all of them."""
    names = identifiers(tracks)
    bodies = [_definition(names[name], track) for name, track in tracks.items()]
    bodies.append(_values(tracks, names))
    parts = [*_ramp_tables(tracks, "\n".join(bodies)), *bodies]
    body = "\n\n\n".join(parts)
    return f"{_docstring(header)}\n{_imports(body)}\n\n{body}\n"


def function(track: Track) -> Callable[..., float]:
    """The schedule as a Python function, from the very text that `source` writes."""
    name = identifiers({track.name: track})[track.name]
    text = _definition(name, track)
    text = "\n".join([*_ramp_tables({track.name: track}, text), text])
    check_source(text, MATH | {"bisect_right", "min", "max", "abs", "ValueError"})
    scope: dict[str, Any] = {
        "__builtins__": _BUILTINS,
        **_MATH,
        "bisect_right": bisect.bisect_right,
    }
    exec(compile(text, f"<schedule {track.name}>", "exec"), scope)
    made: Callable[..., float] = scope[name]
    return made


_BUILTINS = {"min": min, "max": max, "abs": abs, "ValueError": ValueError}
_MATH = {name: getattr(math, name) for name in MATH}


@cache
def _reserved() -> frozenset[str]:
    return frozenset(
        {
            *keyword.kwlist,
            *MATH,
            *_BUILTINS,
            "bisect_right",
            "step",
            "total",
            "base",
            "values",
            "row",
        }
    )


def identifiers(names: Iterable[str], reserved: frozenset[str] | None = None) -> dict[str, str]:
    """A name of the target's own for each schedule."""
    taken = set(_reserved() if reserved is None else reserved)
    out = {}
    for name in names:
        made = re.sub(r"\W", "_", name, flags=re.ASCII)
        if not made or made[0].isdigit():
            made = f"_{made}"
        while made in taken:
            made += "_"
        taken.add(made)
        out[name] = made
    return out


# ---- one schedule


def _definition(name: str, track: Track) -> str:
    cases = layouts(track)
    needs = signature(track, cases)
    parameters = ["step", *(["total"] if "total" in needs else [])]
    parameters += ["*", "base"] if "base" in needs else []
    tables: list[str] = []
    lines = [f"def {name}({', '.join(parameters)}):"]
    if "total" in needs:
        lines += [f"    {line}" for line in _guards(name, cases, track)]
    for i, case in enumerate(cases):
        suffix = f"_{i}" if len(cases) > 1 else ""
        body, table = _case(case, f"_{name.upper()}{suffix}")
        tables += table
        if i + 1 < len(cases):
            lines.append(f"    if total <= {case.high}:")
            lines += [f"        {line}" for line in body]
        else:
            lines += [f"    {line}" for line in body]
    head = "\n".join(tables) + "\n\n\n" if tables else ""
    return head + "\n".join(lines)


def _guards(name: str, cases: tuple[Layout, ...], track: Track) -> list[str]:
    lines = []
    low, high = cases[0].low, cases[-1].high
    reason = conditions(cases)
    tests = [f"total < {low}"] if low > 0 else []
    tests += [f"total > {high}"] if high is not None else []
    for case, after in pairwise(cases):
        if case.high is not None and after.low > case.high + 1:
            tests.append(f"{case.high} < total < {after.low}")
    if tests:
        text = f"{track.name} needs {reason}, not "
        lines.append(f"if {' or '.join(tests)}:")
        lines.append(f'    raise ValueError(f"{text}{{total}}")')
    return lines


def _case(case: Layout, table: str) -> tuple[list[str], list[str]]:
    """The body of a function for one case, and the tables it reads."""
    if len(case.branches) > MAX_IFS and all(isinstance(b.stop, Num) for b in case.branches):
        return _table(case, table)
    lines: list[str] = []
    for i, branch in enumerate(case.branches):
        comment = f"  # {branch.comment}" if branch.comment else ""
        lines.append(f"if {render_test(branch.stop, DIALECT)}:{comment}")
        if i == 0 and not branch.constant:
            lines += ["    if step <= 0:", f"        return {value_text(case.first)}"]
        lines += [f"    {line}" for line in _statements(branch.formula)]
    lines.append(f"return {value_text(case.last)}")
    return lines, []


def _statements(formula: Shared) -> list[str]:
    lines = [f"{name} = {render(expr, DIALECT)}" for name, expr in formula.bindings]
    return [*lines, f"return {value_text(formula.results[0])}"]


def value_text(expr: Expr) -> str:
    """A value to return: a number is written as a float."""
    if isinstance(expr, Num):
        return repr(nearest(expr.value))
    return render(expr, DIALECT)


def render_test(stop: Expr, dialect: Dialect) -> str:
    """`step < stop`, exactly."""
    left, right = comparison(stop)
    return f"{render(left, dialect)} < {render(right, dialect)}"


# ---- many phases: rows of numbers


def _table(case: Layout, name: str) -> tuple[list[str], list[str]]:
    """Phases that differ in their numbers share a formula; a row holds its number and theirs."""
    rows: list[tuple[Expr, Shared, str]] = []
    begin = Shared((), (case.first,))
    rows.append((Num(Fraction(0)), begin, "before the start"))
    rows += [(b.stop, b.formula, b.comment) for b in case.branches]
    end = Shared((), (case.last,))
    skeletons: dict[Shared, list[tuple[int, list[Num]]]] = {}
    for i, (_, formula, _) in enumerate([*rows, (None, end, "")]):
        skeleton, numbers = _slots(formula)
        skeletons.setdefault(skeleton, []).append((i, numbers))
    cells: dict[int, str] = {}
    body = [f"row = {name}_ROWS[bisect_right({name}_STOPS, step)]"]
    shapes = list(skeletons.items())
    for shape, (skeleton, used) in enumerate(shapes):
        size = len(used[0][1])
        fixed = {j for j in range(size) if len({ns[j] for _, ns in used}) == 1 and len(used) > 1}
        moving = [j for j in range(size) if j not in fixed]
        for i, numbers in used:
            values = [_cell(numbers[j], skeleton) for j in moving]
            cells[i] = (
                f"({', '.join([str(shape), *values])},)"
                if not values
                else f"({shape}, {', '.join(values)})"
            )
        letters = {j: f"v{n}" for n, j in enumerate(moving)}
        formula = _fill(
            skeleton,
            {f"#{j}": used[0][1][j] if j in fixed else Var(letters[j]) for j in range(size)},
        )
        lines = []
        if moving:
            lines.append(f"_, {', '.join(letters[j] for j in moving)} = row")
        lines += _statements(formula)
        if shape + 1 < len(shapes):
            body.append(f"if row[0] == {shape}:")
            body += [f"    {line}" for line in lines]
        else:
            body += lines
    stops = [f"    {_stop_text(stop)}," for stop, _, _ in rows]
    texts = [
        f"    {cells[i]}," + (f"  # {rows[i][2]}" if i < len(rows) and rows[i][2] else "")
        for i in range(len(rows) + 1)
    ]
    table = [f"{name}_STOPS = (", *stops, ")", f"{name}_ROWS = (", *texts, ")"]
    return body, table


def _cell(number: Num, skeleton: Shared) -> str:
    if skeleton.results == (Var("#0"),):
        return repr(nearest(number.value))
    return decimal(number.value)


def _stop_text(stop: Expr) -> str:
    return render(comparison(stop)[1], DIALECT)


def _slots(formula: Shared) -> tuple[Shared, list[Num]]:
    """A formula with its numbers taken out."""
    numbers: list[Num] = []

    def empty(expr: Expr) -> Expr:
        if isinstance(expr, Num):
            numbers.append(expr)
            return Var(f"#{len(numbers) - 1}")
        if isinstance(expr, Apply):
            return Apply(expr.op, tuple([empty(a) for a in expr.args]))
        return expr

    bindings = tuple([(name, empty(e)) for name, e in formula.bindings])
    return Shared(bindings, tuple([empty(r) for r in formula.results])), numbers


def _fill(formula: Shared, values: Mapping[str, Expr]) -> Shared:
    def put(expr: Expr) -> Expr:
        if isinstance(expr, Var):
            return values.get(expr.name, expr)
        if isinstance(expr, Apply):
            return Apply(expr.op, tuple([put(a) for a in expr.args]))
        return expr

    return Shared(
        tuple([(name, put(e)) for name, e in formula.bindings]),
        tuple([put(r) for r in formula.results]),
    )


# ---- the module


def _docstring(header: Header) -> str:
    lines = [f'"""{_plain(header.origin)}, compiled by schedc {header.version}.', ""]
    for name, text in header.schedules.items():
        lines.append(f"    {name}: {_plain(' '.join(text.split()))}")
    if header.run:
        lines += ["", f"Run: {_plain(header.run)}."]
    if header.digest:
        lines += ["", f"Program: {header.digest}"]
    lines += ["", "`step` counts updates from 0; after the end the last value holds.", '"""', ""]
    return "\n".join(lines)


def _plain(text: str) -> str:
    """Text that cannot end a docstring."""
    return text.replace("\\", "\\\\").replace('"""', "'''").rstrip('"')


def _ramp_tables(tracks: Mapping[str, Track], body: str) -> list[str]:
    """The tables of the run's batch ramp that the code reads: one text, or none."""
    found = {name: row for track in tracks.values() for name, row in tables(track.run).items()}
    used = functions(body, frozenset(found))
    lines = [f"{name} = ({_in_lines(found[name])})" for name in used]
    return ["\n".join(lines)] if lines else []


def _in_lines(row: tuple[int, ...]) -> str:
    words = [f"{value}," for value in row]
    if len(words) <= 6:
        return " ".join(words)
    cut = range(0, len(words), 8)
    return "\n    " + "\n    ".join(" ".join(words[i : i + 8]) for i in cut) + "\n"


def _imports(body: str) -> str:
    used = functions(body, MATH)
    lines = ["from bisect import bisect_right"] if "bisect_right" in body else []
    lines += [f"from math import {', '.join(used)}"] if used else []
    return "\n".join([*lines, ""]) if lines else ""


def _values(tracks: Mapping[str, Track], names: Mapping[str, str]) -> str:
    """`values(step)`: every schedule at once, what they share computed once."""
    needs = parameters_of(tracks)
    extra = [p for p in ("total", "base") if p in needs]
    head = ", ".join(
        [
            "step",
            *(["total"] if "total" in extra else []),
            *(["*", "base"] if "base" in extra else []),
        ]
    )
    lines = [f"def values({head}):", '    """Every schedule at once: name → value."""']
    regions = fused(tracks)
    if regions is None or len(regions.branches) > MAX_IFS or len(names) < 2:
        calls = []
        for name, track in tracks.items():
            own = signature(track)
            passed = [
                "step",
                *(["total"] if "total" in own else []),
                *(["base=base"] if "base" in own else []),
            ]
            calls.append(f'        "{_key(name)}": {names[name]}({", ".join(passed)}),')
        return "\n".join([*lines, "    return {", *calls, "    }"])

    def returned(results: tuple[Expr, ...]) -> list[str]:
        cells = [
            f'    "{_key(name)}": {value_text(r)},' for name, r in zip(tracks, results, strict=True)
        ]
        return ["return {", *cells, "}"]

    for i, branch in enumerate(regions.branches):
        lines.append(f"    if {render_test(branch.stop, DIALECT)}:")
        if i == 0 and not all(isinstance(r, Num) for r in branch.formula.results):
            lines.append("        if step <= 0:")
            lines += [f"            {line}" for line in returned(regions.first)]
        lines += [f"        {name} = {render(e, DIALECT)}" for name, e in branch.formula.bindings]
        lines += [f"        {line}" for line in returned(branch.formula.results)]
    lines += [f"    {line}" for line in returned(regions.last)]
    return "\n".join(lines)


def _key(name: str) -> str:
    return name.replace("\\", "\\\\").replace('"', '\\"')


BACKEND = Backend(
    DIALECT, source, ".py", "A standalone Python module; needs only the standard library."
)
