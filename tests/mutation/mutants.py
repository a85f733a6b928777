"""Ways to break a room: each changes one thing.

In: the tree of a room. Out: its mutants, each with the function it is in and the lines that differ.
The one rule: what cannot matter is left alone: texts, annotations, docstrings and the aliases of
types, asserts and what stands for one (`raise AssertionError`, `zip(strict=…)`), the types that
`isinstance` asks for, and decorators (`@lru_cache`).
"""

from __future__ import annotations

import ast
import copy
import difflib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

Path: TypeAlias = tuple[str | int, ...]

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


@dataclass(frozen=True)
class Mutant:
    """One change of a room.

    place: the function, or "" for the room's own level. line: where the change is; statement: the
    first line of the statement it is in. called: only a call of a function of the room reaches it.
    before, after: the lines that differ, as `ast.unparse` writes them. nth: which of those that are
    alike in all this.
    """

    place: str
    line: int
    statement: int
    called: bool
    before: str
    after: str
    nth: int
    path: Path = field(repr=False)
    change: ast.AST = field(repr=False)

    @property
    def key(self) -> tuple[str, str, str, int]:
        """What tells it from others, wherever else the room is edited."""
        return self.place, self.before, self.after, self.nth


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


def mutants(tree: ast.Module) -> list[Mutant]:
    """Every change of a room, in the order of its lines."""
    found: list[Mutant] = []
    alike: Counter[tuple[str, str, str]] = Counter()
    for path, part in _places(tree, ()):
        place, top, statement, called = _standing(tree, path)
        for change in changes(part):
            old, new = ast.unparse(top), ast.unparse(_put(top, path[2:], change))
            before, after = _differing(old, new)
            made = Mutant(
                place, getattr(part, "lineno", statement), statement, called,
                before, after, alike[place, before, after], path, change,
            )  # fmt: skip
            alike[made.key[:3]] += 1
            found.append(made)
    return found


def broken(tree: ast.Module, mutant: Mutant) -> ast.Module:
    """The room with one change; what is not changed is shared with `tree`."""
    return ast.fix_missing_locations(_put(tree, mutant.path, mutant.change))


def shown(tree: ast.Module, mutant: Mutant, room: str) -> str:
    """A mutant as the lines that differ, with those beside them."""
    top = tree.body[mutant.path[1]]  # type: ignore[index]
    changed = _put(top, mutant.path[2:], mutant.change)
    old, new = ast.unparse(top).splitlines(), ast.unparse(changed).splitlines()
    lines = list(difflib.unified_diff(old, new, n=2, lineterm=""))[2:]
    where = f"{room}:{mutant.line}" + (f" in {mutant.place}" if mutant.place else "")
    return "\n".join([where, *("    " + line for line in lines)])


def probed(tree: ast.Module) -> ast.Module:
    """The room, telling `__seen__` the line of each statement in a function before it runs."""
    whole = copy.deepcopy(tree)
    for part in ast.walk(whole):
        if isinstance(part, ast.FunctionDef):
            for inner in ast.walk(part):
                for name in ("body", "orelse", "finalbody"):
                    block = getattr(inner, name, None)
                    if isinstance(block, list):
                        setattr(inner, name, list(_told(block)))
    return ast.fix_missing_locations(whole)


def _told(block: list[ast.stmt]) -> Iterator[ast.stmt]:
    for statement in block:
        already = getattr(statement, "probe", False)
        docstring = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
        if not (already or docstring or getattr(statement, "probed", False)):
            probe = ast.parse(f"__seen__.add({statement.lineno})").body[0]
            probe.probe = statement.probed = True  # type: ignore[attr-defined]
            yield ast.copy_location(probe, statement)
        yield statement


def _put(part: ast.AST, path: Path, change: ast.AST) -> ast.AST:
    """A tree with another part at a path."""
    if not path:
        return ast.copy_location(change, part)
    name, *rest = path
    new = copy.copy(part)
    below = getattr(part, name)  # type: ignore[arg-type]
    if isinstance(below, list):
        at, *rest = rest
        below = list(below)
        below[at] = _put(below[at], tuple(rest), change)  # type: ignore[index]
    else:
        below = _put(below, tuple(rest), change)
    setattr(new, name, below)  # type: ignore[arg-type]
    return new


def _standing(tree: ast.Module, path: Path) -> tuple[str, ast.stmt, int, bool]:
    """The function that a path leads into, the statement of the room, the line of the innermost
    statement, and whether only a call leads there."""
    names: list[str] = []
    top, statement, called = tree.body[path[1]], 0, False  # type: ignore[index]
    here: object = tree
    for step in path:
        if isinstance(here, ast.FunctionDef | ast.ClassDef):
            names.append(here.name)
            called = called or (isinstance(here, ast.FunctionDef) and step == "body")
        here = here[step] if isinstance(step, int) else getattr(here, step)  # type: ignore[index]
        if isinstance(here, ast.stmt):
            statement = here.lineno
    return ".".join(names), top, statement, called


def _differing(old: str, new: str) -> tuple[str, str]:
    lines = list(difflib.unified_diff(old.splitlines(), new.splitlines(), n=0, lineterm=""))[2:]
    before = " ".join(line[1:].strip() for line in lines if line.startswith("-"))
    after = " ".join(line[1:].strip() for line in lines if line.startswith("+"))
    return before, after


def _left_alone(part: ast.AST, below: ast.AST) -> bool:
    match below:
        case ast.Assert() | ast.JoinedStr():
            return True
        case ast.Raise(exc=ast.Call(func=ast.Name("AssertionError"))):
            return True
        case ast.If(test=ast.Name("TYPE_CHECKING")):
            return True
        case ast.AnnAssign(annotation=ast.Name("TypeAlias")):
            return True
        case ast.keyword(arg="strict"):
            return True
    match part:
        case ast.Call(func=ast.Name("isinstance"), args=[_, types]):
            return below is types
    return False


def _places(part: ast.AST, path: Path) -> Iterator[tuple[Path, ast.AST]]:
    for name, value in ast.iter_fields(part):
        if name in ("annotation", "returns", "decorator_list", "type_params"):
            continue
        several = isinstance(value, list)
        for at, below in enumerate(value if several else [value]):
            if not isinstance(below, ast.AST) or _left_alone(part, below):
                continue
            here = (*path, name, at) if several else (*path, name)
            yield here, below
            yield from _places(below, here)
