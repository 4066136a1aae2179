"""What happened inside an op: for acknowledgements and market data. Not part of the state.

Lots are lots, prices ticks, money micro-USD, times milliseconds. `action` is the index of the
bundle's action that caused the event, 0 outside bundles.
"""

from enum import IntEnum
from typing import Final, NamedTuple

from strikeproof.sequencer.core.auction_event import AuctionBegun, PortfolioSold
from strikeproof.sequencer.core.trigger_event import TriggerEnded, TriggerFired, TriggerSet

# Events are built by keyword, but for Fill, Rested and Removed. An op makes 1.4 of these, and one
# takes 1.4 us by keyword, 0.6 by position, 0.4 as `new_event(Fill, (...))`: by keyword they would
# cost the engine 1.4 us of 19 an op.
new_event: Final = tuple.__new__


class RemovalReason(IntEnum):
    """Why an order can no longer fill."""

    FILLED = 1
    CANCELLED = 2  # by its owner, by name
    CANCELLED_ALL = 3  # by its owner's cancel-all: dead, still linked until touched or swept
    REPLACED = 4  # a replace took it out; a Rested of the same action may follow
    EXPIRED = 5  # dead (past its expiry or its account's cancel-at, or of another epoch), found by
    # a taker or by a Sweep, or when the account sets another cancel-at
    SELF_TRADE = 6
    MARGIN = 7  # its owner failed the maintenance margin test
    NOT_REDUCING = 8  # reduce-only without an opposite position, found in the same way
    OVERFLOW = 9  # its fill would leave the range of money
    BEYOND_BAND = 11  # the index left it beyond the price band, found in the same way
    POSITION_LIMIT = 12  # its fill would pass the limit of a position
    PUSHED_OUT = 13  # the worst order of a full side, by a better one
    TIER_LOWERED = 14  # attesters lowered the account's tier: dead, still linked
    PROTECTED = 15  # the account's orders passed the limit of its protection: dead, still linked


class Fill(NamedTuple):
    """One trade. `maker_lots_left` 0: a Removed(FILLED) follows."""

    action: int
    instrument: int
    price: int
    lots: int
    taker_account: int
    taker_is_sell: bool
    taker_fee: int
    maker_account: int
    maker_fee: int
    maker_slot: int
    maker_serial: int
    maker_client_id: int
    maker_lots_left: int


class BlockFill(NamedTuple):
    """One leg of a block trade, away from the book; `leg` is its number, `is_sell` the submitter's
    side."""

    leg: int
    instrument: int
    price: int
    lots: int
    account: int
    is_sell: bool
    fee: int
    counterparty: int
    counterparty_fee: int


class Rested(NamedTuple):
    """An order (or what is left of it) entered the book."""

    action: int
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


class Removed(NamedTuple):
    """An order left the book (or died in it: CANCELLED_ALL). Told once per order."""

    action: int
    instrument: int
    slot: int
    serial: int
    account: int
    is_sell: bool
    price: int
    lots: int  # what was unfilled
    client_id: int
    reason: RemovalReason


class Amended(NamedTuple):
    """A replace changed an order in place; slot, serial, price and priority stay."""

    action: int
    instrument: int
    slot: int
    serial: int
    account: int
    is_sell: bool
    price: int
    lots_before: int
    lots: int
    expiry_ms: int
    client_id_before: int
    client_id: int


class Registered(NamedTuple):
    """An account was created."""

    account: int
    owner: bytes


class Deposited(NamedTuple):
    """Collateral arrived."""

    account: int
    amount: int


class Withdrawn(NamedTuple):
    """Collateral left for L1; `withdrawn_total` is cumulative."""

    account: int
    amount: int
    withdrawn_total: int


class SessionSet(NamedTuple):
    """A session slot got a key, or lost it (scope 0)."""

    account: int
    slot: int
    key: bytes
    scope: int
    expiry_ms: int


class L1Charged(NamedTuple):
    """What L1 takes for an op's bytes was charged to its account, micro-USD."""

    account: int
    amount: int


class PaidIn(NamedTuple):
    """Somebody paid into a pool."""

    pool: int
    amount: int


class L1Reported(NamedTuple):
    """The averages of L1's prices moved, wei."""

    gas_price: int
    blob_price: int


class PaidOut(NamedTuple):
    """Governance paid an account out of a pool."""

    pool: int
    account: int
    amount: int


class GuardSet(NamedTuple):
    """What a SetGuard of some mode left: the guard key (zero: none), and when it is to be gone (0:
    never)."""

    account: int
    mode: int
    key: bytes
    removal_ms: int


class CancelAtSet(NamedTuple):
    """The account's orders are dead from a time; 0: never. What died before is reported first."""

    account: int
    cancel_at_ms: int


class MarginModeSet(NamedTuple):
    """The account is under portfolio margin on an underlying, or under standard margin (0); orders
    that ended for it are reported first."""

    account: int
    underlying: int


class Revalued(NamedTuple):
    """An account under portfolio margin was revalued in full. `is_certified`: it may trade on the
    book by that; else its guards do not hold."""

    account: int
    is_certified: bool


