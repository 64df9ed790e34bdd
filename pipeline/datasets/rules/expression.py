"""Expressions of columns, such as "payments * duration": + - * / and brackets, and nothing else.

They are read by Python's own parser and computed here, node by node; nothing is ever executed.
"""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from pipeline.errors import MetadataError

NAME = r'"(?:[^"]|"")+"|[^\W\d]\w*'
"""A name as text: a word, or anything in double quotes, themselves doubled."""

MOST_CHARACTERS = 500
_PIECE = re.compile(rf"(?P<name>{NAME})|\d+(?:\.\d+)?|[-+*/()]|\s+")
_PLACE = re.compile(r"c\d+")
_BINARY: Mapping[type, Callable[[np.ndarray, np.ndarray], np.ndarray]] = MappingProxyType(
    {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv}
)


def quote(name: str) -> str:
    """A name as text: itself where it is a word."""
    return name if re.fullmatch(r"[^\W\d]\w*", name) else '"' + name.replace('"', '""') + '"'


def unquote(text: str) -> str:
    """The name that `quote` was given."""
    return text[1:-1].replace('""', '"') if text.startswith('"') else text


def list_names(expression: str) -> tuple[str, ...]:
    """The columns of an expression, each once, in their order; MetadataError where it is none."""
    return _read(expression)[1]


def replace_names(expression: str, written: Mapping[str, str]) -> str:
    """An expression with its columns written in another way."""
    return _PIECE.sub(lambda piece: written[unquote(piece[0])] if piece["name"] else piece[0], expression)


def compute(expression: str, columns: Mapping[str, np.ndarray]) -> np.ndarray:
    """The values of an expression over float columns of equal length; NaN where one is missing."""
    tree, names = _read(expression)
    values = {f"c{place}": columns[name] for place, name in enumerate(names)}
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        found = np.asarray(_value(tree, values), dtype=float)
    return np.where(np.isfinite(found), found, np.nan)


def _read(expression: str) -> tuple[ast.expr, tuple[str, ...]]:
    """The tree of an expression, in which c0, c1, ... stand for its names."""
    names: dict[str, int] = {}
    parts, end = [], 0
    for piece in _PIECE.finditer(expression):
        if piece.start() != end:
            break
        end = piece.end()
        name = piece["name"]
        parts.append(piece[0] if name is None else f"c{names.setdefault(unquote(name), len(names))}")
    if end != len(expression):
        raise _reject(expression, f"{expression[end:][:20]!r} is not part of one")
    return _parse(expression, "".join(parts)), tuple(names)


def _parse(expression: str, plain: str) -> ast.expr:
    if len(plain) > MOST_CHARACTERS:
        raise _reject(expression, f"it is longer than {MOST_CHARACTERS} characters")
    try:
        tree = ast.parse(plain.strip(), mode="eval").body
    except (SyntaxError, RecursionError, MemoryError) as error:
        raise _reject(expression, "it is not complete or its brackets do not match") from error
    _allow(expression, tree)
    return tree


def _allow(expression: str, node: ast.expr) -> None:
    """Refuse every node but columns, numbers, the four operations and a sign."""
    if isinstance(node, ast.BinOp) and type(node.op) in _BINARY:
        _allow(expression, node.left)
        _allow(expression, node.right)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        _allow(expression, node.operand)
    elif not _is_leaf(node):
        raise _reject(expression, "only + - * / and brackets are known")


def _is_leaf(node: ast.expr) -> bool:
    if isinstance(node, ast.Name):
        return _PLACE.fullmatch(node.id) is not None
    return isinstance(node, ast.Constant) and type(node.value) in (int, float)


def _value(node: ast.expr, values: Mapping[str, np.ndarray]) -> np.ndarray:
    if isinstance(node, ast.BinOp):
        return _BINARY[type(node.op)](_value(node.left, values), _value(node.right, values))
    if isinstance(node, ast.UnaryOp):
        found = _value(node.operand, values)
        return -found if isinstance(node.op, ast.USub) else found
    if isinstance(node, ast.Name):
        return values[node.id]
    assert isinstance(node, ast.Constant)
    return np.asarray(float(node.value))  # type: ignore[arg-type]


def _reject(expression: str, reason: str) -> MetadataError:
    return MetadataError(
        f'"{expression}" is not a valid expression: {reason}.',
        "write column names (odd ones in double quotes), numbers, + - * / and brackets.",
    )
