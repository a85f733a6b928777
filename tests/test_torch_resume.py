"""Resume cannot go wrong: bit-identical to the run that was not stopped, in a new process, in any
order of loading; and another schedule in the checkpoint is a question, never a mixture."""

from __future__ import annotations

import io
import itertools
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from schedules import schedules

import schedc
from schedc.torch import ScheduleLR
from schedc.verify import verify

torch.set_num_threads(1)

OLD = "linear(0→1e-3, 10%) >> cosine"


def adamw(lr: Any = 1e-3, groups: int = 2) -> torch.optim.Optimizer:
    made = [torch.nn.Parameter(torch.tensor([1.0, -2.0])) for _ in range(groups)]
    for parameter in made:
        parameter.grad = torch.tensor([0.25, -0.5])
    return torch.optim.AdamW([{"params": [p]} for p in made], lr=lr)


def held(optimizer: torch.optim.Optimizer) -> list[Any]:
    return [
        [float(value).hex() for value in _flat(group)]
        for group in optimizer.param_groups
    ]


def _flat(group: dict[str, Any]) -> list[float]:
    return [group["lr"], group["weight_decay"], *group["betas"], group["eps"]]


# ---- any program, any update, a new process

MANY = int(os.environ.get("SCHEDC_EXAMPLES", "30"))
"""Random programs. Each is stopped at eight random updates, and each stop is resumed in three ways.
SCHEDC_EXAMPLES=1000 takes minutes."""

KINDS = {
    "numbers": ("{0}", ""),
    "tensors": ("{0}", ""),
    "own rates": ("({0}) * base", ""),
    "rules": (
        "{0}",
        "groups:\n  - {{match: a, lr: 0.3 * lr, frozen: until 30%}}\n"
        "  - {{match: b, weight_decay: 0.01 * ({1})}}\n  - {{match: '*', lr: lr}}\n",
    ),
}
"""What the groups hold or follow: how `lr` is written, and what follows the schedules."""

WAYS = ("optimizer first", "scheduler first", "no checkpoint")


def program_text(kind: str, lr: str, more: str, steps: int) -> str:
    text = (
        f"run: {{{{steps: {steps}}}}}\nschedules:\n  lr: {KINDS[kind][0]}\n"
        "  weight_decay: 0.1 * ({1})\n  beta1: 0.9 + 0 * ({0})\n  eps: 1e-8 + abs({0}) * 1e-9\n"
    )
    return (text + KINDS[kind][1]).format(lr, more)


def started(kind: str, program: schedc.Program, gradient: bool) -> torch.optim.Optimizer:
    """A new optimizer over three parameters, a group each, as a script builds it."""
    model = torch.nn.ParameterDict({name: torch.tensor([1.0, -2.0]) for name in "abc"})
    for parameter in model.values() if gradient else ():
        parameter.grad = torch.tensor([0.25, -0.5])
    groups: list[dict[str, Any]] = [{"params": [parameter]} for parameter in model.values()]
    if kind == "rules":
        groups = program.param_groups(model)
    elif kind == "own rates":
        for group, rate in zip(groups, (1e-3, 3e-3, 1e-3), strict=True):
            group["lr"] = rate
    number = kind != "tensors"
    return torch.optim.AdamW(groups, lr=1e-3 if number else torch.tensor(1e-3, dtype=torch.float64))


def everything(optimizer: torch.optim.Optimizer) -> list[list[Any]]:
    """Every key of every group that a schedule sets, to the bit, and who learns."""
    return [
        [*[float(value).hex() for value in _flat(group)], group["params"][0].requires_grad]
        for group in optimizer.param_groups
    ]


def rest(optimizer: torch.optim.Optimizer, scheduler: ScheduleLR, until: int) -> list[Any]:
    seen = []
    while scheduler.last_epoch < until:
        seen.append(everything(optimizer))
        optimizer.step()
        scheduler.step()
    return seen


def stopped(kind: str, text: str, steps: int, stops: set[int]) -> dict[str, Any] | None:
    """A run that goes through, with its states at some updates. None for a refused program."""
    try:
        program = schedc.loads(text)
        optimizer = started(kind, program, gradient=True)
        scheduler = program.torch(optimizer)
    except (schedc.ScheduleError, ValueError):  # torch refuses a negative rate
        return None
    seen: list[Any] = []
    files = {}
    for k in sorted(stops):
        seen += rest(optimizer, scheduler, k)
        file = io.BytesIO()
        torch.save((optimizer.state_dict(), scheduler.state_dict()), file)
        files[k] = file.getvalue()
    seen += rest(optimizer, scheduler, steps + 2)
    return {"kind": kind, "text": text, "steps": steps, "files": files, "seen": json.dumps(seen)}