class ProtectionPassed(NamedTuple):
    """Fills of the account's orders on an underlying passed a limit: none rests there until a time.
    The ends of its orders follow."""

    account: int
    underlying: int
    frozen_until_ms: int


class TierSet(NamedTuple):
    """Attesters said an account's tier, and until when; orders that it ended are reported first."""

    account: int
    tier: int
    tier_expiry_ms: int


class Priced(NamedTuple):
    """An underlying has a new index price (nano-USD)."""

    underlying: int
    index_price: int
    publish_time_ms: int


class Funded(NamedTuple):
    """A funding sample was taken: the rate's average (ppm per eight hours × 2^32) and the index
    (micro-USD a lot × 2^32) after it."""

    instrument: int
    average: int
    funding_index: int


class PendingSettled(NamedTuple):
    """What was pending on an entry moved into it: funding, and lots that deleveraging closed. Sizes
    in signed lots; `cash`: what the account received, micro-USD, negative if it paid."""

    account: int
    instrument: int
    size_before: int
    size: int
    cash: int


class Liquidation(NamedTuple):
    """An account below maintenance is liquidated: its orders are dead, and of `size`, in signed
    lots, `lots` are to be closed at no worse than `zero_price`, in ticks. Equity and maintenance
    are those before. Fills of the account follow, and a TakenOver if the house takes the rest."""

    account: int
    instrument: int
    size: int
    lots: int
    zero_price: int
    equity: int
    maintenance: int


class TakenOver(NamedTuple):
    """The house took signed lots of an account's position and paid for them, micro-USD; it received
    if that is negative."""

    account: int
    instrument: int
    lots: int
    paid: int


class BadDebt(NamedTuple):
    """The house of an instrument bears what an account without positions owed, micro-USD."""

    account: int
    instrument: int
    amount: int


class CreditSet(NamedTuple):
    """Attesters said an account's credit: a guarantor's money, and until when it counts."""

    account: int
    limit: int
    guarantor: int
    credit_expiry_ms: int


class CreditReleased(NamedTuple):
    """Credit that had ended went back to its guarantor, micro-USD."""

    account: int
    guarantor: int
    amount: int


class CoverPaid(NamedTuple):
    """The credit of an account paid what it owed, micro-USD: its guarantor's money."""

    account: int
    guarantor: int
    amount: int


class Unwound(NamedTuple):
    """The house traded out: `lots`, signed, is what it bought. Its fills, before, have the taker
    account 0."""

    instrument: int
    lots: int


class Deleveraged(NamedTuple):
    """Lots of one side were closed against the house at a price in ticks: each entry of the side
    keeps `factor` / `factor_before` of its lots."""

    instrument: int
    is_long: bool
    lots: int
    price: int
    factor_before: int
    factor: int


class LoanChanged(NamedTuple):
    """The insurance fund lent `lent` micro-USD to the house of an instrument; if negative, the
    house paid that back. `loan`: what it owes now.
    """

    instrument: int
    lent: int
    loan: int


class OrphanAnnounced(NamedTuple):
    """An underlying has had no price for a day: its instruments may be settled a day later."""

    underlying: int
    announced_ms: int


class ForwardMoved(NamedTuple):
    """An expiry has a new forward, parts per billion of the index, and a new surface."""

    expiry: int
    forward_ppb: int
    publish_time_ms: int


class Repriced(NamedTuple):
    """A call and the put behind it were priced: their marks in ticks."""

    instrument: int
    call: int
    put: int


class ExpirySampled(NamedTuple):
    """The index joined the average of an expiry; `covered_ms` of its last half hour are covered."""

    expiry: int
    covered_ms: int


class ExpirySettled(NamedTuple):
    """An expiry is settled at a price in nano-USD; an InstrumentSettled of its future follows."""

    expiry: int
    price: int


class InstrumentSettled(NamedTuple):
    """An instrument is settled for good at a price in ticks: its orders are dead."""

    instrument: int
    price: int


class PositionSettled(NamedTuple):
    """A position in a settled instrument became cash: `size` in signed lots, micro-USD."""

    account: int
    instrument: int
    size: int
    cash: int


class Governed(NamedTuple):
    """A governance message took effect. `id`: of the underlying, instrument or expiry,
    0 for reporters."""

    governance_action: int
    id: int


EngineEvent = (
    Fill
    | BlockFill
    | Rested
    | Removed
    | Amended
    | Registered
    | Deposited
    | Withdrawn
    | SessionSet
    | L1Charged
    | PaidIn
    | L1Reported
    | PaidOut
    | GuardSet
    | CancelAtSet
    | ProtectionPassed
    | TierSet
    | CreditSet
    | CreditReleased
    | CoverPaid
    | MarginModeSet
    | Revalued
    | AuctionBegun
    | PortfolioSold
    | TriggerSet
    | TriggerEnded
    | TriggerFired
    | Priced
    | Funded
    | PendingSettled
    | Liquidation
    | TakenOver
    | BadDebt
    | Unwound
    | Deleveraged
    | LoanChanged
    | OrphanAnnounced
    | ForwardMoved
    | Repriced
    | ExpirySampled
    | ExpirySettled
    | InstrumentSettled
    | PositionSettled
    | Governed
)
