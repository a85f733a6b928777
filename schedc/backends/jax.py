"""JAX: functions that can be jitted; each is an `optax.Schedule`, a function of the step count.

In: tracks. Out: the text of a module that imports jax.numpy (and numpy, for tables).
The one rule: no number is lost to 32 bits that need not be: steps are whole, brackets such as
`10000 - step` are taken in integers before they become floats, powers are `exp`, and no branch sees
a step outside its own phase, so that none makes a nan.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import TypeAlias

from schedc.backends.arrays import Arrays, module, names_taken
from schedc.backends.base import MAX_IFS, Backend, Branch, Function, Fused, Header, Layout, Region
from schedc.backends.base import functions as lowered
from schedc.backends.differences import replace as replaced
from schedc.backends.local import whole_line
from schedc.backends.lower import threshold
from schedc.backends.python import DIALECT as PYTHON
from schedc.backends.python import MATH, reserved
from schedc.backends.share import Shared
from schedc.backends.table import Rows
from schedc.backends.text import float_text, identifiers, in_string, wrapped
from schedc.expr import Apply, Expr, Num, Var, make, variables
from schedc.program import Track
from schedc.render import ANY, CALL, UNARY, Dialect, Rule, call, leveled, render

_NAMES = {"min": "minimum", "max": "maximum"}
_CALLS = (*sorted(MATH), "abs", "min", "max")
_INT32 = 1 << 31

Whole: TypeAlias = Mapping[str, float]
"""Cells of a table that are integers, and how large they get."""

_NO_CELLS: Whole = {}


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
        "row": Rule('jnp.searchsorted({1}, {0}, side="right")', CALL, (ANY, ANY)),
        "cell": Rule("jnp.asarray({0})[{1}]", CALL, (ANY, ANY)),
        "float": call("_float"),
    },
    _number,
    names={"step": "k"},
    special={"whole": _in_integers},
)

_FLOAT = '''def _float(x):
    """Whole numbers as floats, of the precision that JAX is set to."""
    return jnp.asarray(x, dtype=jnp.result_type(float))'''


_KNOWN = """def _known(total, name):
    \"""A length, where Python decides by it; inside `jax.jit` it has to be a constant.\"""
    if isinstance(total, jax.core.Tracer):
        raise TypeError(
            f"{name} needs its length before it is traced: jax.jit(f, static_argnames='total'), "
            "or functools.partial(f, total=10_000)"
        )
    return total"""


def _length(title: str) -> list[str]:
    return [f'total = _known(total, "{in_string(title)}")']


def source(tracks: Mapping[str, Track], header: Header) -> str:
    """The text of a module: one function a schedule, and `values`, all of them."""
    names = identifiers(tracks, names_taken(reserved(), _WORDS.modules))
    made = [
        replace(one, cases=tuple([_bracketed(case) for case in one.cases]))
        for one in lowered(tracks, names, narrow=True)
    ]
    return module(tracks, made, header, _WORDS)


def _cells(row: tuple[int, ...]) -> str:
    """Whole numbers, as floats where 32 bits do not hold them."""
    fits = all(abs(v) < _INT32 for v in row)
    return wrapped([str(v) if fits else f"{v}.0" for v in row], 8)


def _imports(text: str) -> list[str]:
    whole = ["import jax"] if "jax.core." in text else []
    arrays = ["import numpy as np"] if "np.array(" in text else []
    return [*whole, "import jax.numpy as jnp", *arrays]


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
            lines.append(f"k = jnp.clip(step, {_first_from(start)}, {_last_to(branch.stop)})")
        reach = _reach(branch.stop)
        formula = _whole_inside(branch.formula, reach)
        lines += _bindings(formula, reach)
        for name, result in zip(names, formula.results, strict=True):
            chosen = f"step < {_first_from(branch.stop)}, {_value(result, reach)}, {name}"
            lines.append(f"{name} = jnp.where({chosen})")
    if branches and not _still(branches[0].formula.results):
        lines += [
            f"{name} = jnp.where(step <= 0, {_value(begin)}, {name})"
            for name, begin in zip(names, first, strict=True)
        ]
    return lines


def _still(results: Sequence[Expr]) -> bool:
    return all(isinstance(result, Num) for result in results)


def _bindings(formula: Shared, reach: float, whole: Whole = _NO_CELLS) -> list[str]:
    return [f"{x} = {render(typed(e, reach, whole), DIALECT)}" for x, e in formula.bindings]


