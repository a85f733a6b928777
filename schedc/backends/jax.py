"""JAX: functions that can be jitted; each is an `optax.Schedule`, a function of the step count.

In: tracks. Out: the text of a module that imports jax.numpy (and numpy, for tables).
The one rule: no number is lost to 32 bits that need not be: brackets such as `10000 - step` are
taken in integers before they become floats, powers are `exp`, and no branch sees a step outside
its own phase, so that none makes a nan.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from schedc.backends.base import Backend, Function, Header, Layout, needs_of
from schedc.backends.base import functions as lowered
from schedc.backends.clocks import tables
from schedc.backends.guard import check_source
from schedc.backends.lower import comparison
from schedc.backends.python import DIALECT as PYTHON
from schedc.backends.python import MATH, MAX_IFS, calls, head, reserved
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
from schedc.expr import Apply, Expr, Num, Var
from schedc.program import Track
from schedc.render import CALL, UNARY, Dialect, Rule, call, leveled, occurring, render

_NAMES = {"min": "minimum", "max": "maximum"}
_CALLS = (*sorted(MATH), "abs", "min", "max")
_INT32 = 1 << 31


def _number(value: Fraction) -> tuple[str, int]:
    return float_text(value), UNARY if value < 0 else CALL


_WHOLE = Dialect("jax integers", PYTHON.rules, PYTHON.number, names={"step": "k"})


def _in_integers(dialect: Dialect, args: tuple[Expr, ...]) -> tuple[str, int]:
    return leveled(args[0], _WHOLE)


DIALECT = Dialect(
    "jax",
    {
        **PYTHON.rules,
        **{op: call(f"jnp.{_NAMES.get(op, op)}", 2 if op in _NAMES else 1) for op in _CALLS},
        "row": Rule('jnp.searchsorted({1}, {0}, side="right")', CALL, (0, 0)),
        "cell": Rule("jnp.asarray({0})[{1}]", CALL, (0, 0)),
        "float": call("_float"),
    },
    _number,
    names={"step": "k"},
    special={"whole": _in_integers},
)

_FLOAT = '''def _float(x):
    """Whole numbers as floats, of the precision that JAX is set to."""
    return jnp.asarray(x, dtype=jnp.result_type(float))'''


def source(tracks: Mapping[str, Track], header: Header) -> str:
    """The text of a module: one function a schedule, and `values`, all of them."""
    made = lowered(tracks, identifiers(tracks, reserved() | {"jnp", "np"}), narrow=True)
    bodies = [*[_definition(each) for each in made], _values(made)]
    body = "\n\n\n".join(bodies)
    found = {name: row for track in tracks.values() for name, row in tables(track.run).items()}
    used = occurring(body, frozenset(found))
    ramps = ["\n".join([f"{n} = np.array([", _cells(found[n]), "])"]) for n in used]
    imports = ["import jax.numpy as jnp", *(["import numpy as np"] if "np.array" in body else [])]
    if ramps:
        imports = ["import jax.numpy as jnp", "import numpy as np"]
    docstring = "\n".join(about(header)).replace("\\", "\\\\").replace('"""', "'''")
    whole = "\n\n\n".join([*ramps, *([_FLOAT] if "_float(" in body else []), body])
    text = "\n".join(['"""' + docstring, '"""', "", *imports, "", "", whole, ""])
    check_source(text, frozenset({"ValueError"}), "jnp np")
    return text


def _cells(row: tuple[int, ...]) -> str:
    """Whole numbers, as floats where 32 bits do not hold them."""
    fits = all(abs(v) < _INT32 for v in row)
    return wrapped([str(v) if fits else f"{v}.0" for v in row], 8)


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
    lines.append("    step = jnp.asarray(step)")
    constants: list[str] = []
    for i, case in enumerate(cases):
        last = i + 1 == len(cases)
        rows = tabulated(case) if len(case.branches) > MAX_IFS else None
        if rows is None:
            body = _phases(case)
        else:
            body, table = _table(rows, f"_{name.upper()}{'' if len(cases) == 1 else f'_{i}'}")
            constants += table
        body.append("return value")
        if not last:
            lines.append(f"    if total <= {case.high}:")
        lines += [f"{'    ' if last else '        '}{line}" for line in body]
    return "\n".join([*constants, *(["", ""] if constants else []), *lines])


