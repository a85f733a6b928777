"""How long a cold check takes: one ordinary file, beside importing sympy, lark and yaml.

    python tests/bench/cold.py [--rounds 15]

Both commands are whole processes, run in turn in the same minutes; processor seconds are compared,
so that another load on the machine counts for neither. The target is a ratio of 0.7 at most.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

TEXT = """run: {steps: 10_000}
schedules:
  lr: linear(0→1e-3, 10%) >> cosine(cycles=0.5, min=1e-6)
"""


def seconds(command: list[str], environment: dict[str, str]) -> float:
    """Processor seconds of a process and what it starts."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "train.yaml"
        path.write_text(TEXT, encoding="utf-8")
        environment = dict(os.environ)
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        ours = [sys.executable, "-m", "schedc", "check", "--no-cache", str(path)]
        theirs = [sys.executable, "-c", "import sympy, lark, yaml"]
        seconds(ours, environment), seconds(theirs, environment)  # byte code is written once
        pairs = [(seconds(ours, environment), seconds(theirs, environment)) for _ in range(rounds)]
    print(f"{'':34}{'least':>8}{'median':>8}")
    for name, column in (("schedc check train.yaml", 0), ("import sympy, lark, yaml", 1)):
        times = [pair[column] for pair in pairs]
        print(f"{name:34}{min(times):8.3f}{statistics.median(times):8.3f}")
    ratio = statistics.median(a for a, _ in pairs) / statistics.median(b for _, b in pairs)
    print(f"{'ratio of the medians (target 0.7)':34}{'':8}{ratio:8.2f}")


if __name__ == "__main__":
    main()
