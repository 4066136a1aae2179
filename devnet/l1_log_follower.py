"""Follows what L1's contracts say and writes it on the status. Reads logs only, trusts nobody else.

The devnet's L1 does not reorganize by itself: a block is read once.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any, Final

from eth_typing import BlockNumber
from web3 import Web3
from web3.contract import Contract
from web3.types import EventData

from strikeproof.deployment import Deployment
from strikeproof.devnet.venue_status import BatchStatus, ClaimStatus, EventLevel, VenueStatus
from strikeproof.wire.operations import HEADER_BYTES

POLL_SECONDS: Final = 0.4
MICRO_USD: Final = 10**6
WEI: Final = 10**18
_ROLLUP_EVENTS: Final = (
    "BatchPosted",
    "ClaimPosted",
    "ClaimDeleted",
    "Slashed",
    "Committed",
    "Rewarded",
    "RewardReserved",
)
_VAULT_EVENTS: Final = ("Deposited", "Withdrawn")


@dataclass(frozen=True, slots=True)
class Page:
    """What L1 added since the last look."""

    block: int
    time: int
    events: list[EventData]


class L1LogFollower:
    """Polls L1 and updates the status."""

    def __init__(
        self, web3: Web3, deployment: Deployment, status: VenueStatus, names: dict[str, str]
    ) -> None:
        """`names`: of addresses, for people."""
        self._web3 = web3
        self._status = status
        self._names = names
        self._rollup = deployment.contract(web3, "Rollup")
        self._vault = deployment.contract(web3, "Vault")
        self._next = deployment.first_block
        self._by_topic = {
            **_topics(self._rollup, _ROLLUP_EVENTS),
            **_topics(self._vault, _VAULT_EVENTS),
        }
        self.withdrawn: dict[int, int] = {}
        """What the Vault paid, by account, in micro-USD."""

    async def run(self) -> None:
        """Follow until cancelled."""
        while True:
            page = await asyncio.to_thread(self._read)
            self._apply(page)
            await asyncio.sleep(POLL_SECONDS)

    def _read(self) -> Page:
        head = self._web3.eth.get_block("latest")
        number = int(head["number"])
        events: list[EventData] = []
        if number >= self._next:
            logs = self._web3.eth.get_logs(
                {
                    "fromBlock": BlockNumber(self._next),
                    "toBlock": BlockNumber(number),
                    "address": [self._rollup.address, self._vault.address],
                }
            )
            for log in logs:
                event = self._by_topic.get(bytes(log["topics"][0]))
                if event is not None:
                    events.append(event.process_log(log))
            self._next = number + 1
        return Page(number, int(head["timestamp"]), events)

    def _apply(self, page: Page) -> None:
        status = self._status
        status.l1_block, status.l1_time = page.block, page.time
        for event in page.events:
            getattr(self, "_on_" + event["event"])(event["args"])
        while (following := status.claims.get(status.claims_final + 1)) is not None:
            if following.deadline >= page.time:
                break
            status.claims_final += 1

    def _name(self, address: str) -> str:
        return self._names.get(address, address[:10] + "…")

    # --- events ---

    def _on_BatchPosted(self, args: Any) -> None:
        data = bytes(args["data"])
        segments = int.from_bytes(data[HEADER_BYTES - 2 : HEADER_BYTES], "big")
        number = int(args["number"])
        self._status.batches[number] = BatchStatus(number, self._status.now, segments, len(data))
        self._status.note("batch", f"batch {number} posted: {segments} segments, {len(data)} bytes")

    def _on_ClaimPosted(self, args: Any) -> None:
        status, number = self._status, int(args["number"])
        roots = tuple(bytes(root) for root in args["roots"])
        status.claims[number] = ClaimStatus(
            number, bytes(args["claimHash"]), args["proposer"], args["deadline"], roots, status.now
        )
        if number == 0:
            return  # the genesis
        text = f"claim {number} posted by {self._name(args['proposer'])}: {len(roots)} roots"
        if number in status.deleted:
            status.mark("reproposed")
            deleted = status.deleted[number].roots
            status.replaced |= {each.kind for each in status.lies if each.root in deleted}
            status.note("replaced", text + ", in place of the deleted one", EventLevel.GOOD)
        else:
            status.note("claim", text)

    def _on_ClaimDeleted(self, args: Any) -> None:
        status, number = self._status, int(args["number"])
        for each in [each for each in status.claims if each >= number]:
            status.deleted[each] = status.claims.pop(each)
        status.mark("disproved")
        status.note(
            "disproved",
            f"claim {number} is false after segment {args['segmentIndex']}: deleted by "
            f"{self._name(args['challenger'])}, right root 0x{args['rightRoot'].hex()[:16]}…",
            EventLevel.BAD,
        )

    def _on_Slashed(self, args: Any) -> None:
        if "slashed" not in self._status.moments:
            self._status.trades_at_slash = self._status.trade_count
        self._status.mark("slashed")
        held, burned = args["heldWei"] / WEI, args["burnedWei"] / WEI
        self._status.note(
            "slashed",
            f"{self._name(args['proposer'])} lost its bond of {held + burned:.3f} ether",
            EventLevel.BAD,
        )

    def _on_Committed(self, args: Any) -> None:
        self._status.mark("committed")
        who = self._name(args["challenger"])
        self._status.note("committed", f"{who} commits to a disproof, so that nobody can copy it")

    def _on_Rewarded(self, args: Any) -> None:
        text = f"{self._name(args['account'])} earned {args['rewardWei'] / WEI:.3f} ether"
        self._status.note("rewarded", text, EventLevel.GOOD)

    def _on_RewardReserved(self, args: Any) -> None:
        self._status.note("reserved", f"a reward of {args['rewardWei'] / WEI:.3f} ether waits")

    def _on_Deposited(self, args: Any) -> None:
        amount = args["amountMicroUsd"] / MICRO_USD
        self._status.note("deposit", f"{amount:,.2f} USD for account {args['account']}")

    def _on_Withdrawn(self, args: Any) -> None:
        account, amount = int(args["account"]), int(args["amountMicroUsd"])
        self.withdrawn[account] = self.withdrawn.get(account, 0) + amount
        self._status.mark("vault_paid")
        self._status.note(
            "withdrawn",
            f"the Vault paid {amount / MICRO_USD:,.2f} USD to the owner of account {account}, "
            f"proved against final claim {args['claimNumber']}",
            EventLevel.GOOD,
        )


def _topics(contract: Contract, names: tuple[str, ...]) -> dict[bytes, Any]:
    events = [getattr(contract.events, name)() for name in names]
    return {bytes.fromhex(each.topic.removeprefix("0x")): each for each in events}
