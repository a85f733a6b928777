r"""LaTeX: the piecewise formula as a paper prints it.

In: tracks. Out: one `equation` a schedule, for a document with amsmath.
The one rule: this is the author's mathematics, not the form that floats like: nothing is lowered.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from schedc.algebra import canonical
from schedc.backends.base import Backend, Header, layouts
from schedc.backends.text import about, conditions
from schedc.expr import ONE, ZERO, Apply, Expr, Num, make
from schedc.program import Case, Track, by_update
from schedc.render import (
    ANY,
    CALL,
    POWER,
    PRODUCT,
    SUM,
    UNARY,
    Dialect,
    Rule,
    Special,
    exact_text,
    leveled,
    nearest,
    render,
    within,
)

_LONGEST = 17  # characters of a number; a longer one is shortened, and says so


def _number(value: Fraction) -> tuple[str, int]:
    text, negative = exact_text(value), value < 0
    if len(text) > _LONGEST:
        text = f"{nearest(value):.{_LONGEST - 5}g}"
        mantissa, _, exponent = text.partition("e")
        power = rf" \cdot 10^{{{int(exponent)}}}" if exponent else ""
        return rf"{mantissa}\ldots{power}", PRODUCT if power else UNARY if negative else CALL
    if "/" in text:
        sign = "-" if negative else ""
        over = rf"{sign}\frac{{{abs(value.numerator)}}}{{{value.denominator}}}"
        return over, UNARY if negative else POWER
    if "e" in text:
        mantissa, exponent = text.split("e")
        power = rf"10^{{{int(exponent)}}}"
        if mantissa in ("1", "-1"):
            return mantissa[:-1] + power, UNARY if negative else POWER
        return rf"{mantissa} \cdot {power}", PRODUCT
    whole, _, places = text.partition(".")
    if len(whole.lstrip("-")) > 4:
        whole = f"{int(whole):,}".replace(",", r"\,")
    return whole + (f".{places}" if places else ""), UNARY if negative else CALL


def _fraction(dialect: Dialect, args: tuple[Expr, ...]) -> tuple[str, int]:
    above, below = (render(a, dialect) for a in args)
    return rf"\frac{{{above}}}{{{below}}}", POWER


def _progress(dialect: Dialect, args: tuple[Expr, ...]) -> tuple[str, int]:
    k, a, b = args
    above, below = make("sub", k, a), shortest(make("sub", b, a))
    return leveled(above if below == ONE else Apply("div", (above, below)), dialect)


def shortest(expr: Expr) -> Expr:
    """As written, or with its terms collected if that is shorter."""
    collected = canonical(expr)
    return min((expr, collected), key=lambda e: len(render(e, DIALECT)))


def _power(dialect: Dialect, args: tuple[Expr, ...]) -> tuple[str, int]:
    base, exponent = args
    raised = render(shortest(exponent), dialect)
    return f"{within(base, dialect, POWER + 1)}^{{{raised}}}", POWER


def _product(dialect: Dialect, args: tuple[Expr, ...]) -> tuple[str, int]:
    a, b = args
    if a == Num(-ONE.value):  # from 2 to 1: no paper writes the 1
        return f"-{within(b, dialect, PRODUCT)}", UNARY
    left, right = within(a, dialect, PRODUCT), within(b, dialect, PRODUCT)
    if right.startswith("-"):  # side by side it would be a difference
        right = right.join(dialect.brackets)
    between = r" \cdot " if right[:1].isdigit() else r" \, "
    return left + between + right, PRODUCT


def _sum(sign: str, other: str) -> Special:
    """a + -b is printed as a - b. other: the sign that a minus makes of this one."""

    def say(dialect: Dialect, args: tuple[Expr, ...]) -> tuple[str, int]:
        left, right = within(args[0], dialect, SUM), within(args[1], dialect, SUM + 1)
        if right.startswith("-"):
            return f"{left} {other} {right[1:]}", SUM
        return f"{left} {sign} {right}", SUM

    return say


def _function(name: str) -> Rule:
    return Rule(rf"{name}\left({{0}}\right)", CALL, (ANY,))


def _between(left: str, right: str) -> Rule:
    return Rule(rf"\left{left} {{0}} \right{right}", CALL, (ANY,))


def _extreme(name: str) -> Rule:
    return Rule(rf"\{name}\left({{0}},\, {{1}}\right)", CALL, (ANY, ANY))


_FUNCTIONS = ("exp", "sin", "cos", "tanh")

DIALECT = Dialect(
    "latex",
    {
        "neg": Rule("-{0}", UNARY, (UNARY,)),
        "sqrt": Rule(r"\sqrt{{{0}}}", CALL, (ANY,)),
        "pi": Rule(r"\pi"),
        "log": _function(r"\ln"),
        "abs": _between("|", "|"),
        "floor": _between(r"\lfloor", r"\rfloor"),
        "ceil": _between(r"\lceil", r"\rceil"),
        "round": Rule(r"\left\lfloor {0} + \tfrac12 \right\rfloor", CALL, (SUM,)),
        "mod": Rule(r"{0} \bmod {1}", SUM, (UNARY + 1, UNARY + 1)),
        "min": _extreme("min"),
        "max": _extreme("max"),
        "clamp": Rule(r"\operatorname{{clamp}}\left({0},\, {1},\, {2}\right)", CALL, (ANY,) * 3),
        **{name: _function(rf"\{name}") for name in _FUNCTIONS},
    },
    _number,
    names={
        "step": "k",
        "total": "N",
        "base": r"\eta_0",
        "samples": r"\mathrm{samples}(k)",
        "tokens": r"\mathrm{tokens}(k)",
        "epoch": r"\mathrm{epoch}(k)",
        "batch": r"\mathrm{batch}(k)",
    },
    special={
        "add": _sum("+", "-"),
        "sub": _sum("-", "+"),
        "mul": _product,
        "div": _fraction,
        "progress": _progress,
        "pow": _power,
    },
    brackets=(r"\left(", r"\right)"),
)


def source(tracks: Mapping[str, Track], header: Header) -> str:
    """The text to include: an equation for each schedule."""
    lines = [f"% {line}".rstrip() for line in about(header)]
    lines.append("% Needs amsmath. k counts updates from 0.")
    for name, each in tracks.items():
        track = by_update(each)
        cases = layouts(track)
        for n, case in enumerate(track.cases):
            lines += ["", r"\begin{equation}", rf"\mathrm{{{_name(name)}}}(k) = {_cases(case)}"]
            if track.run.known is None and (len(cases) > 1 or case.low > 1):
                held = conditions((cases[n],)).replace(",", "{,}")
                lines.append(rf"\qquad \text{{({held})}}")
            lines.append(r"\end{equation}")
    return "\n".join([*lines, ""])


def _name(name: str) -> str:
    """A schedule's name, with what TeX would act on escaped."""
    special = {"\\": r"\backslash ", "~": r"\sim ", "^": r"\hat{}"}
    return "".join(special.get(c, "\\" + c if c in "#$%&_{}" else c) for c in name)


def _cases(case: Case) -> str:
    rows = []
    for piece in case.pieces:
        before = "" if piece.start == ZERO else rf"{_bound(piece.start)} \le "
        rows.append(rf"{_formula(piece.value)} & {before}k < {_bound(piece.stop)}")
    last = _formula(case.final)
    if case.pieces[-1].value == case.final:
        start = case.pieces[-1].start
        if start == ZERO:
            return last
        rows[-1] = rf"{last} & {_bound(start)} \le k"
    else:
        rows.append(rf"{last} & {_bound(case.pieces[-1].stop)} \le k")
    body = " \\\\[4pt]\n    ".join(rows)
    return f"\\begin{{cases}}\n    {body}\n\\end{{cases}}"


def _formula(expr: Expr) -> str:
    return render(expr, DIALECT)


def _bound(expr: Expr) -> str:
    return render(shortest(expr), DIALECT)


BACKEND = Backend(DIALECT, source, ".tex", "The piecewise formula, for a paper (amsmath).")
