"""The program `schedc`; `python -m schedc` is the same.

In: arguments. Out: an exit code.
The one rule: signals are listened to before anything large is loaded.
"""

from __future__ import annotations

from schedc import unfinished


def main() -> None:
    """Run a command and end with its exit code."""
    unfinished.listen()
    from schedc.cli import main as command

    command()


if __name__ == "__main__":
    main()
