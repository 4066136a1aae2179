"""Sending transactions: one owner of a key's nonces, fees that rise, receipts followed.

`submit` decides a nonce, signs, writes both to disk and broadcasts. `poll`, called now and then,
does the rest: broadcasts again after a restart, raises both EIP-1559 fees of a stuck transaction,
finds receipts, notices when a reorganization takes one back, when a transaction that is not ours
took a nonce of ours, and when L1 misses a nonce below all of ours. The queue is bounded by
`pending_max`.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import structlog
from eth_utils.address import to_checksum_address

from strikeproof.keccak import keccak256
from strikeproof.keystore import Signer
from strikeproof.l1.client import L1Client
from strikeproof.l1.fee_policy import Bidding, FeePolicy
from strikeproof.l1.intent import SETTLED, Attempt, Intent, IntentContent, IntentStatus, IntentStore
from strikeproof.l1.l1_failure import (
    BroadcastRefused,
    Disagreement,
    IntentConflict,
    L1Unavailable,
    SendQueueFull,
)
from strikeproof.l1.l1_values import Block, TransactionReceipt
from strikeproof.l1.nonce_gap import NonceGap
from strikeproof.l1.stable_answer import StableAnswer

TRANSACTION_GAS_MAX = 2**24  # EIP-7825
GAP_FILLED_MAX = 16  # nonces
KEPT_BLOCKS = 1_024  # for which a settled transaction can be sent again, if L1 forgets it
FORGET_EVERY_BLOCKS = 64
FILLER_NAME = "fill nonce "
FILLER_GAS = 100_000  # a plain transfer, several times over; what is left is refunded
USE_BLOCKS = 3  # new ones in which a nonce of ours stays used by a transaction that is not ours
REBROADCAST_SECONDS = 5.0  # nodes forget; a restart and a reorganization make them

_log = structlog.get_logger("l1")


class TransactionSender:
    """Sends for one key. Safe to call from several threads; one process at a time."""

    def __init__(
        self,
        client: L1Client,
        signer: Signer,
        store: Path,
        *,
        chain_id: int,
        policy: FeePolicy | None = None,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Open the store. `clock`: seconds since the epoch. Raises `StoreTaken`, `StoreMismatch`,
        and what reading L1 raises."""
        genesis = client.block(0).hash.hex()
        identity = f"chain {chain_id} genesis 0x{genesis} address 0x{signer.address.hex()}"
        self._client = client
        self._signer = signer
        self._chain_id = chain_id
        self._policy = policy or FeePolicy()
        self._clock, self._sleep = clock, sleep
        self._mutex = threading.RLock()
        self._missing: dict[int, StableAnswer] = {}
        """Intents whose nonce is used without a receipt of ours."""
        self._ahead: StableAnswer | None = None
        """That L1 counts transactions which this sender has not sent."""
        self._ahead_count = 0
        """The least that L1 has counted since."""
        self._broadcast_at: dict[int, float] = {}
        self._block_hashes: dict[int, bytes] = {}
        """Read in this poll: most intents share their block with others."""
        self._gap = NonceGap()
        self._bidding = Bidding(self._policy.bump_after_blocks)
        self._forgotten_at = 0
        """The head's number when old transactions were last forgotten."""
        self._store = IntentStore(store, identity)
        self.raise_alarm: Callable[..., object] = lambda name, **fields: _log.error(
            name, alarm=True, **fields
        )
        """Called with the name of an alarm and its fields; a node may put its own way here."""

    @property
    def address(self) -> bytes:
        """Return the 20 bytes that send."""
        return self._signer.address

    @property
    def at_fee_cap(self) -> bool:
        """Return whether the lowest pending nonce would be offered more if it might."""
        return self._bidding.at_cap

    @property
    def policy(self) -> FeePolicy:
        """Return what is paid."""
        return self._policy

    def close(self) -> None:
        """Release the store."""
        with self._mutex:
            self._store.close()

    def submit(
        self, name: str, recipient: bytes, data: bytes, *, gas: int, value_wei: int = 0
    ) -> Intent:
        """Sign, record and broadcast; return the intent. The same name again returns the same
        intent, unless it failed or was lost: then it is tried again.

        Raises `IntentConflict` if the name stands for other content, `SendQueueFull`,
        `Disagreement` while L1 counts more transactions than were sent here and has not done so
        for some blocks, and what reading L1 raises. A failed broadcast is not an error: `poll`
        repeats it.
        """
        assert gas <= TRANSACTION_GAS_MAX, f"{gas} gas for {name}"
        with self._mutex:
            known = self._store.find(name)
            if known and known.status not in (IntentStatus.FAILED, IntentStatus.LOST):
                content = (known.recipient, known.data, known.value_wei)
                if not known.is_forgotten and content != (recipient, data, value_wei):
                    raise IntentConflict(name)
                return known
            if len(self.pending()) >= self._policy.pending_max:
                raise SendQueueFull(self._policy.pending_max)
            head = self._client.head()
            nonce = self._next_nonce(head)
            intent = self._store.add(name, nonce, IntentContent(recipient, data, value_wei, gas))
            self._attempt(intent, head)
            return intent

    def find(self, name: str) -> Intent | None:
        """Return the newest intent of this name as last seen, or None."""
        with self._mutex:
            return self._store.find(name)

    def pending(self) -> list[Intent]:
        """Return the intents in no block yet, by nonce."""
        with self._mutex:
            return self._store.pending()

    def reopen_after(self, block: int) -> None:
        """Follow the settled intents of later blocks again, after a reorganization so deep."""
        with self._mutex:
            self._store.reopen_after(block)

    def reopen_if_replaced(self, intent: Intent) -> bool:
        """Follow a settled intent again if its block is no longer L1's; return whether so."""
        number = intent.block_number
        if intent.status not in SETTLED or number is None or number > self._client.head().number:
            return False
        if self._client.block(number).hash == intent.block_hash:
            return False
        _log.error("settled_transaction_reorganized", intent=intent.name, nonce=intent.nonce)
        self.reopen_after(number - 1)
        return True

    def give_up(self, intents: Sequence[Intent]) -> None:
        """Let nothing happen at the nonces of pending intents that L1 would revert: transfers of
        nothing outbid them. They count as lost; nothing else ever has their nonces."""
        with self._mutex:
            head = self._client.head()
            for intent in intents:
                self._store.set_status(intent, IntentStatus.LOST)
                self._fill([intent.nonce], head)

    def oldest_pending_seconds(self) -> float:
        """Return the age of the oldest signed transaction that is in no block; 0 without one."""
        with self._mutex:
            pending = self._store.pending()
            signed = [self._store.attempts(each)[:1] for each in pending]
            return max((self._clock() - each[0].signed_at for each in signed if each), default=0.0)

    def poll(self) -> list[Intent]:
        """Follow every unsettled intent once; return those whose status changed."""
        with self._mutex:
            if self._store.nonce_greatest() is None:
                return []
            head = self._client.head()
            count = self._client.transaction_count(self.address, head.number)
            self._note_count(head, count)
            self._block_hashes = {head.number: head.hash}
            for lost in self._store.settled_from(count):
                # A reorganization deeper than `confirmations`: the nonce must not become a gap.
                _log.error("settled_transaction_reorganized", intent=lost.name, nonce=lost.nonce)
                self._store.set_status(lost, IntentStatus.PENDING)
                self._broadcast_at.pop(lost.id, None)
            self._close_gap(head, count)
            self._forget(head)
            pending = self._pending_from(count)
            self._bidding.note(head, pending[0].nonce if pending else None)
            changed = []
            for intent in self._store.unsettled():
                after = self._follow(intent, head, count)
                if after.status is not intent.status:
                    _log.info(
                        "transaction_" + after.status.value,
                        intent=after.name,
                        nonce=after.nonce,
                        block=after.block_number,
                        gas_used=after.gas_used,
                    )
                    changed.append(after)
            return changed

    def wait(
        self,
        name: str,
        *,
        timeout_seconds: float,
        poll_seconds: float = 0.5,
        stop: Callable[[], bool] = lambda: False,
    ) -> Intent:
        """Poll until the intent is in a block or lost; return it. Raises TimeoutError."""
        deadline = self._clock() + timeout_seconds
        while True:
            self.poll()
            intent = self.find(name)
            if intent is None:
                raise KeyError(name)
            if intent.status is not IntentStatus.PENDING:
                return intent
            if self._clock() >= deadline or stop():
                raise TimeoutError(f"{name} is in no block after {timeout_seconds} s")
            self._sleep(poll_seconds)

    def submit_when_clear(
        self,
        name: str,
        recipient: bytes,
        data: bytes,
        *,
        gas: int,
        value_wei: int = 0,
        timeout_seconds: float,
    ) -> Intent:
        """Submit, if need be once it is clear which nonce is next: for commands.

        Raises what `submit` raises, and TimeoutError.
        """
        deadline = self._clock() + timeout_seconds
        while True:
            try:
                return self.submit(name, recipient, data, gas=gas, value_wei=value_wei)
            except Disagreement:
                if self._clock() >= deadline:
                    raise TimeoutError(f"{name}: L1's count of transactions is not ours") from None
                self._sleep(0.5)

    def submit_and_wait(
        self,
        name: str,
        recipient: bytes,
        data: bytes,
        *,
        gas: int,
        value_wei: int = 0,
        timeout_seconds: float,
        poll_seconds: float = 0.5,
    ) -> Intent:
        """Submit when it is clear, then `wait`. Raises what both raise."""
        deadline = self._clock() + timeout_seconds
        self.submit_when_clear(
            name, recipient, data, gas=gas, value_wei=value_wei, timeout_seconds=timeout_seconds
        )
        left = deadline - self._clock()
        return self.wait(name, timeout_seconds=left, poll_seconds=poll_seconds)

    # --- nonces ---

    def _next_nonce(self, head: Block) -> int:
        """Return the nonce after all that this sender has signed, unless others have sent more."""
        count = self._client.transaction_count(self.address, head.number)
        ours = self._next_of_ours(count)
        if ours is None:
            return count
        is_believed = self._note_count(head, count)
        if count > ours and not is_believed:
            # A nonce that nobody has reached yet would leave a gap below itself.
            counts = {"L1": str(count), "what was sent here": str(ours)}
            raise Disagreement("transaction count", counts)
        return max(self._ahead_count, ours) if is_believed else ours

    def _next_of_ours(self, count: int) -> int | None:
        """Return the nonce after the last that we hold, None without any."""
        greatest = self._store.nonce_greatest()
        if greatest is None:
            return None
        ours = greatest + 1
        while ours < count and self._store.is_abandoned(ours):
            ours += 1  # what was given up there has landed
        return ours

    def _note_count(self, head: Block, count: int) -> bool:
        """Return whether L1 has counted more than we have sent for so long that it is believed."""
        ours = self._next_of_ours(count)
        if ours is None or count <= ours:
            self._ahead = None
            return False
        if self._ahead is None:
            self._ahead, self._ahead_count = StableAnswer(USE_BLOCKS), count
        self._ahead_count = min(self._ahead_count, count)
        return self._ahead.again(head)

    def _forget(self, head: Block) -> None:
        """Now and then free what old transactions would be sent again with: a store must not grow
        with all that was ever posted."""
        if not 0 <= head.number - self._forgotten_at < FORGET_EVERY_BLOCKS:
            self._store.forget_before(head.number - KEPT_BLOCKS)
            self._forgotten_at = head.number

    def _pending_from(self, count: int) -> list[Intent]:
        """Return the intents that are in no block and can still land, by nonce."""
        return [each for each in self._store.pending() if each.nonce >= count]

    def _close_gap(self, head: Block, count: int) -> None:
        """Close a gap below all that is pending: a count was once answered too high, and nothing
        of ours would ever land.

        A gap that is small, or smaller than what is pending, is filled with transfers of zero value
        to ourselves: intents that are signed again would get each other's old nonces, at which old
        attempts can land too. Below a larger gap they reach none of those, and are signed again.
        Nonces that stood for something of ours, lost or given up before L1 forgot the blocks that
        used them, are filled in any case: whatever was signed there may land yet.
        """
        unsettled = [each for each in self._store.unsettled() if each.nonce >= count]
        # What is in a block has used its nonce, whatever an endpoint has just counted.
        lowest = unsettled[0].nonce if unsettled and not unsettled[0].in_block else None
        if not self._gap.persists(head, count, lowest) or lowest is None:
            return
        pending = self._pending_from(count)
        self.raise_alarm("nonce_gap", missing=count, lowest=lowest, pending=len(pending))
        missing, ours = range(count, lowest), self._store.nonces_signed(count, lowest)
        if len(missing) - len(ours) <= max(GAP_FILLED_MAX, len(pending)):
            self._fill(missing, head)
        else:
            free = itertools.filterfalse(ours.__contains__, missing)
            moves = list(zip(pending, free, strict=False))
            self._fill((each for each in sorted(ours) if each < moves[-1][1]), head)
            for intent, nonce in moves:
                self._attempt(self._store.move(intent, nonce), head)
            # The nonces may be reached one day: then nothing must happen there a second time.
            self._fill((each.nonce for each in pending), head, IntentStatus.ABANDONED)

    def _fill(
        self, nonces: Iterable[int], head: Block, status: IntentStatus = IntentStatus.PENDING
    ) -> None:
        """Send ourselves transfers of zero value, which outbid whatever was signed for a nonce."""
        nothing = IntentContent(self.address, b"", 0, FILLER_GAS)
        for nonce in nonces:
            filler = self._store.add(f"{FILLER_NAME}{nonce}", nonce, nothing, status)
            self._attempt(filler, head)

    def _attempt(self, intent: Intent, head: Block) -> None:
        """Sign and broadcast, outbidding what we have ever signed for this nonce."""
        rivals = self._store.attempts_at(intent.nonce)
        rival = max(rivals, key=lambda each: each.max_fee_wei, default=None)
        max_fee, priority = self._policy.fees(head.base_fee_wei, rival)
        raw = self._signer.sign_transaction(
            {
                "type": 2,
                "chainId": self._chain_id,
                "nonce": intent.nonce,
                "to": to_checksum_address(intent.recipient),
                "data": intent.data,
                "value": intent.value_wei,
                "gas": intent.gas,
                "maxFeePerGas": max_fee,
                "maxPriorityFeePerGas": priority,
            }
        )
        attempt = Attempt(
            keccak256(raw), raw, intent.nonce, max_fee, priority, self._clock(), head.number
        )
        self._store.add_attempt(intent, attempt)
        _log.info(
            "transaction_signed",
            intent=intent.name,
            nonce=intent.nonce,
            hash="0x" + attempt.hash.hex(),
            max_fee_wei=max_fee,
            calldata_bytes=len(intent.data),
        )
        self._broadcast(intent, raw)

    def _broadcast(self, intent: Intent, raw: bytes) -> None:
        self._broadcast_at[intent.id] = self._clock()
        try:
            self._client.broadcast(raw)
        except BroadcastRefused as refused:
            _log.warning(
                "broadcast_refused", intent=intent.name, nonce=intent.nonce, reasons=refused.reasons
            )

    # --- following ---

    def _follow(self, intent: Intent, head: Block, count: int) -> Intent:
        try:
            if intent.in_block and self._rests(intent, head):
                return intent
            attempts = self._store.attempts(intent)
            receipt = self._receipt(attempts, head)
        except (L1Unavailable, Disagreement):
            return intent  # unknown is not absent
        if receipt is not None:
            self._missing.pop(intent.id, None)
            return self._settle(intent, receipt, head)
        if intent.in_block:
            _log.warning("transaction_reorganized", intent=intent.name, block=intent.block_number)
            intent = self._store.set_status(intent, IntentStatus.PENDING)
            self._broadcast_at.pop(intent.id, None)
        if count > intent.nonce:
            return self._nonce_used(intent, head)
        self._missing.pop(intent.id, None)
        self._push(intent, attempts, head)
        return intent

    def _rests(self, intent: Intent, head: Block) -> bool:
        """Whether an intent's block is L1's still, and not deep enough: its receipt says nothing
        new."""
        number = intent.block_number
        if number is None or not 0 <= head.number - number < self._policy.confirmations:
            return False
        if number not in self._block_hashes:
            self._block_hashes[number] = self._client.block(number).hash
        return self._block_hashes[number] == intent.block_hash

    def _receipt(self, attempts: list[Attempt], head: Block) -> TransactionReceipt | None:
        """Return the receipt of whichever attempt is in a block of the agreed chain."""
        for attempt in reversed(attempts):
            receipt = self._client.receipt(attempt.hash)
            if receipt is None or receipt.block_number > head.number:
                continue
            if self._client.block(receipt.block_number).hash == receipt.block_hash:
                return receipt
        return None

    def _settle(self, intent: Intent, receipt: TransactionReceipt, head: Block) -> Intent:
        deep = head.number - receipt.block_number >= self._policy.confirmations
        if receipt.succeeded:
            status = IntentStatus.FINAL if deep else IntentStatus.INCLUDED
        else:
            status = IntentStatus.FAILED if deep else IntentStatus.REVERTED
        if (intent.status, intent.block_hash) == (status, receipt.block_hash):
            return intent
        return self._store.set_status(intent, status, receipt)

    def _nonce_used(self, intent: Intent, head: Block) -> Intent:
        """The nonce is used and no receipt is ours: lost, once several blocks have said so.

        A few polls may have met an endpoint whose receipts lag its account states, or that counts
        wrongly.
        """
        if not self._missing.setdefault(intent.id, StableAnswer(USE_BLOCKS)).again(head):
            return intent
        if not intent.name.startswith(FILLER_NAME):  # else what it outbid was quicker
            _log.error("nonce_taken_by_another", intent=intent.name, nonce=intent.nonce)
        del self._missing[intent.id]
        return self._store.set_status(intent, IntentStatus.LOST)

    def _push(self, intent: Intent, attempts: list[Attempt], head: Block) -> None:
        """Broadcast a pending intent again, with higher fees if blocks go by without it."""
        if not attempts:  # killed between intent and signature
            self._attempt(intent, head)
            return
        newest = attempts[-1]
        if self._bidding.is_for(intent.nonce) and self._bidding.is_due(newest, head):
            max_fee, priority = self._policy.fees(head.base_fee_wei, newest)
            if max_fee >= newest.max_fee_wei * 9 // 8 and priority > newest.priority_fee_wei:
                self._attempt(intent, head)
                return
            if not self._bidding.at_cap:
                self._bidding.at_cap = True
                offered = newest.max_fee_wei
                self.raise_alarm("fee_cap_reached", intent=intent.name, max_fee_wei=offered)
        if self._clock() - self._broadcast_at.get(intent.id, 0.0) >= REBROADCAST_SECONDS:
            self._broadcast(intent, newest.raw)
