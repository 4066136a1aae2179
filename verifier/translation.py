"""EVM bytecode translated to Python, one function for each basic block.

py-evm decides opcode by opcode what to do, which costs it two microseconds each. A block of
straight code needs that only once: stack moves (half of all opcodes) vanish into the names of local
variables, and the gas of a block is one subtraction. What is not simple arithmetic, memory or a
jump is left to py-evm's own opcodes, a step of its own between blocks. The outcome is py-evm's to
the last unit of gas; `verifier.replay` compares the two all the time, and docs/adr/0041 says why
that is safe.

Where a block fails (gas, stack, a bad jump), it may fail a few instructions early; a frame that
fails exceptionally leaves nothing behind, so nobody can tell.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

MASK: Final = (1 << 256) - 1
SIGN: Final = 1 << 255
STACK_MAX: Final = 1024

# Opcodes that a block may hold, by number: (name, gas, arguments). EIP-150 and later, Prague's gas.
_ARITHMETIC: Final[dict[int, tuple[str, int, int]]] = {
    0x01: ("({0} + {1}) & MASK", 3, 2),
    0x02: ("({0} * {1}) & MASK", 5, 2),
    0x03: ("({0} - {1}) & MASK", 3, 2),
    0x04: ("({0} // {1} if {1} else 0)", 5, 2),
    0x05: ("sdiv({0}, {1})", 5, 2),
    0x06: ("({0} % {1} if {1} else 0)", 5, 2),
    0x07: ("smod({0}, {1})", 5, 2),
    0x08: ("(({0} + {1}) % {2} if {2} else 0)", 8, 3),
    0x09: ("({0} * {1} % {2} if {2} else 0)", 8, 3),
    0x0B: ("signextend({0}, {1})", 5, 2),
    0x10: ("(1 if {0} < {1} else 0)", 3, 2),
    0x11: ("(1 if {0} > {1} else 0)", 3, 2),
    0x12: ("(1 if {0} ^ SIGN < {1} ^ SIGN else 0)", 3, 2),
    0x13: ("(1 if {0} ^ SIGN > {1} ^ SIGN else 0)", 3, 2),
    0x14: ("(1 if {0} == {1} else 0)", 3, 2),
    0x15: ("(0 if {0} else 1)", 3, 1),
    0x16: ("{0} & {1}", 3, 2),
    0x17: ("{0} | {1}", 3, 2),
    0x18: ("{0} ^ {1}", 3, 2),
    0x19: ("{0} ^ MASK", 3, 1),
    0x1A: ("(({1} >> (8 * (31 - {0}))) & 255 if {0} < 32 else 0)", 3, 2),
    0x1B: ("(({1} << {0}) & MASK if {0} < 256 else 0)", 3, 2),
    0x1C: ("({1} >> {0} if {0} < 256 else 0)", 3, 2),
    0x1D: ("sar({0}, {1})", 3, 2),
    0x33: ("from_bytes(C.msg.sender, 'big')", 2, 0),
    0x34: ("C.msg.value", 2, 0),
    0x35: ("from_bytes(D[{0}:{0} + 32].ljust(32, ZERO), 'big')", 3, 1),
    0x36: ("len(D)", 2, 0),
    0x3D: ("len(C.return_data)", 2, 0),
    0x59: ("len(M)", 2, 0),
}
_POP, _MLOAD, _MSTORE, _MSTORE8 = 0x50, 0x51, 0x52, 0x53
_JUMP, _JUMPI, _GAS, _JUMPDEST, _SHA3 = 0x56, 0x57, 0x5A, 0x5B, 0x20
_PUSH0, _PUSH32, _DUP1, _DUP16, _SWAP1, _SWAP16 = 0x5F, 0x7F, 0x80, 0x8F, 0x90, 0x9F
_OTHER_GAS: Final = {
    _POP: 2,
    _MLOAD: 3,
    _MSTORE: 3,
    _MSTORE8: 3,
    _JUMP: 8,
    _JUMPI: 10,
    _GAS: 2,
    _JUMPDEST: 1,
    _SHA3: 30,
}

Step = Callable[[list[int], bytearray, Any, bytes, Any], int]
"""Stack, memory, gas meter, call data, computation -> program counter of the next step."""


def sdiv(left: int, right: int) -> int:
    """Return the EVM's signed quotient of two words."""
    if not right:
        return 0
    a, b = (each - (1 << 256) if each & SIGN else each for each in (left, right))
    quotient = abs(a) // abs(b)
    return (quotient if (a < 0) == (b < 0) else -quotient) & MASK


