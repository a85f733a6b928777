"""JavaScript: an ES module that imports nothing.

In: tracks. Out: the text of a module: one exported function a schedule, and `values`, all of them.
The one rule: whole-number arithmetic is done on doubles, which hold it exactly up to 2^53.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from schedc.backends.base import Backend, Header, functions
from schedc.backends.braces import Braces, array_text, definition, ramp_tables, together
from schedc.backends.text import about, block_comment, in_string, named
from schedc.program import Track
from schedc.render import ANY, CALL, PRODUCT, SUM, UNARY, Dialect, Rule, call, decimal, infix


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
        "fdiv": Rule("Math.floor({0} / {1})", CALL, (PRODUCT, UNARY)),
        "rem": call("mod", 2),
        "mod": call("mod", 2),
        "neg": Rule("-{0}", UNARY, (CALL,)),
        "pow": call("Math.pow", 2),
        "min": call("Math.min", 2),
        "max": call("Math.max", 2),
        "row": Rule("rowOf({1}, {0})", CALL, (ANY, ANY)),
        "cell": Rule("{0}[{1}]", CALL, (CALL, ANY)),
        **{name: call(f"Math.{name}") for name in _CALLS},
        "sin": Rule("wave({0}, 0)", CALL, (ANY,)),
        "cos": Rule("wave({0}, 1)", CALL, (ANY,)),
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
    "wave": """// sin(x + quarter*pi/2) to 0.501 units of the last digit. An engine's own may
// be off by 1, and its square, which a cosine is near its floor, by 3.
function wave(x, quarter) {
    const n = Math.round(x / 1.5707963267948966);
    if (!(Math.abs(n) < 1e6)) return quarter ? Math.cos(x) : Math.sin(x);
    const r = x - n * 1.5707963267341256; // pi/2 in three parts, two of them of 33 bits
    const w = n * 6.077100506303966e-11;
    const v = r - w;
    const more = r - (v - (v - r)) - (w + (v - r)) - n * 2.0222662487959506e-21;
    const h = v + more; // the angle is h + l
    const l = v - h + more;
    const turned = (((n + quarter) % 4) + 4) % 4;
    const value = turned % 2 ? cosine(h, l) : sine(h, l);
    return turned > 1 ? -value : value;
}
function sine(h, l) {
    const z = h * h;
    const less = lostIn(h, h, z);
    const cube = z * h;
    const third = cube / 6;
    const lost = lostIn(z, h, cube) + less * h;
    const left = lost - (third * 6 - cube + lostIn(third, 6, third * 6));
    const five = cube * z;
    const fifth = five / 120;
    const more = lostIn(cube, z, five) + lost * z + less * cube
        - (fifth * 120 - five + lostIn(fifth, 120, fifth * 120));
    const s = h - third;
    const w = s + fifth;
    const p = -1 / 5040 + z * (1 / 362880 + z * (-1 / 39916800
        + z * (1 / 6227020800 + z * (-1 / 1307674368000 + z / 355687428096000))));
    const small = l * (1 - z / 2 + z * z / 24) - left / 6 + more / 120 + five * z * p;
    return w + (h - s - third + (fifth - (w - s)) + small);
}
function cosine(h, l) {
    const z = h * h;
    const less = lostIn(h, h, z);
    const fourth = z * z / 24;
    const lost = lostIn(z, z, z * z) + 2 * z * less
        - (fourth * 24 - z * z + lostIn(fourth, 24, fourth * 24));
    const s = 1 - z / 2;
    const c = s + fourth;
    const p = -1 / 720 + z * (1 / 40320 + z * (-1 / 3628800
        + z * (1 / 479001600 + z * (-1 / 87178291200
        + z * (1 / 20922789888000 - z / 6402373705728000)))));
    const small = lost / 24 - less / 2 - h * l * (1 - z / 6 + z * z / 120) + z * z * z * p;
    return c + (1 - s - z / 2 + (fourth - (c - s)) + small);
}
function lostIn(a, b, product) { // a*b - product, exactly (T. J. Dekker 1971)
    const s = 134217729 * a;
    const t = 134217729 * b;
    const high = s - (s - a);
    const tall = t - (t - b);
    return high * tall - product + high * (b - tall) + (a - high) * tall + (a - high) * (b - tall);
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
undefined NaN Infinity var void volatile while with yield async of Math RangeError mod rowOf wave
sine cosine lostIn step total base values at row
"""
_RESERVED = frozenset(_TAKEN.split())


def source(tracks: Mapping[str, Track], header: Header) -> str:
    """The text of an ES module: one function a schedule, and `values`, all of them."""
    made = functions(tracks, named(tracks, _RESERVED, capitals=False))
    body = "\n\n".join([*[definition(each, _WORDS) for each in made], together(made, _WORDS)])
    helpers = [text for name, text in _HELPERS.items() if f"{name}(" in body]
    ramps = [f"{table}\n" for table in ramp_tables(tracks, body, _WORDS)]
    return "\n".join([block_comment(about(header)), "", *helpers, *ramps, body, ""])


BACKEND = Backend(DIALECT, source, ".mjs", "An ES module for browsers and Node; imports nothing.")
