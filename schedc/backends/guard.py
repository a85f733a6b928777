"""Generated Python, checked before it runs: only the nodes that the generator writes.

In: source text. Out: nothing, or `ForbiddenError`.
The one rule: a list of what may occur, not of what may not.
"""

from __future__ import annotations

import ast

ALLOWED: frozenset[type[ast.AST]] = frozenset(
    {
        ast.Module, ast.FunctionDef, ast.arguments, ast.arg, ast.Return, ast.If, ast.IfExp,
        ast.Assign, ast.Raise, ast.Expr, ast.ImportFrom, ast.alias,
        ast.Compare, ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.BoolOp, ast.Or, ast.And,
        ast.BinOp, ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow,
        ast.UnaryOp, ast.USub, ast.Call, ast.keyword, ast.Name, ast.Load, ast.Store, ast.Constant,
        ast.Tuple, ast.Dict, ast.Subscript, ast.JoinedStr, ast.FormattedValue,
    }
)  # fmt: skip

_MODULES = {"math", "bisect"}


class ForbiddenError(AssertionError):
    """Generated source holds something that the generator never writes: a fault of schedc."""


def check_source(text: str, callable_names: frozenset[str]) -> None:
    """Raises `ForbiddenError` unless each node is allowed and each call is to a known function."""
    tree = ast.parse(text)
    defined = {part.name for part in ast.walk(tree) if isinstance(part, ast.FunctionDef)}
    for part in ast.walk(tree):
        if type(part) not in ALLOWED:
            raise ForbiddenError(type(part).__name__)
        if isinstance(part, ast.Call) and not (
            isinstance(part.func, ast.Name) and part.func.id in callable_names | defined
        ):
            raise ForbiddenError(ast.unparse(part))
        if isinstance(part, ast.ImportFrom) and part.module not in _MODULES:
            raise ForbiddenError(ast.unparse(part))
        if isinstance(part, ast.Name) and part.id.startswith("__"):
            raise ForbiddenError(part.id)
        if isinstance(part, ast.FunctionDef) and part.decorator_list:
            raise ForbiddenError(part.name)
