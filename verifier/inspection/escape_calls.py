"""The calls by which a frozen venue is left, with proofs from our own state.

Source: docs/protocol/leaving.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, NamedTuple

from strikeproof.keccak import keccak256
from strikeproof.verifier.derivation.logged_batch import decode_batch
from strikeproof.verifier.exit_code import NotFound
from strikeproof.verifier.inspection.venue_calls import VenueCall, VenueCalls
from strikeproof.verifier.state.genesis import GLOBAL_KEY
from strikeproof.verifier.state.multiproof import prove
from strikeproof.verifier.state.record_list import pack_records
from strikeproof.verifier.state.static_list import list_commitment
from strikeproof.verifier.wiring import VerifierParts
from strikeproof.wire.constants import KEY_ID_BITS, MESSAGE_RING, MessageKind
from strikeproof.wire.layout import (
    ACCOUNT_KIND,
    ACCOUNT_POSITION_WORDS,
    ACCOUNT_WORDS,
    INSTRUMENT_KIND,
    MARK_KIND,
    UNDERLYING_KIND,
    unpack_account,
    unpack_account_position,
    unpack_global,
    unpack_mark,
)
from strikeproof.wire.operations import MESSAGE_HEAD_BYTES

PRICED_AT_ONCE: Final = 8
"""Instruments of one transaction: some 1.2 million gas."""
_SENDER: Final = slice(1, 21)
_COUNT: Final = 2  # of an account's fields: how many entries follow
_INSTRUMENT, _SIZE = 0, 3  # of an entry's


class CreditFacts(NamedTuple):
    """A guarantor's money that stands with an account."""

    limit_micro_usd: int
    guarantor: int


NO_CREDIT: Final = CreditFacts(0, 0)


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """An account of the state that is paid by."""

    number: int
    owner: bytes
    collateral_micro_usd: int
    withdrawn_micro_usd: int
    positions: tuple[tuple[int, int], ...] = ()
    """Instruments and lots, below zero if short; deleveraging that is pending is not in them."""
    credit: CreditFacts = NO_CREDIT


