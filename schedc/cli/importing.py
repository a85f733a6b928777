"""`schedc import`: another library's scheduler as an expression to paste.

In: a peer, one of its schedulers, its own parameters. Out: the expression, and what is particular
about the peer's. The one rule: parameters are the peer's own, by its names.
"""

from __future__ import annotations

import ast
import math

import click

from schedc.cli import streams


@click.command("import")
@click.argument("peer", required=False)
@click.argument("scheduler", required=False)
@click.argument("parameters", nargs=-1, metavar="[NAME=VALUE]...")
@click.option(
    "--lr", type=float, metavar="RATE", help="The optimizer's rate; `base` where it is not said."
)
@click.option(
    "--steps",
    default=1000,
    show_default=True,
    type=click.IntRange(min=1),
    help="The length of the run, where it matters.",
)
@click.option(
    "--field",
    default="lr",
    show_default=True,
    type=click.Choice(["lr", "momentum", "weight_decay"]),
    help="What it drives, where the peer drives several.",
)
def import_command(
    peer: str | None,
    scheduler: str | None,
    parameters: tuple[str, ...],
    lr: float | None,
    steps: int,
    field: str,
) -> None:
    """Write another library's scheduler in the plain language.

    Without a scheduler, list those of the peer; without a peer, list the peers.

    \b
        schedc import
        schedc import transformers
        schedc import transformers cosine num_warmup_steps=100 num_training_steps=1000
        schedc import torch OneCycleLR max_lr=0.1 total_steps=1000
    """
    from schedc import peers

    try:
        if peer is None:
            streams.result("".join(f"{name:<16}{_few(name)}\n" for name in peers.PEERS))
            return
        if scheduler is None:
            rows = [(name, peers.note(peer, name)) for name in peers.schedulers(peer)]
            width = min(44, max(len(name) for name, _ in rows))
            streams.result("".join(f"{name:<{width}}  {_first(note)}\n" for name, note in rows))
            return
        if lr is not None and not 0 < lr < math.inf:
            raise click.UsageError(f"the optimizer's rate is {lr}, and it has to be above 0")
        found = peers.imported(
            peer, scheduler, dict(map(_parameter, parameters)), base_lr=lr, N=steps, field=field
        )
    except peers.NotExpressible as reason:
        raise click.UsageError(str(reason)) from None
    streams.result(f"{found.text}\n")
    if found.note:
        streams.note(found.note)


def _parameter(text: str) -> tuple[str, object]:
    """`name=value`: a Python literal, or the text itself."""
    name, given, value = text.partition("=")
    if not given:
        raise click.UsageError(f"`{text}` is no parameter; write name=value")
    try:
        return name, ast.literal_eval(value)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        if value[:1] in "[({" and value:
            raise click.UsageError(
                f"`{text}` cannot be read: a list is written [30, 60], in quotes for the shell"
            ) from None
        return name, WORDS.get(value.lower(), value)


WORDS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False} | {
    "null": None, "nan": math.nan, "inf": math.inf, "-inf": -math.inf,
}  # fmt: skip


def _few(peer: str) -> str:
    """The first schedulers of a peer."""
    from schedc import peers

    names = list(peers.schedulers(peer))
    return ", ".join(names[:3]) + (f", … ({len(names)})" if len(names) > 3 else "")


def _first(note: str) -> str:
    return " ".join(note.split()).partition(". ")[0].rstrip(".")
