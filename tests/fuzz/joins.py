"""Joins whose truth is known: `python tests/fuzz/joins.py --count 10_000`.

In: a count and a first seed; the same seed, the same schedule. Out: every verdict that is not the
one by construction, with its text; the exit code is 1 when there was any.
The one rule: what is true of a join is known from how it was made, and not from the compiler. A
start is left out, or written as an equal value in other words; a gap is a factor on that start.

Each seed is a sequence of curves, cuts, products and repetitions, continuous by construction; and
the same with a gap of 1e-12 to a tenth at one join, which must be refuted there and nowhere else.
Both are checked without a length and at one of several.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from random import Random

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from schedc.compiler import compile_block  # noqa: E402  # after the path to it
from schedc.document import blocks  # noqa: E402
from schedc.expr import Num, substitute  # noqa: E402
from schedc.facts import told  # noqa: E402
from schedc.source import Source  # noqa: E402

LENGTHS = (997, 1000, 4096, 60_000, 1_000_003)

VALUES = ("3e-4", "7e-5", "1.7e-3", "0.23", "1.9", "5e-2", "11", "0.0013", "1/3", "2*0.0173")

TO = (
    "linear({}{})", "cosine({}{})", "sine({}{})", "polynomial({}{}, power=2)",
    "polynomial({}{}, power=0.6)", "exponential({}{})", "sqrt({}{})", "square({}{})",
    "mirror_cosine({}{})", "sigmoid({}{})", "sigmoid({}{}, steepness=7)", "smoothstep({}{})",
    "rex({}{})", "logarithmic({}{})", "inverse({}{})", "cosine({}{}, cycles=1.5)",
    "stairs({}{}, n=5)",
)  # fmt: skip
"""Curves from the start to the end of their range."""

ON = {
    "inverse_sqrt": "", "inverse_time": "rate=0.01", "power_law": "power=-0.3",
    "decay": "rate=0.97, every=10 steps", "half_life": "every=25 steps",
    "multistep": "factor=0.5, at=9 steps", "cosine": "min=1e-9, cycles=0.7",
}  # fmt: skip
"""Curves that end wherever they get to, so that nobody can write the next start; with the rest of
their arguments."""

FIRST = (
    "tanh(0.3→2{})", "radam(0.999{})", "untuned_linear(0.99{})", "untuned_exponential(0.99{})",
)  # fmt: skip
"""Curves that do not begin at their start, or have none."""

FIRST_OF_ALL = ("wsd(0.23, min=0.01)", "onecycle(0.23)", "tri_stage(0.23)", "noam(0.23, 40 steps)",
                "triangular(0.01, 0.23, 3%)")  # fmt: skip
"""Recipes take what is left."""


@dataclass(frozen=True)
class Element:
    """end: an equal value in words, or empty where nobody can say. length: updates, and share of
    the run; None: what is left."""

    text: str
    end: str
    length: tuple[Fraction, Fraction] | None


@dataclass(frozen=True)
class Made:
    """A schedule. gap: before which element, from 1; 0: nowhere."""

    text: str
    elements: tuple[Element, ...]
    gap: int = 0

    def place(self, total: int) -> Fraction:
        """Where the gap is, in a run of so many updates."""
        lengths = [e.length and e.length[0] + e.length[1] * total for e in self.elements]
        left = total - sum((x for x in lengths if x is not None), Fraction(0))
        return sum((left if x is None else x for x in lengths[: self.gap]), Fraction(0))


def made(rng: Random) -> tuple[Made, Made]:
    """A schedule that is continuous by construction, and the same with a gap."""
    count = rng.randint(2, 6)
    gap, taker = rng.randint(1, count - 1), rng.randrange(count)
    size = Fraction(rng.randint(1, 9), 10 ** rng.randint(2, 12))
    factor = _decimal(1 + rng.choice((1, -1)) * size)
    elements: list[Element] = []
    for at in range(count):
        before = elements[-1].end if at else rng.choice(VALUES)
        start = (
            "{gap}"
            if at == gap
            else ""
            if not before
            else before
            if at == 0
            else (rng.choice(("", "", again(rng, before))))
        )
        elements.append(_element(rng, at, start, before, at == taker, at + 1 == gap))
    both = elements[gap - 1].end
    joined = _joined(rng, [e.text for e in elements])
    around = rng.choice(("{}", "{}", "{}", "3 * ({})", "({}) / 7 + 1e-3", "base * ({})",
                         "({}) * linear(2→1)"))  # fmt: skip
    whole = around.replace("{}", joined)
    right = again(rng, both)
    good, bad = whole.replace("{gap}", right), whole.replace("{gap}", f"({right}) * {factor}")
    return Made(good, tuple(elements)), Made(bad, tuple(elements), gap)


def _decimal(x: Fraction) -> str:
    digits = str(int(x * 10**13)).rjust(14, "0")
    return f"{digits[:-13]}.{digits[-13:]}"


def _element(rng: Random, at: int, start: str, before: str, takes: bool, known: bool) -> Element:
    """start: what is to be written, or nothing; before: a value in words. known: its end must be.

    A start with a gap is only of use where the end does not move with it.
    """
    end = rng.choice(VALUES)
    while end == before:  # a curve that does not move is an error
        end = rng.choice(VALUES)
    length = None if takes else _length(rng)
    span = "" if length is None else f", span={_written(length)}"
    free = bool(before) and start != "{gap}"
    kind = rng.choice(("curve", "curve", "curve", "product", "on", *(
        ("level", "line cut", "cosine cut", "sum", "repeat") if free else ())))  # fmt: skip
    first = start or before
    match kind:
        case "level" if length is not None and at:
            inside = f"{start}, {_written(length)}" if start else _written(length)
            return Element(f"constant({inside})", before, length)
        case "line cut":
            text = f"take(linear({first}→{end}, 30 steps), 15 steps)"
            return _cut(text, f"(({before}) + ({end})) / 2", 15, takes)
        case "cosine cut":
            text = f"take(cosine({first}→{end}, 30 steps), 10 steps)"
            return _cut(text, f"({end}) + (({before}) - ({end})) * 3/4", 10, takes)
        case "sum":
            return Element(f"({first}) + linear(0→{end}{span})", f"({before}) + ({end})", length)
        case "repeat" if not takes:
            text = f"repeat(linear({first}→{end}, 3 steps) >> cosine(→{before}, 4 steps), times=3)"
            return Element(text, before, (Fraction(21), Fraction(0)))
        case "product" if before:
            other = rng.choice(VALUES)
            curve = rng.choice(("cosine", "sqrt", "smoothstep", "exponential"))
            text = f"linear(1→{other}{span}) * {curve}({first}→{end}{span})"
            return Element(text, f"({end}) * ({other})", length)
        case "on" if not known and at and start != "{gap}" and before:
            if rng.random() < 0.2:
                return Element(f"every(linear({first}→1e-7{span}), 7 steps)", "", length)
            curve, rest = rng.choice(list(ON.items()))
            inside = [start and f"{start}→", span[2:], rest]
            text = f"{curve}({', '.join(filter(None, inside))})".removesuffix("()")
            return Element(text, "", length)
        case "on" if not known and not at and takes:
            return Element(rng.choice(FIRST_OF_ALL), "", None)
        case "on" if not known and not at:
            return Element(rng.choice(FIRST).format(span), "", length)
    return Element(rng.choice(TO).replace("{}{}", f"{start}→{end}{span}"), end, length)


def _cut(text: str, end: str, length: int, takes: bool) -> Element:
    """A cut has a length of its own: where it should take what is left, its end is held."""
    if not takes:
        return Element(text, end, (Fraction(length), Fraction(0)))
    return Element(f"({text}) >> constant", end, None)


def _length(rng: Random) -> tuple[Fraction, Fraction]:
    if rng.random() < 0.5:
        return Fraction(rng.randint(1, 40)), Fraction(0)
    return Fraction(0), Fraction(rng.choice((1, 2, 3, 7, 9, 15, 25)), 300)


def _written(length: tuple[Fraction, Fraction]) -> str:
    updates, share = length
    return f"{updates} steps" if updates else f"{share.numerator} * 100% / {share.denominator}"


def _joined(rng: Random, parts: list[str]) -> str:
    """A sequence, some of it in brackets, which mean nothing."""
    if len(parts) > 2 and rng.random() < 0.3:
        low = rng.randrange(len(parts) - 1)
        high = rng.randint(low + 2, len(parts))
        parts = [*parts[:low], f"({' >> '.join(parts[low:high])})", *parts[high:]]
    return " >> ".join(parts)


def again(rng: Random, value: str) -> str:
    """The same value in other words."""
    words = rng.choice((
        "{}", "({})", "2 * ({}) / 2", "({}) * 3/7 + ({}) * 4/7", "sqrt(({})^2)",
        "({}) + sin(pi/5) - sin(pi/5)", "max({}, 0)", "({}) * (1 + cos(pi/3)) / 1.5",
        "({}) * sqrt(2) / 2 * sqrt(2)",
    ))  # fmt: skip
    return words.replace("{}", value)


# ---- what the compiler says


def verdicts(text: str, total: int | None) -> Iterator[tuple[Fraction, int, str, str]] | None:
    """(place, N, verdict, reason) of each join. None: it does not fit a run of that length."""
    source = Source("train.yaml", f"schedules:\n  lr: {text}\n")
    (block,) = blocks(source).blocks
    compiled = compile_block(source, block, [] if total is None else [told("steps", total)])
    if "lr" not in compiled.joins:
        codes = {f.code for f in compiled.findings}
        # a condition fails: after 3 updates `radam` is still 0, and nothing decays from 0
        others = [c for c in codes if not c.startswith("SCH3") and c != "SCH228"]
        assert codes and not others, (text, compiled.findings)
        return None
    return _each(compiled.joins["lr"], total)


def _each(joins, total):  # type: ignore[no-untyped-def]
    for join in joins:
        if join.boundary.jump:
            continue
        n = total or join.verdict.witness or max(join.low, min(join.high or 10**6, 10**6))
        at = substitute(join.boundary.at, {"total": Num(Fraction(n))})
        assert isinstance(at, Num)
        yield at.value, n, join.verdict.kind, join.verdict.reason


def faults(case: Made, total: int | None) -> list[str] | None:
    """What the compiler says of a schedule that is not so; None: it does not fit."""
    found = verdicts(case.text, total)
    if found is None:
        return None
    out, refuted = [], False
    for at, n, kind, reason in found:
        meant = "jump" if case.gap and at == case.place(n) else "continuous"
        refuted = refuted or (meant == kind == "jump")
        if kind != meant:
            out.append(f"{kind} for {meant} at {at} of {n}{': ' * bool(reason)}{reason}")
    if case.gap and not refuted:
        out.append("the gap was not refuted")
    return out


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=lambda t: int(t.replace("_", "")), default=1000)
    parser.add_argument("--seed", type=lambda t: int(t.replace("_", "")), default=0)
    parser.add_argument("--seconds", type=float, default=float("inf"), help="stop after so long")
    asked = parser.parse_args()
    begun = time.monotonic()
    told_of: Counter[str] = Counter()
    wrong = done = 0
    for seed in range(asked.seed, asked.seed + asked.count):
        if time.monotonic() - begun > asked.seconds:
            break
        rng = Random(seed)
        whole, broken = made(rng)
        for case in (whole, broken):
            for total in (None, rng.choice(LENGTHS)):
                length = "any N" if total is None else "one N"
                name = f"{'with a gap' if case.gap else 'continuous'}, {length}"
                found = faults(case, total)
                told_of[f"{name}: {'does not fit' if found is None else 'decided'}"] += 1
                if found:
                    wrong += 1
                    print(f"---- seed {seed}, {total or 'N'}: {case.text}", *found, sep="\n  ")
        done += 1
    for name, count in sorted(told_of.items()):
        print(f"{count:8,} {name}")
    print(f"{done:,} schedules and {done:,} with a gap: {wrong} wrong or unproved")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
