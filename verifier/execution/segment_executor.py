"""Re-execution: one segment through the law's own bytecode, over records that we hold.

The law asks for the records it needs and for advice; what it asked for is the segment's witness.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from strikeproof.verifier.execution.advice import OwnOrder, candidate_slots, likely_places
from strikeproof.verifier.execution.deployed_law import DeployedLaw
from strikeproof.verifier.execution.law_call import (
    ADVISE_SELECTOR,
    LOAD_SELECTOR,
    LawFailed,
    LawResult,
    execute_call,
    pack_advice,
    read_result,
)
from strikeproof.verifier.execution.py_evm import Machine, Silence
from strikeproof.verifier.state.book_index import BookIndex, Side, order_place, price_rank
from strikeproof.verifier.state.forest import id_of, kind_of
from strikeproof.verifier.state.record_list import (
    pack_records,
)
from strikeproof.wire.constants import ORDER_SLOT_BITS
from strikeproof.wire.layout import ORDER_KIND

_SLOT_MASK: Final = (1 << ORDER_SLOT_BITS) - 1

RecordAt = Callable[[int], bytes]
"""Returns the record of a key now; empty if there is none."""


@dataclass(frozen=True, slots=True)
class SegmentExecution:
    """What the law made of a segment, and what it needed for that."""

    touched: Mapping[int, bytes]
    """Every record that it asked for, as it was before; empty: absent."""
    advice: Sequence[int]
    changed: Mapping[int, bytes]
    results: bytes
    compute_weight: int
    witness_weight: int
    is_void: bool
    """Whether it passed its declaration: then `touched` and `advice` are what the law read until it
    noticed, and nothing changed but the clock."""
    gas_used: int
    guesses_wrong: int
    by_reference: bool = True
    """Whether py-evm did it."""


class LawExecutor(Protocol):
    """Runs segments on one law, in one EVM or another."""

    def execute(self, segment: bytes, record_at: RecordAt, books: BookIndex) -> SegmentExecution:
        """Return what follows from `segment`, the law's input, on these records."""


class SegmentExecutor:
    """Runs segments on one law in py-evm."""

    def __init__(self, law: DeployedLaw) -> None:
        self._law = law
        self._machine = Machine(law.contracts)

    def execute(self, segment: bytes, record_at: RecordAt, books: BookIndex) -> SegmentExecution:
        """Return what follows from `segment`, the law's input, on these records.

        Raises `LawFailed` if the law reverts: it never should, once its questions are answered.
        """
        host = _Records(record_at, books)
        contract = self._law.contract_of(segment)
        outcome = self._machine.run(contract, execute_call(segment), host)
        if not outcome.succeeded:
            reason = outcome.error or "failure"
            raise LawFailed(f"the law failed with {reason} 0x{outcome.output.hex()[:64]}")
        result = read_result(outcome.output)
        check_counts(result, host.loaded, host.advice)
        return SegmentExecution(
            touched=dict(sorted(host.loaded.items())),
            advice=tuple(host.advice),
            changed=result.changed,
            results=result.results,
            compute_weight=result.compute_weight,
            witness_weight=result.witness_weight,
            is_void=result.is_void,
            gas_used=outcome.gas_used,
            guesses_wrong=host.guesses_wrong,
        )

    def execute_witness(
        self, segment: bytes, records: Mapping[int, bytes], advice: Sequence[int]
    ) -> LawResult | None:
        """Return what the law makes of a complete witness, as on L1; None if it reverts."""
        call = execute_call(segment, pack_records(sorted(records.items())), pack_advice(advice))
        outcome = self._machine.run(self._law.contract_of(segment), call, Silence())
        return read_result(outcome.output) if outcome.succeeded else None


def check_counts(result: LawResult, touched: Mapping[int, bytes], advice: Sequence[int]) -> None:
    """Raise `LawFailed` unless the law counted as we did: else no witness of ours would do."""
    counts = (result.touched_count, result.advice_used)
    ours = (1, 0) if result.is_void else (len(touched), len(advice))
    if counts != ours:
        raise LawFailed(
            f"the law touched {counts[0]} records and used {counts[1]} pieces of advice: {ours}"
        )
    strange = [key for key in result.changed if key not in touched]
    if strange:
        raise LawFailed(f"the law changed records that it never asked for: {strange[:3]}")


class _Records:
    """The host of one run: answers `load` and `advise`, and remembers what was asked."""

    def __init__(self, record_at: RecordAt, books: BookIndex) -> None:
        self.loaded: dict[int, bytes] = {}
        self.advice: list[int] = []
        self.guesses_wrong = 0
        self._record_at = record_at
        self._books = books
        self._inserted: dict[Side, list[OwnOrder]] = {}
        """By side, orders that this segment put there."""
        self._candidates: Iterator[int] = iter(())
        self._loaded_at_choice = 0
        self._next: int | None = None

    def answer(self, data: bytes) -> bytes | None:
        """Answer the law's two questions; any other call fails."""
        selector = data[:4]
        if selector == LOAD_SELECTOR and len(data) >= 36:
            key = int.from_bytes(data[4:36], "big")
            record = self._record_at(key)
            self.loaded[key] = record
            return record
        if selector == ADVISE_SELECTOR and len(data) >= 100:
            instrument, sell, price = (
                int.from_bytes(data[at : at + 32], "big") for at in (4, 36, 68)
            )
            return self._advise((instrument, bool(sell)), price).to_bytes(32, "big")
        return None

    def is_choice(self, data: bytes) -> bool:
        """Return whether this is a question for advice."""
        return data[:4] == ADVISE_SELECTOR

    def choose_again(self) -> bool:
        """Take back the latest advice for the next candidate; False if there is none."""
        self._next = next(self._candidates, None)
        if self._next is None:
            return False
        self.guesses_wrong += 1
        for key in list(self.loaded)[self._loaded_at_choice :]:
            del self.loaded[key]
        return True

    def _advise(self, side: Side, price: int) -> int:
        if self._next is not None:
            slot, self._next = self._next, None
            self.advice[-1] = slot
            return slot
        rank = price_rank(price, side[1])
        fresh = self._fresh_slots(side[0])
        self._candidates = self._places(side, rank, fresh)
        self._loaded_at_choice = len(self.loaded)
        slot = next(self._candidates)
        self.advice.append(slot)
        if fresh:
            # The law reads the slot that it gives an order before it asks where the order belongs.
            self._inserted.setdefault(side, []).append((rank, fresh[0]))
        return slot

    def _fresh_slots(self, instrument: int) -> list[int]:
        """Return the slots of the instrument that this segment may have filled, latest first."""
        return [
            id_of(key) & _SLOT_MASK
            for key, record in reversed(self.loaded.items())
            if kind_of(key) == ORDER_KIND
            and id_of(key) >> ORDER_SLOT_BITS == instrument
            and order_place(key, record) is None
        ]

    def _places(self, side: Side, rank: int, fresh: list[int]) -> Iterator[int]:
        """Yield predecessor slots, most likely first, without repeats."""
        touched = [
            id_of(key) & _SLOT_MASK
            for key in reversed(self.loaded)
            if kind_of(key) == ORDER_KIND and id_of(key) >> ORDER_SLOT_BITS == side[0]
        ]
        likely = likely_places(self._books, side, rank, self._inserted.get(side, ()))
        return candidate_slots(likely, [*fresh, *touched])
