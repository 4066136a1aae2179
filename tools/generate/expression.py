"""Integer arithmetic in params.toml, e.g. "7 * 86_400": evaluated without `eval`, never a float."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping

from tools.generate.source import BadSource

BINARY: dict[type[ast.operator], Callable[[int, int], int]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
    ast.LShift: operator.lshift,
    ast.RShift: operator.rshift,
    ast.BitOr: operator.or_,
    ast.BitAnd: operator.and_,
}


def evaluate(text: str, known: Mapping[str, int]) -> int:
    """Return the value of `text`. Raises BadSource for anything but arithmetic on known names."""

    def value_of(node: ast.expr) -> int:
        match node:
            case ast.Constant(value=int() as value) if not isinstance(value, bool):
                return value
            case ast.Name(id=name) if name in known:
                return known[name]
            case ast.Name(id=name):
                raise BadSource(f"{text!r}: {name} is not a constant defined above")
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return -value_of(operand)
            case ast.BinOp(left=left, op=op, right=right) if type(op) in BINARY:
                return BINARY[type(op)](value_of(left), value_of(right))
        raise BadSource(f"{text!r}: only integers, names of constants and + - * // % ** << >> | &")

    try:
        return value_of(ast.parse(text, mode="eval").body)
    except SyntaxError as error:
        raise BadSource(f"{text!r}: {error.msg}") from error
