"""`strikeproof trade`: what a trader does, from a shell."""

from __future__ import annotations

# Importing a module makes its commands part of the group.
from strikeproof.cli import (  # noqa: F401
    trade_account,
    trade_auction,
    trade_block,
    trade_chain,
    trade_guard,
    trade_margin_mode,
    trade_market,
    trade_money,
    trade_orders,
    trade_protect,
    trade_quote,
    trade_rfq,
    trade_trigger,
)
from strikeproof.cli.trade_command import group as group
