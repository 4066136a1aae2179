"""Names that occur twice in the tree, each with the reason why both mean the same thing.

A rule of the protocol has the same name in Python and in Solidity; that needs no line here.
"""

from __future__ import annotations

from typing import Final

SAME_MEANING: Final = {
    "__main__.py": "what `python -m` runs",
    "challenge.py": "a challenge of a false claim: what decides it, and the command that sends one",
    "config.py": "a node's configuration file",
    **dict.fromkeys(
        ("forest.py", "Forest"), "the forest, by engine and verifier apart, on purpose"
    ),
    "metrics.py": "a node's metrics",
    "node.py": "a node: sequencer and verifier put together",
    "op_change.py": "promises that did not hold: as the node keeps, and a client reads them",
    "portfolio.py": "a portfolio and its margin: of an account, and of a file that a person writes",
    "quote_request.py": "a request for quotes: as the node keeps it, and as a client reads it",
    "static_list.py": "a static list's tree, written by engine and verifier apart, on purpose",
    "Account": "an account's collateral and positions: the engine's record, the kernel's input",
    **dict.fromkeys(
        (
            *("BadDebt", "Deleveraged", "InstrumentSettled", "Liquidation", "LoanChanged"),
            *("OrphanAnnounced", "PositionSettled", "TakenOver", "Unwound"),
        ),
        "what happened in a market: the engine's event, and as a client reads it",
    ),
    "BlockLeg": "a leg of a block trade: as ordered bytes decode to it, and as a client makes it",
    **dict.fromkeys(
        (
            "Bid",
            "BlockTrade",
            "Bundle",
            "SetCancelAt",
            "SetGuard",
            "SetMarginMode",
            "SetProtection",
        ),
        "the op: as ordered bytes decode to it, and as a client makes it",
    ),
    **dict.fromkeys(
        ("SetSession", "SetTrigger", "Withdraw"),
        "the op: as ordered bytes decode to it, and as a client makes it",
    ),
    "ExpiryGreeks": "an expiry's Greeks: as the kernel computes them, and as a client reads them",
    "Fill": "a trade of a taker with a maker: the engine's event, and as a client reads it",
    "Greeks": "delta, gamma, vega, theta: the kernel's of a quote, and as a client reads them",
    "Instrument": "a listed instrument: the engine's record, and as a client reads it",
    "PortfolioMargin": "what portfolio margin asks for: the engine's figures, the kernel's",
    "Position": "a position: the engine's record, and as a client reads it",
    **dict.fromkeys(
        ("MakerQuote", "QuoteRequest", "RequestSide", "RequestLeg", "RequestState"),
        "of a request for quotes: as the node keeps it, and as a client reads it",
    ),
    **dict.fromkeys(("OpChange", "OpReport"), "of a broken promise: the node's, and a client's"),
    **dict.fromkeys(("OrderEvent", "OrderEventKind"), "of an order: the node's, and a client's"),
    **dict.fromkeys(("RemovalReason", "TriggerEnding"), "why it ended: the engine's, a client's"),
    "Section": "a section of a file that a person writes",
    "Tree": "a tree of the forest, written by engine and verifier apart, on purpose",
    "Trigger": "an order that waits for a price: the engine's record, and as a client reads it",
}
