"""The sequencer's poster and watcher on a real L1, without the node around them."""

from __future__ import annotations

from pathlib import Path

from eth_abi import decode

from strikeproof.l1 import FeePolicy, Intent, L1Client, TransactionSender
from strikeproof.sequencer.batch.batch_store import BatchStore, StoredBatch
from strikeproof.sequencer.l1.inclusion_rules import InclusionRules
from strikeproof.sequencer.l1.l1_watcher import L1View, L1Watcher
from strikeproof.sequencer.posting.claimant import Claimant, HonestClaimant
from strikeproof.sequencer.posting.contract_sender import ContractSender
from strikeproof.sequencer.posting.poster import Poster, PosterTerms
from strikeproof.sequencer.posting.standing_alarms import StandingAlarms
from tests.integration.sequencer.venue import FREE
from tests.integration.verifier.venue import CHAIN_ID, ETHER, ChainProvider, Venue, add_op


class PostingVenue:
    """A venue whose batches are sealed here and posted by the poster. Blocks are mined by hand."""

    def __init__(
        self,
        folder: Path,
        *,
        client: L1Client | None = None,
        bond_max_wei: int = 0,
        propose: bool = True,
        venue: Venue | None = None,
        claimant: Claimant | None = None,
    ) -> None:
        self.venue = venue or Venue()
        self.venue.rpc.mines_at_once = False
        self.provider: ChainProvider = self.venue.provider()
        self.client = client or self.venue.client(self.provider)
        self.watcher = L1Watcher(self.client, self.venue.rollup, self.venue.inbox, 1, 1_000)
        folder.mkdir(exist_ok=True)
        self.store = BatchStore(folder / "batches.sqlite")
        self.alarms = StandingAlarms()
        self.minutes = 0
        policy = FeePolicy(confirmations=2)
        self.sender = TransactionSender(
            self.client,
            self.venue.sequencer,
            folder / "intents.db",
            chain_id=CHAIN_ID,
            policy=policy,
            clock=lambda: 12.0 * self.venue.chain.head_number + self.minutes * 60,
        )
        rules = InclusionRules(600_000, 3_600_000, FREE.inbox)
        terms = PosterTerms(1, propose, rules, bond_max_wei)
        rollup = ContractSender(self.client, self.sender, "Rollup", self.venue.rollup)
        self.poster = Poster(rollup, self.store, claimant or HonestClaimant(), terms, self.alarms)

    def seal(self, *segments: bytes) -> int:
        """Seal a batch without posting it; return its number."""
        posted: list[bytes] = []
        send, self.venue.send = self.venue.send, lambda *sent: posted.append(sent[2])  # type: ignore[method-assign, assignment]
        number = self.venue.post_batch(*(segments or (add_op(1, 7, 1),)))
        self.venue.send = send  # type: ignore[method-assign]
        (data,) = decode(["bytes"], posted[0][4:])
        hash_, roots = self.venue.batches[number - 1]
        time_ms = self.venue.now_ms()
        stored = StoredBatch(number, hash_, time_ms, 0, data, tuple(roots), b"")
        self.store.add(stored)
        return number

    def step(self) -> L1View:
        """Read L1 and let the poster act."""
        view = self.watcher.poll()
        newest = self.store.newest()
        self.poster.step(view, newest, newest)
        return view

    def rewind(self, number: int) -> None:
        """Let L1 forget the blocks above this one, and what waits in its pool."""
        self.venue.chain.rewind(number)
        self.minutes += 10

    def rounds(self, count: int) -> None:
        """Act and mine a block, several times."""
        for _ in range(count):
            self.step()
            self.venue.chain.mine()

    def sent(self, prefix: str) -> list[Intent]:
        """Return the intents whose names begin so, oldest first."""
        rows = self.sender._store._db.execute("SELECT id FROM intent ORDER BY id")
        found = [self.sender._store.get(int(row[0])) for row in rows.fetchall()]
        return [each for each in found if each.name.startswith(prefix)]

    @property
    def heights(self) -> tuple[int, int]:
        """Return how many batches and claims L1 holds."""
        call = self.venue.rollup_call
        return call("batchCount")[0], call("claimCount")[0] - 1


__all__ = ["ETHER", "PostingVenue"]