def _whole_inside(formula: Shared, reach: float) -> Shared:
    """The same where divisions and brackets in whole numbers see whole numbers, and no name of a
    float: with x = 200*step in 32 bits, 24567943 - x is off by 1."""
    known: dict[str, Expr] = {}

    def seen(expr: Expr) -> Expr:
        match expr:
            case Apply("fdiv" | "rem", _):
                return replaced(expr, known)
            case Apply("add" | "sub", _) if variables(expr) & known.keys():
                whole = replaced(expr, known)
                if _size(whole, reach) is not None:
                    return whole
        return Apply(expr.op, tuple(map(seen, expr.args))) if isinstance(expr, Apply) else expr

    bindings = []
    for name, expr in formula.bindings:
        bindings.append((name, seen(expr)))
        if _size(bindings[-1][1], reach) is not None:
            known[name] = bindings[-1][1]
    results = tuple(map(seen, formula.results))
    used = frozenset[str]().union(*map(variables, results))
    kept = []
    for name, expr in reversed(bindings):
        if name in used:
            kept.append((name, expr))
            used |= variables(expr)
    return Shared(tuple(reversed(kept)), results)


def _reach(stop: Expr) -> float:
    return float(stop.value) if isinstance(stop, Num) else 1e7


def _first_from(stop: Expr) -> str:
    """The first whole update at a stop or behind it: 32 bits hold it, where they may not hold a
    stop between two updates."""
    match threshold(stop):
        case Num(value):
            return str(math.ceil(value))
        case Apply("div", (above, below)):
            return f"-({render(Apply('fdiv', (Apply('neg', (above,)), below)), _WHOLE)})"
        case exact:
            return render(exact, _WHOLE)


def _last_to(stop: Expr) -> str:
    """The last whole update up to a stop."""
    match threshold(stop):
        case Num(value):
            return str(math.floor(value))
        case Apply("div", (above, below)):
            return render(Apply("fdiv", (above, below)), _WHOLE)
        case exact:
            return render(exact, _WHOLE)


def _value(expr: Expr, reach: float = 0.0, whole: Whole = _NO_CELLS) -> str:
    return render(typed(expr, reach, whole), DIALECT)


# ---- whole numbers before they become floats


def typed(expr: Expr, reach: float, whole: Whole = _NO_CELLS) -> Expr:
    """The same with `float` around what is whole, for steps up to `reach`."""
    if not isinstance(expr, Apply):
        is_whole = isinstance(expr, Var) and (expr.name == "step" or expr.name in whole)
        return Apply("float", (expr,)) if is_whole else expr
    size = _size(expr, reach, whole)
    if size is not None:
        if size < _INT32:
            return Apply("float", (Apply("whole", (expr,)),))
        if (bracket := _bracket(expr, reach)) is not None:
            return bracket
    elif expr.op in ("row", "cell"):
        return expr
    return Apply(expr.op, tuple([typed(a, reach, whole) for a in expr.args]))


def _bracket(expr: Expr, reach: float) -> Expr | None:
    """c*step + n as c*(step - m) + r, where 32 bits hold step - m; None where they do not."""
    apart = _apart(expr)
    if apart is None:
        return None
    slope, inside, left = apart
    if (size := _size(inside, reach)) is None or size >= _INT32:
        return None
    return _joined(slope, Apply("float", (Apply("whole", (inside,)),)), left)


def _bracketed(case: Layout) -> Layout:
    """The same for the rows of a table, whose numbers are floats: c*step + n would lose digits."""
    if len(case.branches) <= MAX_IFS:
        return case
    branches = []
    for branch in case.branches:
        formula = _whole_inside(branch.formula, _reach(branch.stop))
        bindings = tuple([(name, _inside(expr)) for name, expr in formula.bindings])
        results = tuple([_inside(expr) for expr in formula.results])
        branches.append(replace(branch, formula=Shared(bindings, results)))
    return replace(case, branches=tuple(branches))


def _inside(expr: Expr) -> Expr:
    apart = _apart(expr)
    if apart is not None:
        slope, inside, left = apart
        far = isinstance(inside, Apply) and abs(slope) != 1
        return _joined(slope, inside, left) if far else expr
    return Apply(expr.op, tuple(map(_inside, expr.args))) if isinstance(expr, Apply) else expr


