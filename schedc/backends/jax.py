"""JAX: functions that can be jitted; each is an `optax.Schedule`, a function of the step count.

In: tracks. Out: the text of a module that imports jax.numpy (and numpy, for tables).
The one rule: no number is lost to 32 bits that need not be: steps are whole, brackets such as
`10000 - step` are taken in integers before they become floats, divisions of what 31 bits do not
hold are too, powers are `exp`, and no branch sees a step outside its own phase, so that none makes
a nan.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

from schedc.backends.arrays import Arrays, module, names_taken
from schedc.backends.base import MAX_IFS, Backend, Branch, Function, Fused, Header, Layout, Region
from schedc.backends.base import functions as lowered
from schedc.backends.divisions import cut_at_jumps
from schedc.backends.python import DIALECT as PYTHON
from schedc.backends.python import MATH, reserved
from schedc.backends.share import Shared
from schedc.backends.sizes import INT32, Extent, Steps, Whole, is_half
from schedc.backends.stops import threshold
from schedc.backends.table import Rows
from schedc.backends.text import float_text, in_string, named, wrapped
from schedc.backends.wholes import bound, from_zeros, typed, whole_inside
from schedc.expr import Apply, Expr, Num, variables, walk
from schedc.program import Track
from schedc.render import ANY, CALL, UNARY, Dialect, Rule, call, leveled, render

_NAMES = {"min": "minimum", "max": "maximum"}
_CALLS = (*sorted(MATH), "abs", "min", "max")


def _number(value: Fraction) -> tuple[str, int]:
    return float_text(value), UNARY if value < 0 else CALL


_WHOLE = Dialect(
    "jax integers",
    {
        **PYTHON.rules,
        "min": call("jnp.minimum", 2),
        "max": call("jnp.maximum", 2),
        "cell": Rule("jnp.asarray({0})[{1}]", CALL, (0, 0)),
    },
    PYTHON.number,
    names={"step": "k"},
    special={
        "held": lambda dialect, args: leveled(args[0], dialect),
        "quotient": lambda dialect, args: _division(dialect, args, 0),
        "rest": lambda dialect, args: _division(dialect, args, 1),
        "sub": lambda dialect, args: _less_half(dialect, *args),
    },
)

_OF_PYTHON = Dialect(
    "numbers of python",
    PYTHON.rules,
    PYTHON.number,
    special={"held": lambda dialect, args: leveled(args[0], dialect)},
)


def _division(dialect: Dialect, args: tuple[Expr, ...], which: int) -> tuple[str, int]:
    """A call for the quotient (0), the rest (1), or that less half of what it is divided by (2);
    what is not counted in it is of Python."""
    c, k, n, d = [render(x, dialect if i == 1 else _OF_PYTHON) for i, x in enumerate(args)]
    return f"_divided({c}, {k}, {n}, {d})[{which}]", CALL


def _in_integers(dialect: Dialect, args: tuple[Expr, ...]) -> tuple[str, int]:
    return leveled(args[0], _WHOLE)


def _less_half(dialect: Dialect, rest: Expr, half: Expr) -> tuple[str, int] | None:
    """Half of a long divisor is as long: nobody takes it from a float."""
    match rest:
        case Apply("rest", args) if is_half(half, args[-1]):
            return _division(dialect, args, 2)
    return None


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


_DIVIDED = '''def _divided(c, k, n, d):
    """(c*k + n) // d, the rest, and that less half of d, for a c*k that 32 bits do not hold.

    c, n and d are numbers of Python, k is an array from 0 on. The rests are floats where 32 bits
    do not hold twice of d.

    The quotient is (slope*k + offset) // base**size: both are rounded up by too little for another
    floor, which would be 1/d away.
    """
    base, size = 2**16, (62 + d.bit_length()) // 16  # base**size >= 2**47 * d
    slope, offset = [-(-(x % d) * base**size // d) for x in (c, n)]
    digits = [offset // base**at % base for at in range(size + 2)]
    whole = jnp.asarray(k).astype(jnp.uint32)
    for begin, part in [(0, whole % base), (1, whole // base)]:
        for at in range(size):
            found = part * (slope // base**at % base) + digits[begin + at]
            digits[begin + at] = found % base
            digits[begin + at + 1] += found // base
    quotient = digits[size] + base * digits[size + 1]
    if d < 2**30:
        rest = (c % d * whole + n % d - d * quotient).astype(jnp.int32)
        less = rest - d // 2
    else:
        less = (_float(digits[size - 1]) - base // 2) * (d / base)
        for at in range(size - 1):
            less = less + _float(digits[at]) * (d / base ** (size - at))
        rest = less + d / 2
    return quotient.astype(jnp.int32) + c // d * k + n // d, rest, less'''


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
    names = named(tracks, names_taken(reserved(), _WORDS), capitals=True)
    made = [
        replace(one, cases=tuple([_from_zeros(case) for case in one.cases]))
        for one in lowered(tracks, names, narrow=True)
    ]
    return module(tracks, made, header, _WORDS)


def _cells(row: tuple[int, ...]) -> str:
    """Whole numbers, as floats where 32 bits do not hold them."""
    fits = all(abs(v) < INT32 for v in row)
    return wrapped([str(v) if fits else f"{v}.0" for v in row], 8)


def _imports(text: str) -> list[str]:
    whole = ["import jax"] if "jax.core." in text else []
    arrays = ["import numpy as np"] if "np.array(" in text else []
    return [*whole, "import jax.numpy as jnp", *arrays]


def _phases(case: Layout) -> list[str]:
    return _chosen(["value"], (case.first,), case.branches, (case.last,), _whole(case),
                   case.high)  # fmt: skip


def _together(made: Sequence[Function], regions: Fused) -> list[str]:
    names = [f"value{n}" for n in range(len(made))]
    whole = _whole(*[case for each in made for case in each.cases])
    lines = _chosen(names, regions.first, regions.branches, regions.last, whole)
    return [*lines, f"value = {', '.join(names)}"]


def _chosen(
    names: Sequence[str],
    first: Sequence[Expr],
    branches: Sequence[Branch | Region],
    last: Sequence[Expr],
    whole: Whole,
    longest: int | None = None,
) -> list[str]:
    """From the last phase to the first: below its stop, a phase takes over."""
    lines = [
        f"{name} = {_value(end)} + jnp.zeros(step.shape)"
        for name, end in zip(names, last, strict=True)
    ]
    for start, branch in reversed(list(zip(_starts(branches), branches, strict=True))):
        if isinstance(branch, Branch) and branch.comment:
            lines.append(f"# {branch.comment}")
        if branch.formula.moves:
            lines.append(f"k = jnp.clip(step, {_first_from(start)}, {_last_to(branch.stop)})")
        formula = bound(branch.formula, _steps(start, branch.stop, longest), whole)
        lines += _bindings(formula)
        for name, result in zip(names, formula.results, strict=True):
            chosen = f"step < {_first_from(branch.stop)}, {render(result, DIALECT)}, {name}"
            lines.append(f"{name} = jnp.where({chosen})")
    if branches and branches[0].formula.moves:
        lines += [
            f"{name} = jnp.where(step <= 0, {_value(begin)}, {name})"
            for name, begin in zip(names, first, strict=True)
        ]
    return lines


def _bindings(formula: Shared) -> list[str]:
    return [f"{name} = {render(expr, DIALECT)}" for name, expr in formula.bindings]


def _whole(*cases: Layout) -> Whole:
    """The tables of a ramp that 32 bits hold, and how large what is read from them gets."""
    return {name: most for case in cases for name, most in case.clocks.items() if most < INT32}


def _from_zeros(case: Layout) -> Layout:
    """A case that becomes a table with its brackets written from their zeros."""
    if len(case.branches) <= MAX_IFS:
        return case
    whole = _whole(case)
    branches: list[Branch] = []
    for start, branch in zip(_starts(case.branches), case.branches, strict=True):
        steps = _steps(start, branch.stop, case.high)
        for b in _levels(start, branch, steps, whole):
            branches.append(replace(b, formula=from_zeros(b.formula, steps, whole)))
    return replace(case, branches=tuple(branches))


def _levels(start: Expr, b: Branch, steps: Steps, whole: Whole) -> list[Branch]:
    """A phase, cut where floors jump that no row of a table holds."""
    if not isinstance(start, Num) or not isinstance(b.stop, Num):
        return [b]
    formula = whole_inside(b.formula, steps)
    first, end = math.ceil(start.value), math.ceil(b.stop.value)
    found = cut_at_jumps(formula, first, end, steps, whole)
    if len(found) < 2:
        return [b]
    return [
        Branch(b.stop if stop == end else Num(Fraction(stop)), of, b.comment) for stop, of in found
    ]


def _starts(branches: Sequence[Branch | Region]) -> list[Expr]:
    return [Num(Fraction(0)), *[branch.stop for branch in branches[:-1]]] if branches else []


_LONG = 1e7
"""Updates of a run that nobody knows the length of, to choose between integers and floats."""


def _steps(start: Expr, stop: Expr, longest: int | None) -> Steps:
    """The first and the last update of a phase, in runs of at most so many updates."""
    length = _LONG if longest is None else float(longest)
    begin = float(math.ceil(start.value)) if isinstance(start, Num) else 0.0
    # a number as large as a slope is one even in a phase without any update
    end = max(1.0, float(stop.value)) if isinstance(stop, Num) else length
    return Steps(begin, max(end, begin), length)


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


def _value(expr: Expr) -> str:
    return render(typed(expr, Steps(0.0, 0.0, _LONG)), DIALECT)


# ---- many phases


def _lookup(rows: Rows, name: str, case: Layout) -> list[str]:
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
        whole = {**_whole(case), **_whole_cells(rows, n)}
        for j in range(shape.slots):
            cells = f"numbers[..., {j}]"
            if f"v{j}" in whole:
                column = f"{name}_ROWS[:, {j}]"
                if any(abs(row.numbers[j]) >= INT32 for row in rows.rows if j < len(row.numbers)):
                    column = f"np.where({name}_SHAPES == {n}, {column}, 0)"
                cells = f"jnp.asarray(np.asarray({column}, dtype=np.int32))[at]"
            body.append(f"v{j} = {cells}")
        formula = bound(shape.formula, Steps(0.0, reach, max(reach, _LONG)), whole)
        body += _bindings(formula)
        value = render(formula.results[0], DIALECT)
        body.append(
            f"value = jnp.where(shape == {n}, {value}, value)"
            if several
            else f"value = value + {value}"
        )
    return body


def _whole_cells(rows: Rows, shape: int) -> Whole:
    """The numbers of a shape that are whole in all its rows, and between which they are: they stay
    integers, because 32 bits do not hold 100,000,001 as a float."""
    found = {}
    held = frozenset[str]().union(*[_held(part) for part in rows.shapes[shape].formula.parts])
    for j in range(rows.shapes[shape].slots):
        own = [row.numbers[j] for row in rows.rows if row.shape == shape]
        most = max(map(abs, own))
        if most < INT32 and all(v.denominator == 1 for v in own) and (most > 1 or f"v{j}" in held):
            found[f"v{j}"] = Extent(int(min(own)), int(max(own)), int(most))
    return found


def _held(expr: Expr) -> frozenset[str]:
    """The names in what is an integer in its own row."""
    within = [part for part in walk(expr) if isinstance(part, Apply) and part.op == "held"]
    return frozenset[str]().union(*map(variables, within))


_WORDS = Arrays(
    opening=lambda name, handed_on, count: ["step = jnp.asarray(step)"],
    phases=_phases,
    lookup=_lookup,
    together=_together,
    closing="return value",
    ramp=_cells,
    stop=lambda stop: str(math.ceil(stop)),
    imports=_imports,
    helpers={"_float": _FLOAT, "_divided": _DIVIDED, "_known": _KNOWN},
    called=frozenset({"ValueError", "TypeError", "isinstance", "min", "max", "abs", "range"}),
    modules=frozenset({"jax", "jnp", "np"}),
    known=_length,
)

BACKEND = Backend(
    DIALECT, source, ".py", "A Python module for JAX; each function is an optax.Schedule."
)
