"""`groups:`: which parameter follows which schedule, in a real model and a real optimizer."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any, Literal

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

import schedc

torch.set_num_threads(1)

DEPTH = 4

YAML = """
run: {steps: 120, epoch: 10 steps}
let: {depth: 4}
schedules:
  lr: linear(0→1e-3, 10%) >> cosine
  weight_decay: constant(0.1)
groups:
  - {match: "head.*", lr: 10 * lr}
  - {match: ["*.bias", "norm.*"], lr: lr, weight_decay: 0}
  - {match: "blocks.{i}.*", lr: "lr * 0.75^(depth - i)", frozen: "until (depth - 1 - i) * 1 epoch"}
  - {match: "*", lr: lr}
"""


class Model(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.embed = nn.Linear(4, 8)
        self.blocks = nn.ModuleList([nn.Linear(8, 8) for _ in range(DEPTH)])
        self.norm = nn.LayerNorm(8)
        self.head = nn.Linear(8, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.embed(x)
        for block in self.blocks:
            x = torch.relu(block(x))
        out: torch.Tensor = self.head(self.norm(x))
        return out


def update(model: nn.Module, optimizer: torch.optim.Optimizer, seed: int = 0) -> None:
    x = torch.randn(6, 4, generator=torch.Generator().manual_seed(seed))
    optimizer.zero_grad()
    model(x).square().mean().backward()
    optimizer.step()


def owner(model: nn.Module, optimizer: torch.optim.Optimizer) -> dict[str, dict[str, Any]]:
    """The param group of each parameter, by name."""
    names = {id(p): name for name, p in model.named_parameters()}
    return {names[id(p)]: group for group in optimizer.param_groups for p in group["params"]}


def expected(program: schedc.Program, name: str, k: int) -> tuple[float, float]:
    """By hand: the rate and the weight decay of a parameter."""
    lr, decay = program["lr"](k), program["weight_decay"](k)
    if name.startswith("head."):
        return 10 * lr, decay
    if name.endswith(".bias") or name.startswith("norm."):
        return lr, 0.0
    if name.startswith("blocks."):
        return lr * 0.75 ** (DEPTH - int(name.split(".")[1])), decay
    return lr, decay


def test_every_parameter_follows_the_first_group_that_matches_it() -> None:
    program, model = schedc.loads(YAML), Model()
    optimizer = torch.optim.AdamW(program.param_groups(model), lr=1e-3)
    scheduler = program.torch(optimizer)
    assert sum(len(g["params"]) for g in optimizer.param_groups) == len(list(model.parameters()))
    for k in range(121):
        for name, group in owner(model, optimizer).items():
            lr, decay = expected(program, name, k)
            assert group["lr"] == pytest.approx(lr, rel=1e-14, abs=1e-300), (name, k)
            assert group["weight_decay"] == decay
        update(model, optimizer, k)
        scheduler.step()


def test_frozen_layers_do_not_learn_until_their_update() -> None:
    program, model = schedc.loads(YAML), Model()
    optimizer = torch.optim.AdamW(program.param_groups(model), lr=1e-3)
    scheduler = program.torch(optimizer)
    for k in range(40):
        before = [block.weight.detach().clone() for block in model.blocks]
        for i, block in enumerate(model.blocks):
            assert block.weight.requires_grad is (k >= (DEPTH - 1 - i) * 10), (i, k)
        update(model, optimizer, k)
        for i, (block, was) in enumerate(zip(model.blocks, before, strict=True)):
            moved = not torch.equal(block.weight, was)
            assert moved is (k >= (DEPTH - 1 - i) * 10 and k > 0), (i, k)
        scheduler.step()


def test_a_resumed_run_freezes_what_was_frozen() -> None:
    program = schedc.loads(YAML)
    model = Model()
    optimizer = torch.optim.AdamW(program.param_groups(model), lr=1e-3)
    scheduler = program.torch(optimizer)
    states = []
    for k in range(40):
        if k == 15:
            states = copy.deepcopy(
                [model.state_dict(), optimizer.state_dict(), scheduler.state_dict()]
            )
        update(model, optimizer, k)
        scheduler.step()
    for order in ((1, 2), (2, 1)):
        again = Model()
        again.load_state_dict(states[0])
        other = torch.optim.AdamW(program.param_groups(again), lr=1e-3)
        resumed = program.torch(other)
        for which in order:
            (other if which == 1 else resumed).load_state_dict(copy.deepcopy(states[which]))
        for k in range(15, 40):
            update(again, other, k)
            resumed.step()
        for a, b in zip(model.parameters(), again.parameters(), strict=True):
            assert torch.equal(a, b)
            assert a.requires_grad is b.requires_grad


def test_groups_that_somebody_else_built_are_told_by_their_parameters() -> None:
    """As transformers' Trainer builds them; a wrapped model has other names."""
    program, model = schedc.loads(YAML), Model()
    by_hand: dict[tuple[float, float], list[nn.Parameter]] = {}
    for name, parameter in model.named_parameters():
        by_hand.setdefault(expected(program, name, 60), []).append(parameter)
    wrapped = torch.compile(model, backend="eager")
    optimizer = torch.optim.AdamW([{"params": p} for p in by_hand.values()], lr=1e-3)
    program.torch(optimizer, wrapped, step=60)
    for name, group in owner(model, optimizer).items():
        assert (group["lr"], group["weight_decay"]) == pytest.approx(expected(program, name, 60))


