"""Reading order is import order: a room imports only rooms above it."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import schedc

FLOORS = {
    "nouns": "uncollected source operators expr algebra horizon render shown syntax schema "
    "diagnostics",
    "numbers": "guard numeric ends intervals hulls corners derivatives calculus integers areas "
    "symbolic unfinished cache worker prove",
    "reading": "words lalr format fault misspelled misdefined misread trees parse "
    "settings suppress yamlfile yamlfaults neighbours block entries parts document",
    "the run": "ramp run facts derive",
    "meaning": "libraries plan kinds arguments names resolve prelude program courses order bounds "
    "lengths weight tile laid rounds curves layout vocabulary",
    "proof": "finite profile verify updates kinks amounts ratio properties claims lint asserts",
    "the program": "groups rewrite batches backends diff lock doctor compiler layers checks "
    "schedule loading",
    "doors": "plot reports peers torch lsp cli __main__",
}
"""From the ground up: who reads the code reads it in this order."""

ROOMS = [room for rooms in FLOORS.values() for room in rooms.split()]

OPENS = {("schedule", "plot"), ("schedule", "torch")}
"""Doors that a method of `Schedule` opens when it is called: `.torch(optimizer)`, a notebook."""

HERE = Path(schedc.__file__).parent


def rooms() -> dict[str, list[Path]]:
    """Room → its files; a package is one room."""
    found: dict[str, list[Path]] = {}
    for path in sorted(HERE.rglob("*.py")):
        parts = path.relative_to(HERE).parts
        found.setdefault(parts[0].removesuffix(".py"), []).append(path)
    return found


def imports(tree: ast.AST) -> Iterator[str]:
    """Every room that a module imports, inside functions too; not what only types need."""
    for part in ast.iter_child_nodes(tree):
        if isinstance(part, ast.If) and "TYPE_CHECKING" in ast.unparse(part.test):
            continue
        if isinstance(part, ast.ImportFrom) and part.module == "schedc":
            yield from (alias.name for alias in part.names)
        elif isinstance(part, ast.ImportFrom) and (part.module or "").startswith("schedc."):
            yield (part.module or "").split(".")[1]
        elif isinstance(part, ast.Import):
            names = [alias.name.split(".") for alias in part.names]
            yield from (n[1] for n in names if n[0] == "schedc" and len(n) > 1)
        yield from imports(part)


@cache
def edges() -> dict[str, set[str]]:
    every = rooms()
    return {
        room: {
            name
            for path in files
            for name in imports(ast.parse(path.read_text(encoding="utf-8")))
            if name in every and name != room
        }
        for room, files in every.items()
    }


def test_every_room_has_its_place() -> None:
    assert sorted(ROOMS) == sorted(rooms().keys() - {"__init__"})


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_rooms_above_it(room: str) -> None:
    below = ROOMS[ROOMS.index(room) :]
    opened = {door for who, door in OPENS if who == room}
    assert edges()[room] & set(below) - opened == set()


def test_the_test_sees_imports_inside_functions_and_not_those_for_types() -> None:
    module = """
if TYPE_CHECKING:
    from schedc.torch import attach
from schedc import syntax as ast
def f():
    from schedc.run import Run
    import schedc.plan
"""
    assert sorted(imports(ast.parse(module))) == ["plan", "run", "syntax"]
