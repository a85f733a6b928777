"""What must not stay half done, however the program ends.

In: the new content of a file; what is to be ended with the program. Out: the whole new file or the
whole old one; where Ctrl-C or SIGTERM ends the program, no unfinished file, no process, one line.
The one rule: such a signal ends the program where it is heard. An exception on its way out could be
caught by whatever it passes: an import, a destructor, somebody else's `except`.
"""

from __future__ import annotations

import contextlib
import errno
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn

_FILES: set[str] = set()
"""Files of ours that are being written, and have no name of their own yet."""

_ENDS: list[Callable[[], object]] = []

SAID = {signal.SIGINT: "interrupted", signal.SIGTERM: "terminated"}
WAIT = 2.0
"""Seconds of the clock that processes of ours have to end by themselves."""

_owner = 0


def replace(path: str | os.PathLike[str], content: bytes) -> None:
    """Put a file in the place of another at once, with its rights. Raises OSError with the path as
    it was given; the old file is then as it was."""
    try:
        _replace(Path(os.path.realpath(path)), content)  # a link stays a link
    except OSError as error:
        raise OSError(error.errno, error.strerror, os.fspath(path)) from None


def _replace(target: Path, content: bytes) -> None:
    if target.exists() and not target.is_file():  # /dev/null, a pipe
        target.write_bytes(content)
        return
    rights = 0o666
    if target.exists():
        rights = target.stat().st_mode & 0o7777
        if not os.access(target, os.W_OK):  # the folder would let us
            raise OSError(errno.EACCES, os.strerror(errno.EACCES))
    # containers that share a home have the same process numbers
    name = str(target.parent / f".schedc-{os.getpid()}-{os.urandom(4).hex()}")
    _FILES.add(name)
    try:
        created = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0),
                          0o666)  # fmt: skip
        with open(created, "wb") as file:
            file.write(content)
        if target.exists():
            os.chmod(name, rights)
        os.replace(name, target)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise
    finally:
        _FILES.discard(name)


def with_program(end: Callable[[], object]) -> None:
    """Call something when a signal ends the program. It may be called in the midst of anything, so
    it waits for nothing."""
    _ENDS.append(end)


def listen() -> None:
    """End the program as said above. For the program `schedc` alone: a library that is imported
    leaves signals to whom they belong."""
    global _owner
    _owner = os.getpid()
    for one in SAID:
        if signal.getsignal(one) is not signal.SIG_IGN:  # nohup, a shell's background
            signal.signal(one, _leave)


@contextlib.contextmanager
def held() -> Iterator[None]:
    """Signals that come meanwhile are heard afterwards."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, SAID)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def in_part() -> None:
    """The same for a process that does a part of the work: Ctrl-C is heard by the program, which
    ends its parts; a part says nothing of its own."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _leave)
    _FILES.clear()  # of the program from which we forked
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SAID)  # it was started while they were held
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # faults go to the program, not to the terminal


def _leave(number: int, _: Any) -> NoReturn:
    """Undo what is unfinished and go."""
    for one in SAID:
        signal.signal(one, signal.SIG_IGN)
    for end in _ENDS:
        with contextlib.suppress(Exception):
            end()
    for name in list(_FILES):
        with contextlib.suppress(OSError):
            os.unlink(name)
    if os.getpid() == _owner:
        _end_parts()
        said = SAID[signal.Signals(number)]
        with contextlib.suppress(OSError):
            os.write(2, f"{os.linesep if os.isatty(2) else ''}{said}{os.linesep}".encode())
    os._exit(128 + number)


def _end_parts() -> None:
    """End the processes among which the work was shared out."""
    if "multiprocessing.process" not in sys.modules:
        return
    from multiprocessing import active_children

    with contextlib.suppress(Exception):
        parts = active_children()
        for part in parts:
            part.terminate()
        end = time.monotonic() + WAIT
        for part in parts:
            part.join(max(end - time.monotonic(), 0))
            part.kill()
