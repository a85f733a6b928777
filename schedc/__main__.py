"""The program `schedc`; `python -m schedc` is the same.

In: arguments. Out: an exit code.
The one rule: signals are listened to before anything large is loaded. Until then Ctrl-C ends the
program as it ends one in C: there is nothing to undo, and a traceback would tell nobody anything.
"""

from __future__ import annotations

import signal

if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, signal.SIG_DFL)

from schedc import unfinished  # after the signal


def main() -> None:
    """Run a command and end with its exit code."""
    unfinished.listen()
    from schedc.cli import main as command

    command()


if __name__ == "__main__":
    main()
