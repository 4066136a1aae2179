"""A venue is trusted only once everything that it rests on was read from L1 and found right."""

from __future__ import annotations

from typing import Any

import pytest
from web3 import Web3

from strikeproof.deployment import Deployment, DeploymentFailed, read_deployment
from tests.contracts.l1.venue import Venue
from tests.contracts.l1.venue import test_law as law_for_tests
from tests.harness import harness


def read(venue: Venue, **changes: Any) -> Deployment:
    """Read the venue back, with other arguments."""
    found = venue.deployment
    arguments = {
        "rollup": found.rollup,
        "vault": found.vault,
        "promises": found.promises,
        "first_block": found.first_block,
        "modules": found.law_modules,
        "law": law_for_tests(),
    }
    return read_deployment(venue.web3, **(arguments | changes))  # type: ignore[arg-type]


def patched(venue: Venue, name: str, old: str, new: str) -> None:
    """Replace an address in the runtime code of a contract: an immutable."""
    address = getattr(venue.deployment, name)
    code = bytes(venue.web3.eth.get_code(address))
    before, after = bytes.fromhex(old[2:]), bytes.fromhex(new[2:])
    assert before in code
    venue.set_code(address, code.replace(before, after))


def test_right_venue_reads_back_as_it_was_deployed(venue: Venue) -> None:
    assert read(venue) == venue.deployment


@pytest.mark.parametrize(
    ("contract", "immutable"),
    [
        ("inbox", "vault"),
        ("inbox", "rollup"),
        ("inbox", "timelock"),
        ("vault", "rollup"),
        ("vault", "inbox"),
        ("vault", "timelock"),
        ("promises", "rollup"),
    ],
)
def test_contract_that_names_another_is_refused(
    venue: Venue, contract: str, immutable: str
) -> None:
    """B 20: Inbox.vault and the governors were believed."""
    stranger = venue.address("rival")
    patched(venue, contract, getattr(venue.deployment, immutable), stranger)
    with pytest.raises(DeploymentFailed, match=contract.capitalize()):
        read(venue)


@pytest.mark.parametrize("contract", ["rollup", "inbox", "vault", "timelock", 0, 1, 2, 3])
def test_code_that_is_not_the_shipped_one_is_refused(venue: Venue, contract: str | int) -> None:
    found = venue.deployment
    address = found.laws[contract] if isinstance(contract, int) else getattr(found, contract)
    code = bytes(venue.web3.eth.get_code(address))
    for other in (code + b"\0", code[:-1] + bytes([code[-1] ^ 1])):
        venue.set_code(address, other)
        with pytest.raises(DeploymentFailed, match="code"):
            read(venue)


def test_other_law_or_modules_are_refused(venue: Venue) -> None:
    with pytest.raises(DeploymentFailed, match="law"):
        read(venue, law=None)  # this release's
    with pytest.raises(DeploymentFailed, match="law"):
        read(venue, modules=())
    with pytest.raises(DeploymentFailed, match="law"):
        read(venue, modules=(venue.deployment.token,))


def test_address_of_something_else_is_no_venue(venue: Venue) -> None:
    found = venue.deployment
    nobody = Web3.to_checksum_address(venue.address("rival"))
    for changes in (
        {"rollup": found.vault},
        {"vault": found.rollup},
        {"rollup": nobody},
        {"vault": nobody},
        {"rollup": found.token},
    ):
        with pytest.raises(DeploymentFailed):
            read(venue, **changes)


def test_unsealed_venue_is_read_only_on_request() -> None:
    venue = Venue(seal=False)
    with pytest.raises(DeploymentFailed, match="not sealed"):
        read(venue)
    assert read(venue, sealed=False) == venue.deployment


def test_token_of_other_decimals_is_refused(venue: Venue) -> None:
    """B 20: amounts are micro-USD, and nothing converts them."""
    token = venue.deployment.token
    code = bytes(venue.web3.eth.get_code(token))
    eighteen = venue.deploy(harness("Decimals18"))
    other = bytes(venue.web3.eth.get_code(Web3.to_checksum_address(eighteen.address)))
    venue.set_code(token, other)
    with pytest.raises(DeploymentFailed, match="18 decimals"):
        read(venue)
    venue.set_code(token, code)
    assert read(venue).token == token


def test_gas_of_a_deployment_is_what_l1_estimates(monkeypatch: pytest.MonkeyPatch) -> None:
    """B 13: on an L1 where everything costs a multiple, a deployment asks for it."""
    venue = Venue()
    asked: list[int] = []
    estimate = type(venue.chain).estimate_gas

    def doubled(self: Any, call: Any, number: int) -> int:
        asked.append(2 * estimate(self, call, number))
        return asked[-1]

    head = venue.chain.head_number
    monkeypatch.setattr(type(venue.chain), "estimate_gas", doubled)
    venue.redeploy(venue.config)
    gas = [
        mined.transaction.gas
        for number in range(head + 1, venue.chain.head_number + 1)
        for mined in venue.chain.transactions(number)
    ]
    assert len(gas) == len(asked)
    assert all(limit >= estimate for limit, estimate in zip(gas, asked, strict=True))
