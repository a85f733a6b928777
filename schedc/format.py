"""Trees → canonical text.

In: the trees of `syntax`. Out: one line that reads as the same tree: `parse(render(x)) == x`.
The one rule: an author's spelling of a number or a unit is kept; spaces and brackets are ours.
"""

from __future__ import annotations

from fractions import Fraction

from schedc.syntax import (
    Argument,
    Binary,
    Call,
    Comparison,
    Definition,
    Expression,
    Name,
    Negative,
    Number,
    Parameter,
    Quantity,
    Range,
    Sequence,
    Stretch,
    Until,
)

# How tightly a form binds; it gets brackets where something tighter is asked for.
_ARGUMENT, _SEQUENCE, _SUM, _PRODUCT, _POWER, _OPERAND = range(6)
_BINDS = {"+": _SUM, "-": _SUM, "*": _PRODUCT, "/": _PRODUCT, "^": _POWER}


def render(expression: Expression | Comparison, ascii: bool = False) -> str:
    """The text of a schedule, a value, a position, or a line of `assert:`.

    `ascii`: write `->` for `→`. Names keep their letters.
    """
    arrow = "->" if ascii else "→"
    if isinstance(expression, Comparison):
        return _comparison(expression, arrow)
    return _text(expression, _ARGUMENT, arrow)


def render_definition(definition: Definition, ascii: bool = False) -> str:
    """The text of a definition, its documentation above it."""
    arrow = "->" if ascii else "→"
    lines = [f"## {line}".rstrip() for line in definition.doc.split("\n")] if definition.doc else []
    if definition.source:
        source = f"[{definition.source}]"
        lines = [*lines[:-1], f"{lines[-1]}    {source}"] if lines else [f"## {source}"]
    head = f"{definition.kind} {render_head(definition, ascii)}"
    loosest = _SUM if definition.kind == "curve" else _SEQUENCE
    text = f"{head} = {_text(definition.body, loosest, arrow)}"
    if definition.requires:
        conditions = ", ".join(_comparison(condition, arrow) for condition in definition.requires)
        text += f"    requires {conditions}"
    return "\n".join([*lines, text])


def render_head(definition: Definition, ascii: bool = False) -> str:
    """What a definition takes: `cosine(to = 0, min = to, cycles = 0.5)`."""
    arrow = "->" if ascii else "→"
    parameters = ", ".join(_parameter(parameter, arrow) for parameter in definition.parameters)
    return definition.name + (f"({parameters})" if parameters else "")


def render_number(value: Fraction) -> str:
    """A number as an author would write it: `1e-3`, `0.25`, `10_000`, `1/3`, `-2`."""
    if value < 0:
        return "-" + render_number(-value)
    if value.denominator == 1:
        return f"{value.numerator:_}" if value < 10**12 else _scientific(value)
    if not _is_decimal(value):
        return f"{value.numerator}/{value.denominator}"
    if value < Fraction(1, 100):
        return _scientific(value)
    digits, places = _decimal(value)
    return f"{digits[:-places]}.{digits[-places:]}"


def _text(expression: Expression, tightness: int, arrow: str) -> str:
    binds, text = _form(expression, arrow)
    return f"({text})" if binds < tightness else text


def _form(expression: Expression, arrow: str) -> tuple[int, str]:
    """How tightly a form binds, and its text."""
    match expression:
        case Number(value, text):
            return _number_binds(value), text.removesuffix(".") or render_number(value)
        case Quantity():
            return _quantity(expression)
        case Name(name):
            return _OPERAND, name
        case Negative(operand):
            return _POWER, "-" + _text(operand, _POWER, arrow)
        case Binary(op, left, right):
            binds = _BINDS[op]
            gap = "" if op == "^" else " "
            first = _text(left, _OPERAND if op == "^" else binds, arrow)
            second = _text(right, binds if op == "^" else binds + 1, arrow)
            return binds, f"{first}{gap}{op}{gap}{second}"
        case Range(start, stop):
            ends = ["" if end is None else _end(end, arrow) for end in (start, stop)]
            return _ARGUMENT, arrow.join(ends)
        case Until(position):
            return _ARGUMENT, f"until {_text(position, _SUM, arrow)}"
        case Stretch(start, stop):
            first, second = _end(start, arrow), _end(stop, arrow)
            return _ARGUMENT, f"{first}..{' ' if second.startswith('.') else ''}{second}"
        case Call(name, arguments):
            return _OPERAND, f"{name}({', '.join(_argument(a, arrow) for a in arguments)})"
        case Sequence(elements, joins):
            text = _text(elements[0], _SUM, arrow)
            rest = (
                f" {'>>!' if join.jump else '>>'} {_text(element, _SUM, arrow)}"
                for join, element in zip(joins, elements[1:], strict=True)
            )
            return _SEQUENCE, text + "".join(rest)


