"""Deforum: key frames with lines or parabolas between them, or a formula of the frame."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction

from schedc.peers.case import Builder, Case, NotExpressible, Row, exact, interpolated, number

_KEY = re.compile(r"\s*([^:,()]+?)\s*:\s*\((.*?)\)\s*(?:,|$)(?=\s*(?:[^:,()]+:|$))")


def keys(case: Case) -> list[tuple[int, str]]:
    """(frame, text) pairs; a frame may be `max_f`, the last one."""
    out = []
    for frame, text in _KEY.findall(case["string"]):
        out.append((case["max_frames"] - 1 if frame == "max_f" else int(frame), text.strip()))
    if not out or out[0][0] != 0:
        raise NotExpressible("Deforum itself fails where the first key frame is not 0")
    return sorted(out)


def written(case: Case) -> str:
    told = keys(case)
    values = [plain(text) for _, text in told]
    if any(value is None for value in values):
        if len(told) > 1:
            raise NotExpressible(
                "it draws a spline through every frame of a formula between key frames"
            )
        text = re.sub(r"\bt\b", "step", told[0][1])
        return re.sub(r"\bmax_f\b", str(case["max_frames"] - 1), text)
    points = [
        (frame, value) for (frame, _), value in zip(told, values, strict=True) if value is not None
    ]
    if case.get("interp_method", "Linear") == "Linear" or len(points) <= 2:
        return interpolated(points)
    if len(points) > 3:
        raise NotExpressible("a spline through more than three key frames is no one-line schedule")
    return parabola(points)


def plain(text: str) -> Fraction | None:
    """What Deforum takes for a number; `1e-3` is a formula to it, evaluated at every frame."""
    return exact(text) if re.fullmatch(r"[-+]?(\d+\.?\d*|\.\d+)", text) else None


def parabola(points: list[tuple[int, Fraction]]) -> str:
    """Through three points, in Newton's form; before the first and behind the last the ends
    hold."""
    (a, v), (b, w), (c, x) = points
    first = (w - v) / (b - a)
    second = ((x - w) / (c - b) - first) / (c - a)
    here = f"min(step, {c})"
    once = f"{number(first)} * ({here} - {a})"
    twice = f"{number(second)} * ({here} - {a}) * ({here} - {b})"
    return f"{number(v)} + {once} + {twice}"


SCHEDULERS: Mapping[str, Row | Builder] = {"FrameInterpolater": written}
