"""Integer arithmetic in proto/, e.g. "7 * 86_400": evaluated without `eval`, never a float."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from functools import cache

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


CALLS: dict[str, Callable[..., int]] = {"min": min, "max": max}

Known = Mapping[str, int]
Lists = Mapping[str, tuple[int, ...]]
Compiled = Callable[[Known, Lists], int]


def evaluate(text: str, known: Known, lists: Lists | None = None) -> int:
    """Return the value of `text`: arithmetic, min, max, and elements `NAME[index]` of `lists`.

    Raises BadSource for anything else, and for an index beyond a list.
    """
    return _compiled(text)(known, lists or {})


@cache
def _compiled(text: str) -> Compiled:
    """Return a text as nested functions: the witness generator evaluates some 100,000 times."""
    try:
        return _compile(text, ast.parse(text, mode="eval").body)
    except SyntaxError as error:
        raise BadSource(f"{text!r}: {error.msg}") from error


def _compile(text: str, node: ast.expr) -> Compiled:
    match node:
        case ast.Constant(value=int() as value) if not isinstance(value, bool):
            return lambda known, lists: value
        case ast.Name(id=name):
            return lambda known, lists: _named(text, name, known)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            negated = _compile(text, operand)
            return lambda known, lists: -negated(known, lists)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in BINARY:
            apply, a, b = BINARY[type(op)], _compile(text, left), _compile(text, right)
            return lambda known, lists: apply(a(known, lists), b(known, lists))
        case ast.Call(func=ast.Name(id=name), args=[_, _, *_] as of, keywords=[]) if name in CALLS:
            call, parts = CALLS[name], [_compile(text, each) for each in of]
            return lambda known, lists: call(*[each(known, lists) for each in parts])
        case ast.Subscript(value=ast.Name(id=name), slice=at):
            index = _compile(text, at)
            return lambda known, lists: _element(text, name, lists, index(known, lists))
    raise BadSource(f"{text!r}: only integers, names of constants and + - * // % ** << >> | &")


def _named(text: str, name: str, known: Known) -> int:
    try:
        return known[name]
    except KeyError:
        raise BadSource(f"{text!r}: {name} is not a constant defined above") from None


def _element(text: str, name: str, lists: Lists, index: int) -> int:
    values = lists.get(name, ())
    if not 0 <= index < len(values):
        raise BadSource(f"{text!r}: {name} has no element {index}")
    return values[index]
