"""Translated code against py-evm's interpreter: same success, output, gas and questions asked."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from verifier.evm import HOST_ADDRESS, Machine

ADDRESS = b"\x11" * 20
OTHER = b"\x22" * 20
MASK = (1 << 256) - 1
GAS = 200_000

EDGES = [0, 1, 2, 31, 32, 33, 255, 256, 257, 2**64, 2**128, 2**255 - 1, 2**255, 2**255 + 1, MASK]
WORDS = st.one_of(st.sampled_from(EDGES), st.integers(0, MASK), st.integers(0, 300))


class Recorder:
    """A host that answers with a hash-like echo and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[bytes] = []

    def answer(self, data: bytes) -> bytes | None:
        self.asked.append(data)
        return None if data[:1] == b"\xff" else data[::-1] + b"answer"

    def is_choice(self, data: bytes) -> bool:
        return False

    def choose_again(self) -> bool:
        return False


def push(value: int) -> bytes:
    data = value.to_bytes((value.bit_length() + 7) // 8, "big")
    return bytes([0x5F + len(data)]) + data


def same(code: bytes, data: bytes = b"", gas: int = GAS):
    """Run code in both interpreters; return the outcome, which must be one."""
    contracts = {ADDRESS: code, OTHER: bytes.fromhex("36600060003760206000f3")}
    hosts = Recorder(), Recorder()
    plain = Machine(contracts).run(ADDRESS, data, hosts[0], gas=gas)
    translated = Machine(contracts, translated=True).run(ADDRESS, data, hosts[1], gas=gas)
    assert (plain.succeeded, plain.output, plain.gas_used) == (
        translated.succeeded,
        translated.output,
        translated.gas_used,
    ), f"{code.hex()} {data.hex()} {gas}"
    assert hosts[0].asked == hosts[1].asked
    return plain


RETURN_ALL = bytes.fromhex("59600090f3")  # MSIZE PUSH1 0 SWAP1 RETURN


BINARY = [1, 2, 3, 4, 5, 6, 7, 0xB, 0x10, 0x11, 0x12, 0x13, 0x14, 0x16, 0x17, 0x18, 0x1A, 0x1B]
BINARY += [0x1C, 0x1D]


@pytest.mark.parametrize("opcode", BINARY)
@pytest.mark.parametrize("constant", [True, False])
def test_binary_operations_at_all_edges(opcode, constant):
    """Constants and values from the call data take different ways through the translation."""
    for right in EDGES:
        parts, data = [], b""
        for at, left in enumerate(EDGES):
            if constant:
                parts.append(push(right) + push(left))
            else:
                data += right.to_bytes(32, "big") + left.to_bytes(32, "big")
                parts.append(push(64 * at) + b"\x35" + push(64 * at + 32) + b"\x35")
            parts.append(bytes([opcode]) + push(32 * at) + b"\x52")
        assert same(b"".join(parts) + RETURN_ALL, data).succeeded


@pytest.mark.parametrize("opcode", [0x08, 0x09])
@given(st.tuples(WORDS, WORDS, WORDS))
def test_modular_operations(opcode, words):
    same(b"".join(push(each) for each in words) + bytes([opcode]) + b"\x5f\x52" + RETURN_ALL)


@pytest.mark.parametrize("opcode", [0x15, 0x19])
def test_unary_operations(opcode):
    for value in EDGES:
        same(push(value) + bytes([opcode]) + b"\x5f\x52" + RETURN_ALL)


SIMPLE = [
    *BINARY,
    8,
    9,
    0xA,
    0x15,
    0x19,
    0x33,
    0x34,
    0x36,
    0x3D,
    0x58,
    0x59,
    0x5A,
    0x50,
    0x30,
    0x38,
]
SIMPLE += [*range(0x80, 0x90), *range(0x90, 0xA0), 0x5B, 0x20, 0x51, 0x52, 0x53, 0x35, 0x37, 0x5E]


@st.composite
def programs(draw) -> bytes:
    """Random straight code, jumps over parts of it, calls, and ends of every kind."""
    parts = [push(draw(WORDS)) for _ in range(draw(st.integers(0, 18)))]
    for _ in range(draw(st.integers(1, 40))):
        choice = draw(st.integers(0, 11))
        if choice < 3:
            parts.append(push(draw(WORDS)))
        elif choice < 4:  # memory at a small place
            parts.append(
                push(draw(st.integers(0, 200))) + draw(st.sampled_from([b"\x51", b"\x52"]))
            )
        elif choice < 5:
            at = sum(map(len, parts))
            skipped = draw(st.sampled_from([b"", b"\x5b", b"\x01", b"\x60\x5b"]))
            jump = draw(st.sampled_from([b"\x56", b"\x57"]))
            condition = push(draw(st.integers(0, 1))) if jump == b"\x57" else b""
            # PUSH2 target, then the jump, what it skips, and the target.
            target = at + len(condition) + 3 + 1 + len(skipped) - draw(st.integers(0, 12)) // 12
            parts.append(condition + b"\x61" + target.to_bytes(2, "big") + jump + skipped + b"\x5b")
        elif choice < 6:
            to = draw(st.sampled_from([HOST_ADDRESS, OTHER, bytes(19) + b"\4", bytes(19) + b"\2"]))
            size = push(draw(st.integers(0, 70)))
            gas = draw(st.sampled_from([b"\x5a", push(3_000), push(0)]))
            parts.append(size + push(3) + size + push(5) + b"\x73" + to + gas + b"\xfa")
        else:
            parts.append(bytes([draw(st.sampled_from(SIMPLE))]))
    end = draw(
        st.sampled_from([b"", b"\0", RETURN_ALL, b"\x59\x5f\xfd", b"\xfe", b"\x56", b"\x60"])
    )
    return b"".join(parts) + end


@settings(max_examples=400)
@given(programs(), st.binary(max_size=80), st.sampled_from([GAS, 3_000, 300, 60]))
def test_random_programs_end_the_same(code, data, gas):
    same(code, data, gas)


@settings(max_examples=200)
@given(st.binary(min_size=1, max_size=60), st.binary(max_size=40))
def test_random_bytes_end_the_same(code, data):
    same(code, data)


def test_stack_limits_are_those_of_the_evm():
    assert same(push(1) * 1024 + b"\0").succeeded
    assert not same(push(1) * 1025 + b"\0").succeeded
    assert not same(push(1) * 1024 + b"\x80\0").succeeded
    for opcode in (0x01, 0x50, 0x51, 0x80, 0x90, 0x9F, 0xFA):
        assert not same(bytes([opcode])).succeeded


def test_loop_with_every_gas_limit_ends_the_same():
    # PUSH1 9; JUMPDEST PUSH1 1 SWAP1 SUB DUP1 DUP1 MSTORE DUP1 PUSH1 2 JUMPI; return memory
    code = bytes.fromhex("60095b60019003808052806002579059600090f3")
    for gas in range(0, 900, 7):
        same(code, gas=gas)


def test_jump_into_push_data_fails():
    same(bytes.fromhex("6004566000605b00"))
    assert not same(bytes.fromhex("6004566060 5b00".replace(" ", ""))).succeeded
