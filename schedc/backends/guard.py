"""Generated Python, checked before it runs: only the nodes that the generator writes.

In: source text. Out: nothing, or `ForbiddenError`.
The one rule: a list of what may occur, not of what may not.
"""

from __future__ import annotations

import ast

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

_ARRAYS: frozenset[type[ast.AST]] = frozenset(
    {
        ast.Import,
        ast.Attribute,
        ast.List,
        ast.ListComp,
        ast.comprehension,
        ast.Slice,
        ast.Starred,
        ast.For,
    }
)  # fmt: skip
"""What modules over arrays have beside these."""

_MODULES = {"math", "bisect", "array"}
_OF_ARRAYS = {"numpy", "jax.numpy", "jax"}


class ForbiddenError(AssertionError):
    """Generated source holds something that the generator never writes: a fault of schedc."""


def check_source(text: str, called: frozenset[str], module: str = "") -> ast.Module:
    """The parsed text, once each node is allowed and each call goes to a known function.

    called: the functions that may be called. module: the names of the array modules, for such a
    target; their functions may be called too. Raises `ForbiddenError`.
    """
    tree = ast.parse(text)
    allowed = ALLOWED | _ARRAYS if module else ALLOWED
    parts = list(ast.walk(tree))
    known = called | {part.name for part in parts if isinstance(part, ast.FunctionDef)}
    for part in parts:
        kind = type(part)
        if kind not in allowed or (kind in _CHECKED and not _fits(part, known, module)):
            raise ForbiddenError(ast.unparse(part))
    return tree


def _fits(part: ast.AST, called: frozenset[str], module: str) -> bool:
    match part:
        case ast.Call(func=ast.Name(id=name)):
            return name in called
        case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=attr)):
            return name in module.split() or attr in _METHODS
        case ast.Call(func=ast.Attribute(attr=attr)):
            return attr in _METHODS
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
    return True


_CHECKED = frozenset(
    {ast.Call, ast.Attribute, ast.ImportFrom, ast.Import, ast.Name, ast.FunctionDef}
)
_METHODS = {"all", "astype", "ravel", "reshape"}