def test_a_group_added_later_gets_its_value_at_that_update() -> None:
    """pytorch#79888, Lightning#8720: unfrozen layers kept a constant rate."""
    lr = schedc.compile("linear(0→1e-3, 10%) >> cosine", steps=100)
    model = Model()
    optimizer = torch.optim.SGD(model.head.parameters(), lr=1e-3)
    scheduler = lr.torch(optimizer)
    for k in range(100):
        if k == 37:
            optimizer.add_param_group({"params": list(model.embed.parameters()), "lr": 0.7})
        update(model, optimizer, k)
        assert {group["lr"] for group in optimizer.param_groups} == {lr(k)}
        scheduler.step()
    with_base = schedc.compile("linear(0→base, 10%) >> cosine", steps=100)
    optimizer = torch.optim.SGD(model.head.parameters(), lr=1e-3)
    scheduler = with_base.torch(optimizer, step=50)
    optimizer.add_param_group({"params": list(model.embed.parameters()), "lr": 0.3})
    optimizer.step()
    scheduler.step()
    assert [g["lr"] for g in optimizer.param_groups] == [with_base(51, base=b) for b in (1e-3, 0.3)]


@pytest.mark.parametrize("advance", ["call", "optimizer"])
@given(k=st.integers(0, 130), more=st.integers(1, 3))
def test_the_first_update_of_a_group_added_later_is_made_with_its_value(
    advance: Literal["call", "optimizer"], k: int, more: int
) -> None:
    """What the parameters move by says it, and so does who reads before the update."""
    lr = schedc.compile("linear(0→1, 10%) >> cosine(min=0.1)", steps=100)
    weights = [nn.Parameter(torch.zeros(1, dtype=torch.float64)) for _ in range(1 + more)]
    for weight in weights:
        weight.grad = torch.ones(1, dtype=torch.float64)
    optimizer = torch.optim.SGD(weights[:1], lr=1.0)
    scheduler = lr.torch(optimizer, advance=advance, step=k)
    optimizer.step()
    scheduler.step()
    for weight in weights[1:]:
        optimizer.add_param_group({"params": [weight], "lr": 0.7})
    if k % 2:
        assert scheduler.get_last_lr() == [lr(k + 1)] * (1 + more)
        assert scheduler.value(group=more) == lr(k + 1)
    optimizer.step()
    assert [-weight.item() for weight in weights[1:]] == [lr(k + 1)] * more
    scheduler.step()
    assert scheduler.get_last_lr() == [lr(k + 2)] * (1 + more)


