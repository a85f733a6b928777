"""`schedc init` and `schedc completion`: a first file, and a shell that knows the words.

In: a path; a shell. Out: a commented file that checks clean; a script.
The one rule: nothing that exists is written over.
"""

from __future__ import annotations

import os

import click

from schedc.cli import streams

STARTER = """\
# Schedules for training, read by schedc. Check them with:  schedc check {name}
#
# Facts of the run; give what you know. `schedc explain {name}` shows what follows from them.
run:
  steps: {steps}            # optimizer updates; or epochs: and dataset:, or tokens:
  # dataset: 1_281_167      # samples in an epoch
  # batch: 512              # samples per update, over all devices and accumulation
  # horizons: [10, 1000]    # further lengths to check, as those of a short trial

# Names for what is used twice.
let:
  peak: 1e-3

schedules:
  # A straight warm-up over a twentieth of the run, then half a cosine wave to a hundredth.
  # `>>` joins two phases; that the second begins where the first ends is proved.
  lr: linear(0{arrow}peak, 5%) >> cosine({arrow}0.01*peak)

  # Other shapes, each one line (`schedc curves` and `schedc recipes` list them all):
  # lr: wsd(peak, warmup=2%, decay=20%)
  # lr: linear(0{arrow}peak, 2k steps) >> constant >> linear({arrow}0, 10%)
  # weight_decay: cosine(0.04{arrow}0.4)

# What must hold; proved or refuted with the update that refutes it.
assert:
  - lr <= peak
"""


@click.command()
@click.argument("file", default="schedules.yaml")
@click.option(
    "--steps", metavar="N", default="10_000", show_default=True, help="Length of the run."
)
@click.option("--ascii", is_flag=True, help="Write -> for the arrow.")
def init(file: str, steps: str, ascii: bool) -> None:
    """Write a commented first FILE (schedules.yaml), ready to check.

    \b
        schedc init
        schedc init configs/train.yaml --steps 50k
    """
    from schedc.cli.inputs import given

    given(steps, ())  # a length that is none is refused here
    if os.path.lexists(file):
        raise click.UsageError(f"{file} exists already; nothing was written")
    name = os.path.basename(file)
    text = STARTER.format(name=name, steps=steps, arrow="->" if ascii else "→")
    streams.write(file, text)
    streams.note(f"wrote {file}; next: schedc check {file}")


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the script that makes a shell complete commands and options.

    \b
        schedc completion bash >> ~/.bashrc
        schedc completion zsh >> ~/.zshrc
        schedc completion fish > ~/.config/fish/completions/schedc.fish
    """
    from click.shell_completion import get_completion_class

    from schedc.cli import group

    made = get_completion_class(shell)
    assert made is not None
    streams.result(made(group, {}, "schedc", "_SCHEDC_COMPLETE").source() + "\n")
