"""JAX: functions that can be jitted; each is an `optax.Schedule`, a function of the step count.

In: tracks. Out: the text of a module that imports jax.numpy (and numpy, for tables).
The one rule: no number is lost to 32 bits that need not be: brackets such as `10000 - step` are
taken in integers before they become floats, powers are `exp`, and no branch sees a step outside
its own phase, so that none makes a nan.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from schedc.backends.arrays import Arrays, module, names_taken
from schedc.backends.base import Backend, Branch, Function, Fused, Header, Layout, Region
from schedc.backends.base import functions as lowered
from schedc.backends.lower import comparison
from schedc.backends.python import DIALECT as PYTHON
from schedc.backends.python import MATH, reserved
from schedc.backends.share import Shared
from schedc.backends.table import Rows
from schedc.backends.text import float_text, identifiers, wrapped
from schedc.expr import Apply, Expr, Num, Var
from schedc.program import Track
from schedc.render import CALL, UNARY, Dialect, Rule, call, leveled, render

_NAMES = {"min": "minimum", "max": "maximum"}
_CALLS = (*sorted(MATH), "abs", "min", "max")
_INT32 = 1 << 31


def _number(value: Fraction) -> tuple[str, int]:
    return float_text(value), UNARY if value < 0 else CALL


_WHOLE = Dialect(
    "jax integers",
    {**PYTHON.rules, "min": call("jnp.minimum", 2), "max": call("jnp.maximum", 2)},
    PYTHON.number,
    names={"step": "k"},
)


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
    names = identifiers(tracks, names_taken(reserved(), _WORDS.modules))
    return module(tracks, lowered(tracks, names, narrow=True), header, _WORDS)


def _cells(row: tuple[int, ...]) -> str:
    """Whole numbers, as floats where 32 bits do not hold them."""
    fits = all(abs(v) < _INT32 for v in row)
    return wrapped([str(v) if fits else f"{v}.0" for v in row], 8)


def _imports(text: str) -> list[str]:
    return ["import jax.numpy as jnp", *(["import numpy as np"] if "np.array(" in text else [])]


def _phases(case: Layout) -> list[str]:
    return _chosen(["value"], (case.first,), case.branches, (case.last,))


def _together(made: Sequence[Function], regions: Fused) -> list[str]:
    names = [f"value{n}" for n in range(len(made))]
    lines = _chosen(names, regions.first, regions.branches, regions.last)
    return [*lines, f"value = {', '.join(names)}"]


def _chosen(
    names: Sequence[str],
    first: Sequence[Expr],
    branches: Sequence[Branch | Region],
    last: Sequence[Expr],
) -> list[str]:
    """From the last phase to the first: below its stop, a phase takes over."""
    lines = [
        f"{name} = {_value(end)} + jnp.zeros(step.shape)"
        for name, end in zip(names, last, strict=True)
    ]
    starts = [Num(Fraction(0)), *[branch.stop for branch in branches]]
    for start, branch in reversed(list(zip(starts, branches, strict=False))):
        if isinstance(branch, Branch) and branch.comment:
            lines.append(f"# {branch.comment}")
        if not _still(branch.formula.results):
            lines.append(f"k = jnp.clip(step, {_bound(start)}, {_bound(branch.stop)})")
        reach = _reach(branch.stop)
        lines += _bindings(branch.formula, reach)
        for name, result in zip(names, branch.formula.results, strict=True):
            chosen = f"step < {_bound(branch.stop)}, {_value(result, reach)}, {name}"
            lines.append(f"{name} = jnp.where({chosen})")
    if branches and not _still(branches[0].formula.results):
        lines += [
            f"{name} = jnp.where(step <= 0, {_value(begin)}, {name})"
            for name, begin in zip(names, first, strict=True)
        ]
    return lines


def _still(results: Sequence[Expr]) -> bool:
    return all(isinstance(result, Num) for result in results)


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


def _lookup(rows: Rows, name: str) -> list[str]:
    reach = float(rows.stops[-1])
    several = len(rows.shapes) > 1
    body = [
        f'row = jnp.searchsorted({name}_STOPS, step, side="right")',
        f"numbers = jnp.asarray({name}_ROWS)[row]",
        *([f"shape = jnp.asarray({name}_SHAPES)[row]"] if several else []),
        "k = step",
        "value = jnp.zeros(step.shape)",
    ]
    for n, shape in enumerate(rows.shapes):
        body += [f"v{j} = numbers[..., {j}]" for j in range(shape.slots)]
        body += _bindings(shape.formula, reach)
        value = _value(shape.formula.results[0], reach)
        body.append(
            f"value = jnp.where(shape == {n}, {value}, value)"
            if several
            else f"value = value + {value}"
        )
    return body


_WORDS = Arrays(
    opening=lambda name, handed_on, count: ["step = jnp.asarray(step)"],
    phases=_phases,
    lookup=_lookup,
    together=_together,
    closing="return value",
    ramp=_cells,
    imports=_imports,
    helpers={"_float": _FLOAT},
    called=frozenset({"ValueError"}),
    modules="jnp np",
)

BACKEND = Backend(
    DIALECT, source, ".py", "A Python module for JAX; each function is an optax.Schedule."
)
