"""What is laid out, letter by letter: boundaries, phases, values at closed ends, and what is said.

`golden/laid_out.txt` holds each schedule with the facts of its run, and what becomes of it; after a
change that is meant, `pytest tests/test_laid_out.py --update-golden`, and read the difference.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from laid import block

from schedc.diagnostics.base import Level
from schedc.expr import Apply, Expr, Num, Var
from schedc.program import Case, Track

GOLDEN = Path(__file__).parent / "golden" / "laid_out.txt"

EVEN = "steps=100"
SAMPLES = "epochs=2; dataset=1000; batch=300"
RAMPED = "samples=2000; batch=constant(100, 400 samples) >>! 300"

LAID_OUT: dict[str, list[str]] = {
    # how long an element is
    EVEN: """
        linear(0→1, 10%) >> cosine
        linear(0→1, 10 steps) >> constant >> linear(→0, 20%)
        linear(0→1, 10 steps) >> constant(20 steps) >> linear(→2, 70 steps)
        linear(0→1, rest/4) >> linear(→0, rest/4) >> linear(→2)
        linear(0→1, rest/4) >> constant(10 steps) >> linear(→0, rest/4 + 6 steps) >> linear(→2)
        linear(0→1, rest/2) >> linear(→3, rest/2)
        linear(0→1, rest/2) >> linear(→3, rest/3)
        linear(0→1, rest/2) >> linear(→3, rest*2/3)
        linear(0→1, rest/2) >> linear(→0, rest/2) >> linear(→2)
        linear(0→1, rest/2 - 10 steps) >> linear(→0)
        linear(0→1, rest/8 - 20 steps) >> linear(→0)
        linear(0→1, rest/2 + 60 steps) >> linear(→0)
        linear(0→1, rest/2 + 60 steps) >> linear(→0, rest/2)
        linear(0→1, rest/2 - 10 steps) >> linear(→0, rest/2)
        linear(0→1, rest/4 + 6 steps) >> linear(→2) >> linear(→0, 10 steps)
        linear(0→1, until 30%) >> linear(→0, 10 steps) >> linear(→2)
        linear(0→1, 10 steps) >> constant(until 50%) >> linear(→2)
        linear(0→1, 10 steps) >> constant >> linear(→2, until 50%) >> linear(→0)
        constant(1, 5 steps) >> linear(→2, 10 steps) >> linear(→1, until 60 steps) >> constant
        linear(0→1, 50 steps) >> linear(→0, until 20 steps) >> linear(→1)
        linear(0→1, until 20 steps) >> linear(→0, until 20 steps) >> linear(→1)
        linear(0→1, until 120 steps) >> constant
        linear(0→1, until 100 steps) >> linear(→0)
        linear(0→1, until 50 steps) >> linear(→0, until 120 steps) >> constant
        linear(0→1, 2*floor(7%)) >> constant
        linear(0→1, min(10%, 5 steps)) >> constant
        linear(0→1, max(10%, 5 steps, 12 steps)) >> constant
        linear(0→1, 30% - 1 step) >> constant
        linear(0→1, 10% - 20 steps) >> constant
        linear(0→1, until 30% - 40 steps) >> constant
        linear(0→1, 60%) >> cosine(→0, 50 steps)
        linear(0→1, 60%) >> constant >> cosine(→0, 50 steps)
        linear(0→1, 60%) >> linear(→0, rest/2) >> constant >> cosine(→0, 50 steps)
        linear(0→1, 100%) >> cosine
        linear(0→1, 100%) >> constant
        linear(0→1, 100%) >> linear(1→0) * 2
        linear(0→1, 100 steps) >> linear(→0, rest/2) >> constant
        linear(0→1, 60%) >> constant >> linear(→0, 40%)
        linear(0→1, 60%) >> cosine >> linear(→0.5, 40%)
        linear(0→1, 60%) >> 1 >> linear(→0.5, 40%)
        linear(0→1, 60%) >> 1 + u >> linear(→0.5, 40%)
        linear(0→1) >> cosine
        linear(0→1) >> constant >> cosine
        linear(0→1, 10%) >> cosine(→0, 20 steps)
        linear(0→1, 10%) >> constant(20 steps)
        linear(0→1, 10%) >> (linear(→2, 10%) >> constant(20 steps))
        linear(0→1, 0 steps) >> cosine
        linear(0→1, 40%) >> linear(→0.5, 0 steps)
        linear(0→1, 40%) >> linear(→0.5, 0 steps) >> linear(→0.7, 0 steps)
        linear(0→1, 0 steps)
        (linear(0→1, 10 steps) >> linear(→2, 10 steps)) >> linear(→0)
        (linear(0→1, 10 steps) >> linear(→2)) >> linear(→0, 20 steps)
        constant(1) >> (linear(→2, 10 steps) >> linear(→0, 20 steps))
        constant(1) >> (linear(→2, 10 steps) >> linear(→0, 20 steps)) * 0.5
        constant(1) >> (linear(1→2, 10 steps) + linear(0→1, 30 steps))
        constant(1) >> every(linear(→0, 20 steps), 5 steps)
        constant(1) >> repeat(linear(1→0, 4 steps), times=3)
        constant(1) >> restart(linear(1→0, 4 steps), times=3, stretch=2)
        constant(1) >> take(linear(1→0, 40 steps), 20 steps)
        constant(1) >> linear(→2, 10 steps) * 0.5 >> linear(→0, 20 steps)
        linear(0→1, 10 steps) >>! constant(3) >> linear(→0, 20 steps)
        linear(0→1, 10 steps) >> constant(3) >> linear(→0, 20 steps)
        linear(0→1, 10 steps) >>! constant(0 steps) >> constant(3)
        2*cosine(→0)
        cosine(→0)
        linear(→1, 10 steps) >> constant(1)
        constant(1, 10 steps) >> linear(→0) * 2
        phase(3 + u, 10 steps) >> linear(→0)
        phase(3 + u, 10 steps)
        linear(0→1, 9 steps) * 2
        phase(3 + u, 0 steps) >> linear(→0)
        phase(linear(1→2) * 2, 0 steps) >> linear(→0)
        phase(from * 2, 10 steps) >> linear(→0)
        linear(0→1, 10 steps) >> from * (1 - u) >> linear(→1, 10 steps)
        linear(0→1, 10 steps) >> from * 2
        linear(0→1, 10 steps) >> from + t / length + start / total
        linear(0→1, 10 steps) >> to + 1
        step / 4 + t + length + start + total
        u * step
        samples / 2
        epoch + batch
    """,
    # curves
    "steps=100 ": """
        constant(1, 50 steps) >> linear(→0.5*from)
        linear(1→0.5*from, 10%) >> constant(from/2)
        linear(1→to_value)
        stairs(0→1, 4)
        decay(1→, 0.5, 25 steps)
        decay(1→, 0.5, 0 steps)
        decay(1→, 0.5, 10% - 20 steps)
        half_life(1→, 30%)
        constant(2, 20 steps) >> inverse_sqrt
        constant(2, 20 steps) >> inverse_sqrt(40 steps)
        inverse_sqrt(1→)
        multistep(1→, 0.5, 30%, 60 steps)
        multistep(1→, 0.5, 40 steps)
        constant(1, 10 steps) >> multistep(0.1, 20%, 30%)
        constant(1, 10 steps) >> power_law(-0.5, 10 steps)
        exponential(0→1)
        exponential(1→0.1)
        base * exponential(1→0.1)
        exponential(base→0.1)
        exponential(base→0.1, 0 steps) >> constant
        inverse(1→0)
        polynomial(1→0, 0)
        linear(1→0.1) >> constant
        cosine(1→, min=0.1)
        cosine(1→, min=2)
        cosine(1→0, min=2)
        cosine(0.1→, min=base)
        constant(1, 10 steps) >> cosine(min=2)
        tanh(1→0, low=1, high=0)
        logarithmic(0→1)
        inverse_time(1→, 0.5)
        linear(1→1)
        linear(base→base)
        linear(base→2*base, 10%) >> constant
        noam(1)
        wsd(1)
        onecycle(1)
        triangular(0, 1, 20 steps, scale=0.5)
        sgdr(1, 10 steps)
        step_decay(1, 0.5, 30 steps)
        c(2, 3) ;; curve c(a, b) = a * u + b requires a == b
        c(base) ;; curve c(a) = a * u - u * a + 1
        c(3, 3) ;; curve c(a, b) = a * u + b requires a == b
        c(3, base) ;; curve c(a, b) = a * u + b requires a == b
        c(3, 3) ;; curve c(a, b) = a * u + b requires a <= b
        c(4, 3) ;; curve c(a, b) = a * u + b requires a <= b
        c(3, 3) ;; curve c(a, b) = a * u + b requires a < b
        c(3, 3) ;; curve c(a, b) = a * u + b requires a > b
        c(3, 3) ;; curve c(a, b) = a * u + b requires a >= b
        c(40 steps) ;; curve c(w: span) = w / length * u
        c(20 steps, 30%) ;; curve c(w: span...) = 1 + passed(w)
    """,
    # combinators
    "steps=45": """
        repeat(linear(0→1, 10 steps) >> linear(→0, 10 steps))
        repeat(linear(0→1, 10 steps) >> linear(→0, 5 steps), scale=0.5)
        repeat(linear(0→1, 10 steps))
        repeat(linear(1→1, 15 steps))
        restart(linear(1→0), times=3, stretch=2)
        restart(linear(1→0), times=1_000, stretch=1.00000001)
        repeat(linear(0→1, 0.01 steps), stretch=1.00000001)
        restart(linear(1→0), times=1)
        restart(linear(1→0))
        restart(linear(1→0, 5 steps), times=2, scale=0.5) >> constant
        restart(linear(1→0, 5 steps), stretch=2)
        restart(linear(1→0, 5 steps), stretch=0.5)
        restart(linear(1→0, 5 steps), stretch=0)
        restart(linear(1→0, 5 steps), stretch=-1)
        restart(linear(1→0, 5 steps), times=0)
        restart(linear(1→0, 5 steps), times=1.5)
        restart(linear(1→0, 5 steps), times=20_001)
        restart(linear(1→0, 5 steps), times=20_000)
        restart(linear(1→0, 5 steps), times=20_001 * final(linear(0→1)))
        restart(linear(1→0, 5 steps), times=1e12)
        restart(linear(1→0, 5 steps), times=1e12) >> constant
        restart(linear(1→0, 0.001 steps))
        restart(linear(1→0, 0 steps))
        restart(linear(1→0, 5 steps), times=1_000, stretch=1.00000001)
        constant(1) >> restart(linear(1→0, 5 steps), times=999, stretch=1.00000001)
        restart(linear(1→0, 10 steps), times=5)
        restart(linear(1→0, 10 steps), times=4) >> constant
        restart(linear(1→0, until 10 steps), times=2) >> constant
        restart(linear(1→0, until 10 steps), times=2)
        repeat(linear(0→1, until 10 steps))
        restart(take(linear(0→1, until 20 steps), 5 steps), times=2)
        restart(linear(0→1, 5 steps) >> linear(→0, until 10 steps), times=2)
        restart(linear(1→0, 10 steps) >> linear(→1, 10%), times=2) >> constant
        restart(restart(linear(1→0, 2 steps), times=2), times=3, stretch=2) >> constant(1)
        every(linear(0→1), 4 steps)
        every(linear(0→1, 10 steps) >> linear(→0), 4 steps)
        every(linear(0→1, 10 steps) >> linear(→0), 15 steps)
        every(linear(0→1, 3 steps) >> linear(→0, 3 steps) >> linear(→1), 9 steps)
        constant(1, 7 steps) >> every(linear(→0), 10 steps)
        every(linear(0→1), 0 steps)
        every(linear(0→1), 60 steps)
        restart(every(linear(0→1, 7 steps), 7 steps))
        every(linear(0→1), 44.5 steps)
        every(linear(1→0, 5 steps) >> extend(linear(→2, 5 steps)), 5 steps) >> linear(→1, 9 steps)
        every(samples, 10 steps)
        extend(linear(0→1, 10 steps))
        extend(linear(0→1, 60 steps))
        extend(linear(0→1, 10 steps) >> linear(→0, 10 steps))
        extend(linear(0→1))
        extend(every(linear(0→1), 5 steps))
        extend(linear(0→1, 0 steps))
        constant(1, 5 steps) >> extend(linear(→2, 10 steps))
        take(linear(0→1, 40 steps), 10 steps) >> linear(→0)
        take(linear(0→1, 40 steps), 60 steps)
        take(linear(0→1, 10 steps), 20 steps)
        take(linear(0→1, 10 steps) >> linear(→0, 10 steps) >> linear(→2, 5 steps), 15 steps)
        take(linear(0→1), 50%) >> constant
        take(linear(0→1, 10 steps) >> linear(→0), 15 steps) >> constant
        take(linear(0→1, rest/2), 15 steps) >> constant
        take(1, 15 steps) >> linear(→0)
        take(global(linear(0→1)), 5 steps)
        take(global(linear(0→1)) * 2, 5 steps)
        take(extend(linear(0→1, 5 steps)), 10 steps)
        take(linear(0→1, until 20 steps), 15 steps) >> constant
        take(linear(0→1, 40 steps), 0 steps) >> linear(→1)
        linear(0→1, 40 steps) >> take(linear(→0, 40 steps), 10 steps)
        linear(0→1, 50 steps) >> take(linear(→0, 40 steps), 10 steps)
        linear(0→1, 45 steps) >> take(linear(→0, 40 steps), 10 steps)
        take(linear(0→1, 40 steps), 20 steps) >> constant(26 steps)
        linear(0→1, 20 steps) >> linear(→1, 20 steps) >> take(linear(→0, 40 steps), 10 steps)
        linear(0→1, 10 steps) >>! global(linear(1→0))
        global(linear(0→1, 10 steps) >> linear(→0)) * 2
        linear(0→1, 10 steps) >>! global(linear(0→1, 20 steps) >> linear(→0)) >> constant(9 steps)
        linear(0→1, 10 steps) >>! global(linear(0→1, 10 steps) >> linear(→0)) >> constant(9 steps)
        linear(0→1, 10 steps) * linear(2→0)
        (linear(0→1, 10 steps) >> linear(→0, 10 steps)) + (linear(0→1, 15 steps) >> constant)
        (linear(0→1, 10 steps) >> linear(→0)) * (linear(0→1, 10 steps) >> constant)
        max(linear(0→1, 10 steps), linear(1→0), 0.5)
        clamp(linear(0→1), 0.25, 0.5)
        linear(0→1, 10 steps) + linear(0→1, 60 steps)
        constant(1) >> linear(→2, 5 steps) * linear(1→2, 10 steps)
        linear(0→1, 10 steps) >> (from * u + linear(1→0, 10 steps))
        1/3
        linear(0→1, 10 steps) >> 1/0
        linear(0→1, 5 steps / 0)
        linear(0→1, 10 steps) >> constant(9^9^9^9)
        linear(0→1, 1B tokens) >> constant
        linear(0→1, 10 samples) >> constant
    """,
    # numbers read off schedules
    "steps=50": """
        constant(peak(linear(0→2, 10 steps) >> linear(→1)))
        constant(final(linear(0→2, 10 steps) >> linear(→1)))
        constant(last(linear(0→2, 10 steps) >> linear(→1)))
        constant(at(linear(0→2, 10 steps) >> linear(→1), 30 steps))
        constant(at(linear(0→2, 10 steps) >>! linear(5→1), 10 steps))
        constant(at(linear(0→2, 10 steps), 0 steps))
        constant(at(linear(0→2), 50 steps))
        constant(at(linear(1→2), 0 steps - 5 steps))
        linear(0→1, 10 steps * final(linear(1→2))) >> constant
        linear(0→1, 10 steps * final(linear(→2))) >> constant
        other * 2 ;; other: linear(0→1)
        phase(1, 9 steps) >>! other ;; other: linear(0→2, 20 steps) >> linear(→1)
        other >> linear(→0, 9 steps) ;; other: linear(0→2, 20 steps) >> linear(→1)
        linear(0→at(other, 30 steps)) ;; other: linear(0→2, 20 steps) >> linear(→1)
        lr / peak(lr) ;; other: linear(0→1)
        other / peak(other) ;; other: sin(step/7) + cos(step/5) + 2
    """,
    "steps=50; endpoint=true": """
        constant(last(linear(0→2)))
    """,
    "steps=50; first=1": """
        constant(last(linear(0→2)))
        constant(final(linear(0→2)))
    """,
    # the horizon is not known
    "": """
        linear(0→1, 2k steps) >> cosine
        linear(0→1, 2k steps) >> constant >> linear(→0, 20%)
        linear(0→1, min(10%, 500 steps)) >> linear(→0)
        linear(0→1, max(10%, 500 steps)) >> linear(→0)
        linear(0→1, floor(10%)) >> linear(→0, floor(10%)) >> constant
        linear(0→1, 60%) >> cosine(→0, 50%)
        linear(0→1, 10% * sqrt(2)) >> constant
        linear(0→1, 60%) >> linear(→0, 20%)
        linear(0→1, 100% - 5 steps)
        linear(0→1, 20 steps) >> linear(→0, 20 steps)
        repeat(linear(0→1, 10 steps))
        restart(linear(1→0, 10 steps), times=3, stretch=2) >> constant
        restart(linear(1→0, 10%), times=3) >> constant
        restart(linear(1→0), times=3)
        every(linear(0→1), 4 steps)
        every(linear(0→1, 10 steps) >> linear(→0), 4 steps)
        take(linear(0→1, 40 steps), 10 steps) >> linear(→0)
        constant(1) >> restart(linear(1→0, 2%), times=2)
        constant(at(linear(0→2, 10 steps) >> linear(→1), 30 steps))
        linear(0→1, 5 epochs) >> constant
        cosine(total→0)
        decay(1→, 0.5, 0 steps)
        linear(0→1, rest/3) >> linear(→2)
        linear(0→1, rest/3) >> linear(→2, rest*2/3)
    """,
    # samples do not move evenly
    SAMPLES: """
        linear(0→1, 1000 samples) >> constant
        linear(0→1, 1 epoch) >> linear(→0, 50%)
        linear(0→1, 700 samples) >> linear(→0)
        linear(0→1, 700 samples + 1 step) >> linear(→0)
        linear(0→1, 1 step + 700 samples) >> linear(→0)
        linear(0→1, until 700 samples) >> linear(→0)
        linear(0→1) >> linear(→0, 1 step + 700 samples)
        linear(0→1, rest/4) >> linear(→0)
        linear(0→1, 2 steps) >> linear(→0, rest/2) >> linear(→1)
        linear(0→1, 600 samples) >> linear(→0, rest/2) >> linear(→1, 300 samples) >> linear(→0)
        linear(0→1, 2 steps) >> linear(→0, rest/2 + 100 samples) >> linear(→1)
        linear(0→1, 2 steps) >> linear(→0, rest/2 + 1 step) >> linear(→1)
        linear(0→1, floor(500 samples)) >> linear(→0, rest/2) >> linear(→1)
        linear(0→1, 1500 samples) >> linear(→0, 800 samples)
        linear(0→1) >> linear(→0, 300 samples)
        repeat(linear(0→1, 500 samples))
        restart(linear(1→0, 500 samples), stretch=2)
        restart(linear(1→0), times=3)
        every(linear(0→1), 500 samples)
        every(linear(0→1), 1 step)
        every(samples, 3 steps)
        every(linear(0→1, 300 samples) >> linear(→0), 700 samples)
        decay(1→, 0.5, 500 samples)
        phase(u, 600 samples) >> constant(1)
        samples / 2 + epoch + batch
        take(linear(0→1, 800 samples), 500 samples) >> linear(→0)
        constant(last(linear(0→2)))
        linear(0→1, 2 steps) >> linear(→0, 300 samples) >> linear(→1, rest/2 + 1 epoch) >> constant
    """,
    "dataset=1000; batch=300": """
        every(linear(0→1), 500 samples)
        every(samples, 3 steps)
    """,
    # nor updates with the clock
    RAMPED: """
        linear(0→1, 3 steps) >> linear(→0, rest/2) >> linear(→1)
        linear(0→1, 10%) >> linear(→0, rest/2) >> linear(→1, 2 steps) >> linear(→0)
        linear(0→1, 300 samples) >> linear(→0, rest/4) >> linear(→1)
        linear(0→1, rest/2) >> linear(→0, 4 steps)
        linear(0→1, rest/4 + 200 samples) >> linear(→0, 3 steps) >> linear(→1)
        linear(0→1, rest/4 + 200 samples) >> linear(→0) >> linear(→1, 600 samples)
        linear(0→1, rest/4 + 1 step) >> linear(→0) >> linear(→1, 600 samples)
        linear(0→1, rest/8 + 100 samples) >> linear(→0) >> linear(→1, 1700 samples)
        linear(0→1, rest/4 + 1 step) >> linear(→0, 3 steps) >> linear(→1)
        linear(0→1, rest/2) >> linear(→0, floor(3 steps)) >> linear(→1)
        linear(0→1, rest/2) >> linear(→0, 2 * 3 steps) >> linear(→1)
        linear(0→1, rest/2) >> linear(→0, max(floor(3 steps), 1 step)) >> linear(→1)
        linear(0→1, rest/2) >> linear(→0, min(3 steps, 10%)) >> linear(→1)
        linear(0→1, rest/2) >> (linear(→0, floor(3 steps)) >> linear(→1, 1 step)) >> linear(→2)
        linear(0→1, rest/2) >> every(linear(→0, 3 steps), 1 step) >> linear(→1)
        linear(0→1, 100 steps) >> linear(→0, rest/2) >> linear(→1)
        linear(0→1, 5 steps) >> linear(→0, 20%)
        linear(0→1) >> linear(→0, 4 steps)
        linear(0→1) >> repeat(linear(1→0, 2 steps), times=2, stretch=2)
        samples + batch
        every(linear(0→1), 500 samples)
    """,
}  # fmt: skip


def text(expr: Expr) -> str:
    match expr:
        case Num(value):
            return str(value)
        case Var(name):
            return name
        case Apply(op, args):
            return f"{op}({', '.join(map(text, args))})"


def written(case: Case) -> list[str]:
    out = [f"N {case.low}" if case.low == case.high else f"N {case.low}..{case.high or ''}"]
    for p in case.pieces:
        ends = f"{text(p.first)}" if p.first == p.last else f"{text(p.first)} … {text(p.last)}"
        value = "" if p.value == p.first == p.last else f" = {text(p.value)}"
        out.append(f"  [{text(p.start)}, {text(p.stop)}) {ends}{value}")
    for f in case.phases:
        length = "flexible" if f.flexible else "stated"
        ends = f"{text(f.start)} {text(f.stop)}, {text(f.first)} {text(f.last)}"
        out.append(f"  phase {f.name} {ends}, {f.unit} {length}: {f.span.text}")
    for b in case.boundaries:
        jump = "jump" if b.jump else "join"
        out.append(f"  {jump} at {text(b.at)}: {text(b.left)} | {text(b.right)}: {b.span.text}")
    for r in case.requirements:
        sides = f"{text(r.left)} {r.op} {text(r.right)}"
        out.append(f"  requires {sides}: {r.text} ({r.curve}) {r.span.text}")
    return out


def told(facts: str) -> dict[str, object]:
    facts = facts.strip()
    found = dict(fact.split("=", 1) for fact in facts.split("; ") if fact)
    return {name: int(value) if value.isdigit() else value for name, value in found.items()}


def outcome(schedule: str, facts: str) -> str:
    """What is laid out, and what is said of it."""
    parts = f"lr: {schedule}".split(" ;; ")
    names = [part.split(": ", 1) for part in parts if not part.startswith("curve ")]
    head = "".join(f"  {part}\n" for part in parts if part.startswith("curve "))
    head = f"define: |\n{head}" if head else ""
    lines = [f"  {name}: '{text}'\n" for name, text in names]
    done = block(f"{head}schedules:\n" + "".join(lines), **told(facts))
    lines = []
    track: Track | None = done.tracks.get("lr")
    for case in track.cases if track else ():
        lines += written(case)
    for finding in done.findings:
        if finding.level > Level.ADVICE and finding.code not in PROVED:
            lines.append(f"  {finding.code} at `{finding.where.text}`: {finding.message()}")
    return "\n".join(lines) + "\n"


PROVED = {"SCH401", "SCH402", "SCH409", "SCH410", "SCH412", "SCH603"}
"""What is found once the schedule is laid out."""

PROGRAMS = [
    (line.strip(), facts) for facts, lines in LAID_OUT.items() for line in lines.split("\n")
    if line.strip()
]  # fmt: skip


def kept() -> dict[str, str]:
    """The file by its headings."""
    parts = GOLDEN.read_text(encoding="utf-8").split("\n## ")[1:]
    return {part.split("\n", 1)[0]: part.split("\n", 1)[1].strip("\n") + "\n" for part in parts}


def heading(schedule: str, facts: str) -> str:
    return f"{schedule}   {facts.strip()}".strip()


@pytest.fixture(scope="module")
def golden(request: pytest.FixtureRequest) -> dict[str, str]:
    if request.config.getoption("--update-golden"):
        parts = [f"\n## {heading(*p)}\n{outcome(*p)}" for p in PROGRAMS]
        GOLDEN.write_text("".join(parts), encoding="utf-8")
    return kept()


@pytest.mark.parametrize(("schedule", "facts"), PROGRAMS)
def test_laid_out(golden: dict[str, str], schedule: str, facts: str) -> None:
    assert outcome(schedule, facts) == golden[heading(schedule, facts)]


def test_nothing_else_is_kept(golden: dict[str, str]) -> None:
    assert list(golden) == [heading(*p) for p in PROGRAMS]
