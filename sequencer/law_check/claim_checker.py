"""Follows the sealed batches record by record, and has the law execute segments of them.

A segment passes if the law, given the records before it and our advice, touches exactly the records
that we say, and changes them exactly as we do.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from strikeproof.sequencer.batch.batch_bytes import Batch
from strikeproof.sequencer.batch.batch_store import StoredBatch
from strikeproof.sequencer.batch.segment_step import (
    SegmentStep,
    decode_records,
    decode_steps,
    encode_records,
)
from strikeproof.sequencer.core.family import messages_input, ordered_input
from strikeproof.sequencer.law_check.law_evm import LawCallFailed, LawEvm
from strikeproof.wire.constants import PPM

SLOT_BYTES = 4


class ClaimWouldBeLost(Exception):
    """The law does not do with a segment what we say it does."""

    def __init__(self, batch: int, segment: int, reason: str) -> None:
        super().__init__(f"batch {batch}, segment {segment}: {reason}")
        self.batch, self.segment, self.reason = batch, segment, reason


class ClaimChecker:
    """The state after batch `batch`, and the law."""

    def __init__(
        self,
        law_of: Callable[[bytes], LawEvm],
        batch: int,
        records: dict[int, bytes],
        check_ppm: int,
        chance: random.Random,
    ) -> None:
        """`law_of`: the law of an id. `chance` chooses the sample: nobody should foresee it."""
        self.batch = batch
        self._law_of = law_of
        self._records = records
        self._check_ppm = check_ppm
        self._chance = chance
        self.on_segment: Callable[[], None] = lambda: None
        """Called after each segment: a batch may take minutes."""

    def skip(self, batch: StoredBatch) -> None:
        """Follow a batch without a check."""
        for step in decode_steps(batch.steps):
            self._records.update(decode_records(step.changed))
        self.batch = batch.number

    def check(self, batch: StoredBatch) -> None:
        """Follow a batch; the law executes a sample of it. Raises `ClaimWouldBeLost`."""
        assert batch.number == self.batch + 1, (batch.number, self.batch)
        decoded = Batch.decode(batch.data)
        segments = iter(decoded.segments)
        law = self._law_of(decoded.header.law_id)
        for number, step in enumerate(decode_steps(batch.steps)):
            if step.messages:
                data = messages_input(step.messages, batch.time_ms)
            else:
                data = ordered_input(next(segments), batch.time_ms)
            if self._chance.randrange(PPM) < self._check_ppm:
                self._run(law, batch.number, number, data, step)
            self._records.update(decode_records(step.changed))
            self.on_segment()
        self.batch = batch.number

    def _run(self, law: LawEvm, batch: int, number: int, data: bytes, step: SegmentStep) -> None:
        records = encode_records((key, self._records.get(key, b"")) for key in step.touched)
        advice = b"".join(slot.to_bytes(SLOT_BYTES, "big") for slot in step.advice)
        try:
            result = law.execute(data, records, advice)
        except LawCallFailed as error:
            raise ClaimWouldBeLost(batch, number, str(error)) from None
        if result.changed != step.changed:
            raise ClaimWouldBeLost(batch, number, _difference(result.changed, step.changed))
        if result.touched_count != len(step.touched) or result.advice_used != len(step.advice):
            raise ClaimWouldBeLost(
                batch,
                number,
                f"the law touches {result.touched_count} records and uses {result.advice_used}"
                f" advice, we {len(step.touched)} and {len(step.advice)}",
            )


def _difference(law: bytes, ours: bytes) -> str:
    """Return the first record on which law and engine differ."""
    laws, our = dict(decode_records(law)), dict(decode_records(ours))
    for key in sorted(laws.keys() | our.keys()):
        if laws.get(key) != our.get(key):
            return (
                f"record {key:#018x}: the law says 0x{laws.get(key, b'').hex()},"
                f" we say 0x{our.get(key, b'').hex()}"
            )
    return "the same records in another order"
