"""Compiled schedules run in every target, many at once: one C compiler and one Node for all.

The schedules know their length and have names of their own, `base` is none of their words.
"""

from __future__ import annotations

import json
import math
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
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
    asked = _asked(schedules, places)
    return [
        numpy_values(s.source("numpy"), [one])[0] for s, one in zip(schedules, asked, strict=True)
    ]


def in_c(schedules: Sequence[schedc.Schedule], places: Places, folder: Path) -> list[list[float]]:
    return c_values([s.source("c") for s in schedules], _asked(schedules, places), folder)


def in_js(schedules: Sequence[schedc.Schedule], places: Places, folder: Path) -> list[list[float]]:
    return js_values([s.source("js") for s in schedules], _asked(schedules, places), folder)


def _asked(schedules: Sequence[schedc.Schedule], places: Places) -> list[Asked]:
    pairs = enumerate(zip(schedules, places, strict=True))
    return [Asked(n, s.name, tuple(ks)) for n, (s, ks) in pairs]


# ---- sources and what is asked of them


@dataclass(frozen=True)
class Asked:
    """Values that are asked for. source: the number of the text that holds the function of that
    name; more: what it takes beside the update, `total` before `base`."""

    source: int
    name: str
    updates: tuple[float, ...]
    more: Mapping[str, float] = field(default_factory=dict)

    def call(self, update: str) -> str:
        """A call with its arguments by place, as C and JavaScript write it."""
        return f"{self.name}({', '.join([update, *map(repr, self.more.values())])})"


def numpy_values(source: str, asked: Sequence[Asked]) -> list[list[float]]:
    scope: dict[str, Any] = {}
    exec(source, scope)
    values = []
    for one in asked:
        found = scope[one.name](np.array(one.updates, dtype=np.float64), **one.more)
        assert found.dtype == np.float64
        values.append(found.tolist())
    return values


STRICT = ("-O2", "-Wall", "-Wextra", "-Werror")


def c_values(
    sources: Sequence[str], asked: Sequence[Asked], folder: Path, flags: Sequence[str] = STRICT
) -> list[list[float]]:
    """Every source is a header of one program."""
    compiler = shutil.which("gcc") or shutil.which("clang")
    assert compiler is not None, "a C compiler is part of what tests need"
    for n, source in enumerate(sources):
        (folder / f"s{n}.h").write_text(source, encoding="utf-8")
    includes = "\n".join(f'#include "s{n}.h"' for n in range(len(sources)))
    calls = [
        f"static double asked{n}(double k) {{ return {one.call('k')}; }}"
        for n, one in enumerate(asked)
    ]
    names = ", ".join(f"asked{n}" for n in range(len(asked)))
    (folder / "main.c").write_text(
        f"#include <stdio.h>\n{includes}\n" + "\n".join(calls) + "\n"
        f"static double (*const asked[])(double) = {{{names}}};\n"
        "int main(void) {\n    int n;\n    double k;\n"
        '    while (scanf("%d %la", &n, &k) == 2) printf("%a\\n", asked[n](k));\n'
        "    return 0;\n}\n"
    )
    program = str(folder / "main")
    command = [compiler, "-std=c99", "-pedantic", *flags, str(folder / "main.c"), "-o", program]
    subprocess.run([*command, "-lm"], check=True)
    lines = [f"{n} {float(k).hex()}" for n, one in enumerate(asked) for k in one.updates]
    done = subprocess.run(
        [program], input="\n".join(lines), text=True, check=True, capture_output=True
    )
    return _apart([float.fromhex(line) for line in done.stdout.split()], asked)


def js_values(sources: Sequence[str], asked: Sequence[Asked], folder: Path) -> list[list[float]]:
    """Every source is a module."""
    node = shutil.which("node")
    assert node is not None, "Node is part of what tests need"
    for n, source in enumerate(sources):
        (folder / f"s{n}.mjs").write_text(source, encoding="utf-8")
    imports = "\n".join(
        f'import {{ {name} }} from "./s{n}.mjs";'
        for n, name in dict.fromkeys((one.source, one.name) for one in asked)
    )
    calls = ", ".join(f"(k) => {one.call('k')}" for one in asked)
    (folder / "main.mjs").write_text(
        f"{imports}\nconst places = {json.dumps([one.updates for one in asked])};\n"
        f"const values = [{calls}].map((f, n) => places[n].map((k) => f(k)));\n"
        "console.log(JSON.stringify(values.flat()));\n"
    )
    done = subprocess.run(
        [node, str(folder / "main.mjs")], text=True, check=True, capture_output=True
    )  # a nan or an infinity is `null`
    found = json.loads(done.stdout)
    return _apart([math.nan if v is None else float(v) for v in found], asked)


def _apart(values: list[float], asked: Sequence[Asked]) -> list[list[float]]:
    """One list of values again as a list for each that was asked."""
    assert len(values) == sum(len(one.updates) for one in asked)
    rest = iter(values)
    return [[next(rest) for _ in one.updates] for one in asked]


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
