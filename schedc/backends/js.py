"""JavaScript: an ES module that imports nothing.

In: tracks. Out: the text of a module: one exported function a schedule, and `values`, all of them.
The one rule: whole-number arithmetic is done on doubles, which hold it exactly up to 2^53.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from schedc.backends.base import Backend, Header, functions
from schedc.backends.braces import Braces, array_text, definition, ramp_tables, together
from schedc.backends.text import about, block_comment, identifiers, in_string
from schedc.program import Track
from schedc.render import CALL, PRODUCT, SUM, UNARY, Dialect, Rule, call, decimal, infix


def _number(value: Fraction) -> tuple[str, int]:
    return decimal(value), UNARY if value < 0 else CALL


_CALLS = ("sqrt", "exp", "log", "sin", "cos", "tanh", "floor", "expm1", "log1p", "abs")

DIALECT = Dialect(
    "js",
    {
        "add": infix("+", SUM),
        "sub": infix("-", SUM),
        "mul": infix("*", PRODUCT),
        "div": infix("/", PRODUCT),
        "fdiv": Rule("Math.floor({0} / {1})", CALL, (PRODUCT, PRODUCT + 1)),
        "rem": call("mod", 2),
        "mod": call("mod", 2),
        "neg": Rule("-{0}", UNARY, (UNARY + 1,)),
        "pow": call("Math.pow", 2),
        "min": call("Math.min", 2),
        "max": call("Math.max", 2),
        "row": Rule("rowOf({1}, {0})", CALL, (0, 0)),
        "cell": Rule("{0}[{1}]", CALL, (CALL, 0)),
        **{name: call(f"Math.{name}") for name in _CALLS},
    },
    _number,
)

_HELPERS = {
    "mod": """function mod(a, b) {
    const r = a % b; // exact, with the sign of a
    return r !== 0 && r < 0 !== b < 0 ? r + b : r;
}
""",
    "rowOf": """function rowOf(stops, step) {
    let low = 0; // how many stops are <= step
    let high = stops.length;
    while (low < high) {
        const middle = (low + high) >> 1;
        if (stops[middle] <= step) low = middle + 1;
        else high = middle;
    }
    return low;
}
""",
}

_WORDS = Braces(
    DIALECT,
    head=lambda name, parameters: f"export function {name}({', '.join(parameters)}) {{",
    local="const",
    misfit=lambda sentence: f'throw new RangeError("{in_string(sentence)}");',
    array=lambda name, numbers, whole: f"const {name} = [\n{array_text(numbers)}\n];",
    number=decimal,
    search="rowOf",
    together=lambda parameters: f"export function values({', '.join(parameters)}) {{",
    all_of=lambda values: [
        "return {",
        *[f'    "{in_string(title)}": {value},' for title, value in values],
        "};",
    ],
)

_TAKEN = """
abstract arguments await boolean break byte case catch char class const continue debugger default
delete do double else enum eval export extends false final finally float for function goto if
implements import in instanceof int interface let long native new null package private protected
public return short static super switch synchronized this throw throws transient true try typeof
undefined NaN Infinity var void volatile while with yield async of Math RangeError mod rowOf step
total base values at row
"""
_RESERVED = frozenset(_TAKEN.split())


def source(tracks: Mapping[str, Track], header: Header) -> str:
    """The text of an ES module: one function a schedule, and `values`, all of them."""
    made = functions(tracks, identifiers(tracks, _RESERVED))
    body = "\n\n".join([*[definition(each, _WORDS) for each in made], together(made, _WORDS)])
    helpers = [text for name, text in _HELPERS.items() if f"{name}(" in body]
    ramps = [f"{table}\n" for table in ramp_tables(tracks, body, _WORDS)]
    return "\n".join([block_comment(about(header)), "", *helpers, *ramps, body, ""])


BACKEND = Backend(DIALECT, source, ".mjs", "An ES module for browsers and Node; imports nothing.")
