"""`schedc explain repeat`: what makes schedules of schedules, in a sentence and by an example.

In: a name. Out: its text. The one rule: every combinator of the language stands here.
"""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import fill


@dataclass(frozen=True)
class Told:
    """call: how it is written. what: what it means. example: a schedule of some length."""

    call: str
    what: str
    example: str


COMBINATORS = {
    "repeat": Told(
        "repeat(A, times, scale=1, stretch=1)",
        "A again and again; every round is `scale` times as high and `stretch` times as long as "
        "the one before. Without `times` there are as many as fit, and the last one is cut; "
        "rounds without a length share the room. The joins have to be continuous.",
        "repeat(linear(0→1, 10%) >> linear(→0, 10%), scale=0.7)",
    ),
    "restart": Told(
        "restart(A, times, scale=1, stretch=1)",
        "As `repeat`, with jumps that are meant: warm restarts, saw teeth.",
        "restart(cosine(1→0, 20%), scale=0.7)",
    ),
    "take": Told(
        "take(A, span)",
        "A laid out as if neither a next phase nor the end of the run stopped it, and cut behind "
        "`span`.",
        "take(linear(0→1, 10%) >> cosine(→0.1, 160%), 50%) >> sine(→0.1)",
    ),
    "global": Told(
        "global(A)",
        "A on the clock of the run, where it has been counting since update 0, and not on that "
        "of its phase: the overlays of BERT, EfficientNet and timm.",
        "linear(0→1, 10%) >>! global(linear(1→0))",
    ),
    "every": Told(
        "every(A, span)",
        "A sampled at every `span` and held in between; its steps are meant.",
        "every(cosine(1→0), 10%)",
    ),
    "extend": Told(
        "extend(A)",
        "A's formula goes on behind its end instead of holding its last value: a cosine rises "
        "again.",
        "extend(cosine(1→0, 40%))",
    ),
    "phase": Told(
        "phase(A, span), phase(A, until position)",
        "Any expression, with a length: what is written with the clock gets an end.",
        "phase(1 - u^3, 60%) >> constant",
    ),
}


def text_of(name: str) -> str:
    told = COMBINATORS[name]
    return f"{told.call}\n\n{fill(told.what, 88)}\n"
