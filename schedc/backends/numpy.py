"""numpy: a module of functions over whole arrays of updates.

In: tracks. Out: the text of a module that imports numpy and nothing else.
The one rule: each update is computed once, by the formula of its own phase; of a rising array (the
usual one) the phases are slices, which copy nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from schedc.backends.base import Backend, Function, Header, Layout, needs_of
from schedc.backends.base import functions as lowered
from schedc.backends.clocks import tables
from schedc.backends.guard import check_source
from schedc.backends.lower import comparison
from schedc.backends.python import DIALECT as PYTHON
from schedc.backends.python import MAX_IFS, calls, head, reserved
from schedc.backends.share import Shared
from schedc.backends.table import Rows, tabulated
from schedc.backends.text import (
    about,
    conditions,
    float_text,
    identifiers,
    in_string,
    misfit_test,
    wrapped,
)
from schedc.expr import Expr, Num, Var
from schedc.program import Track
from schedc.render import CALL, Dialect, Rule, call, decimal, occurring, render

_NAMES = {"min": "minimum", "max": "maximum"}
_CALLS = (
    "sqrt",
    "exp",
    "log",
    "sin",
    "cos",
    "tanh",
    "floor",
    "expm1",
    "log1p",
    "abs",
    "min",
    "max",
)

DIALECT = Dialect(
    "numpy",
    {
        **PYTHON.rules,
        **{op: call(f"np.{_NAMES.get(op, op)}", 2 if op in _NAMES else 1) for op in _CALLS},
        "row": Rule('np.searchsorted({1}, {0}, side="right")', CALL, (0, 0)),
    },
    PYTHON.number,
    names={"step": "k"},
)

_PHASES = '''def _phases(step, stops):
    """Where each phase lies: slices of a rising array, else masks."""
    if step.ndim == 1 and (step[1:] >= step[:-1]).all():
        edges = [0, *np.searchsorted(step, stops), step.size]
        return [slice(a, b) for a, b in zip(edges, edges[1:])]
    phase = np.searchsorted(stops, step, side="right")
    return [phase == i for i in range(len(stops) + 1)]'''

_BLOCKS = '''BLOCK = 16384


def _blocks(schedule, step, **more):
    """A large array in blocks that stay in the cache."""
    flat = step.ravel()
    value = np.empty(flat.size)
    for i in range(0, flat.size, BLOCK):
        value[i : i + BLOCK] = schedule(flat[i : i + BLOCK], **more)
    return value.reshape(step.shape)'''


def source(tracks: Mapping[str, Track], header: Header) -> str:
    """The text of a module: one function a schedule, and `values`, all of them."""
    made = lowered(tracks, identifiers(tracks, reserved() | {"np"}))
    bodies = [*[_definition(each) for each in made], _values(made)]
    body = "\n\n\n".join(bodies)
    found = {name: row for track in tracks.values() for name, row in tables(track.run).items()}
    used = occurring(body, frozenset(found))
    ramps = [f"{name} = np.array([\n{wrapped(map(str, found[name]), 8)}\n])" for name in used]
    docstring = "\n".join(about(header)).replace("\\", "\\\\").replace('"""', "'''")
    helpers = [_BLOCKS, *([_PHASES] if "_phases(" in body else [])]
    whole = "\n\n\n".join([*(["\n".join(ramps)] if ramps else []), *helpers, body])
    text = "\n".join(['"""' + docstring, '"""', "", "import numpy as np", "", "", whole, ""])
    check_source(text, frozenset({"slice", "zip", "range", "len", "ValueError", "schedule"}), "np")
    return text


