"""The processes of a distributed run, started as `torchrun` starts them.

They are forked from a server that has loaded torch once, because loading it anew in every process
of every test takes longer than all that is tested. The store at which they meet is held by the
test, on a port that the system chose, so that runs beside each other cannot meet.
"""

from __future__ import annotations

import multiprocessing
import os
import runpy
import sys
import time
from collections.abc import Callable
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import torch

HANG = 300.0
"""Seconds after which a run is taken for dead."""

_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(
    [
        "accelerate",
        "sklearn.datasets",
        "torch._dynamo",
        "torch.distributed.checkpoint.state_dict",
        "torch.distributed.fsdp",
        "schedc.torch",
    ]
)


class Launched:
    """A script that runs in `world` processes. What they print is in `folder`, a file each."""

    def __init__(self, script: Path, folder: Path, *arguments: str, world: int = 2) -> None:
        folder.mkdir(exist_ok=True)
        self.store = torch.distributed.TCPStore("127.0.0.1", 0, None, True, wait_for_workers=False)
        self.prints = [folder / f"printed.{rank}" for rank in range(world)]
        self.processes: list[ForkServerProcess] = []
        for rank, out in enumerate(self.prints):
            told = {
                "RANK": rank, "LOCAL_RANK": rank, "WORLD_SIZE": world, "LOCAL_WORLD_SIZE": world,
                "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": self.store.port,
                "TORCHELASTIC_USE_AGENT_STORE": True, "TORCHELASTIC_RESTART_COUNT": 0,
                "GLOO_SOCKET_IFNAME": "lo", "OMP_NUM_THREADS": 1,
            }  # fmt: skip
            variables = {name: str(value) for name, value in told.items()}
            process = _context.Process(
                target=_work, args=(str(script), [str(folder), *arguments], variables, str(out))
            )
            process.start()
            self.processes.append(process)

    def wait(self, until: Callable[[], bool]) -> bool:
        """Is it so at last? False when the run ended before."""
        deadline = time.monotonic() + HANG
        while not until():
            if not any(process.is_alive() for process in self.processes):
                return until()
            if time.monotonic() > deadline:
                self.kill()
                raise TimeoutError(self.printed())
            time.sleep(0.01)
        return True

    def kill(self) -> None:
        """kill -9, all of them."""
        for process in self.processes:
            process.kill()
        for process in self.processes:
            process.join()

    def finished(self) -> str:
        """What was printed by a run that must end well."""
        self.wait(lambda: any(process.exitcode for process in self.processes))
        codes = [process.exitcode for process in self.processes]
        if any(codes):
            self.kill()  # one that waits for another that is dead waits long
        assert codes == [0] * len(codes), (codes, self.printed())
        return self.printed()

    def printed(self) -> str:
        return "".join([path.read_text() for path in self.prints if path.exists()])


def _work(script: str, arguments: list[str], variables: dict[str, str], out: str) -> None:
    """In a process: what `python SCRIPT ARGUMENTS` would do."""
    file = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(file, 1)
    os.dup2(file, 2)
    os.environ.update(variables)
    sys.argv = [script, *arguments]
    sys.path.insert(0, str(Path(script).parent))
    runpy.run_path(script, run_name="__main__")
