"""Mutation: break one thing at a time in a room, and see whether a test of that room dies.

    python tests/mutation/run.py schedc/horizon.py tests/test_horizons.py [more tests] [--most 100]

In: a room, the tests that hold it. Out: each mutant that survives, as a difference of lines, and
the share that was killed; the exit code is 1 below `--least` (0.95). Takes minutes to hours.

A mutant changes one thing: a comparison, an arithmetic operator, `and`/`or`, `not`, a number, a
condition, a statement that is left out. Texts, annotations, docstrings and asserts are left alone,
and so are decorators (`@lru_cache`). With `--most`, the mutants are drawn at random, the same ones
for a `--seed`.

The one rule: what the room's tests import beside schedc is imported once; each mutant is a fork of
that process, which then imports the changed room. What runs longer than ten times as long as the
room without a change is killed too: it hangs.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import copy
import difflib
import io
import os
import random
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent

COMPARED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.In: ast.NotIn, ast.NotIn: ast.In,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip
COMPUTED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult, ast.Mod: ast.FloorDiv, ast.Pow: ast.Mult,
    ast.BitOr: ast.BitAnd, ast.BitAnd: ast.BitOr, ast.LShift: ast.RShift, ast.RShift: ast.LShift,
}  # fmt: skip


def changes(part: ast.AST) -> Iterator[ast.AST]:
    """Each way to break one part of a tree, as the part in its place."""
    match part:
        case ast.Compare(ops=[op]) if type(op) in COMPARED:
            yield ast.Compare(part.left, [COMPARED[type(op)]()], part.comparators)
        case ast.BinOp(op=op) if type(op) in COMPUTED:
            yield ast.BinOp(part.left, COMPUTED[type(op)](), part.right)
        case ast.BoolOp(op=op, values=values):
            yield ast.BoolOp(ast.Or() if isinstance(op, ast.And) else ast.And(), values)
        case ast.UnaryOp(op=ast.Not() | ast.USub(), operand=operand):
            yield operand
        case ast.Constant(value=bool() as value):
            yield ast.Constant(not value)
        case ast.Constant(value=int() as value):
            yield ast.Constant(value + 1)
        case ast.If(test=test, body=body, orelse=orelse):
            yield ast.If(ast.UnaryOp(ast.Not(), test), body, orelse)
        case ast.IfExp(test=test, body=body, orelse=orelse):
            yield ast.IfExp(test, orelse, body)
        case ast.Expr(value=ast.Call()) | ast.AugAssign() | ast.Raise():
            yield ast.Pass()
        case ast.Return(value=ast.expr()) if not isinstance(part.value, ast.Constant):
            yield ast.Return(ast.Constant(None))


def mutants(tree: ast.Module) -> Iterator[ast.Module]:
    """Every tree with one change."""
    places = list(_places(tree, ()))
    for path, part in places:
        for change in changes(part):
            whole = copy.deepcopy(tree)
            above: object = whole
            for step in path[:-1]:
                above = above[step] if isinstance(step, int) else getattr(above, step)  # type: ignore[index]
            new = ast.copy_location(change, part)
            last = path[-1]
            if isinstance(last, int):
                above[last] = new  # type: ignore[index]
            else:
                setattr(above, last, new)
            yield ast.fix_missing_locations(whole)


def _places(
    part: ast.AST, path: tuple[str | int, ...]
) -> Iterator[tuple[tuple[str | int, ...], ast.AST]]:
    for name, value in ast.iter_fields(part):
        if name in ("annotation", "returns", "decorator_list", "type_params"):
            continue
        several = isinstance(value, list)
        for at, below in enumerate(value if several else [value]):
            if not isinstance(below, ast.AST) or isinstance(below, ast.Assert | ast.JoinedStr):
                continue
            if isinstance(below, ast.If) and "TYPE_CHECKING" in ast.unparse(below.test):
                continue
            here = (*path, name, at) if several else (*path, name)
            yield here, below
            yield from _places(below, here)


# ---- one mutant in a process of its own


def killed(
    room: Path, tree: ast.Module | None, tests: list[str], limit: float
) -> tuple[bool, float]:
    """Whether a test fails with the changed room, and the seconds that it took."""
    begun = time.monotonic()
    child = os.fork()
    if not child:
        os._exit(_tested(room, tree, tests))
    while time.monotonic() - begun < limit:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return status != 0, time.monotonic() - begun
        time.sleep(0.02)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return True, limit


def _tested(room: Path, tree: ast.Module | None, tests: list[str]) -> int:
    import importlib.abc
    import importlib.util

    import pytest

    os.setpgid(0, 0)
    name = ".".join(room.relative_to(ROOT).with_suffix("").parts)

    class Changed(importlib.abc.MetaPathFinder, importlib.abc.Loader):
        def find_spec(self, wanted, path=None, target=None):  # type: ignore[no-untyped-def]
            return importlib.util.spec_from_loader(name, self) if wanted == name else None

        def exec_module(self, module):  # type: ignore[no-untyped-def]
            module.__file__ = str(room)
            exec(compile(tree, str(room), "exec"), module.__dict__)

    if tree is not None:
        sys.meta_path.insert(0, Changed())
    options = ["-q", "-x", "-p", "no:cacheprovider", "--no-header", "--tb=no"]
    options += ["-W", "ignore::pytest.PytestAssertRewriteWarning"]
    quiet = io.StringIO()
    with contextlib.redirect_stdout(quiet), contextlib.redirect_stderr(quiet):
        code = pytest.main([*options, *tests])
    return int(code)


def shown(before: str, after: ast.Module) -> str:
    """A mutant as the lines that differ."""
    texts = before.splitlines(), ast.unparse(after).splitlines()
    lines = list(difflib.unified_diff(*texts, n=0, lineterm=""))
    return "\n".join("    " + line for line in lines[2:])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("room", type=Path)
    parser.add_argument("tests", nargs="+")
    parser.add_argument("--most", type=int, help="try so many of the mutants, drawn at random")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=float("inf"), help="begin nothing after")
    parser.add_argument("--least", type=float, default=0.95)
    asked = parser.parse_args()
    os.environ["SCHEDC_CACHE"] = "off"
    import hypothesis.strategies  # noqa: F401  # imported once, before the processes part
    import lark  # noqa: F401
    import mpmath  # noqa: F401
    import sympy  # noqa: F401
    import yaml  # noqa: F401

    room = asked.room.resolve()
    tree = ast.parse(room.read_text(encoding="utf-8"))
    plain = ast.unparse(tree)
    fails, used = killed(room, None, asked.tests, float("inf"))
    if fails:
        sys.exit("the tests fail without a mutant")
    found = list(mutants(tree))
    every = len(found)
    random.Random(asked.seed).shuffle(found)
    found = found[: asked.most]
    limit, begun = 10 * used + 10, time.monotonic()
    tried, dead = 0, 0
    for mutant in found:
        if time.monotonic() - begun > asked.seconds:
            break
        tried += 1
        if killed(room, mutant, asked.tests, limit)[0]:
            dead += 1
        else:
            print(f"survived:\n{shown(plain, mutant)}", flush=True)
    share = f"{dead / max(tried, 1):.1%}"
    print(f"{asked.room}: {dead} of {tried} mutants killed ({share}); there are {every}")
    return int(dead < asked.least * tried)


if __name__ == "__main__":
    sys.exit(main())
