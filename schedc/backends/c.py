"""C: a C99 header of `static inline` functions that needs nothing but `<math.h>`.

In: tracks. Out: the text of a header: one function a schedule and, for several, one for all.
The one rule: no rounding is left to the compiler's choice: every number is a double, contraction
of a product and a sum into one rounding is switched off where the compiler listens.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

from schedc.backends.base import Backend, Function, Header, functions
from schedc.backends.braces import Braces, array_text, definition, ramp_tables, together
from schedc.backends.clocks import RAMPS
from schedc.backends.text import about, block_comment, comment, float_text, identifiers, named
from schedc.program import Track
from schedc.render import ANY, CALL, PRODUCT, SUM, UNARY, Dialect, Rule, call, infix


def _number(value: Fraction) -> tuple[str, int]:
    return float_text(value), UNARY if value < 0 else CALL


_CALLS = ("sqrt", "exp", "log", "sin", "cos", "tanh", "floor", "expm1", "log1p")

DIALECT = Dialect(
    "c",
    {
        "add": infix("+", SUM),
        "sub": infix("-", SUM),
        "mul": infix("*", PRODUCT),
        "div": infix("/", PRODUCT),
        "fdiv": Rule("floor({0} / {1})", CALL, (PRODUCT, UNARY)),
        "rem": call("schedc_mod", 2),
        "mod": call("schedc_mod", 2),
        "neg": Rule("-{0}", UNARY, (CALL,)),
        "pow": call("pow", 2),
        "min": call("fmin", 2),
        "max": call("fmax", 2),
        "abs": call("fabs"),
        "row": Rule("schedc_row({1}, (int)(sizeof {1} / sizeof *{1}), {0})", CALL, (ANY, CALL)),
        "cell": Rule("{0}[(int){1}]", CALL, (CALL, CALL)),
        **{name: call(name) for name in _CALLS},
    },
    _number,
)

_HELPERS = {
    "schedc_mod": """static inline double schedc_mod(double a, double b) {
    const double r = fmod(a, b); /* exact */
    return r != 0.0 && (r < 0.0) != (b < 0.0) ? r + b : r;
}
""",
    "schedc_row": """static inline int schedc_row(const double *stops, int count, double step) {
    int low = 0; /* how many stops are <= step */
    while (low < count) {
        const int middle = low + (count - low) / 2;
        if (stops[middle] <= step) low = middle + 1;
        else count = middle;
    }
    return low;
}
""",
}

_WORDS = Braces(
    DIALECT,
    head=lambda name, parameters: (
        f"static inline double {name}({', '.join(f'double {p}' for p in parameters)}) {{"
    ),
    local="const double",
    misfit=lambda sentence: f"return NAN; /* {sentence} */",
    array=lambda name, numbers, whole: (
        f"static const {'int' if whole else 'double'} {name}[] = {{\n{array_text(numbers)}\n}};"
    ),
    number=float_text,
    search="schedc_row",
    together=lambda parameters: "",  # its name is made of those of the schedules
    all_of=lambda values: [
        *[f"values[{n}] = {value};" for n, (_, value) in enumerate(values)],
        "return;",
    ],
    unused=lambda parameter: f"(void){parameter};",
)

_TAKEN = """
auto break case char const continue default do double else enum extern float for goto if inline int
long register restrict return short signed sizeof static struct switch typedef union unsigned void
volatile while step total base values at row NAN main schedc_mod schedc_row
acos asin atan atan2 cos sin tan acosh asinh atanh cosh sinh tanh exp exp2 expm1 frexp ilogb ldexp
log log10 log1p log2 logb modf scalbn scalbln cbrt fabs hypot pow sqrt erf erfc lgamma tgamma ceil
floor nearbyint rint lrint llrint round lround llround trunc fmod remainder remquo copysign nan
nextafter nexttoward fdim fmax fmin fma j0 j1 jn y0 y1 yn gamma signgam drem significand scalb
finite isnan isinf
"""
_RESERVED = frozenset(_TAKEN.split())  # the language's words, and what <math.h> declares


def source(tracks: Mapping[str, Track], header: Header) -> str:
    """The text of a header with one function a schedule."""
    made = functions(tracks, named(tracks, _RESERVED, capitals=False))
    names = [each.name for each in made]
    bodies = [definition(each, _WORDS) for each in made]
    body = "\n\n".join([*bodies, *([_together(made)] if len(made) > 1 else [])])
    ramps = [f"{table}\n" for table in ramp_tables(tracks, body, _WORDS)]
    # each header of a program may have a ramp of its own
    ramp, own = rf"\b({'|'.join(RAMPS)})\b", rf"{names[0]}_\1"
    ramps, body = [re.sub(ramp, own, text) for text in ramps], re.sub(ramp, own, body)
    guard = f"SCHEDC_{'_'.join(names).upper()[:60]}_{header.digest.upper()}_H"
    parts = [
        block_comment(
            [*about(header), "Where the length of the run does not fit, a function returns NAN."]
        ),
        f"#ifndef {guard}",
        f"#define {guard}",
        "",
        "#include <math.h>",
        "",
        "#if defined(__clang__)",
        "#pragma STDC FP_CONTRACT OFF",
        "#endif",
        "",
        *_helpers(body),
        *ramps,
        body,
        "",
        "#endif",
        "",
    ]
    return "\n".join(parts)


def _together(made: Sequence[Function]) -> str:
    """The function that writes every value into an array; headers of one program may each have one,
    so its name is made of the names of its schedules."""
    names = [each.name for each in made]
    (name,) = identifiers([f"{'_'.join(names)[:60]}_values"], _RESERVED | {*names}).values()
    words = replace(
        _WORDS,
        together=lambda parameters: (
            f"static inline void {name}({', '.join(f'double {p}' for p in parameters)}, "
            f"double values[{len(made)}]) {{"
        ),
    )
    said = f"Every schedule at once: {', '.join(each.title for each in made)}, in this order."
    return f"/* {comment(said)} */\n{together(made, words)}"


def _helpers(body: str) -> list[str]:
    """The helpers that the code calls, each guarded, because several headers may have it."""
    out = []
    for name, text in _HELPERS.items():
        if f"{name}(" in body:
            out += [
                f"#ifndef {name.upper()}",
                f"#define {name.upper()}",
                text.rstrip(),
                "#endif",
                "",
            ]
    return out


BACKEND = Backend(DIALECT, source, ".h", "A C99 header; needs only the C library's <math.h>.")