def resumed(program: schedc.Program, case: dict[str, Any], k: int, way: str) -> list[Any]:
    """The rest of a run that was stopped at k."""
    optimizer = started(case["kind"], program, gradient=False)
    scheduler = program.torch(optimizer, step=k if way == "no checkpoint" else 0)
    if way != "no checkpoint":
        states = torch.load(io.BytesIO(case["files"][k]), weights_only=True)
        for part in (0, 1) if way == "optimizer first" else (1, 0):
            (optimizer, scheduler)[part].load_state_dict(states[part])
    return rest(optimizer, scheduler, case["steps"] + 2)


def test_resume_in_a_new_process_equals_the_run_that_was_not_stopped(tmp_path: Path) -> None:
    cases: list[dict[str, Any]] = []
    shares = schedules(("%",))  # they fit a run of any length
    stops = st.sets(st.integers(0, 40), min_size=8, max_size=8)

    @settings(
        max_examples=MANY, deadline=None, suppress_health_check=list(HealthCheck), database=None
    )
    @given(st.sampled_from(sorted(KINDS)), shares, shares, st.integers(41, 48), stops)
    def collect(kind: str, lr: str, more: str, steps: int, stops: set[int]) -> None:
        case = stopped(kind, program_text(kind, lr, more, steps), steps, stops)
        assume(case is not None)
        assert case is not None
        cases.append(case)

    collect()
    assert len(cases) >= MANY
    torch.save(cases, tmp_path / "cases.pt")
    code = f"import sys; sys.path.append({str(Path(__file__).parent)!r})\n"
    code += f"from test_torch_resume import main; main({str(tmp_path / 'cases.pt')!r})"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout == f"{3 * 8 * len(cases)} resumed\n"


def main(path: str) -> None:
    """The new process: every case of a file, every stop, every way."""
    count = 0
    for case in torch.load(path, weights_only=True):
        program, expected = schedc.loads(case["text"]), json.loads(case["seen"])
        for k, way in itertools.product(case["files"], WAYS):
            count += 1
            if resumed(program, case, k, way) != expected[k:]:
                raise SystemExit(f"resumed at {k}, {way}, it differs:\n{case['text']}")
    print(count, "resumed")


# ---- another schedule in the checkpoint


def at(text: str, step: int, steps: int = 1000, **options: Any) -> ScheduleLR:
    return schedc.compile(text, steps=steps).torch(adamw(), step=step, **options)


def rate(scheduler: ScheduleLR) -> float:
    """The one rate of all groups."""
    (only,) = {float(group["lr"]) for group in scheduler.optimizer.param_groups}
    return only


NEW = "linear(0→2e-3, 10%) >> cosine(→1e-5)"


def test_another_schedule_is_an_error_that_shows_what_would_happen() -> None:
    """Megatron-LM#1138, detectron2#429, pytorch/examples#816."""
    old, new = at(OLD, 400), at(NEW, 0, 2000)
    before = new.state_dict(), held(new.optimizer)
    with pytest.raises(schedc.ScheduleError, match="SCH710") as refused:
        new.load_state_dict(old.state_dict())
    message = str(refused.value)
    there = schedc.compile(NEW, steps=2000)(400)
    assert f"at update 400 it goes 0.00075 → {there:.6g} (×{there / 0.00075:.4g})" in message
    assert "first differ at update 1" in message
    assert "the run was 1000 updates long, now 2000" in message
    assert (new.state_dict(), held(new.optimizer)) == before


def test_the_same_function_in_other_words_is_no_change() -> None:
    words = at("linear(0→0.001, 100 steps) >> cosine(→0)", 0)
    words.load_state_dict(at(OLD, 400).state_dict())
    assert words.last_epoch == 400


