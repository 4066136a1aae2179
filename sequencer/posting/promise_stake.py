"""The stake behind the node's receipts: read at each new head, topped up within its limit.

Whoever holds a broken receipt is paid of it (docs/protocol/receipts.md). Synchronous: runs in the
L1 thread.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import structlog

from strikeproof.l1 import Block
from strikeproof.l1.attempts import FAILED, Attempts
from strikeproof.l1.gas_estimate import call_gas_bound
from strikeproof.sequencer.posting.contract_sender import STAKE_SLOTS, ContractSender
from strikeproof.sequencer.posting.standing_alarms import StandingAlarms

STAKE_PURPOSE: Final = "stake on receipts"
"""What the intents of stakes are named after: each has a name of its own."""

_log = structlog.get_logger("poster")


@dataclass(frozen=True, slots=True)
class StakeTerms:
    """What the node keeps staked."""

    needed_wei: int
    """0: it stakes nothing."""
    wei_max: int
    """Most that may become its stake, over all deposits."""


@dataclass(frozen=True, slots=True)
class StakeFacts:
    """A key's stake as of a block."""

    amount_wei: int
    needed_wei: int
    unlock_seconds: int
    """L1 time from which on the key can take it back; 0: not announced."""


class PromiseStake:
    """Keeps the stake of the node's key."""

    def __init__(self, promises: ContractSender, terms: StakeTerms, alarms: StandingAlarms) -> None:
        self._promises, self._terms, self._alarms = promises, terms, alarms
        self._head = b""
        self.facts: StakeFacts | None = None
        """As last read; None: not read, because this node stakes nothing."""

    def keep(self, head: Block) -> None:
        """Read the stake at a new head; add what is missing, if it may be added.

        A stake that its key has announced to take back is not added to. Raises what reading and
        sending raise.
        """
        if not self._terms.needed_wei or head.hash == self._head:
            return
        sender = self._promises.sender
        deposits = self._promises.attempts(STAKE_PURPOSE)
        self.facts = facts = self._read(head)
        self._head = head.hash
        if any((each.block_number or 0) > head.number for each in deposits):
            return  # a deposit that this view does not show yet
        missing = facts.needed_wei - facts.amount_wei
        under_way = Attempts(tuple(each.status for each in deposits)).in_flight
        sent_wei = sum(each.value_wei for each in deposits if each.status not in FAILED)
        may = not facts.unlock_seconds and sent_wei + missing <= self._terms.wei_max
        if missing > 0 and not under_way and may:
            if any(map(sender.reopen_if_replaced, deposits)):
                self._head = b""  # L1 took a deposit back: it is sent again, not a second one
                return
            address = "0x" + sender.address.hex()
            data = self._promises.abi.call("topUpStake", address, facts.amount_wei)
            bound = call_gas_bound(data, STAKE_SLOTS)
            self._promises.send(STAKE_PURPOSE, data, bound, missing)
            _log.info("staked", wei=missing, needed_wei=facts.needed_wei)
        fields = None
        if missing > 0 and not under_way and not may:
            fields = {
                "stake_wei": facts.amount_wei,
                "needed_wei": facts.needed_wei,
                "unlock_seconds": facts.unlock_seconds,
            }
        self._alarms.judge("stake_missing", fields)

    def _read(self, head: Block) -> StakeFacts:
        abi, sender = self._promises.abi, self._promises.sender
        amount, unlock = self._promises.client.read(
            self._promises.address,
            abi.call("stakeOf", "0x" + sender.address.hex()),
            lambda data: abi.answer("stakeOf", data),
            head.number,
        )
        return StakeFacts(int(amount), self._terms.needed_wei, int(unlock))