def test_several_optimizers_from_one_program() -> None:
    """DeepSpeed#7713: one warm-up erased the split of Muon 2e-2 and Adam 1e-5."""
    program = schedc.loads("""
        run: {steps: 100}
        schedules:
          warm: linear(0→1, 10%) >> cosine
          lr: 2e-2 * warm
        groups:
          - {match: "blocks.*.weight", lr: 2e-2 * warm}
          - {match: "*", lr: 1e-5 * warm}
        """)
    model = Model()

    def matrix(name: str, parameter: nn.Parameter) -> bool:
        return name.startswith("blocks.") and parameter.ndim == 2

    muon = torch.optim.Muon(program.param_groups(model, matrix), lr=2e-2)
    adam = torch.optim.AdamW(
        program.param_groups(model, lambda name, p: not matrix(name, p)), lr=1e-5
    )
    schedulers = [program.torch(muon), program.torch(adam)]
    for _ in range(99):
        update(model, muon)
        adam.step()
        for scheduler in schedulers:
            scheduler.step()
        rates = [optimizer.param_groups[0]["lr"] for optimizer in (muon, adam)]
        assert rates[0] / rates[1] == pytest.approx(2000, rel=1e-12)


def test_the_example() -> None:
    program = schedc.load(Path(__file__).parents[1] / "examples" / "groups.yaml")

    class Deep(Model):
        def __init__(self) -> None:
            super().__init__()
            self.blocks = nn.ModuleList([nn.Linear(8, 8) for _ in range(12)])

    model = Deep()
    optimizer = torch.optim.AdamW(program.param_groups(model), lr=1e-4)
    program.torch(optimizer, step=2000)  # the end of epoch 10
    lr = program["lr"](2000)
    rates = {name: group["lr"] for name, group in owner(model, optimizer).items()}
    assert rates["head.bias"] == pytest.approx(10 * lr)
    assert rates["blocks.11.weight"] == pytest.approx(0.75 * lr)
    assert rates["blocks.0.weight"] == pytest.approx(0.75**12 * lr)
    assert [block.weight.requires_grad for block in model.blocks] == [False] * 2 + [True] * 10


def program_with(groups: str) -> schedc.Program:
    return schedc.loads(f"schedules: {{lr: cosine(1e-3→0)}}\ngroups:\n{groups}", steps=100)


@pytest.mark.parametrize(
    ("groups", "code", "says"),
    [
        ('  - {match: "head.*", lr: lr}', "SCH721", "12 of 14 parameters are in no group"),
        ('  - {match: "haed.*", lr: lr}\n  - {match: "*", lr: lr}', "SCH722", "`haed.*` matches"),
        ('  - {match: "*", lr: lr}\n  - {match: "head.*", lr: lr}', "SCH722", "before it takes"),
    ],
)
def test_what_is_left_over_is_refused(groups: str, code: str, says: str) -> None:
    with pytest.raises(schedc.ScheduleError) as refused:
        program_with(groups).param_groups(Model())
    assert refused.value.findings[0].code == code
    assert says in str(refused.value)


def test_an_optimizer_whose_groups_are_unknown_is_refused() -> None:
    program = program_with('  - {match: "head.*", lr: 2*lr}\n  - {match: "*", lr: lr}')
    model = Model()
    with pytest.raises(schedc.ScheduleError, match="SCH723"):
        program.torch(torch.optim.SGD(model.parameters(), lr=1e-3))
    with pytest.raises(schedc.ScheduleError, match="SCH724"):
        program.torch(torch.optim.SGD(model.parameters(), lr=1e-3), model)
    optimizer = torch.optim.SGD(program.param_groups(model), lr=1e-3)
    scheduler = program.torch(optimizer)
    optimizer.add_param_group({"params": [nn.Parameter(torch.ones(1))]})
    with pytest.raises(schedc.ScheduleError, match="SCH723"):
        scheduler.step()


def test_a_copy_knows_its_groups_without_the_model() -> None:
    program, model = schedc.loads(YAML), Model()
    optimizer = torch.optim.AdamW(program.param_groups(model), lr=1e-3)
    scheduler = copy.deepcopy(program.torch(optimizer, step=30))
    scheduler.optimizer.step()
    scheduler.step()
    lrs = sorted({group["lr"] for group in scheduler.optimizer.param_groups})
    assert lrs == pytest.approx(
        sorted({expected(program, name, 31)[0] for name, _ in model.named_parameters()})
    )
