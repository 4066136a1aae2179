"""What venues write to L1's storage: new slots and rewritten ones, and what both would cost after
the announced repricing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from strikeproof.bench.dispute_l1 import DisputeChain, Done

NEW_SLOT_GAS: Final = 22_100  # EIP-2200 and 2929: set, cold
WRITE_GAS: Final = 5_000  # changed, cold
NEW_SLOT_REPRICED_GAS: Final = 98_000 + 10_000  # state gas, and the write
WRITE_REPRICED_GAS: Final = 10_000

Slot = tuple[bytes, int]


@dataclass(slots=True)
class StorageWrites:
    """Slots whose value a transaction changed: before and after."""

    changed: dict[Slot, tuple[int, int]] = field(default_factory=dict)

    def note(self, slot: Slot, before: int, after: int) -> None:
        """Take one SSTORE."""
        first = self.changed[slot][0] if slot in self.changed else before
        self.changed[slot] = (first, after)

    @property
    def new_slots(self) -> int:
        """Return how many slots were empty and no longer are."""
        return sum(not before and after != 0 for before, after in self.changed.values())

    @property
    def rewritten(self) -> int:
        """Return how many slots held something and hold something else."""
        return sum(before != 0 and before != after for before, after in self.changed.values())

    def repriced(self, gas: int) -> int:
        """Return what `gas` becomes when slots cost what is announced."""
        new = self.new_slots * (NEW_SLOT_REPRICED_GAS - NEW_SLOT_GAS)
        return gas + new + self.rewritten * (WRITE_REPRICED_GAS - WRITE_GAS)

    def figures(self, name: str, done: Done) -> dict[str, int]:
        """Return the figures of one transaction."""
        return {
            f"{name}_gas": done.gas_used,
            f"{name}_repriced_gas": self.repriced(done.gas_used),
            f"{name}_new_slots": self.new_slots,
        }


@contextmanager
def recorded(l1: DisputeChain) -> Iterator[StorageWrites]:
    """Record what is written while the block of the context is mined."""
    state_class = type(l1.chain.state_at(l1.chain.head_number))
    original, writes = state_class.set_storage, StorageWrites()

    def set_storage(state: Any, address: bytes, slot: int, value: int) -> None:
        writes.note((bytes(address), slot), state.get_storage(address, slot), value)
        original(state, address, slot, value)

    state_class.set_storage = set_storage
    try:
        yield writes
    finally:
        state_class.set_storage = original


def fill(l1: DisputeChain, values: Mapping[Slot, int]) -> None:
    """Give slots values, as an earlier lap of a ring left them, without a transaction."""
    l1.chain.mine(l1.time + 1)
    chain, number = l1.chain, l1.chain.head_number
    state = chain.state_at(number)
    for (address, slot), value in values.items():
        state.set_storage(address, slot, value)
    state.persist()
    header = chain.header(number).copy(state_root=state.state_root)
    chain._chain.chaindb.persist_header(header)
    del chain._numbers[bytes(chain.header(number).hash)]
    chain._headers[number] = header
    chain._numbers[bytes(header.hash)] = number
