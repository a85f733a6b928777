"""How fast the language server answers: a YAML file of 200 lines, over its pipes, after a warm-up.

Run with `python tests/bench/lsp.py`. Fails when the slowest half of the answers of a kind takes more than 50 ms.
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


def text(lines: int = 200) -> str:
    """Twenty blocks of eight schedules, and comments."""
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


def timed(act: Callable[[int], object]) -> list[float]:
    for i in range(3):  # the warm-up
        act(i)
    taken = []
    for i in range(ROUNDS):
        start = time.perf_counter()
        act(i)
        taken.append(time.perf_counter() - start)
    return sorted(taken)


def main() -> int:
    whole = text()
    form = {"textDocument": {"uri": URI}, "options": {"tabSize": 2, "insertSpaces": True}}
    slow = 0
    with Client() as client:
        client.open(whole)
        kinds: dict[str, Callable[[int], object]] = {
            "diagnostics": lambda i: client.edit(4, 8, 9, "ab"[i % 2]),
            "hover": lambda i: client.at("hover", 10 * (i % 20) + 5, 10),
            "completion": lambda i: client.at("completion", 10 * (i % 20) + 5, 8),
            "signature": lambda i: client.at("signatureHelp", 10 * (i % 20) + 4, 16),
            "formatting": lambda i: client.ask("textDocument/formatting", form),
        }
        print(f"{whole.count(chr(10))} lines, {whole.count(' s')} schedules")
        for kind, act in kinds.items():
            taken = timed(act)
            median, worst = statistics.median(taken), taken[int(0.95 * len(taken))]
            slow += worst > LIMIT
            print(f"{kind:<12} median {1000 * median:6.1f} ms   95% {1000 * worst:6.1f} ms")
    return int(slow > 0)


if __name__ == "__main__":
    sys.exit(main())