def _phases(case: Layout) -> list[str]:
    """From the last phase to the first: below its stop, a phase takes over."""
    lines = [f"value = {_value(case.last)} + jnp.zeros(step.shape)"]
    starts = [Num(Fraction(0)), *[branch.stop for branch in case.branches]]
    for start, branch in reversed(list(zip(starts, case.branches, strict=False))):
        if branch.comment:
            lines.append(f"# {branch.comment}")
        if not branch.constant:
            lines.append(f"k = jnp.clip(step, {_bound(start)}, {_bound(branch.stop)})")
        reach = _reach(branch.stop)
        lines += _bindings(branch.formula, reach)
        value = _value(branch.value, reach)
        lines.append(f"value = jnp.where(step < {_bound(branch.stop)}, {value}, value)")
    if case.branches and not case.branches[0].constant:
        lines.append(f"value = jnp.where(step <= 0, {_value(case.first)}, value)")
    return lines


def _bindings(formula: Shared, reach: float) -> list[str]:
    return [f"{x} = {render(typed(e, reach), DIALECT)}" for x, e in formula.bindings]


def _reach(stop: Expr) -> float:
    return float(stop.value) if isinstance(stop, Num) else 1e7


def _bound(stop: Expr) -> str:
    left, right = comparison(stop)
    return render(right if left == Var("step") else stop, _WHOLE)


def _value(expr: Expr, reach: float = 0.0) -> str:
    return render(typed(expr, reach), DIALECT)


# ---- whole numbers before they become floats


def typed(expr: Expr, reach: float) -> Expr:
    """The same with `float` around what is whole, for steps up to `reach`."""
    if not isinstance(expr, Apply):
        return Apply("float", (expr,)) if expr == Var("step") else expr
    size = _size(expr, reach)
    if size is not None:
        if size < _INT32:
            return Apply("float", (Apply("whole", (expr,)),))
    elif expr.op in ("row", "cell"):
        return expr
    return Apply(expr.op, tuple([typed(a, reach) for a in expr.args]))


def _size(expr: Expr, reach: float) -> float | None:
    """How large an expression in whole numbers gets; None where it is not one."""
    match expr:
        case Num(value):
            return abs(float(value)) if value.denominator == 1 else None
        case Var("step" | "total"):
            return reach
        case Apply("add" | "sub", (a, b)):
            x, y = _size(a, reach), _size(b, reach)
            return None if x is None or y is None else x + y
        case Apply("mul", (Num(c), b)) if c.denominator == 1:
            y = _size(b, reach)
            return None if y is None else abs(float(c)) * y
        case Apply("fdiv" | "rem", (a, b)):
            x, y = _size(a, reach), _size(b, reach)
            return None if x is None or y is None else max(x, y)
        case Apply("neg", (a,)):
            return _size(a, reach)
    return None


# ---- many phases


def _table(rows: Rows, name: str) -> tuple[list[str], list[str]]:
    reach = float(rows.stops[-1])
    body = [
        f'row = jnp.searchsorted({name}_STOPS, step, side="right")',
        f"numbers = jnp.asarray({name}_ROWS)[row]",
        f"shape = jnp.asarray({name}_SHAPES)[row]",
        "k = step",
        "value = jnp.zeros(step.shape)",
    ]
    for n, shape in enumerate(rows.shapes):
        body += [f"v{j} = numbers[..., {j}]" for j in range(shape.slots)]
        body += _bindings(shape.formula, reach)
        body.append(f"value = jnp.where(shape == {n}, {_value(shape.formula.results[0])}, value)")
    width = max(rows.width, 1)
    table = [f"{name}_STOPS = np.array([", wrapped(map(float_text, rows.stops), 8), "])"]
    shapes = wrapped([str(row.shape) for row in rows.rows], 16)
    table += [f"{name}_SHAPES = np.array([", shapes, "])", f"{name}_ROWS = np.array(["]
    for row in rows.rows:
        cells = [float_text(v) for v in row.numbers] + ["0.0"] * (width - len(row.numbers))
        table.append(f"    [{', '.join(cells)}]," + (f"  # {row.comment}" if row.comment else ""))
    return body, [*table, "])"]


def _values(made: Sequence[Function]) -> str:
    lines = [head("values", needs_of(made)), '    """Every schedule: name → value."""']
    return "\n".join([*lines, *calls(made)])


BACKEND = Backend(
    DIALECT, source, ".py", "A Python module for JAX; each function is an optax.Schedule."
)
