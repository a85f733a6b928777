"""Python that schedc writes, checked before it runs, and the one place where a text is executed.

In: source text, and what its writer may write. Out: the parsed text, or the names that it defines.
The one rule: a list of what may occur, not of what may not.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

ALLOWED: frozenset[type[ast.AST]] = frozenset(
    {
        ast.Module, ast.FunctionDef, ast.arguments, ast.arg, ast.Return, ast.If, ast.IfExp,
        ast.Assign, ast.AugAssign, ast.NamedExpr, ast.Raise, ast.Expr,
        ast.Try, ast.ExceptHandler, ast.ImportFrom, ast.alias,
        ast.Compare, ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.BoolOp, ast.And, ast.Or,
        ast.BinOp, ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow,
        ast.UnaryOp, ast.USub, ast.Call, ast.keyword, ast.Name, ast.Load, ast.Store, ast.Constant,
        ast.Tuple, ast.Dict, ast.Subscript, ast.JoinedStr, ast.FormattedValue,
    }
)  # fmt: skip


@dataclass(frozen=True)
class Writer:
    """What one writer of Python writes beside `ALLOWED`.

    methods: of any object. modules: names under which it imports modules of arrays, whose functions
    may be called.
    """

    kinds: frozenset[type[ast.AST]] = frozenset()
    methods: frozenset[str] = frozenset()
    modules: frozenset[str] = frozenset()


FORMULAS = Writer()

ARRAYS = Writer(
    frozenset(
        {ast.Import, ast.Attribute, ast.List, ast.ListComp, ast.comprehension, ast.Slice}
        | {ast.Starred, ast.For}
    ),
    frozenset({"all", "astype", "bit_length", "ravel", "reshape"}),
)
"""Modules over numpy's arrays and JAX's."""

TENSORS = Writer(frozenset({ast.Attribute}), frozenset({"to"}))
"""Functions of torch tensors."""

GROUPS = Writer(
    frozenset({ast.Attribute, ast.For, ast.Slice, ast.Pass, ast.Not}), frozenset({"fill_"})
)
"""What sets the param groups of an optimizer."""

_MODULES = {"math", "bisect", "array"}
_OF_ARRAYS = {"numpy", "jax.numpy", "jax"}


class ForbiddenError(AssertionError):
    """Generated source holds something that the generator never writes: a fault of schedc."""


def check_source(text: str, called: frozenset[str], writer: Writer = FORMULAS) -> ast.Module:
    """The parsed text, once each node is allowed and each call goes to a known function.

    called: the functions that may be called. Raises `ForbiddenError`.
    """
    tree = ast.parse(text)
    allowed = ALLOWED | writer.kinds
    parts = list(ast.walk(tree))
    known = called | {part.name for part in parts if isinstance(part, ast.FunctionDef)}
    for part in parts:
        kind = type(part)
        if kind not in allowed or (kind in _CHECKED and not _fits(part, known, writer)):
            raise ForbiddenError(ast.unparse(part))
    return tree


def executed(
    text: str,
    about: str,
    scope: Mapping[str, Any],
    called: frozenset[str],
    writer: Writer = FORMULAS,
) -> dict[str, Any]:
    """The names that a checked text defines, with those of `scope`.

    about: what tracebacks call it. Raises `ForbiddenError`; nothing was executed then.
    """
    names = dict(scope)
    exec(compile(check_source(text, called, writer), f"<{about}>", "exec"), names)
    return names


def _fits(part: ast.AST, called: frozenset[str], writer: Writer) -> bool:
    match part:
        case ast.Call(func=ast.Name(id=name)):
            return name in called
        case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=attr)):
            return name in writer.modules or attr in writer.methods
        case ast.Call(func=ast.Attribute(attr=attr)):
            return attr in writer.methods
        case ast.Call():
            return False
        case ast.Attribute(attr=attr):
            return not attr.startswith("_")
        case ast.ImportFrom(module=name):
            return name in _MODULES
        case ast.Import(names=names):
            return all(alias.name in _OF_ARRAYS for alias in names)
        case ast.Name(id=name):
            return not name.startswith("__")
        case ast.FunctionDef(decorator_list=decorators):
            return not decorators
    raise AssertionError(part)  # the kinds of `_CHECKED` are those above


_CHECKED = frozenset(
    {ast.Call, ast.Attribute, ast.ImportFrom, ast.Import, ast.Name, ast.FunctionDef}
)