def _definition(made: Function) -> str:
    cases, name, needs = made.cases, made.name, made.needs
    lines = [head(name, needs)]
    if "total" in needs:
        reason = in_string(f"{made.title} needs {conditions(cases)}, not ")
        reason = reason.replace("{", "{{").replace("}", "}}")
        lines += [
            f"    if {misfit_test(cases, 'or', 'and')}:",
            f'        raise ValueError(f"{reason}{{total}}")',
        ]
    more = "".join(f", {name}={name}" for name in ("total", "base") if name in needs)
    lines += [
        "    step = np.asarray(step)",
        "    if step.size > BLOCK:",
        f"        return _blocks({name}, step{more})",
        "    step = step.astype(np.float64)",
        "    value = np.empty(step.shape)",
    ]
    constants: list[str] = []
    for i, case in enumerate(cases):
        last = i + 1 == len(cases)
        rows = tabulated(case) if len(case.branches) > MAX_IFS else None
        if rows is None:
            body = _phases(case)
        else:
            body, table = _table(rows, f"_{name.upper()}{'' if len(cases) == 1 else f'_{i}'}")
            constants += table
        body.append("return value[()]")
        if not last:
            lines.append(f"    if total <= {case.high}:")
        lines += [f"{'    ' if last else '        '}{line}" for line in body]
    return "\n".join([*constants, *(["", ""] if constants else []), *lines])


def _phases(case: Layout) -> list[str]:
    """One assignment a phase, to the updates that it owns."""
    stops = ["0", *[_stop(branch.stop) for branch in case.branches]]
    parts: list[tuple[Shared, str]] = [(Shared((), (case.first,)), "")]
    parts += [(b.formula, b.comment) for b in case.branches]
    parts.append((Shared((), (case.last,)), ""))
    lines = [f"phases = _phases(step, [{', '.join(stops)}])"]
    for i, (formula, comment) in enumerate(parts):
        if comment:
            lines.append(f"# {comment}")
        if not isinstance(formula.results[0], Num):
            lines.append(f"k = step[phases[{i}]]")
        lines += [f"{name} = {render(expr, DIALECT)}" for name, expr in formula.bindings]
        lines.append(f"value[phases[{i}]] = {_value(formula.results[0])}")
    return lines


def _stop(stop: Expr) -> str:
    left, right = comparison(stop)
    if left == Var("step"):
        return render(right, PYTHON)
    return render(stop, PYTHON)


def _value(expr: Expr) -> str:
    return float_text(expr.value) if isinstance(expr, Num) else render(expr, DIALECT)


def _table(rows: Rows, name: str) -> tuple[list[str], list[str]]:
    """Numbers gathered by row, then one formula for all the updates of its shape."""
    body = [f'row = np.searchsorted({name}_STOPS, step, side="right")']
    several = len(rows.shapes) > 1
    if several:
        body.append(f"shape = {name}_SHAPES[row]")
    for n, shape in enumerate(rows.shapes):
        here = "here" if several else "..."
        if several:
            body.append(f"here = shape == {n}")
        body.append(f"k = step[{here}]")
        if shape.slots:
            body.append(f"numbers = {name}_ROWS[row[{here}]]")
        body += [f"v{j} = numbers[..., {j}]" for j in range(shape.slots)]
        body += [f"{x} = {render(expr, DIALECT)}" for x, expr in shape.formula.bindings]
        body.append(f"value[{here}] = {_value(shape.formula.results[0])}")
    table = [f"{name}_STOPS = np.array([", wrapped(map(decimal, rows.stops), 8), "])"]
    if several:
        shapes = wrapped([str(row.shape) for row in rows.rows], 16)
        table += [f"{name}_SHAPES = np.array([", shapes, "])"]
    width = max(rows.width, 1)
    table.append(f"{name}_ROWS = np.array([")
    for row in rows.rows:
        cells = [float_text(v) for v in row.numbers] + ["0.0"] * (width - len(row.numbers))
        note = f"  # {row.comment}" if row.comment else ""
        table.append(f"    [{', '.join(cells)}],{note}")
    return body, [*table, "])"]


def _values(made: Sequence[Function]) -> str:
    lines = [head("values", needs_of(made)), '    """Every schedule: name → array."""']
    return "\n".join([*lines, *calls(made)])


BACKEND = Backend(DIALECT, source, ".py", "A Python module over numpy arrays of updates.")
