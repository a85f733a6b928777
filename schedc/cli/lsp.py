"""`schedc lsp`: the language server, on stdin and stdout.

In: what an editor sends. Out: what it asks for.
The one rule: nothing but the protocol is written to stdout.
"""

from __future__ import annotations

import contextlib
import os
import sys

import click


@click.command()
def lsp() -> None:
    """Serve an editor over stdin and stdout (needs schedc[lsp]).

    Diagnostics as you type, hover, completion, signatures, quick fixes and formatting
    for YAML files with schedules and for .sched files.
    """
    try:
        from schedc.lsp.server import server
    except ImportError as error:
        if (error.name or "").split(".")[0] not in ("pygls", "lsprotocol", "cattrs"):
            raise
        raise click.UsageError(
            'the language server needs pygls: python -m pip install "schedc[lsp]"'
        ) from None
    if sys.stdin is None:
        raise click.UsageError("stdin is closed; an editor speaks to the server through it")
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    with contextlib.redirect_stdout(sys.stderr):
        server().start_io(sys.stdin.buffer, answers)
