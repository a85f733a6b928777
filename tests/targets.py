"""Compiled schedules run in every target, many at once: one C compiler and one Node for all.

The schedules know their length and have names of their own, `base` is none of their words.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

import schedc

Places = Sequence[Sequence[float]]
"""For each schedule, the updates to evaluate it at."""


def named(texts: Sequence[str], steps: int) -> list[schedc.Schedule]:
    """The texts compiled under names that one program can hold."""
    return [schedc.compile(text, steps=steps, name=f"s{n}") for n, text in enumerate(texts)]


def in_python(schedules: Sequence[schedc.Schedule], places: Places, _: Path) -> list[list[float]]:
    return [[s(k) for k in ks] for s, ks in zip(schedules, places, strict=True)]


def in_numpy(schedules: Sequence[schedc.Schedule], places: Places, _: Path) -> list[list[float]]:
    values = []
    for schedule, ks in zip(schedules, places, strict=True):
        scope: dict[str, Any] = {}
        exec(schedule.source("numpy"), scope)
        found = scope[schedule.name](np.array(ks, dtype=np.float64))
        assert found.dtype == np.float64
        values.append([float(v) for v in found])
    return values


def in_c(schedules: Sequence[schedc.Schedule], places: Places, folder: Path) -> list[list[float]]:
    compiler = shutil.which("gcc") or shutil.which("clang")
    assert compiler is not None, "a C compiler is part of what tests need"
    for s in schedules:
        (folder / f"{s.name}.h").write_text(s.source("c"), encoding="utf-8")
    includes = "\n".join(f'#include "{s.name}.h"' for s in schedules)
    names = ", ".join(s.name for s in schedules)
    (folder / "main.c").write_text(
        f"#include <stdio.h>\n{includes}\n"
        f"static double (*const schedules[])(double) = {{{names}}};\n"
        "int main(void) {\n    int n;\n    double k;\n"
        '    while (scanf("%d %la", &n, &k) == 2) printf("%a\\n", schedules[n](k));\n'
        "    return 0;\n}\n"
    )
    flags = ["-std=c99", "-O2", "-Wall", "-Wextra", "-Werror", "-pedantic"]
    program = str(folder / "main")
    subprocess.run([compiler, *flags, str(folder / "main.c"), "-o", program, "-lm"], check=True)
    asked = [f"{n} {float(k).hex()}" for n, ks in enumerate(places) for k in ks]
    done = subprocess.run(
        [program], input="\n".join(asked), text=True, check=True, capture_output=True
    )
    return _apart([float.fromhex(line) for line in done.stdout.split()], places)


def in_js(schedules: Sequence[schedc.Schedule], places: Places, folder: Path) -> list[list[float]]:
    node = shutil.which("node")
    assert node is not None, "Node is part of what tests need"
    for s in schedules:
        (folder / f"{s.name}.mjs").write_text(s.source("js"), encoding="utf-8")
    imports = "\n".join(f'import {{ {s.name} }} from "./{s.name}.mjs";' for s in schedules)
    names = ", ".join(s.name for s in schedules)
    (folder / "main.mjs").write_text(
        f"{imports}\nconst places = {json.dumps([list(ks) for ks in places])};\n"
        f"const values = [{names}].map((f, n) => places[n].map((k) => f(k)));\n"
        "console.log(JSON.stringify(values.flat()));\n"
    )
    done = subprocess.run(
        [node, str(folder / "main.mjs")], text=True, check=True, capture_output=True
    )
    return _apart([float(v) for v in json.loads(done.stdout)], places)


def _apart(values: list[float], places: Places) -> list[list[float]]:
    """One list of values again as a list for each schedule."""
    assert len(values) == sum(map(len, places))
    rest = iter(values)
    return [[next(rest) for _ in ks] for ks in places]


Runner = Callable[[Sequence[schedc.Schedule], Places, Path], list[list[float]]]

TARGETS: Mapping[str, Runner] = {
    "python": in_python, "c": in_c, "js": in_js, "numpy": in_numpy,
}  # fmt: skip


def telling(schedule: schedc.Schedule, most: int = 97) -> list[int]:
    """The updates that tell: around boundaries and restarts, at both ends, and some between."""
    steps = schedule.run.executed
    assert steps is not None
    stops = [int(p.stop.value) for p in schedule.track.only.pieces]  # type: ignore[union-attr]
    near = {s + d for s in [0, *stops[:12], *stops[-3:]] for d in range(-2, 3)}
    some = {*near, *range(0, steps, max(1, steps // most)), steps - 5, steps - 4, steps + 9}
    return sorted(k for k in some if k >= 0)
