"""The node's connection to L1: one thread that asks, and the newest view of the venue.

`connect_l1` returns once L1 has answered everything that does not change, so what it returns is
whole.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

import structlog

from strikeproof.deployment import Deployment
from strikeproof.failure import Broken, Transient
from strikeproof.l1 import L1Client
from strikeproof.l1.inbox_lane import InboxLane
from strikeproof.sequencer.config import SequencerL1Section
from strikeproof.sequencer.l1.contract_abi import address_bytes, contract_abi
from strikeproof.sequencer.l1.inclusion_rules import InclusionRules
from strikeproof.sequencer.l1.l1_source import VenueContracts, VenueTerms
from strikeproof.sequencer.l1.l1_watcher import L1View, L1Watcher
from strikeproof.sequencer.l1.law_code import LawCode, read_law_code
from strikeproof.sequencer.l1.venue_mismatch import VenueMismatch
from strikeproof.sequencer.order.charge_rate import ChargeBucket, ChargeRates
from strikeproof.wire.errors import FailureCode

_log = structlog.get_logger("l1")
T = TypeVar("T")


class LawUnknown(Broken):
    """L1 switches to a law that this engine does not implement."""

    code = FailureCode.LAW_UNKNOWN

    def __init__(self, *, found: bytes, expected: bytes, from_ms: int) -> None:
        super().__init__(
            f"from {from_ms} ms on the law is 0x{found.hex()}, this release implements"
            f" 0x{expected.hex()}: run the release of that law"
        )
        self.found, self.expected, self.from_ms = found, expected, from_ms


@dataclass(slots=True)
class ConnectedL1:
    """An `L1Source` on a chain."""

    client: L1Client
    terms: VenueTerms
    contracts: VenueContracts
    law: LawCode
    rules: InclusionRules
    view: L1View
    """The venue as of the newest poll: immutable, replaced as a whole."""
    _watcher: L1Watcher
    _thread: ThreadPoolExecutor
    _inbox_confirmations: int
    takes_turns: bool = False
    """Whether other nodes of the venue may post too."""

    async def in_thread(self, function: Callable[..., T], *arguments: Any) -> T:
        """Run a function in the L1 thread: everything that waits for L1 runs there."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, function, *arguments)

    async def poll(self) -> L1View:
        """Read up to the head, and return the new view."""
        self.view = await self.in_thread(self._watcher.poll)
        return self.view

    def close(self) -> None:
        """Let what is under way in the thread end. May be called twice."""
        self._thread.shutdown()

    @property
    def inbox_length(self) -> int:
        """Return how many messages the inbox holds."""
        return len(self.view.state.messages)

    def messages_from(self, lane: InboxLane, index: int) -> Sequence[bytes]:
        """Return the messages of a lane from an index on that are deep enough."""
        deepest = self.view.head.number - self._inbox_confirmations
        found = []
        for each in self.view.state.queue(lane)[index:]:
            if each.block_number > deepest:
                break
            found.append(each.message)
        return found

    def law_at(self, time_ms: int) -> bytes:
        """Return the id of the law of a batch whose header has this time. Raises `LawUnknown`."""
        law_id = self.view.law_at(time_ms)
        if law_id != self.law.law_id:
            raise LawUnknown(found=law_id, expected=self.law.law_id, from_ms=time_ms)
        return law_id


async def connect_l1(
    section: SequencerL1Section,
    deployment: Deployment,
    sequencer: bytes,
    *,
    takes_turns: bool = False,
) -> ConnectedL1:
    """Return the connection. `sequencer`: the address that this node orders and posts as, now or,
    if it `takes_turns`, once it has taken over.

    Waits up to `start_seconds` while L1 is out of reach. Raises `VenueMismatch`, `WrongChain`, and
    what reading L1 raises.
    """
    thread = ThreadPoolExecutor(1, thread_name_prefix="l1")
    client = section.client()
    watcher = L1Watcher(
        client,
        address_bytes(deployment.rollup),
        address_bytes(deployment.inbox),
        deployment.first_block,
        section.blocks_per_query,
    )
    loop = asyncio.get_running_loop()
    deadline = loop.time() + section.start_seconds
    try:
        while True:
            try:
                facts = await loop.run_in_executor(
                    thread, _read, client, watcher, deployment, sequencer, takes_turns
                )
                break
            except Transient as error:
                _log.warning("l1_unavailable", reason=str(error))
                if loop.time() > deadline:
                    raise
                await asyncio.sleep(section.poll_seconds)
    except BaseException:
        thread.shutdown()
        raise
    return ConnectedL1(client, *facts, watcher, thread, section.inbox_confirmations, takes_turns)


def _read(
    client: L1Client,
    watcher: L1Watcher,
    deployment: Deployment,
    sequencer: bytes,
    takes_turns: bool,
) -> tuple[VenueTerms, VenueContracts, LawCode, InclusionRules, L1View]:
    """Return what the venue is: terms, contracts, law, what L1 takes, first view."""
    client.check_chain(deployment.chain_id)
    abi, rollup = contract_abi("Rollup"), address_bytes(deployment.rollup)
    if not client.code(rollup):
        raise VenueMismatch("code of the Rollup", found=b"", expected=rollup)

    def ask(name: str, *given: Any) -> Any:
        return client.read(rollup, abi.call(name, *given), lambda data: abi.answer(name, data))

    view = watcher.poll()
    domain, expected = ask("domainSeparator"), address_bytes(deployment.domain_separator)
    if domain != expected:
        raise VenueMismatch("domain separator", found=domain, expected=expected)
    if takes_turns:
        if not ask("isSequencerKey", "0x" + sequencer.hex()):
            raise VenueMismatch("key of the sequencer's account", found=b"", expected=sequencer)
    elif view.state.sequencer != sequencer:
        raise VenueMismatch("sequencer", found=view.state.sequencer, expected=sequencer)
    terms = VenueTerms(
        deployment.chain_id,
        rollup,
        domain,
        address_bytes(deployment.genesis_batch_hash),
        view.state.sequencer_epoch,
        ChargeRates(
            ChargeBucket(ask("orderedRate"), ask("orderedBurst")),
            ChargeBucket(ask("inboxRate"), ask("inboxBurst")),
        ),
    )
    contracts = VenueContracts(
        vault=address_bytes(deployment.vault),
        inbox=address_bytes(deployment.inbox),
        promises=address_bytes(deployment.promises),
        token=address_bytes(deployment.token),
    )
    law = read_law_code(client, deployment)
    rules = InclusionRules(
        ask("maxLagSeconds") * 1000,
        ask("forceInclusionSeconds") * 1000,
        terms.rates.inbox,
        takes_turns,
    )
    return terms, contracts, law, rules, view
