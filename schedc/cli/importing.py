"""`schedc import`: another library's scheduler as an expression to paste.

In: a peer, one of its schedulers, its own parameters. Out: the expression, and what is particular
about the peer's. The one rule: parameters are the peer's own, by its names.
"""

from __future__ import annotations

import ast

import click

from schedc.cli import streams


@click.command("import")
@click.argument("peer")
@click.argument("scheduler", required=False)
@click.argument("parameters", nargs=-1, metavar="[NAME=VALUE]...")
@click.option("--lr", metavar="RATE", help="The optimizer's rate; `base` where it is not said.")
@click.option(
    "--steps", default=1000, show_default=True, help="The length of the run, where it matters."
)
@click.option(
    "--field", default="lr", show_default=True, help="What it drives: lr, momentum, weight_decay."
)
def import_command(
    peer: str,
    scheduler: str | None,
    parameters: tuple[str, ...],
    lr: str | None,
    steps: int,
    field: str,
) -> None:
    """Write another library's scheduler in the plain language.

    Without a scheduler, list those of the peer.

    \b
        schedc import transformers
        schedc import transformers cosine num_warmup_steps=100 num_training_steps=1000
        schedc import torch OneCycleLR max_lr=0.1 total_steps=1000
    """
    from schedc import peers

    try:
        if scheduler is None:
            rows = [(name, peers.note(peer, name)) for name in peers.schedulers(peer)]
            width = min(44, max(len(name) for name, _ in rows))
            streams.result("".join(f"{name:<{width}}  {_first(note)}\n" for name, note in rows))
            return
        rate = None if lr is None else float(lr)
        found = peers.imported(
            peer, scheduler, dict(map(_parameter, parameters)), base_lr=rate, N=steps, field=field
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
    except (ValueError, SyntaxError):
        return name, {"true": True, "false": False, "null": None}.get(value, value)


def _first(note: str) -> str:
    return " ".join(note.split()).partition(". ")[0].rstrip(".")
