"""How fast the language server answers: a YAML file of 200 lines, over its pipes, after a warm-up.

Run with `python tests/bench/lsp.py`. Three files: a dense one (20 blocks, 120 schedules, one of
them edited), one huge block (196 schedules) and a training configuration with one block of 12. The
last is timed once more while sympy thinks about other schedules of the block. `cpu` is what the
server's process took, where the system tells; `wall` is what an editor waits, other programs
included. Target: 50 ms. Fails when the median of `cpu` or the least of `wall` is above it.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from lsp_client import URI, Client

LIMIT = 0.050
ROUNDS = 40
SHAPES = (
    "linear(0→1e-3, 10%) >> cosine(→1e-6)",
    "wsd(1e-3, warmup=2%, decay=20%)",
    "linear(0→peak, 500 steps) >> constant >> exponential(→1e-6, 20%)",
    "cosine(0.04→0.4)",
    "restart(cosine(1→0, 10%), scale=0.5)",
)

HARD = (
    "linear(0→2 + cos({i}*(sqrt(2) + sqrt(3))), 10%)"
    " >> linear(2 + cos({i}*sqrt(5 + 2*sqrt(6)))→0)"
)
"""A join on which sympy spends all the time that it is given."""


def dense(lines: int = 200) -> str:
    """A block every ten lines."""
    written = []
    for block in range(lines // 10):
        written += [
            f"part{block}:",
            "  run: {steps: 100_000}",
            "  let: {peak: 1e-3}",
            "  schedules:",
        ]
        written += [f"    s{i}: {SHAPES[(block + i) % len(SHAPES)]}" for i in range(6)]
    return "\n".join(written) + "\n"


def huge(lines: int = 200) -> str:
    """One block of nothing but schedules."""
    written = ["run: {steps: 100_000}", "let: {peak: 1e-3}", "schedules:"]
    written += [f"  s{i}: {SHAPES[i % len(SHAPES)]}" for i in range(lines - 4)]
    return "\n".join([*written, "  last: s0 * s1"]) + "\n"


def training(lines: int = 200, hard: int = 0) -> str:
    """One block between the settings of a whole training run."""
    block = ["run: {steps: 100_000}", "let: {peak: 1e-3}", "schedules:"]
    block += [f"  s{i}: {SHAPES[i % len(SHAPES)]}" for i in range(12)]
    block += [f"  hard{i}: {HARD.format(i=i)}" for i in range(1, hard + 1)]
    rest = [
        f"setting{i}: {{path: /data/{i}, size: {i}}}  # a comment"
        for i in range(lines - len(block))
    ]
    return "\n".join([*block, *rest]) + "\n"


def spent(process: int) -> float:
    """Processor seconds of a process so far; 0 where the system does not tell."""
    try:
        return int(Path(f"/proc/{process}/schedstat").read_text().split()[0]) / 1e9
    except OSError:
        return 0.0


def timed(act: Callable[[int], object], process: int) -> tuple[list[float], list[float]]:
    """Seconds that an editor waited, and that the server worked, sorted."""
    for i in range(3):  # the warm-up
        act(i)
    waited, worked = [], []
    for i in range(ROUNDS):
        start, before = time.perf_counter(), spent(process)
        act(i)
        waited.append(time.perf_counter() - start)
        worked.append(spent(process) - before)
    return sorted(waited), sorted(worked)


def measured(name: str, whole: str, line: int, pace: int) -> bool:
    """Time every kind of answer on one file; whether all are fast enough."""
    form = {"textDocument": {"uri": URI}, "options": {"tabSize": 2, "insertSpaces": True}}
    fast = True
    with Client() as client:
        client.open(whole)
        column = whole.splitlines()[line].index("0→")

        def place(i: int) -> int:
            return line + pace * (i % 10)

        kinds: dict[str, Callable[[int], object]] = {
            "diagnostics": lambda i: client.edit(line, column, column + 1, "01"[i % 2]),
            "hover": lambda i: client.at("hover", place(i), 10),
            "completion": lambda i: client.at("completion", place(i), 8),
            "signature": lambda i: client.at("signatureHelp", place(i), 16),
            "formatting": lambda i: client.ask("textDocument/formatting", form),
        }
        print(f"{name}: {whole.count(chr(10))} lines")
        for kind, act in kinds.items():
            waited, worked = timed(act, client.process.pid)
            least = f"least {1000 * waited[0]:6.1f} ms"
            told = [f"{1000 * statistics.median(t):6.1f} ms" for t in (waited, worked)]
            print(
                f"  {kind:<12} cpu {told[1]}  wall {least}  middle {told[0]}"
                f"  95% {1000 * waited[-3]:6.1f} ms"
            )
            fast = fast and waited[0] < LIMIT and statistics.median(worked) < LIMIT
    return fast


def main() -> int:
    done = [
        measured("dense", dense(), 4, 10),
        measured("huge", huge(), 3, 1),
        measured("training", training(), 3, 1),
        measured("training, proofs under way", training(hard=8), 3, 1),
    ]
    return int(not all(done))


if __name__ == "__main__":
    sys.exit(main())