@pytest.mark.parametrize("order", [0, 1])
def test_never_a_mixture(order: int) -> None:
    """Megatron-LM#7468: after a resume the weight decay was the old schedule's."""
    both = "run: {{steps: {0}}}\nschedules: {{lr: 'cosine({1}→0)', weight_decay: 'linear({2}→0)'}}"
    old = schedc.loads(both.format(100, "1e-3", "0.1")).torch(adamw(), step=50)
    for change, source in (("config", "new"), ("checkpoint", "old")):
        program = schedc.loads(both.format(200, "3e-3", "0.4"))
        optimizer = adamw(3e-3)
        new = program.torch(optimizer, on_change=change)
        states = [old.optimizer.state_dict(), old.state_dict()]
        for part in (order, 1 - order):
            (optimizer, new)[part].load_state_dict(states[part])
        wanted = program if source == "new" else old.program
        for group in optimizer.param_groups:
            assert group["lr"] == wanted["lr"](50)
            assert group["weight_decay"] == wanted["weight_decay"](50)
        assert new.last_epoch == 50


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (OLD, NEW),
        ("wsd(1e-3)", "wsd(2e-3)"),
        ("cosine(1e-3→0)", "linear(0→2e-3, 10%) >> constant >> linear(→0, 20%)"),
        ("cosine(1e-3→0)", "linear(0→2e-3, 10%) >> polynomial(→1e-6, until 95%, power=2) >> 1e-6"),
        ("linear(0→base, 10%) >> cosine", "linear(0→base, 10%) >> cosine(→0.1*base)"),
        ("cosine(1e-3→0)", "2e-3 * (linear(0→1, 10%) >> 1) * cosine(1→0)"),
    ],
)
def test_config_from_here_goes_on_from_the_present_value(old: str, new: str) -> None:
    was = at(old, 400)
    led = at(new, 0, 2000, on_change="config-from-here")
    led.load_state_dict(was.state_dict())
    plain = at(new, 2000, 2000)
    joins = verify(led.program["lr"].track)
    assert joins and all(joined.verdict.kind == "continuous" for joined in joins)
    assert rate(led) == pytest.approx(rate(was), rel=5e-16, abs=0)
    values = [rate(led)]
    while led.last_epoch < 2000:
        led.optimizer.step()
        led.step()
        values.append(rate(led))
    assert max(abs(b - a) for a, b in itertools.pairwise(values)) < 2e-5, "no jump on the way"
    ends = pytest.approx(rate(plain), rel=1e-12, abs=0)
    assert rate(led) == ends, "it ends where the config ends"


def test_what_was_chosen_stands_when_the_run_is_resumed_again() -> None:
    led = at(NEW, 0, 2000, on_change="config-from-here")
    led.load_state_dict(at(OLD, 400).state_dict())
    for _ in range(300):
        led.optimizer.step()
        led.step()
    for choice in ("error", "config", "config-from-here"):
        again = at(NEW, 0, 2000, on_change=choice)
        again.load_state_dict(led.state_dict())
        assert rate(again) == rate(led)
        again.optimizer.step()
        again.step()
        assert rate(again) == led.program["lr"](701)


def test_a_checkpoint_is_whole_without_the_files_it_was_made_from(tmp_path: Path) -> None:
    """A block inside another file, with definitions, an include, anchors and facts from outside."""
    (tmp_path / "team.sched").write_text("curve bend = from + (to - from) * u^1.5\n")
    (tmp_path / "train.yaml").write_text(
        "model: {width: 512}\ntrain:\n  run: {dataset: 1000, batch: 10}\n"
        "  include: team.sched\n  define: |\n"
        "    recipe up(peak, over = 10%) = linear(0→peak, over) >> constant\n"
        "  let: {peak: &peak 1e-3}\n"
        "  schedules:\n    lr: linear(0→peak, 5%) >> bend(→1e-5)\n    ema: up(0.99)\n"
    )
    program = schedc.load(tmp_path / "train.yaml", epochs=3)
    state = program.torch(adamw(), step=150).state_dict()
    assert "width" not in state["text"]
    for path in tmp_path.iterdir():
        path.unlink()
    other = schedc.loads("schedules: {lr: cosine(1e-3→0)}", steps=300)
    scheduler = other.torch(adamw(), on_change="checkpoint")
    scheduler.load_state_dict(json.loads(json.dumps(state)))
    assert scheduler.program.hash == program.hash
    for k in range(150, 303):
        assert rate(scheduler) == program["lr"](k)
        assert scheduler.value("ema") == program["ema"](k)
        scheduler.optimizer.step()
        scheduler.step()


def test_a_schedule_that_is_over_cannot_be_led_on() -> None:
    over = at("cosine(1e-3→0)", 0, 300, on_change="config-from-here")
    with pytest.raises(schedc.ScheduleError, match="SCH712"):
        over.load_state_dict(at(OLD, 400).state_dict())
    assert over.last_epoch == 0


def test_the_state_of_another_scheduler_is_refused_with_a_cure() -> None:
    stock = torch.optim.lr_scheduler.LambdaLR(adamw(), lambda k: 1.0)
    with pytest.raises(schedc.ScheduleError, match="SCH711") as refused:
        at(OLD, 0).load_state_dict(stock.state_dict())
    assert "step=0" in str(refused.value)
    torn = at(OLD, 400).state_dict()
    del torn["text"]
    with pytest.raises(schedc.ScheduleError, match="SCH711"):
        at(OLD, 0).load_state_dict(torn)