def smod(left: int, right: int) -> int:
    """Return the EVM's signed remainder of two words; it has the sign of `left`."""
    if not right:
        return 0
    a, b = (each - (1 << 256) if each & SIGN else each for each in (left, right))
    remainder = abs(a) % abs(b)
    return (-remainder if a < 0 else remainder) & MASK


def signextend(size: int, value: int) -> int:
    """Return `value` with the sign of its byte number `size`, from the lowest, extended."""
    if size > 30:
        return value
    bit = 1 << (8 * size + 7)
    return value | (MASK ^ (bit - 1)) if value & bit else value & (bit - 1)


def sar(shift: int, value: int) -> int:
    """Return `value`, a signed word, shifted right."""
    signed = value - (1 << 256) if value & SIGN else value
    return (signed >> min(shift, 256)) & MASK


class Program:
    """One contract's code, translated as far as it has been run."""

    def __init__(
        self, code: bytes, delegate: Callable[[int, int], Step], names: Mapping[str, Any]
    ) -> None:
        """`delegate(pc, opcode)` gives a step for an opcode that is not translated; `names` are
        what generated code uses: from_bytes, keccak, grow and the failures."""
        self._code = code
        self._delegate = delegate
        self.jump_targets = frozenset(_jump_targets(code))
        self._names = {
            **names,
            "MASK": MASK,
            "SIGN": SIGN,
            "ZERO": b"\0",
            "J": self.jump_targets,
            "sdiv": sdiv,
            "smod": smod,
            "signextend": signextend,
            "sar": sar,
        }
        self.steps: dict[int, Step] = {}

    def step_at(self, pc: int) -> Step:
        """Translate what begins at `pc`, remember and return it."""
        opcode = self._code[pc] if pc < len(self._code) else 0
        step = self._delegate(pc, opcode) if not _is_translated(opcode) else self._block(pc)
        self.steps[pc] = step
        return step

    def _block(self, start: int) -> Step:
        source = _Block(self._code, start, self.jump_targets).source()
        scope: dict[str, Any] = {}
        exec(compile(source, f"<block {start}>", "exec"), self._names, scope)
        step: Step = scope["block"]
        return step


def _jump_targets(code: bytes) -> list[int]:
    """Return the positions of JUMPDESTs that are not data of a PUSH."""
    targets, pc = [], 0
    while pc < len(code):
        opcode = code[pc]
        if opcode == _JUMPDEST:
            targets.append(pc)
        pc += 1 + (opcode - _PUSH0 if _PUSH0 < opcode <= _PUSH32 else 0)
    return targets


def _is_translated(opcode: int) -> bool:
    return opcode in _ARITHMETIC or opcode in _OTHER_GAS or _PUSH0 <= opcode <= _SWAP16