def _apart(expr: Expr) -> tuple[Fraction, Expr, Fraction] | None:
    """(c, step - m, r) when the expression is c*(step - m) + r in whole numbers."""
    line = whole_line(expr)
    if line is None or not line[0]:
        return None
    slope, offset = line
    zero = round(-offset / slope)
    inside = make("add" if zero < 0 else "sub", Var("step"), Num(Fraction(abs(zero))))
    return slope, inside, offset + slope * zero


def _joined(slope: Fraction, inside: Expr, left: Fraction) -> Expr:
    return make("add" if left > 0 else "sub", make("mul", Num(slope), inside), Num(abs(left)))


def _size(expr: Expr, reach: float, whole: Whole = _NO_CELLS) -> float | None:
    """How large an expression in whole numbers gets; None where it is not one."""
    match expr:
        case Num(value):
            return abs(float(value)) if value.denominator == 1 else None
        case Var("step" | "total"):
            return reach
        case Var(name):
            return whole.get(name)
        case Apply("add" | "sub", (a, b)):
            x, y = _size(a, reach, whole), _size(b, reach, whole)
            return None if x is None or y is None else x + y
        case Apply("mul", (Num(c), b)) if c.denominator == 1:
            y = _size(b, reach, whole)
            return None if y is None else abs(float(c)) * y
        case Apply("fdiv", (a, Num(b))) if b.denominator == 1:
            x = _size(a, reach, whole)
            return x / abs(float(b)) + 1 if x is not None and x < _INT32 else x
        case Apply("fdiv" | "rem", (a, b)):
            x, y = _size(a, reach, whole), _size(b, reach, whole)
            return None if x is None or y is None else max(x, y)
        case Apply("neg", (a,)):
            return _size(a, reach, whole)
    return None


# ---- many phases


def _lookup(rows: Rows, name: str) -> list[str]:
    """Numbers gathered by row, then every formula, of which each update chooses its own.

    `row` is a name that such a formula may give to the row of a ramp.
    """
    reach = float(rows.stops[-1])
    several = len(rows.shapes) > 1
    body = [
        f'at = jnp.searchsorted({name}_STOPS, step, side="right")',
        f"numbers = jnp.asarray({name}_ROWS)[at]",
        *([f"shape = jnp.asarray({name}_SHAPES)[at]"] if several else []),
        "k = step",
        "value = jnp.zeros(step.shape)",
    ]
    for n, shape in enumerate(rows.shapes):
        whole = _whole_cells(rows, n)
        for j in range(shape.slots):
            cells = f"jnp.asarray(np.asarray({name}_ROWS[:, {j}], dtype=np.int32))[at]"
            body.append(f"v{j} = {cells if f'v{j}' in whole else f'numbers[..., {j}]'}")
        body += _bindings(shape.formula, reach, whole)
        value = _value(shape.formula.results[0], reach, whole)
        body.append(
            f"value = jnp.where(shape == {n}, {value}, value)"
            if several
            else f"value = value + {value}"
        )
    return body


def _whole_cells(rows: Rows, shape: int) -> Whole:
    """The numbers of a shape that are whole in all its rows, and how large they get: they stay
    integers, because 32 bits do not hold 100,000,001 as a float."""
    found = {}
    for j in range(rows.shapes[shape].slots):
        column = [row.numbers[j] for row in rows.rows if j < len(row.numbers)]
        own = [row.numbers[j] for row in rows.rows if row.shape == shape]
        most = float(max(map(abs, column)))
        if most < _INT32 and all(v.denominator == 1 for v in own) and max(map(abs, own)) > 1:
            found[f"v{j}"] = most
    return found


_WORDS = Arrays(
    opening=lambda name, handed_on, count: ["step = jnp.asarray(step)"],
    phases=_phases,
    lookup=_lookup,
    together=_together,
    closing="return value",
    ramp=_cells,
    stop=lambda stop: str(math.ceil(stop)),
    imports=_imports,
    helpers={"_float": _FLOAT, "_known": _KNOWN},
    called=frozenset({"ValueError", "TypeError", "isinstance", "min", "max", "abs"}),
    modules="jax jnp np",
    known=_length,
)

BACKEND = Backend(
    DIALECT, source, ".py", "A Python module for JAX; each function is an optax.Schedule."
)
