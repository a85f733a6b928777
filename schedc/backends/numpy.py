"""numpy: a module of functions over whole arrays of updates.

In: tracks. Out: the text of a module that imports numpy and nothing else.
The one rule: each update is computed once, by the formula of its own phase; of a rising array (the
usual one) the phases are slices, which copy nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from schedc.backends.arrays import Arrays, module, names_taken
from schedc.backends.base import Backend, Function, Fused, Header, Layout
from schedc.backends.base import functions as lowered
from schedc.backends.python import DIALECT as PYTHON
from schedc.backends.python import reserved
from schedc.backends.share import Shared
from schedc.backends.stops import threshold
from schedc.backends.table import Rows
from schedc.backends.text import float_text, named, wrapped
from schedc.expr import Expr, Num
from schedc.program import Track
from schedc.render import ANY, CALL, Dialect, Rule, call, decimal, render

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
        "row": Rule('np.searchsorted({1}, {0}, side="right")', CALL, (ANY, ANY)),
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


def _blocks(schedule, step, *rows, **more):
    """A large array in blocks that stay in the cache."""
    flat = step.ravel()
    value = np.empty((*rows, flat.size))
    for i in range(0, flat.size, BLOCK):
        value[..., i : i + BLOCK] = schedule(flat[i : i + BLOCK], **more)
    return value.reshape(*rows, *step.shape)'''


def source(tracks: Mapping[str, Track], header: Header) -> str:
    """The text of a module: one function a schedule, and `values`, all of them."""
    made = lowered(tracks, named(tracks, names_taken(reserved(), _WORDS), capitals=True))
    return module(tracks, made, header, _WORDS)


def _opening(name: str, handed_on: str, count: int | None) -> list[str]:
    rows = "" if count is None else f", {count}"
    return [
        "step = np.asarray(step)",
        "if step.size > BLOCK:",
        f"    return _blocks({name}, step{rows}{handed_on})",
        "step = step.astype(np.float64)",
        f"value = np.empty({'step.shape' if count is None else f'({count}, *step.shape)'})",
    ]


def _phases(case: Layout) -> list[str]:
    """One assignment a phase, to the updates that it owns."""
    parts: list[tuple[Shared, str]] = [(Shared((), (case.first,)), "")]
    parts += [(b.formula, b.comment) for b in case.branches]
    parts.append((Shared((), (case.last,)), ""))
    return _assigned(parts, [branch.stop for branch in case.branches])


def _together(made: Sequence[Function], regions: Fused) -> list[str]:
    """The same for all schedules: each is a row."""
    formulas = [Shared((), regions.first), *[r.formula for r in regions.branches]]
    formulas.append(Shared((), regions.last))
    stops = [region.stop for region in regions.branches]
    return _assigned([(formula, "") for formula in formulas], stops, rows=True)


def _assigned(
    parts: Sequence[tuple[Shared, str]], stops: Sequence[Expr], *, rows: bool = False
) -> list[str]:
    still = all(isinstance(result, Num) for result in parts[1][0].results)
    begin = "0" if still else "1e-300"  # so that update 0 has the first value itself
    lines = [f"phases = _phases(step, [{', '.join([begin, *map(_stop, stops)])}])"]
    for i, (formula, comment) in enumerate(parts):
        if comment:
            lines.append(f"# {comment}")
        if any(not isinstance(result, Num) for result in formula.results):
            lines.append(f"k = step[phases[{i}]]")
        lines += [f"{name} = {render(expr, DIALECT)}" for name, expr in formula.bindings]
        for n, result in enumerate(formula.results):
            place = f"{n}, phases[{i}]" if rows else f"phases[{i}]"
            lines.append(f"value[{place}] = {_value(result)}")
    return lines


def _stop(stop: Expr) -> str:
    return render(threshold(stop), PYTHON)


def _value(expr: Expr) -> str:
    return float_text(expr.value) if isinstance(expr, Num) else render(expr, DIALECT)


def _lookup(rows: Rows, name: str, _: Layout) -> list[str]:
    """Numbers gathered by row, then one formula for all the updates of its shape.

    `row` is a name that such a formula may give to the row of a ramp.
    """
    body = [f'at = np.searchsorted({name}_STOPS, step, side="right")']
    several = len(rows.shapes) > 1
    if several:
        body.append(f"shape = {name}_SHAPES[at]")
    for n, shape in enumerate(rows.shapes):
        here = "here" if several else "..."
        if several:
            body.append(f"here = shape == {n}")
        body.append(f"k = step[{here}]")
        if shape.slots:
            body.append(f"numbers = {name}_ROWS[at[{here}]]")
        body += [f"v{j} = numbers[..., {j}]" for j in range(shape.slots)]
        body += [f"{x} = {render(expr, DIALECT)}" for x, expr in shape.formula.bindings]
        body.append(f"value[{here}] = {_value(shape.formula.results[0])}")
    return body


_WORDS = Arrays(
    opening=_opening,
    phases=_phases,
    lookup=_lookup,
    together=_together,
    closing="return value[()]",
    stop=decimal,
    ramp=lambda row: wrapped(map(str, row), 8),
    imports=lambda text: ["import numpy as np"],
    helpers={"_blocks": _BLOCKS, "_phases": _PHASES},
    called=frozenset(
        {"slice", "zip", "range", "len", "ValueError", "schedule", "min", "max", "abs"}
    ),
    modules=frozenset({"np"}),
)

BACKEND = Backend(DIALECT, source, ".py", "A Python module over numpy arrays of updates.")
