"""Reading L1 through endpoints that must agree.

An answer counts when `agreement` endpoints give the same one; by default all of them must. A
lagging endpoint holds the head back, a lying or forked one stops reading with `Disagreement`, an
empty answer differs from a full one. Dissent that a smaller agreement outvotes is reported in
`dissent`, and who is down or disagrees in `health`.

Whoever must go on reading rather than be sure, as a sequencer, tolerates silence: all endpoints
that answer must agree, one is enough, and one that failed is left alone for a while.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from typing import TypeVar

import structlog

from strikeproof.keccak import keccak256
from strikeproof.l1.endpoint import Endpoint
from strikeproof.l1.endpoint_health import EndpointHealth
from strikeproof.l1.l1_failure import (
    BroadcastRefused,
    CallReverted,
    Disagreement,
    EndpointFailed,
    L1Unavailable,
    WrongChain,
)
from strikeproof.l1.l1_values import Block, Log, TransactionReceipt

A = TypeVar("A", bound=Hashable)
T = TypeVar("T", bound=Hashable)

_log = structlog.get_logger("l1")

LAG_BLOCKS_MAX = 8  # behind the newest head that was agreed on; more, and a node still syncs

# Answers of nodes that hold the transaction already.
_ALREADY_KNOWN = ("already known", "already imported", "alreadyknown", "known transaction")


class L1Client:
    """L1 as `endpoints` agree to see it. Methods raise `L1Unavailable` or `Disagreement`."""

    def __init__(
        self,
        endpoints: Sequence[Endpoint],
        *,
        agreement: int | None = None,
        tolerates_silence: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`agreement`: how many endpoints must give the same answer; None means all, or with
        `tolerates_silence` all that answer, and one at least. `clock`: seconds."""
        if not endpoints:
            raise ValueError("no L1 endpoint")
        self.endpoints = tuple(endpoints)
        self.agreement = len(endpoints) if agreement is None else agreement
        if not 1 <= self.agreement <= len(endpoints):
            raise ValueError(f"agreement {self.agreement} of {len(endpoints)} endpoints")
        self.configured, self.agreement_needed = self.endpoints, self.agreement
        """As constructed; `endpoints` and `agreement` may be narrowed."""
        self._all_that_answer = agreement is None and tolerates_silence
        self._tolerates_silence = tolerates_silence
        self.health = EndpointHealth([each.name for each in endpoints], clock)
        self.dissent: Counter[str] = Counter()
        """How often each endpoint failed or was outvoted."""
        self._head_greatest = 0

    @classmethod
    def connect(
        cls,
        urls: Sequence[str],
        *,
        agreement: int | None = None,
        tolerates_silence: bool = False,
        timeout_seconds: float = 20.0,
    ) -> L1Client:
        """Return a client of the nodes at these URLs; nothing is asked yet."""
        endpoints = [Endpoint.connect(each, timeout_seconds=timeout_seconds) for each in urls]
        return cls(endpoints, agreement=agreement, tolerates_silence=tolerates_silence)

    # --- narrowing ---

    @property
    def is_narrowed(self) -> bool:
        """Return whether only one of the endpoints is read."""
        return self.agreement < self.agreement_needed

    def heads(self) -> list[tuple[Endpoint, int]]:
        """Return the configured endpoints that answer, with their heads, the highest first."""
        heads: list[tuple[Endpoint, int]] = []
        for endpoint in self.configured:
            try:
                heads.append((endpoint, endpoint.head_number()))
            except EndpointFailed as error:
                self._failed(error)
        return sorted(heads, key=lambda each: -each[1])

    def narrow_to(self, endpoint: Endpoint) -> None:
        """Read from this endpoint alone, until `widen`. For when the others are unreachable."""
        self.endpoints, self.agreement = (endpoint,), 1

    def widen(self) -> None:
        """Read from all configured endpoints again."""
        self.endpoints, self.agreement = self.configured, self.agreement_needed

    # --- reading ---

    def check_chain(self, chain_id: int) -> None:
        """Raise `WrongChain` if any endpoint that answers serves another chain."""
        for endpoint in self.endpoints:
            try:
                found = endpoint.chain_id()
            except EndpointFailed as error:
                self._failed(error)
                continue
            if found != chain_id:
                raise WrongChain(endpoint.name, found=found, expected=chain_id)

    def chain_id(self) -> int:
        """Return the chain id."""
        return self._agreed("chain id", lambda each: each.chain_id())

    def head(self) -> Block:
        """Return the newest block that enough endpoints know, all with the same hash."""
        heads, reasons = self._answers(lambda each: each.head_number())
        heads = self._without_syncing(heads)
        needed = self._needed(len(heads))
        if len(heads) < needed:
            raise L1Unavailable("head", len(heads), needed, reasons)
        block = self.block(sorted(heads.values(), reverse=True)[needed - 1])
        self._head_greatest = max(self._head_greatest, block.number)
        return block

    def lag_blocks(self) -> dict[str, int | None]:
        """Return of each endpoint how many blocks it is behind the newest; None: no answer."""
        heads: dict[str, int | None] = {}
        for endpoint in self.endpoints:
            try:
                heads[endpoint.name] = endpoint.head_number()
            except EndpointFailed:
                heads[endpoint.name] = None
        newest = max((each for each in heads.values() if each is not None), default=0)
        return {name: None if at is None else newest - at for name, at in heads.items()}

    def block(self, number: int) -> Block:
        """Return the block of this number."""

        def ask(endpoint: Endpoint) -> Block:
            block = endpoint.block(number)
            if block is None or block.number != number:
                raise EndpointFailed(endpoint.name, "eth_getBlockByNumber", f"no block {number}")
            return block

        return self._agreed(f"block {number}", ask)

    def logs(
        self,
        addresses: Sequence[bytes],
        first: int,
        last: int,
        check: Callable[[Log], object] = lambda _: None,
    ) -> list[Log]:
        """Return all events of the contracts in blocks first to last, both included, in order.

        What `check` raises of a log means that its endpoint answered nonsense.
        """

        def ask(endpoint: Endpoint) -> tuple[Log, ...]:
            found = tuple(endpoint.logs(addresses, first, last))
            for log in found:
                if log.address not in addresses or not first <= log.block_number <= last:
                    raise EndpointFailed(endpoint.name, "eth_getLogs", "a log nobody asked for")
                endpoint.parsed("eth_getLogs", check, log)
            return found

        return list(self._agreed(f"logs of blocks {first} to {last}", ask))

    def code(self, address: bytes, number: int | str = "latest") -> bytes:
        """Return the runtime code at `address`."""
        return self._agreed(f"code of 0x{address.hex()}", lambda each: each.code(address, number))

    def call(
        self,
        to: bytes,
        data: bytes,
        *,
        sender: bytes | None = None,
        gas: int | None = None,
        number: int | str = "latest",
    ) -> bytes:
        """Return what the contract answers. Raises `CallReverted` where enough endpoints do."""

        def ask(endpoint: Endpoint) -> tuple[bool, bytes]:
            try:
                return True, endpoint.call(to, data, sender=sender, gas=gas, number=number)
            except CallReverted as reverted:
                return False, reverted.data

        succeeded, answer = self._agreed(f"call of 0x{to.hex()}", ask)
        if not succeeded:
            raise CallReverted(answer)
        return answer

    def read(
        self, to: bytes, data: bytes, parse: Callable[[bytes], T], number: int | str = "latest"
    ) -> T:
        """Return what a getter answers, parsed. A getter that reverts, or whose answer `parse`
        cannot read, is its endpoint's failure: it never reverts on the chain that we follow."""

        def ask(endpoint: Endpoint) -> T:
            try:
                answer = endpoint.call(to, data, number=number)
            except CallReverted:
                raise EndpointFailed(endpoint.name, "eth_call", "a getter reverts") from None
            return endpoint.parsed("eth_call", parse, answer)

        return self._agreed(f"getter of 0x{to.hex()}", ask)

    def balance_wei(self, address: bytes) -> int:
        """Return the newest balance, the least that an endpoint knows."""
        return self._least("balance", lambda each: each.balance_wei(address))

    def transaction_count(self, address: bytes, number: int) -> int:
        """Return the nonce of the next transaction after the block of this number."""
        return self._agreed(
            f"transaction count at block {number}",
            lambda each: each.transaction_count(address, number),
        )

    def receipt(self, transaction_hash: bytes) -> TransactionReceipt | None:
        """Return the receipt that enough endpoints hold, or None."""
        answers, reasons = self._answers(lambda each: each.receipt(transaction_hash))
        needed = self._needed(len(answers))
        if len(answers) < needed:
            raise L1Unavailable("receipt", len(answers), needed, reasons)
        votes = Counter(each for each in answers.values() if each is not None)
        found = votes.most_common(1)
        return found[0][0] if found and found[0][1] >= needed else None

    # --- sending ---

    def broadcast(self, raw: bytes) -> bytes:
        """Hand a signed transaction to every endpoint; return its hash once one has taken it.

        A node that holds it already has taken it. Raises `BroadcastRefused` if all refuse, and
        `L1Unavailable` if none answers.
        """
        transaction_hash = keccak256(raw)
        refused: dict[str, str] = {}
        taken = False
        for endpoint in self.configured:
            try:
                endpoint.broadcast(raw)
                taken = True
            except EndpointFailed as error:
                if any(each in error.reason.lower() for each in _ALREADY_KNOWN):
                    taken = True
                else:
                    refused[endpoint.name] = error.reason
        if taken:
            return transaction_hash
        raise BroadcastRefused(refused)

    # --- agreement ---

    def awake(self) -> Sequence[Endpoint]:
        """Return the endpoints that are worth asking now: all, unless silence is tolerated."""
        if not self._tolerates_silence:
            return self.endpoints
        awake = [each for each in self.endpoints if not self.health.rests(each.name)]
        return awake if len(awake) >= self._needed(0) else self.endpoints

    def _without_syncing(self, heads: dict[str, int]) -> dict[str, int]:
        """Return the heads without those far behind what was agreed on, if silence is tolerated:
        a node that came back and still syncs is as good as down. Note who holds the others back.
        """
        newest = max(heads.values(), default=0)
        for name, head in heads.items():
            if newest - head > LAG_BLOCKS_MAX:
                self.health.disagreed(name, f"{newest - head} blocks behind")
        least = self._head_greatest - LAG_BLOCKS_MAX
        if not self._all_that_answer or newest < least:
            return heads
        for name in [name for name, head in heads.items() if head < least]:
            self._failed(EndpointFailed(name, "eth_blockNumber", f"behind block {least}"))
            del heads[name]
        return heads

    def _needed(self, answered: int) -> int:
        return max(1, answered) if self._all_that_answer else self.agreement

    def _failed(self, error: EndpointFailed) -> None:
        self.dissent[error.endpoint] += 1
        self.health.failed(error.endpoint, str(error))
        _log.warning("endpoint_failed", endpoint=error.endpoint, reason=error.reason)

    def _answers(self, ask: Callable[[Endpoint], T]) -> tuple[dict[str, T], list[str]]:
        """Return the answers by endpoint, and why the other endpoints gave none."""
        answers: dict[str, T] = {}
        reasons: list[str] = []
        for endpoint in self.awake():
            try:
                answers[endpoint.name] = ask(endpoint)
            except EndpointFailed as error:
                self._failed(error)
                reasons.append(str(error))
            else:
                self.health.answered(endpoint.name)
        return answers, reasons

    def _least(self, what: str, ask: Callable[[Endpoint], int]) -> int:
        answers, reasons = self._answers(ask)
        needed = self._needed(len(answers))
        if len(answers) < needed:
            raise L1Unavailable(what, len(answers), needed, reasons)
        return min(answers.values())

    def _agreed(self, what: str, ask: Callable[[Endpoint], A]) -> A:
        answers, reasons = self._answers(ask)
        needed = self._needed(len(answers))
        votes = Counter(answers.values())
        if votes:
            answer, count = votes.most_common(1)[0]
            if count >= needed:
                for name in (name for name, each in answers.items() if each != answer):
                    self.dissent[name] += 1
                    self.health.disagreed(name, what)
                    _log.warning("endpoint_outvoted", endpoint=name, what=what)
                return answer
        if len(votes) > 1:
            for name in answers:
                self.health.disagreed(name, what)
            raise Disagreement(what, {name: _brief(each) for name, each in answers.items()})
        raise L1Unavailable(what, len(answers), needed, reasons)


def _brief(answer: object) -> str:
    """Return a short text by which two different answers can be distinguished."""
    if isinstance(answer, Block):
        return "0x" + answer.hash.hex()[:16]
    if isinstance(answer, tuple) and answer and isinstance(answer[0], Log):
        return f"{len(answer)} logs, last of block 0x{answer[-1].block_hash.hex()[:16]}"
    if isinstance(answer, bytes):
        return f"{len(answer)} bytes, hash 0x{keccak256(answer).hex()[:16]}"
    return repr(answer)[:80]
