"""Where words go: results to stdout or a file, everything else to stderr.

In: texts. Out: nothing that a stream could choke on, and no half-written files.
The one rule: stdout carries results only; a colour is sent only to a terminal that wants it.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Sequence
from typing import IO, TYPE_CHECKING

import click

from schedc import unfinished

if TYPE_CHECKING:
    from schedc.diagnostics.base import Finding
    from schedc.reports.base import Style


def prepare() -> None:
    """No letter may end the program: what a console cannot write is written as an escape. A
    standard stream that is closed stays so: no file that is opened later may stand in its place."""
    if None in (sys.stdin, sys.stdout, sys.stderr):
        while (place := os.open(os.devnull, os.O_RDONLY)) <= 2:
            pass
        os.close(place)
        if sys.stdout is None:
            sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115  # refuses
        if sys.stderr is None:
            sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115  # for good
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


def silence() -> None:
    """What a stream still holds and cannot be rid of is not tried again when the program ends."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


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
    """A result, to stdout, as it is. Nobody needs to read it to its end: `… | head`."""
    try:
        click.echo(text, nl=False, color=coloured(sys.stdout, colour))
    except BrokenPipeError:
        silence()


def note(text: str, end: str = "\n") -> None:
    """Anything that is not a result, to stderr; where that is full or gone, to nobody."""
    with contextlib.suppress(OSError):
        click.echo(text + end, err=True, nl=False, color=coloured(sys.stderr))


def write(path: str, text: str) -> None:
    """A result, to a file in UTF-8: the whole of it or nothing. `-` is stdout.

    Raises OSError.
    """
    if path == "-":
        try:
            sys.stdout.flush()
            buffer = getattr(sys.stdout, "buffer", None)
            if buffer is None:
                sys.stdout.write(text)
            else:
                buffer.write(text.encode())
                buffer.flush()
        except BrokenPipeError:
            silence()
        return
    unfinished.replace(path, text.encode())


def findings(found: Sequence[Finding]) -> None:
    """Findings that are no result: what stopped a command, or a part of its work."""
    from schedc.reports.text import finding_text

    on = style(sys.stderr)
    text = "\n".join(finding_text(finding, on) for finding in found)
    note(text, "")
