"""The trader's client: place and cancel orders, follow their finality, withdraw.

from strikeproof.client import Client, Wallet

with Client("127.0.0.1:7450", Wallet.from_env("TRADER_KEY")) as client:
    btc = client.instrument("BTC-PERP")
    ack = client.place(btc.id, sell=False, price=btc.ticks("96400.5"), lots=10)
    print(ack.action.result.name, ack.action.filled_lots, ack.action.resting_lots)
    for step in client.follow_finality(ack):
        print(step.state)
"""

from __future__ import annotations

from strikeproof.client.account_greeks import (
    ExpiryGreeks,
    Greeks,
    GreeksBasis,
    GreeksSum,
    UnderlyingGreeks,
)
from strikeproof.client.account_protection import Protection, RemainingFills
from strikeproof.client.account_state import (
    AccountState,
    OpenOrder,
    PortfolioRequirement,
    Position,
    Trigger,
)
from strikeproof.client.acknowledgement import Ack, ActionOutcome, Fill
from strikeproof.client.async_client import (
    AsyncClient,
)
from strikeproof.client.auction_calls import Auction, AuctionLots, BidMargin
from strikeproof.client.block_calls import BlockMargin, MarginState
from strikeproof.client.channel_tls import Tls
from strikeproof.client.client_failure import (
    NoAccount,
    Overloaded,
    Refused,
    Unreachable,
    VenueError,
    WrongVenue,
)
from strikeproof.client.connection import ForkedProcess
from strikeproof.client.dead_mans_switch import DeadMansSwitch
from strikeproof.client.market_event import MarketEvent
from strikeproof.client.op_change import OpChange, OpReport
from strikeproof.client.op_check import FieldInvalid
from strikeproof.client.operation import (
    Action,
    Bid,
    BlockLeg,
    BlockTrade,
    Bundle,
    Cancel,
    CancelAll,
    Place,
    Replace,
    SetCancelAt,
    SetGuard,
    SetMarginMode,
    SetProtection,
    SetSession,
    SetTrigger,
    Withdraw,
)
from strikeproof.client.order_history import (
    EventTrigger,
    OrderEvent,
    OrderEventKind,
    OrderSummary,
    RemovalReason,
    TriggerEnding,
    orders_of,
)
from strikeproof.client.order_stream import OrderStream
from strikeproof.client.portfolio_fit import PortfolioObstacle, portfolio_obstacles
from strikeproof.client.protection_calls import ProtectionLimits
from strikeproof.client.quote import Quote, QuoteSide
from strikeproof.client.quote_request import (
    MakerQuote,
    QuoteRequest,
    RequestLeg,
    RequestQuotes,
    RequestSide,
    RequestState,
    RequestTrade,
)
from strikeproof.client.receipt_check import Receipt, ReceiptInvalid
from strikeproof.client.remaining_lots_guard import Remaining
from strikeproof.client.sync_client import Client
from strikeproof.client.venue_clock import ClockSkew
from strikeproof.client.venue_views import (
    Book,
    GapInStream,
    Instrument,
    Level,
    OpFinality,
    PriceOffGrid,
    Rounding,
    StateProof,
    Trade,
)
from strikeproof.client.wallet import Wallet, compact_signature
from strikeproof.config.tls_section import TlsUnusable

__all__ = [
    "AccountState",
    "Ack",
    "Action",
    "ActionOutcome",
    "AsyncClient",
    "Auction",
    "AuctionLots",
    "Bid",
    "BidMargin",
    "BlockLeg",
    "BlockMargin",
    "BlockTrade",
    "Book",
    "Bundle",
    "Cancel",
    "CancelAll",
    "Client",
    "ClockSkew",
    "DeadMansSwitch",
    "EventTrigger",
    "ExpiryGreeks",
    "FieldInvalid",
    "Fill",
    "ForkedProcess",
    "GapInStream",
    "Greeks",
    "GreeksBasis",
    "GreeksSum",
    "Instrument",
    "Level",
    "MakerQuote",
    "MarginState",
    "MarketEvent",
    "NoAccount",
    "OpChange",
    "OpFinality",
    "OpReport",
    "OpenOrder",
    "OrderEvent",
    "OrderEventKind",
    "OrderStream",
    "OrderSummary",
    "Overloaded",
    "Place",
    "PortfolioObstacle",
    "PortfolioRequirement",
    "Position",
    "PriceOffGrid",
    "Protection",
    "ProtectionLimits",
    "Quote",
    "QuoteRequest",
    "QuoteSide",
    "Receipt",
    "ReceiptInvalid",
    "Refused",
    "Remaining",
    "RemainingFills",
    "RemovalReason",
    "Replace",
    "RequestLeg",
    "RequestQuotes",
    "RequestSide",
    "RequestState",
    "RequestTrade",
    "Rounding",
    "SetCancelAt",
    "SetGuard",
    "SetMarginMode",
    "SetProtection",
    "SetSession",
    "SetTrigger",
    "StateProof",
    "Tls",
    "TlsUnusable",
    "Trade",
    "Trigger",
    "TriggerEnding",
    "UnderlyingGreeks",
    "Unreachable",
    "VenueError",
    "Wallet",
    "Withdraw",
    "WrongVenue",
    "compact_signature",
    "orders_of",
    "portfolio_obstacles",
]