def _argument(argument: Argument, arrow: str) -> str:
    value = argument.value
    text = _tight(value) or _text(value, _ARGUMENT, arrow)
    return text if argument.name is None else f"{argument.name}={text}"


def _end(expression: Expression, arrow: str) -> str:
    """The end of a range: a short product stands close to its arrow, as in →0.1*base."""
    return _tight(expression) or _text(expression, _SUM, arrow)


def _tight(expression: Expression) -> str:
    """A product of single words, without spaces: 2*pi*u, rest/2. Empty for all else."""
    factors: list[str] = []
    while isinstance(expression, Binary) and expression.op in "*/":
        right = expression.right
        if not isinstance(right, Number | Name):
            return ""
        factors.append(expression.op + _text(right, _POWER, "→"))
        expression = expression.left
    if not factors or not isinstance(expression, Number | Name):
        return ""
    return _text(expression, _PRODUCT, "→") + "".join(reversed(factors))


def _comparison(comparison: Comparison, arrow: str) -> str:
    left, right = (_text(side, _SUM, arrow) for side in (comparison.left, comparison.right))
    return f"{left} {comparison.op} {right}"


def _parameter(parameter: Parameter, arrow: str) -> str:
    text = parameter.name
    if parameter.kind is not None:
        text += f": {parameter.kind}" + ("..." if parameter.variadic else "")
    if parameter.default is not None:
        text += f" = {_text(parameter.default, _SUM, arrow)}"
    return text


# ── Numbers ───────────────────────────────────────────────────────────────────────────────────


def _quantity(quantity: Quantity) -> tuple[int, str]:
    """A span; what no author writes (-5 steps, 1/3 epoch) is spelled as arithmetic."""
    amount = quantity.amount
    value = amount.value
    if _number_binds(value) == _PRODUCT:
        part = Quantity(Number(Fraction(value.numerator)), quantity.unit, quantity.spelling)
        return _PRODUCT, f"{_quantity(part)[1]} / {value.denominator}"
    unit = quantity.spelling or quantity.unit
    if not quantity.spelling and abs(value) == 1:
        unit = unit.removesuffix("s")
    gap = "" if unit == "%" else " "
    return _number_binds(value), (amount.text or render_number(value)) + gap + unit


def _number_binds(value: Fraction) -> int:
    if not _is_decimal(value):
        return _PRODUCT
    return _POWER if value < 0 else _OPERAND


def _is_decimal(value: Fraction) -> bool:
    """Whether finitely many decimals are enough."""
    rest = value.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    return rest == 1


def _decimal(value: Fraction) -> tuple[str, int]:
    """All digits of a decimal fraction, and how many of them stand behind the point."""
    places = 0
    while (value * 10**places).denominator != 1:
        places += 1
    return str((value * 10**places).numerator).zfill(places + 1), places


def _scientific(value: Fraction) -> str:
    digits, places = _decimal(value)
    shown = digits.lstrip("0")
    exponent = len(shown) - 1 - places
    written = max(-400, min(400, exponent))  # as far as an author may write it
    shown, point = shown.rstrip("0"), 1 + exponent - written
    shown = "0" * (1 - point) + shown.ljust(point, "0")
    whole, part = shown[: max(point, 1)], shown[max(point, 1) :]
    return f"{whole}{'.' if part else ''}{part}e{written}"
