"""A venue for the tests of the L1 contracts: deployed once, rewound for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.contracts.l1.l1_history import L1History
from tests.contracts.l1.venue import Venue


@pytest.fixture(scope="session")
def deployed() -> Venue:
    return Venue()


@pytest.fixture
def venue(deployed: Venue) -> Iterator[Venue]:
    head = deployed.chain.head_number
    yield deployed
    deployed.chain.rewind(head)


@pytest.fixture
def history(venue: Venue) -> L1History:
    """The venue with a bonded proposer."""
    venue.send(venue.rollup.depositBond(), by="proposer", value=venue.rollup.bondWei().call())
    return L1History(venue)
