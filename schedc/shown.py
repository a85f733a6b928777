"""Exact numbers as a person reads them: `6,000`, `13.5`, `10/3`, `0.6·N − 2,000`, `1e-6`.

In: exact expressions. Out: text for messages and tables.
The one rule: a number that is shown shortened is shown with `…`, so that nobody takes it for exact.
"""

from __future__ import annotations

from decimal import Context, Decimal
from fractions import Fraction

from schedc.algebra import UNIT, constant, terms
from schedc.expr import ONE, TOTAL, Expr, Num, TooLarge, Undefined

SHORT = 8
"""Signs of a fraction that can be read as such: `10/3`, `1270/3`; `203633/224` cannot."""


LONG = 10**24
"""Nobody counts the digits of such a number."""


def shown(position: Expr) -> str:
    """A position or length in updates."""
    if isinstance(position, Num):
        return shown_fraction(position.value)
    parts = []
    ordered = sorted(terms(position).items(), key=lambda item: item[0] == UNIT)
    for monomial, coefficient in ordered:
        sign = " − " if coefficient < 0 else " + "
        amount = abs(coefficient)
        if monomial == UNIT:
            text = shown_fraction(amount)
        else:
            factors = [
                ("N" if atom == TOTAL else _atom(atom)) + ("" if e == 1 else f"^{e}")
                for atom, e in sorted(monomial, key=repr)
            ]
            name = "·".join(factors)
            text = name if amount == 1 else f"{shown_fraction(amount)}·{name}"
        parts.append((sign, text))
    if not parts:
        return "0"
    head = ("−" if parts[0][0] == " − " else "") + parts[0][1]
    return head + "".join(sign + text for sign, text in parts[1:])


def counted(amount: Expr | Fraction) -> str:
    """A length in updates with the word: `1 update`, `0.5 updates`."""
    amount = Num(amount) if isinstance(amount, Fraction) else amount
    return f"{shown(amount)} update{'s' * (amount != ONE)}"


def _atom(atom: Expr) -> str:
    from schedc.render import text  # only unusual boundaries get here

    return text(atom).replace("total", "N")


def shown_fraction(value: Fraction) -> str:
    """A whole number with separators, a short decimal, or a fraction."""
    if abs(value) >= LONG:
        return decimal(value, 9).replace("-", "−")
    if value.denominator == 1:
        return f"{value.numerator:,}".replace("-", "−")
    exact = terminating(value)
    if exact is not None and len(exact) <= 16:
        whole, _, part = exact.partition(".")
        text = f"{abs(int(whole)):,}.{part}"
        return f"−{text}" if value < 0 else text
    if abs(value) < 10**-300:  # no float holds it
        return decimal(value, 9).replace("-", "−")
    if len(str(value)) <= SHORT:
        return str(value).replace("-", "−")
    return f"{float(value):,.9g}…".replace("-", "−")


def terminating(value: Fraction) -> str | None:
    """The decimal notation of a fraction, if it ends."""
    denominator = value.denominator
    twos = fives = 0
    while denominator % 2 == 0:
        denominator //= 2
        twos += 1
    while denominator % 5 == 0:
        denominator //= 5
        fives += 1
    places = max(twos, fives)
    if denominator != 1 or places > 30:
        return None
    digits = f"{abs(value.numerator) * 10**places // value.denominator:0{places + 1}d}"
    point = len(digits) - places
    text = f"{digits[:point]}.{digits[point:]}" if places else digits
    return ("-" if value < 0 else "") + text


def shown_value(value: Expr) -> str:
    """The value of a schedule: `0.001`, `1e-6`, or the formula when it is not a number."""
    try:
        exact = value.value if isinstance(value, Num) else constant(terms(value))
    except (Undefined, TooLarge):  # what divides by 0 is shown as it is written
        exact = None
    if exact is not None:
        return decimal(exact)
    from schedc.render import text

    return text(value)


def decimal(value: Fraction, digits: int = 12) -> str:
    """A value to so many significant digits, with `…` where that is not all of it."""
    if not value:
        return "0"
    if 10**-300 < abs(value) < 10**300:
        text, cut = repr(float(value)), f"{float(value):.{digits}g}"
    else:  # beyond the range of floats; only exact arithmetic gets there
        near = Context(digits).divide(Decimal(value.numerator), Decimal(value.denominator))
        text = cut = f"{near.normalize():e}"
    if Fraction(text) == value and len(text) <= digits + 6:
        return _tidy(text)
    return _tidy(cut) + "…"


def _tidy(text: str) -> str:
    """`1e-06` → `1e-6`, `1.0` → `1`."""
    mantissa, mark, exponent = text.partition("e")
    if mantissa.endswith(".0"):
        mantissa = mantissa[:-2]
    return f"{mantissa}{mark}{int(exponent)}" if mark else mantissa
