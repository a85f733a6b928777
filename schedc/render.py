"""Formula → text: the only place that knows operator precedence.

In: an `Expr` and a `Dialect`. Out: its text, with the brackets that it needs and no others.
The one rule: a dialect is a table, operator → template with levels; no target writes a bracket of
its own. A sum or product keeps the order of its brackets, because floats do not associate.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TypeAlias

from schedc.expr import Apply, Expr, Num, Var

CALL, POWER, UNARY, PRODUCT, SUM, TEST, ANY = 60, 50, 40, 30, 20, 10, 0
"""How tightly a text holds together: a call or a name, a power, a sign, a product, a sum."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A template such as `{0} - {1}`, how tightly it holds, and how tightly each part must hold."""

    template: str
    level: int = CALL
    needs: tuple[int, ...] = ()


def infix(sign: str, level: int) -> Rule:
    """A left-associative operator between two parts."""
    return Rule(f"{{0}} {sign} {{1}}", level, (level, level + 1))


def call(name: str, arguments: int = 1) -> Rule:
    """A function call."""
    return Rule(
        f"{name}({', '.join(f'{{{i}}}' for i in range(arguments))})", CALL, (ANY,) * arguments
    )


Number: TypeAlias = Callable[[Fraction], tuple[str, int]]
"""An exact number → its text in the target, and how tightly that holds."""

Special: TypeAlias = Callable[["Dialect", tuple[Expr, ...]], "tuple[str, int] | None"]
"""A row that a template cannot say; None: use the template."""


@dataclass(frozen=True)
class Dialect:
    """How a target writes formulas.

    rules: operator → template. number: how it writes a number. names: how it writes variables.
    special: operators whose text depends on their arguments. brackets: around what holds too
    loosely.
    """

    name: str
    rules: Mapping[str, Rule]
    number: Number
    names: Mapping[str, str] = field(default_factory=dict)
    special: Mapping[str, Special] = field(default_factory=dict)
    brackets: tuple[str, str] = ("(", ")")


def render(expr: Expr, dialect: Dialect) -> str:
    """The text of an expression. Raises `KeyError` for an operator that the dialect cannot say."""
    return leveled(expr, dialect)[0]


def within(expr: Expr, dialect: Dialect, level: int) -> str:
    """The text of an expression where a part must hold at least as tightly as `level`."""
    text, own = leveled(expr, dialect)
    return text if own >= level else text.join(dialect.brackets)


def leveled(expr: Expr, dialect: Dialect) -> tuple[str, int]:
    """The text of an expression and how tightly it holds."""
    match expr:
        case Num(value):
            return dialect.number(value)
        case Var(name):
            return dialect.names.get(name, name), CALL
        case Apply(op, args):
            special = dialect.special.get(op)
            if special is not None and (said := special(dialect, args)) is not None:
                return said
            rule = dialect.rules[op]
            if len(args) > 2 and len(rule.needs) == 2:  # min and max of many: two at a time
                args = (Apply(op, args[:-1]), args[-1])
            parts = [within(a, dialect, n) for a, n in zip(args, rule.needs, strict=True)]
            return rule.template.format(*parts), rule.level
    raise AssertionError(expr)


def occurring(text: str, known: frozenset[str]) -> list[str]:
    """Which of the known names occur in a text, in their order."""
    return sorted(known & set(re.findall(r"[A-Za-z_]\w*", text)))


# ---- numbers


def nearest(value: Fraction) -> float:
    """The nearest float (the division of integers rounds correctly)."""
    return value.numerator / value.denominator


def decimal(value: Fraction) -> str:
    """The shortest decimal text that reads back as the nearest float: `0.001`, `1e-06`, `12`."""
    if value.denominator == 1 and abs(value) < 1 << 53:
        return str(value.numerator)
    return repr(nearest(value))


def exact_text(value: Fraction) -> str:
    """The exact number as an author writes it: `0.001`, `1e-6`, `1/3`."""
    top, bottom = value.numerator, value.denominator
    twos = fives = 0
    while bottom % 2 == 0:
        bottom, twos = bottom // 2, twos + 1
    while bottom % 5 == 0:
        bottom, fives = bottom // 5, fives + 1
    if bottom != 1 or max(twos, fives) > 40:
        return f"{value.numerator}/{value.denominator}"
    places = max(twos, fives)
    if not places:
        return str(top)
    digits = str(abs(top) * 10**places // value.denominator)
    sign = "-" if top < 0 else ""
    if len(digits) + 4 < places:  # many zeros: 1e-6
        behind = digits[1:].rstrip("0")
        mantissa = f"{digits[0]}.{behind}" if behind else digits[0]
        return f"{sign}{mantissa}e-{places - len(digits) + 1}"
    digits = digits.rjust(places + 1, "0")
    return f"{sign}{digits[:-places]}.{digits[-places:]}"


# ---- the language itself


def _author_number(value: Fraction) -> tuple[str, int]:
    text = exact_text(value)
    return text, PRODUCT if "/" in text else UNARY if value < 0 else CALL


def _say_progress(dialect: Dialect, args: tuple[Expr, ...]) -> tuple[str, int]:
    k, a, b = args
    return leveled(Apply("div", (_minus(k, a), _minus(b, a))), dialect)


def _minus(a: Expr, b: Expr) -> Expr:
    if isinstance(a, Num) and isinstance(b, Num):
        return Num(a.value - b.value)
    return a if b == Num(Fraction(0)) else Apply("sub", (a, b))


def _say_many(name: str) -> Special:
    def say(dialect: Dialect, args: tuple[Expr, ...]) -> tuple[str, int]:
        return f"{name}({', '.join(render(a, dialect) for a in args)})", CALL

    return say


LANGUAGE = Dialect(
    "language",
    {
        "add": infix("+", SUM),
        "sub": infix("-", SUM),
        "mul": infix("*", PRODUCT),
        "div": infix("/", PRODUCT),
        "neg": Rule("-{0}", UNARY, (UNARY,)),
        "pow": Rule("{0}^{1}", POWER, (POWER + 1, UNARY)),
        "pi": Rule("pi"),
        "mod": call("mod", 2),
        "clamp": call("clamp", 3),
        **{
            f: call(f)
            for f in ("abs", "sqrt", "exp", "log", "sin", "cos", "tanh", "floor", "ceil", "round")
        },
    },
    _author_number,
    special={"progress": _say_progress, "min": _say_many("min"), "max": _say_many("max")},
)
"""Formulas as an author writes them, for messages, reports and the formatter."""


def text(expr: Expr) -> str:
    """The expression in the language."""
    return render(expr, LANGUAGE)
