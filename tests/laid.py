"""Schedules laid out for tests: an expression and facts of the run in, a `Track` out."""

from __future__ import annotations

from fractions import Fraction

from schedc.compiler import Compiled, compile_block
from schedc.diagnostics.base import Level
from schedc.document import blocks
from schedc.facts import told
from schedc.program import Track
from schedc.source import Source


def compiled(text: str, **facts: object) -> Compiled:
    """The block of one schedule called `lr`, with whatever was found."""
    return block("schedules:\n  lr: '" + text.replace("'", "''") + "'\n", **facts)


def block(text: str, **facts: object) -> Compiled:
    """The only block of a YAML text."""
    source = Source("train.yaml", text)
    read = blocks(source)
    assert not [f for f in read.findings if f.level == Level.ERROR], read.findings
    (only,) = read.blocks
    return compile_block(source, only, [told(name, value) for name, value in facts.items()])


def track(text: str, **facts: object) -> Track:
    """The track of an expression that has no faults."""
    out = compiled(text, **facts)
    assert not out.broken, [f.message() for f in out.findings]
    return out.tracks["lr"]


def at(laid: Track, k: int | Fraction) -> float:
    """The reference value, as the nearest float."""
    return float(laid.value(k))
