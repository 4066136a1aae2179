"""What an API may read of the state: frozen values, computed when asked."""

from dataclasses import dataclass
from typing import NamedTuple

from strikeproof.sequencer.core.expiry import SviSurface
from strikeproof.sequencer.core.rules.fill_limits import FillLimits
from strikeproof.wire.constants import PPB
from strikeproof.wire.errors import Result


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
    """An account with its margin, all money in micro-USD; its orders are dead from `cancel_at_ms`
    on (0: never). `guard_key` is the one in force, empty if none is. `tier` is none from
    `tier_expiry_ms` on; attesters said both at `attested_ms`. `credit` lowers the initial margin
    now; `credit_limit` of it stands, the guarantor's, and counts until `credit_expiry_ms`.
    `portfolio_underlying`: under portfolio margin on it; 0: under standard margin, whose
    requirements these are. `auctioned_ms`: since when it is auctioned; 0: it is not."""

    account: int
    owner: bytes
    collateral: int
    withdrawn: int
    equity: int
    initial_margin: int
    maintenance_margin: int
    is_stale: bool
    cancel_at_ms: int
    guard_key: bytes
    guard_removal_ms: int
    positions: tuple[PositionView, ...]
    tier: int = 0
    tier_expiry_ms: int = 0
    attested_ms: int = 0
    credit: int = 0
    credit_limit: int = 0
    credit_expiry_ms: int = 0
    credited_ms: int = 0
    guarantor: int = 0
    portfolio_underlying: int = 0
    auctioned_ms: int = 0
    protection: FillLimits | None = None


class MarginView(NamedTuple):
    """What an account is worth, and what it is asked to keep, micro-USD. `is_portfolio`: by
    portfolio margin; `initial` is then the equity to have at least, to withdraw or trade."""

    equity: int
    initial: int
    maintenance: int
    is_portfolio: bool = False


class BlockMarginView(NamedTuple):
    """A party's margin before and after a block trade, the fees that it pays, and what the margin
    test says: OK, or why it does not pass. Margins of an account that portfolio margin does not
    cover, or by old arrays, are standard margin's."""

    before: MarginView
    after: MarginView
    fees: int
    code: Result

    @property
    def passes(self) -> bool:
        """Whether the party passes."""
        return self.code == Result.OK


class SoldLots(NamedTuple):
    """Signed lots of an instrument, short below zero, and its mark in ticks."""

    instrument: int
    lots: int
    price: int


class AuctionView(NamedTuple):
    """A portfolio that is auctioned since `begun_ms`: what it is worth and is asked to keep,
    micro-USD, the discount now, and the greatest fraction that one bid may take now. `is_over`: a
    Revalue ends the auction. `code`: OK, or why no bid passes now."""

    account: int
    begun_ms: int
    underlying: int
    discount_ppm: int
    is_over: bool
    equity: int
    maintenance: int
    most_ppm: int
    held: list[SoldLots]
    code: Result


class BidView(NamedTuple):
    """What a bid would take and be paid, micro-USD, its bidder's margin before and after, and OK or
    why it does not pass."""

    fraction_ppm: int
    discount_ppm: int
    lots: list[SoldLots]
    paid: int
    fee: int
    before: MarginView
    after: MarginView
    code: Result


@dataclass(frozen=True, slots=True)
class PortfolioView:
    """What portfolio margin asks of an account's positions, micro-USD, beside their value at
    marks, not grown. `certified_until_ms`: when its certificate runs out at the latest; 0: it has
    none that counts now. `required`: the equity to have at least to come under it, and under it to
    withdraw or trade. `is_overdue`: an option among them waits for a Reprice: its array is old."""

    underlying: int
    initial_margin: int
    maintenance_margin: int
    required: int
    is_overdue: bool
    certified_until_ms: int = 0


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
class TriggerView:
    """A trigger that waits: `trigger_price` in nano-USD, `limit` in ticks, `expiry_ms` 0: never.
    `is_live`: it can still fire, should its price come."""

    account: int
    instrument: int
    place: int
    is_sell: bool
    is_reduce_only: bool
    is_falling: bool
    is_by_mark: bool
    trigger_price: int
    limit: int
    lots: int
    max_fee_ppm: int
    expiry_ms: int
    client_id: int
    is_live: bool


@dataclass(frozen=True, slots=True)
class OrderView:
    """A linked order. `is_live`: neither it nor all of its account have expired, and its entry is
    still of its epoch."""

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
class ExpiryView:
    """An expiry. `forward_ppb` of the index, of a publish time, 0: as it was listed; `future` its
    instrument, 0: none. `accumulated` nano-USD × ms over `covered_ms` of the last half hour;
    `settlement` in nano-USD, 0: not settled. `surface`: what reporters signed last."""

    expiry: int
    underlying: int
    expiry_ms: int
    forward_ppb: int
    publish_time_ms: int
    future: int
    accumulated: int
    covered_ms: int
    sampled_ms: int
    settlement: int
    settled_ms: int
    surface: SviSurface


@dataclass(frozen=True, slots=True)
class OptionView:
    """What an option's mark holds besides: ticks, and Greeks in the units of its record."""

    strike: int
    forward: int
    priced_forward: int
    priced_ms: int
    delta: int
    gamma: int
    vega: int
    theta: int


@dataclass(frozen=True, slots=True)
class InstrumentView:
    """An instrument's terms and trading figures. `funding_average`: its rate, ppm per eight hours
    times 2^32; `funding_ms`: of the last sample, 0: none. `expiry` of a
    future. `house_cash` in micro-USD, of what has settled; `house_equity` at the mark and
    `house_lots`, whole, are as if all had. `loan` is what the house owes the insurance fund.
    `index_ppb`: what of the mark, or of an option's forward, follows the index; 0: settled.
    `tier`: of the accounts that open a position in it; 0: all."""

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
    expiry: ExpiryView | None
    funding_average: int
    funding_ms: int
    house_cash: int
    house_equity: int
    house_lots: int
    loan: int
    option: OptionView | None = None
    index_ppb: int = PPB
    tier: int = 0


@dataclass(frozen=True, slots=True)
class VenueView:
    """The global record."""

    clock_ms: int
    next_account: int
    next_underlying: int
    next_instrument: int
    next_expiry: int
    reporter_quorum: int
    reporter_epoch: int
    reporters: tuple[bytes, ...]
    attester_quorum: int
    attesters: tuple[bytes, ...]
    fee_pool: int
    insurance_fund: int
    houses_deficit: int
    bad_debt: int
    credit: int
    credit_losses: int
    liabilities: int
    eth_underlying: int
    l1_gas_price: int
    l1_blob_price: int
    l1_reported_ms: int
    domain_separator: bytes
