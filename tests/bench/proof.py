"""How long it takes to check a thousand files, new and unchanged, and a join that needs sympy.

    python tests/bench/proof.py [--rounds 3]

A thousand YAML files with three schedules each are checked cold, and again when nothing has
changed. The clock is what a user waits for; the processor seconds say what it costs on a machine
that has other work, and are compared with importing sympy, lark and yaml in the same minutes.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

FILES = 1_000
FILE = """# experiment {i}
model: {{layers: {layers}, width: 768}}
train:
  run: {{steps: {steps}}}
  let: {{peak: {peak}e-4}}
  schedules:
    lr: linear(0→peak, {warm}%) >> cosine(min=1e-6)
    weight_decay: cosine(0.04→0.4)
    momentum: linear(0.85→0.95, {warm}%) >> constant >> linear(→0.9, 20%)
"""
NEEDS_SYMPY = """run: {steps: 1000}
schedules:
  lr: linear(0→log(8), 10%) >> cosine(3*log(2)→0)
"""
IMPORTS = [sys.executable, "-c", "import sympy, lark, yaml"]


@dataclass(frozen=True)
class Cost:
    """Seconds of the clock and of the processors."""

    clock: float
    work: float


def cost(command: list[str], environment: dict[str, str]) -> Cost:
    """What a process and those it starts take."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment)
    after, stop = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    work = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(stop - start, work)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder:
        configs, cache = Path(folder) / "configs", Path(folder) / "cache"
        configs.mkdir()
        for i in range(FILES):
            text = FILE.format(i=i, layers=12 + i % 7, steps=10_000 + i, peak=1 + i % 9,
                               warm=1 + i % 20)  # fmt: skip
            (configs / f"train{i}.yaml").write_text(text, encoding="utf-8")
        join = Path(folder) / "join.yaml"
        join.write_text(NEEDS_SYMPY, encoding="utf-8")
        environment = {**os.environ, "SCHEDC_CACHE_DIR": str(cache), "SCHEDC_CACHE": "on"}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        check = [sys.executable, "-m", "schedc", "check"]
        commands = {
            "import sympy, lark, yaml": IMPORTS,
            "1,000 files, cold": [*check, "--no-cache", str(configs)],
            "1,000 files, unchanged": [*check, str(configs)],
            "a join that needs sympy": [*check, "--no-cache", str(join)],
        }
        for command in commands.values():  # byte code and the cache are written once
            cost(command, environment)
        found = {
            name: [cost(command, environment) for _ in range(rounds)]
            for name, command in commands.items()
        }
    least = {
        name: Cost(min(c.clock for c in costs), min(c.work for c in costs))
        for name, costs in found.items()
    }
    unit = least["import sympy, lark, yaml"]
    print(f"{os.cpu_count()} processors; the least of {rounds} rounds")
    print(f"{'':26}{'clock':>8}{'work':>8}{'work / import':>15}  target")
    targets = {
        "1,000 files, cold": "2 s on two processors",
        "1,000 files, unchanged": "0.5 s",
        "a join that needs sympy": "1.5 x the import",
    }
    for name, each in least.items():
        ratio = each.work / unit.work
        print(f"{name:26}{each.clock:8.2f}{each.work:8.2f}{ratio:15.2f}  {targets.get(name, '')}")


if __name__ == "__main__":
    main()
