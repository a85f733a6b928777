"""Where words go: results to stdout or a file, everything else to stderr.

In: texts. Out: nothing that a stream could choke on, and no half-written files.
The one rule: stdout carries results only; a colour is sent only to a terminal that wants it.
"""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING

import click

if TYPE_CHECKING:
    from schedc.diagnostics.base import Finding
    from schedc.reports.base import Style


def prepare() -> None:
    """No letter may end the program: what a console cannot write is written as an escape."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


def coloured(stream: IO[str], wanted: bool | None = None) -> bool:
    """Whether to send colours: as asked, as NO_COLOR and FORCE_COLOR say, else on a terminal."""
    if wanted is not None:
        return wanted
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def style(stream: IO[str], colour: bool | None = None) -> Style:
    """What a stream can show."""
    from schedc.reports.base import Style

    on = coloured(stream, colour)
    encoding = getattr(stream, "encoding", None) or "utf-8"
    width = 100
    if stream.isatty():
        import shutil

        width = max(60, shutil.get_terminal_size((100, 24)).columns)
    return Style(_paint if on else _plain, encoding, width)


def _paint(text: str, colour: str) -> str:
    return click.style(text, fg=None if colour == "bold" else colour, bold=True)


def _plain(text: str, colour: str) -> str:
    return text


def result(text: str, colour: bool | None = None) -> None:
    """A result, to stdout, as it is."""
    click.echo(text, nl=False, color=coloured(sys.stdout, colour))


def note(text: str) -> None:
    """Anything that is not a result, to stderr."""
    click.echo(text, err=True)


def write(path: str, text: str) -> None:
    """A result, to a file in UTF-8: the whole of it or nothing. `-` is stdout.

    Raises OSError.
    """
    if path == "-":
        sys.stdout.flush()
        buffer = getattr(sys.stdout, "buffer", None)
        if buffer is None:
            sys.stdout.write(text)
        else:
            buffer.write(text.encode())
            buffer.flush()
        return
    replace(Path(path), text.encode())


def replace(path: Path, content: bytes) -> None:
    """Put a file in the place of another at once, with its rights. Raises OSError."""
    target = Path(os.path.realpath(path))  # a link stays a link
    if target.exists() and not target.is_file():  # /dev/null, a pipe
        target.write_bytes(content)
        return
    descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        mode = target.stat().st_mode & 0o7777 if target.exists() else 0o666 & ~_umask()
        os.chmod(name, mode)
        os.replace(name, target)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def findings(found: Sequence[Finding]) -> None:
    """Findings that are no result: what stopped a command, or a part of its work."""
    from schedc.reports.text import finding_text

    on = style(sys.stderr)
    text = "\n".join(finding_text(finding, on) for finding in found)
    click.echo(text, err=True, nl=False, color=coloured(sys.stderr))
