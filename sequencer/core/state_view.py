"""What an API may read of the state: frozen values, computed when asked."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PositionView:
    """A position entry; `mark_price` in ticks, lots in lots, values in micro-USD. `pending_cash` is
    what its next settlement pays: funding, and what was deleveraged. `settled_size` still has the
    lots that were deleveraged since the last one."""

    instrument: int
    size: int
    settled_size: int
    open_orders: int
    buy_lots: int
    sell_lots: int
    mark_price: int
    value: int
    pending_cash: int


@dataclass(frozen=True, slots=True)
class AccountView:
    """An account with its margin, all money in micro-USD."""

    account: int
    owner: bytes
    collateral: int
    withdrawn: int
    equity: int
    initial_margin: int
    maintenance_margin: int
    is_stale: bool
    positions: tuple[PositionView, ...]


@dataclass(frozen=True, slots=True)
class SessionView:
    """A session slot of an account: key, scope and nonce window."""

    account: int
    slot: int
    scope: int
    key: bytes
    expiry_ms: int
    nonce_base: int
    nonce_bitmap: int

    @property
    def next_nonce(self) -> int:
        """The least nonce above every used one."""
        return self.nonce_base + self.nonce_bitmap.bit_length()


@dataclass(frozen=True, slots=True)
class OrderView:
    """A linked order. `is_live`: not expired, its entry still of its epoch."""

    instrument: int
    slot: int
    serial: int
    account: int
    is_sell: bool
    is_reduce_only: bool
    price: int
    lots: int
    expiry_ms: int
    client_id: int
    max_fee_ppm: int
    is_live: bool


@dataclass(frozen=True, slots=True)
class LevelView:
    """Live lots and orders at one price."""

    price: int
    lots: int
    orders: int


@dataclass(frozen=True, slots=True)
class BookView:
    """Live levels, best first."""

    instrument: int
    bids: tuple[LevelView, ...]
    asks: tuple[LevelView, ...]


@dataclass(frozen=True, slots=True)
class UnderlyingView:
    """An underlying; prices in nano-USD, 0: none yet. `raw_price` is what was reported, `gap_ppm`
    how far it lies from the index, `slope_ppm` what margins grow by a second of its age."""

    underlying: int
    symbol: str
    index_price: int
    raw_price: int
    publish_time_ms: int
    slope_ppm: int
    gap_ppm: int


@dataclass(frozen=True, slots=True)
class InstrumentView:
    """An instrument's terms and trading figures. `funding_average`: its rate, ppm per eight hours
    times 2^32; `funding_ms`: of the last sample, 0: none. `house_cash` in micro-USD, of what has
    settled; `house_equity` at the mark and `house_lots`, whole, are as if all had. `loan` is what
    the house owes the insurance fund."""

    instrument: int
    symbol: str
    status: int
    kind: int
    underlying: int
    tick_value: int
    index_per_tick: int
    initial_margin_ppm: int
    maintenance_margin_ppm: int
    maker_fee_ppm: int
    taker_fee_ppm: int
    price_band_ppm: int
    min_order_value: int
    mark_price: int
    last_price: int
    open_interest: int
    order_count: int
    funding_average: int
    funding_ms: int
    house_cash: int
    house_equity: int
    house_lots: int
    loan: int


@dataclass(frozen=True, slots=True)
class VenueView:
    """The global record."""

    clock_ms: int
    next_account: int
    next_underlying: int
    next_instrument: int
    reporter_quorum: int
    reporter_epoch: int
    reporters: tuple[bytes, ...]
    fee_pool: int
    insurance_fund: int
    houses_deficit: int
    bad_debt: int
    liabilities: int
    domain_separator: bytes
