"""axolotl: schedulers.py, and its jagged restarts around any of them."""

from __future__ import annotations

from collections.abc import Mapping

from schedc.peers.case import Builder, Case, NotExpressible, Row, call, number, steps


def constant_tail(case: Case) -> str:
    """The clock of the cosine stops where the level begins. Where that is inside the warm-up it
    stops in front of its own start, at a negative number of whole spans of one update."""
    warmup, end = (
        case["num_warmup_steps"],
        int(case["num_training_steps"] * case["constant_lr_ratio"]),
    )
    lr, low, cycles = case.base_lr, case["min_lr_ratio"], case.get("num_cycles", 0.5)
    if end <= warmup:
        early = f"cos(2 * pi * {number(cycles)} * {warmup - end})"
        level = f"{number(low)} + (1 - {number(low)}) * (1 + {early}) / 2"
        return f"linear(0→{number(lr)}, {steps(warmup)}) >>! {number(lr)} * ({level})"
    return call(
        "axolotl.cosine_constant", num_warmup_steps=warmup, num_constant_steps=end,
        min_lr_ratio=low, num_cycles=cycles, lr=lr,
    )  # fmt: skip


def jagged(case: Case) -> str:
    """inner: a (name, parameters) pair, one update ahead; every restart ramps up from a thousandth
    and the end of each stretch ramps down to it."""
    name, told = case["inner"]
    warmup = told["num_warmup_steps"]
    if name != "cosine_min_lr" or warmup < 1:
        raise NotExpressible("only a cosine_min_lr with a warm-up is written one update ahead")
    lr, low = number(case.base_lr), f"{number(told['min_lr_ratio'])}*{number(case.base_lr)}"
    span = steps(max(1, told["num_training_steps"] - warmup))
    fall = f"extend(cosine(min={low}, span={span}))"
    ahead = f"linear({lr}/{warmup}→{lr}, {steps(warmup - 1)}) >> {fall}"
    each, up = case["jagged_restart_steps"], case.get("jagged_restart_warmup_steps", 10)
    down = case.get("jagged_restart_anneal_steps", 1)
    here = f"mod(step + 1, {each})"
    ramps = f"min(0.001 + 0.999 * ({each} - {here}) / {down}, 1)"
    later = f"min(0.001 + 0.999 * {here} / {up}, 0.001 + 0.999 * ({each} - {here}) / {down}, 1)"
    return f"({ahead}) * (phase({ramps}, {steps(each - 1)}) >>! {later})"


SCHEDULERS: Mapping[str, Row | Builder] = {
    "RexLR": Row("axolotl.RexLR"),
    "InterpolatingLogScheduler": Row("axolotl.InterpolatingLogScheduler"),
    "cosine_quadratic_warmup": Row("axolotl.cosine_quadratic_warmup"),
    "cosine_min_lr": Row("axolotl.cosine_min_lr"),
    "cosine_constant": constant_tail,
    "JaggedLRRestart": jagged,
}
