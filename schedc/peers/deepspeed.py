"""DeepSpeed: the engine steps its scheduler after the optimizer, so update k uses index k."""

from __future__ import annotations

from collections.abc import Mapping

from schedc.peers.case import Builder, Case, Row, call, exact, number, steps


def warmup(case: Case) -> str:
    """DeepSpeed lags by one update: updates 0 and 1 both use the start value."""
    kind = f"deepspeed.{case.scheduler}"
    if case.get("warmup_type", "log") == "linear":
        kind += ".linear"
    told = {k: v for k, v in case.params.items() if k != "warmup_type"}
    if case.scheduler == "WarmupLR":
        told.setdefault("warmup_max_lr", case.base_lr)
    if case.scheduler == "WarmupCosineLR":
        told["lr"] = case.base_lr
    return call(kind, **told)


def side(start: str, end: str, length: int, stairs: int) -> str:
    """One side of the triangle, as a line or in stairs of its height."""
    if not stairs:
        return f"linear({start}→{end}, {steps(length)})"
    up = start == "0"
    share = f"floor({'u' if up else '(1 - u)'} * {stairs}) / {stairs}"
    return f"phase({share}, {steps(length)})"


def one_cycle(case: Case) -> str:
    """The momentum mirrors the rate, begins at its wrong end for one update, and grows in the
    decay."""
    first = case.get("cycle_first_step_size", 2000)
    second = case.get("cycle_second_step_size", first)
    up = case.get("cycle_first_stair_count", 0)
    down = case.get("cycle_second_stair_count", up)
    low, high = exact(case["cycle_min_lr"]), exact(case["cycle_max_lr"])
    rate, momentum = case.get("decay_lr_rate", 0), case.field != "lr"
    if momentum:
        low, high = exact(case.get("cycle_max_mom", 0.9)), exact(case.get("cycle_min_mom", 0.8))
        rate = case.get("decay_mom_rate", 0)
    period = case.get("decay_step_size", 0)
    per_update = exact(rate) / exact(period) if period else 0
    if not momentum and not up and not down:
        return call(
            "deepspeed.OneCycle", cycle_min_lr=low, cycle_max_lr=high, cycle_first_step_size=first,
            cycle_second_step_size=second, decay_rate=per_update,
        )  # fmt: skip
    wave = f"({side('0', '1', first, up)} >>! {side('1', '0', second, down)} >>! constant(0))"
    text = f"{number(low)} + {number(high - low)} * {wave}"
    after = f"(1 + {number(per_update)} * max(0, step - {number(first + second)}))"
    text = f"({text}) {'*' if momentum else '/'} {after}" if per_update else text
    return f"constant({number(high)}, 1 step) >>! global({text})" if momentum else text


def range_test(case: Case) -> str:
    """It grows for ever."""
    told = {k: v for k, v in case.params.items() if k != "lr_range_test_staircase"}
    kind = ".staircase" if case.get("lr_range_test_staircase") else ""
    return call(f"deepspeed.LRRangeTest{kind}", **told)


SCHEDULERS: Mapping[str, Row | Builder] = {
    "WarmupLR": warmup,
    "WarmupDecayLR": warmup,
    "WarmupCosineLR": warmup,
    "OneCycle": one_cycle,
    "LRRangeTest": range_test,
}
