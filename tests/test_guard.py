"""What may be executed: nothing that an author wrote, and of what the compiler writes only the
kinds of nodes that it needs."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch

import schedc
from schedc import guard
from schedc.backends import arrays, python
from schedc.backends.clocks import NEARBY
from schedc.expr import STEP, Var
from schedc.guard import FORMULAS
from schedc.torch.graph import tensor_fn
from schedc.torch.setters import Follow, fuse

WRITERS = (FORMULAS, guard.ARRAYS, guard.TENSORS, guard.GROUPS)

HERE = Path(schedc.__file__).parent

DANGEROUS = {"eval", "exec", "sympify", "S", "parse_expr", "__import__", "execfile", "lambdify"}


def executions() -> Iterator[tuple[str, str]]:
    for path in sorted(HERE.rglob("*.py")):
        for part in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(part, ast.Call):
                name = getattr(part.func, "id", None) or getattr(part.func, "attr", None)
                if name in DANGEROUS:
                    yield path.relative_to(HERE).as_posix(), name


def test_text_is_executed_only_by_the_guard() -> None:
    """No text of an author reaches `eval`, and none is given to sympy to be read."""
    assert set(executions()) == {("guard.py", "exec")}


Kinds = dict[frozenset[type[ast.AST]], set[type[ast.AST]]]


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> Kinds:
    """The kinds of nodes that pass the guard, by what a writer writes beside the common ones."""
    kinds: Kinds = {writer.kinds: set() for writer in WRITERS}
    check_source = guard.check_source

    def noted(text: str, called: frozenset[str], writer: guard.Writer = FORMULAS) -> ast.Module:
        tree = check_source(text, called, writer)
        kinds[writer.kinds] |= {type(part) for part in ast.walk(tree)}
        return tree

    for room in (guard, python, arrays):
        monkeypatch.setattr(room, "check_source", noted)
    return kinds


def follow(schedule: schedc.Schedule) -> Follow:
    return Follow(python.function(schedule.track), None, schedule.track)


RAMP = """run: {samples: 1M}
schedules:
  batch: floor(linear(16→640, 200k samples))
  lr: linear(1→0, 200k samples) >> cosine(0→1)
"""
PROGRAMS = [
    "linear(0→1e-3, 10%) >> cosine(cycles=0.5, min=1e-6)",
    "linear(0→base, 10%) >> cosine(→0.1*base)",
    "linear(0→1, 10 steps) >> linear(→0, 20 steps) >> cosine(→1)",
    " >> ".join(
        ["cosine(0→1, 3 steps)"] + [f"exponential(→{i % 5 + 2}, 3 steps)" for i in range(20)]
    ),
    "restart(cosine(1→0), times=5)",
    "max(linear(1→0.5), 10 * (step + 1)^-0.5, min(u, 0.4))",
    "every(linear(1→0), 7 steps)",
    "abs(u - 0.4)^1.7",
    "mod(step, 7)",
    "stairs(1→0, n=5)",
    "u^0.3",
    "linear(0→1, max(10% - 20 steps, 20 steps - 10%) - 1 step) >> cosine(→0.5)",  # a gap of lengths
]


def test_every_kind_that_is_allowed_is_needed(seen: Kinds) -> None:
    for text in PROGRAMS:
        for run in ({}, {"steps": 1000}):
            schedule = schedc.compile(text, **run)
            for target in ("python", "numpy", "jax"):
                schedule.source(target)
            needs = {} if run else {"total": 1000}
            schedule(3, **needs, **({"base": 1.0} if "base" in text else {}))
    schedc.loads(RAMP).source("python")
    schedc.loads(RAMP)["lr"](3)
    row = python._row(python.DIALECT, (STEP, Var(NEARBY)))  # within a formula, not on its own line
    assert row is not None
    within = {type(part) for part in ast.walk(ast.parse(row[0]))}
    assert seen[FORMULAS.kinds] | within >= guard.ALLOWED
    assert seen[guard.ARRAYS.kinds] >= guard.ARRAYS.kinds


def test_every_kind_that_torch_may_write_is_needed(seen: Kinds) -> None:
    schedule = schedc.compile("linear(0→1e-3, 10%) >> cosine(→0)", steps=100)
    tensor_fn(schedule)(torch.arange(5))
    parameters = [torch.nn.Parameter(torch.zeros(1)) for _ in range(9)]
    tensor = {"lr": torch.tensor(0.1)}
    for groups in (
        [{"params": parameters}],
        [{"params": [p]} for p in parameters],
        [{"params": parameters[:1], **tensor}, *[{"params": [p]} for p in parameters[1:3]]],
    ):
        rows = [{"lr": follow(schedule)}] * len(groups)
        fuse(rows, [{"lr": 0.1, **group} for group in groups])
    fuse([{}], [{"lr": 0.1}])
    for writer in (guard.TENSORS, guard.GROUPS):
        assert seen[writer.kinds] >= writer.kinds


def test_a_key_of_an_optimizer_cannot_bring_code() -> None:
    """The names of keys stand in the text of the fused step."""
    schedule = schedc.compile("cosine(1→0)", steps=10)
    for key in ("lr'] = print('no') or group['x", "lr.x; import os", "__class__", "_hidden"):
        for count in (1, 9):
            groups: list[dict[str, object]] = [{key: 0.1} for _ in range(count)]
            fuse([{key: follow(schedule)}] * count, groups)(0, groups)
            assert groups == [{key: 1.0}] * count


@pytest.mark.parametrize(
    "text",
    [
        "import os",
        "from os import system",
        "from math import *\nimport subprocess",
        "def f(step):\n    return __import__('os')",
        "def f(step):\n    return open('/etc/passwd')",
        "def f(step):\n    return eval('1')",
        "def f(step):\n    return step.__class__",
        "def f(step):\n    return (lambda: 1)()",
        "def f(step):\n    return [x for x in ().__class__.__bases__]",
        "def f(step):\n    while True:\n        pass",
        "def f(step):\n    global x\n    x = 1",
        "def f(step):\n    del step",
        "def f(step):\n    yield step",
        "async def f(step):\n    return 1",
        "class A:\n    pass",
        "@print\ndef f(step):\n    return 1",
        "def f(step):\n    with step:\n        return 1",
        "def f(step):\n    return f'{open(step)}'",
        "def f(step, x=open('a')):\n    return 1",
        "def f(step):\n    return cos(step)(step)",
        "def f(step):\n    return __builtins__",
        "def f(step):\n    assert step",
        "def f(step):\n    return {step}",
        "def f(step):\n    return step @ step",
    ],
)
def test_nothing_else_passes(text: str) -> None:
    with pytest.raises(guard.ForbiddenError):
        guard.check_source(text, frozenset({"cos", "float"}))
    if "import" not in text and "for x in" not in text:
        for writer in (
            replace(guard.ARRAYS, modules=frozenset({"np"})),
            guard.TENSORS,
            guard.GROUPS,
        ):
            with pytest.raises(guard.ForbiddenError):
                guard.check_source(text, frozenset({"cos", "float"}), writer)
