"""What happened to a portfolio that is auctioned: events of the engine, money in micro-USD."""

from __future__ import annotations

from typing import NamedTuple


class AuctionBegun(NamedTuple):
    """An account under portfolio margin is auctioned from now on: it had less equity than
    maintenance, micro-USD."""

    account: int
    equity: int
    maintenance: int


class PortfolioSold(NamedTuple):
    """A fraction of an account that is auctioned was sold, its lots reported first. `paid` by the
    account to the bidder, and `fee` to the insurance fund, micro-USD; `is_over`: the account meets
    maintenance again."""

    account: int
    bidder: int
    fraction_ppm: int
    discount_ppm: int
    paid: int
    fee: int
    is_over: bool