class EscapeCalls:
    """Builds the calls for the state after one batch, which must be the last final one."""

    def __init__(self, parts: VerifierParts, calls: VenueCalls, number: int) -> None:
        """`number`: of the claim; 0 is the genesis. Raises `NotFound` if it was not executed."""
        self._parts, self._calls, self.number = parts, calls, number
        self._position = 0
        if number:
            segments = parts.store.segments_of(number)
            roots = parts.executor.roots_of(number)
            if not segments or roots is None:
                raise NotFound(f"batch {number} is not executed to its end yet", batch=number)
            self._position = segments[-1].position + 1

    @contextmanager
    def state(self) -> Iterator[None]:
        """Inside, the parts' state is the one that is paid by. Raises `Forgotten`."""
        with self._parts.state.rewound(self._position):
            yield

    @property
    def inbox_end(self) -> int:
        """Messages below it were seen by that state."""
        row = self._parts.store.batch(self.number) if self.number else None
        return decode_batch(row.data).header.inbox_end if row is not None else 0

    def _proof(self, keys: Iterable[int]) -> tuple[bytes, bytes]:
        """Return records and their proof; call inside `state`."""
        wanted = sorted(set(keys))
        records = [(key, self._parts.state.record(key)) for key in wanted]
        return pack_records(records), prove(self._parts.state.forest, wanted)

    def open(self) -> VenueCall:
        """Return the call that fixes the state; call inside `state`."""
        row = self._parts.store.batch(self.number) if self.number else None
        header, segments = b"", bytes(32)
        if row is not None:
            batch = decode_batch(row.data)
            header, segments = batch.header_bytes, list_commitment(batch.segments)
        proof = self._proof([GLOBAL_KEY])
        return self._calls.call("open the escape", "Escape", "open", header, segments, *proof)

    def freeze_insolvent(self) -> VenueCall:
        """Return the call that shows that this state owes more than the Vault has; call inside
        `state`."""
        proof = self._proof([GLOBAL_KEY])
        arguments = (self.number, *proof)
        return self._calls.call("freeze by proof", "Escape", "freezeInsolvent", *arguments)

    def instrument_count(self) -> int:
        """Return how many instruments there are; call inside `state`."""
        return int(unpack_global(self._parts.state.record(GLOBAL_KEY))[4]) - 1

    def prices(self, instruments: Iterable[int]) -> list[VenueCall]:
        """Return the calls that price these instruments; call inside `state`."""
        wanted, found = list(instruments), []
        for start in range(0, len(wanted), PRICED_AT_ONCE):
            some = wanted[start : start + PRICED_AT_ONCE]
            keys: list[int] = []
            for instrument in some:
                mark = self._parts.state.record(_key(MARK_KIND, instrument))
                keys += [_key(MARK_KIND, instrument), _key(INSTRUMENT_KIND, instrument)]
                keys.append(_key(UNDERLYING_KIND, unpack_mark(mark)[2]))
            name = f"price instruments {some[0]} to {some[-1]}"
            found.append(self._calls.call(name, "Escape", "price", *self._proof(keys)))
        return found

    def accounts(self) -> list[AccountFacts]:
        """Return every account; call inside `state`."""
        count = int(unpack_global(self._parts.state.record(GLOBAL_KEY))[2]) - 1
        return [self.account(number) for number in range(1, count + 1)]

    def account(self, number: int) -> AccountFacts:
        """Return an account; call inside `state`. Raises `NotFound`."""
        key = _key(ACCOUNT_KIND, number)
        record = self._parts.state.record(key) if self._parts.state.forest.fits(key) else b""
        if not record:
            raise NotFound(f"account {number} is not in the final state", account=number)
        fields = unpack_account(record)
        owner = fields[1].to_bytes(20, "big")
        credit = CreditFacts(fields[12], fields[13])
        return AccountFacts(number, owner, fields[7], fields[8], positions_of(record), credit)

    def claim_credit(self, number: int, guarantor: int) -> VenueCall:
        """Return the call that proves what is left of an account's credit: it is its guarantor's;
        call inside `state`."""
        proof = self._proof([_key(ACCOUNT_KIND, number), _key(ACCOUNT_KIND, guarantor)])
        name = f"claim the credit of account {number}"
        return self._calls.call(name, "Escape", "claimCredit", number, *proof)

    def claim(self, number: int) -> VenueCall:
        """Return the call that proves an account; call inside `state`. Raises `NotFound`."""
        self.account(number)
        proof = self._proof([_key(ACCOUNT_KIND, number)])
        return self._calls.call(f"claim account {number}", "Escape", "claim", *proof)

    def withdraw(self, name: str, number: int, recipient: bytes | None) -> VenueCall:
        """Return the call by which a running venue pays an account; call inside `state`.

        `recipient`: named by the owner, who alone can send the call then; None: the owner.
        """
        proof = self._proof([_key(ACCOUNT_KIND, number)])
        if recipient is None:
            return self._calls.call(name, "Vault", "withdraw", self.number, *proof)
        return self._calls.call(name, "Vault", "withdrawTo", recipient, self.number, *proof)

    def deposits(self) -> dict[int, bytes]:
        """Return who sent the deposits that no final state has seen, by message."""
        store = self._parts.store
        rows = store.messages(self.inbox_end, store.message_count())
        return {
            row.number: row.content[_SENDER]
            for row in rows
            if row.content[0] in (MessageKind.DEPOSIT, MessageKind.PAY_IN)
            and len(row.content) > MESSAGE_HEAD_BYTES
        }

    def refund(self, index: int) -> VenueCall:
        """Return the call that proves a deposit.

        The Inbox remembers the hash behind it, unless it was flooded since: then the hashes of the
        messages in between lead on to one that it remembers.
        """
        store, calls = self._parts.store, self._calls
        before = store.messages(index - 1, index)[0].rolling if index else bytes(32)
        remembered = store.message_count() - MESSAGE_RING + 1
        content, *between = store.messages(index, max(index + 1, remembered))
        following = [keccak256(row.content) for row in between]
        name = f"refund message {index}"
        return calls.call(name, "Escape", "refund", index, content.content, before, following)


def positions_of(record: bytes) -> tuple[tuple[int, int], ...]:
    """Return instruments and lots of an account's record, of entries that hold any."""
    start, step = 32 * ACCOUNT_WORDS, 32 * ACCOUNT_POSITION_WORDS
    places = range(start, start + step * unpack_account(record)[_COUNT], step)
    entries = [unpack_account_position(record, at) for at in places]
    return tuple((each[_INSTRUMENT], each[_SIZE]) for each in entries if each[_SIZE])


def _key(kind: int, number: int) -> int:
    return (kind << KEY_ID_BITS) | number
