"""The stake behind a node's receipts: kept, within its limit, and never against its owner."""

from __future__ import annotations

from pathlib import Path

import pytest
from eth_abi import encode as abi_encode
from eth_utils.address import to_checksum_address
from structlog.testing import capture_logs

from strikeproof.l1.attempts import FAILED
from strikeproof.sequencer.posting.contract_sender import ContractSender
from strikeproof.sequencer.posting.promise_stake import STAKE_PURPOSE, PromiseStake, StakeTerms
from tests.integration.l1.posting_venue import ETHER, PostingVenue
from tests.integration.verifier.venue import CHAIN_ID


class StakingVenue(PostingVenue):
    """A node that keeps an ether staked, and three in all."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, propose=False)
        arguments = abi_encode(["address", "uint256"], [self.venue.rollup, ETHER // 10])
        self.venue.rpc.mines_at_once = True
        promises = self.venue._create("Promises", arguments)
        self.venue.rpc.mines_at_once = False
        self.promises = ContractSender(self.client, self.sender, "Promises", promises)
        self.stake = PromiseStake(self.promises, StakeTerms(ETHER, 3 * ETHER), self.alarms)

    def turn(self) -> int:
        """Let the node act, mine a block; return what is staked."""
        self.sender.poll()
        self.stake.keep(self.client.head())
        self.venue.chain.mine()
        abi = self.promises.abi
        call = abi.call("stakeOf", "0x" + self.sender.address.hex())
        return int(abi.answer("stakeOf", self.client.call(self.promises.address, call))[0])

    def call_by_sequencer(self, function: str) -> None:
        """What `bond unstake` sends while the node is stopped."""
        data = self.promises.abi.call(function)
        self.sender.submit(function, self.promises.address, data, gas=10**6)
        self.venue.chain.mine()
        self.sender.poll()


@pytest.fixture
def venue(tmp_path: Path) -> StakingVenue:
    return StakingVenue(tmp_path)


def test_what_is_missing_is_staked_once(venue: StakingVenue) -> None:
    assert [venue.turn() for _ in range(4)] == [ETHER] * 4
    assert len(venue.sent(STAKE_PURPOSE)) == 1
    assert venue.stake.facts is not None and venue.stake.facts.amount_wei == ETHER


def test_an_announced_unlock_is_not_staked_against(venue: StakingVenue) -> None:
    """An operator who takes the stake back does not find the node staking it again."""
    venue.turn()
    venue.turn()
    venue.call_by_sequencer("announceUnlock")
    venue.stake._terms = StakeTerms(2 * ETHER, 3 * ETHER)
    with capture_logs() as logs:
        assert [venue.turn() for _ in range(2)] == [ETHER] * 2
    assert [each["event"] for each in logs if each.get("alarm")] == ["stake_missing"]
    assert len(venue.sent(STAKE_PURPOSE)) == 1


def test_no_more_is_staked_than_the_limit_over_all_deposits(venue: StakingVenue) -> None:
    venue.turn()
    venue.turn()
    venue.stake._terms = StakeTerms(4 * ETHER, 3 * ETHER)
    with capture_logs() as logs:
        assert venue.turn() == ETHER
    assert [each["event"] for each in logs if each.get("alarm")] == ["stake_missing"]
    venue.stake._terms = StakeTerms(3 * ETHER, 3 * ETHER)
    assert [venue.turn() for _ in range(2)] == [3 * ETHER] * 2


def test_a_stake_that_a_reorganization_took_back_is_sent_again_and_not_twice(
    venue: StakingVenue,
) -> None:
    number = venue.venue.chain.head_number
    assert venue.turn() == ETHER
    venue.turn()
    venue.rewind(number)
    venue.venue.chain.mine()
    for _ in range(4):
        staked = venue.turn()
    assert staked == ETHER
    assert len(venue.sent(STAKE_PURPOSE)) == 1


def test_a_stranger_who_stakes_first_delays_a_top_up_by_a_block(venue: StakingVenue) -> None:
    """Anybody stakes for a key, so anybody makes a top-up revert: the node sends the next one, for
    what is missing then, and what reverted counts towards no limit."""
    promises, chain, times = venue.promises.address, venue.venue.chain, 3
    stranger = min(venue.venue.signers, key=lambda each: each.address)  # first in a block here
    assert stranger is not venue.venue.sequencer
    for wei in range(1, times + 1):
        stake = venue.promises.abi.call("stake", "0x" + venue.sender.address.hex())
        chain.submit(
            stranger.sign_transaction(
                {
                    "type": 2,
                    "chainId": CHAIN_ID,
                    "nonce": chain.nonce(stranger.address, chain.head_number),
                    "to": to_checksum_address(promises),
                    "data": stake,
                    "value": wei,
                    "gas": 200_000,
                    "maxFeePerGas": 500 * 10**9,
                    "maxPriorityFeePerGas": 400 * 10**9,
                }
            )
        )
        assert venue.turn() == wei * (wei + 1) // 2, "the stranger's alone"
    assert [venue.turn() for _ in range(3)] == [ETHER] * 3
    statuses = [each.status for each in venue.sent(STAKE_PURPOSE)]
    assert len(statuses) == times + 1
    assert sum(each in FAILED for each in statuses) == times