class _Block:
    """Translates one block: keeps the stack's upper part as names, and writes it back at the end.

    Names: `i3` is the stack's third item from the top as the block found it, `t7` a value computed
    here; numbers stand for themselves.
    """

    def __init__(self, code: bytes, start: int, jump_targets: frozenset[int]) -> None:
        self._code = code
        self._start = start
        self._targets = jump_targets
        self._lines: list[str] = []
        self._stack: list[str] = []  # above the part of the old stack that was looked at
        self._depth = 0  # how far into the old stack we looked
        self._height_max = 0  # above the stack's height at the start
        self._gas = 0
        self._temporaries = 0

    def source(self) -> str:
        """Return the Python source of the function `block`."""
        end = self._translate()
        read = [f"    i{each} = S[-{each}]" for each in self._inputs_used(end)]
        head = [
            "def block(S, M, G, D, C):",
            f"    if not {self._depth} <= len(S) <= {STACK_MAX - self._height_max}:",
            f"        stack_fails({self._depth}, S)",
            f"    gas = G.gas_remaining - {self._gas}",
            "    if gas < 0:",
            "        gas_fails(G)",
            "    G.gas_remaining = gas",
        ]
        return "\n".join([*head, *read, *self._lines, *self._write_back(), *end]) + "\n"

    def _translate(self) -> list[str]:
        """Translate up to the block's end; return the lines that leave it."""
        pc = self._start
        while pc < len(self._code):
            opcode = self._code[pc]
            if not _is_translated(opcode) or (opcode == _JUMPDEST and pc != self._start):
                break
            after = pc + 1
            if opcode in _ARITHMETIC:
                expression, gas, count = _ARITHMETIC[opcode]
                self._gas += gas
                self._push(self._name(expression.format(*(self._pop() for _ in range(count)))))
            elif _PUSH0 <= opcode <= _PUSH32:
                after += opcode - _PUSH0
                data = self._code[pc + 1 : after].ljust(opcode - _PUSH0, b"\0")
                self._gas += 2 if opcode == _PUSH0 else 3
                self._push(str(int.from_bytes(data, "big")))
            elif _DUP1 <= opcode <= _DUP16:
                self._gas += 3
                self._look(opcode - _DUP1 + 1)
                self._push(self._stack[-(opcode - _DUP1 + 1)])
            elif _SWAP1 <= opcode <= _SWAP16:
                self._gas += 3
                place = opcode - _SWAP1 + 2
                self._look(place)
                stack = self._stack
                stack[-1], stack[-place] = stack[-place], stack[-1]
            else:
                self._gas += _OTHER_GAS[opcode]
                if opcode == _JUMP:
                    return self._jump(self._pop())
                if opcode == _JUMPI:
                    target, condition = self._pop(), self._pop()
                    stay = [f"    if not {condition}:", f"        return {after}"]
                    return [*stay, *self._jump(target)]
                self._other(opcode)
                if opcode == _GAS:  # what it pushed is exact only where the block's gas ends
                    return [f"    return {after}"]
            pc = after
        return [f"    return {pc}"]

    def _other(self, opcode: int) -> None:
        if opcode == _POP:
            self._pop()
        elif opcode == _MLOAD:
            at = self._touched(self._pop(), 32)
            self._push(self._name(f"from_bytes(M[{at}:{at} + 32], 'big')"))
        elif opcode == _MSTORE:
            at = self._touched(self._pop(), 32)
            self._line(f"M[{at}:{at} + 32] = {_parenthesized(self._pop())}.to_bytes(32, 'big')")
        elif opcode == _MSTORE8:
            at = self._touched(self._pop(), 1)
            self._line(f"M[{at}] = {self._pop()} & 255")
        elif opcode == _SHA3:
            at, size = self._pop(), self._pop()
            self._push(self._name(f"keccak(M, G, {at}, {size})"))
        elif opcode == _GAS:
            self._push(self._name("G.gas_remaining"))

    def _touched(self, at: str, size: int) -> str:
        """Make sure that memory reaches behind `at`; return `at`."""
        self._line(f"if {at} + {size} > len(M):")
        self._line(f"    grow(M, G, {at}, {size})")
        return at

    def _jump(self, target: str) -> list[str]:
        if target.isdigit():
            valid = int(target) in self._targets
            return [f"    return {target}" if valid else f"    jump_fails({target})"]
        return [
            f"    if {target} not in J:",
            f"        jump_fails({target})",
            f"    return {target}",
        ]

    # --- the stack of names ---

    def _line(self, text: str) -> None:
        self._lines.append("    " + text)

    def _name(self, expression: str) -> str:
        self._temporaries += 1
        name = f"t{self._temporaries}"
        self._line(f"{name} = {expression}")
        return name

    def _look(self, count: int) -> None:
        """Have at least `count` items as names."""
        while len(self._stack) < count:
            self._depth += 1
            self._stack.insert(0, f"i{self._depth}")

    def _pop(self) -> str:
        self._look(1)
        return self._stack.pop()

    def _push(self, name: str) -> None:
        self._stack.append(name)
        self._height_max = max(self._height_max, len(self._stack) - self._depth)

    def _changes(self) -> list[tuple[int, str]]:
        """Return (place from the old top, name) of what the old stack's items become."""
        kept = self._stack[: self._depth]
        return [
            (self._depth - at, name)
            for at, name in enumerate(kept)
            if name != f"i{self._depth - at}"
        ]

    def _inputs_used(self, end: list[str]) -> list[int]:
        text = "\n".join([*self._lines, *self._write_back(), *end])
        return sorted({int(each) for each in re.findall(r"\bi(\d+)\b", text)})

    def _write_back(self) -> list[str]:
        lines = [f"    S[-{place}] = {name}" for place, name in self._changes()]
        above = self._stack[self._depth :]
        if above:
            lines.append(
                f"    S.append({above[0]})" if len(above) == 1 else f"    S += ({', '.join(above)})"
            )
        elif len(self._stack) < self._depth:
            lines.append(f"    del S[-{self._depth - len(self._stack)}:]")
        return lines


def _parenthesized(name: str) -> str:
    """Return a number in brackets: 5.to_bytes is no Python."""
    return f"({name})" if name.isdigit() else name
