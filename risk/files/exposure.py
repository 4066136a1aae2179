"""Greeks of a portfolio file: by position, expiry and account. `strikeproof risk exposure`."""

from __future__ import annotations

from typing import Any

from strikeproof.risk.files.decimals import format_wad
from strikeproof.risk.files.json_file import RiskFileError
from strikeproof.risk.files.portfolio import Portfolio, expiry_feed, option_volatility
from strikeproof.risk.files.portfolio_file import PortfolioFile
from strikeproof.risk.files.reports import Tree
from strikeproof.risk.kernel.errors import OutOfDomain
from strikeproof.risk.kernel.portfolio_greeks import (
    HeldOption,
    PositionGreeks,
    account_greeks,
    expiry_greeks,
)

GREEKS = ("value", "delta", "gamma", "vega", "theta", "rho")


def exposure_report(portfolio: Portfolio, file: PortfolioFile) -> Tree:
    """Return the Greeks of every position, of every expiry and of the account. Raises
    `RiskFileError`."""
    expiries: Tree = {}
    totals = []
    for name, rows in zip(portfolio.names, portfolio.rows, strict=True):
        options = [file.positions.options[row] for row in rows]
        held = [
            HeldOption(
                option.strike, option.type == "call", option.amount, option_volatility(file, row)
            )
            for row, option in zip(rows, options, strict=True)
        ]
        try:
            found = expiry_greeks(expiry_feed(file.feeds.expiries[name]), held)
        except OutOfDomain as error:
            raise RiskFileError([f"feeds.expiries.{name}: {error}"]) from error
        totals.append(found.total)
        expiries[name] = {
            "positions": [
                {
                    "strike": format_wad(option.strike),
                    "type": option.type,
                    "amount": format_wad(option.amount),
                    "volatility": format_wad(each.volatility),
                    **_greeks(position),
                }
                for option, each, position in zip(options, held, found.positions, strict=True)
            ],
            "total": _greeks(found.total),
        }
    account, market = portfolio.account, portfolio.market
    moving = sum(held.amount for held in account.collateral if held.rates.risk_cancelling)
    value = sum(held.amount * held.price // market.stable for held in account.collateral)
    other = account.cash + account.perpetual_pnl + account.funding + value
    return {
        "expiries": expiries,
        "perpetuals": format_wad(account.perpetuals),
        "risk_cancelling_collateral": format_wad(moving),
        "account": _greeks(account_greeks(totals, account.perpetuals, other, moving)),
    }


def exposure_rows(report: Tree) -> list[Tree]:
    """Return the report as flat rows: positions, expiries, the account."""
    rows: list[Tree] = []
    for name, expiry in report["expiries"].items():
        rows += [{"of": "position", "expiry": name, **each} for each in expiry["positions"]]
        rows.append(_row("expiry", name, expiry["total"]))
    return [*rows, _row("account", None, report["account"])]


def _row(of: str, name: str | None, greeks: Any) -> Tree:
    unnamed = dict.fromkeys(("strike", "type", "amount", "volatility"))
    return {"of": of, "expiry": name, **unnamed, **greeks}


def _greeks(greeks: PositionGreeks) -> Tree:
    return {name: format_wad(getattr(greeks, name)) for name in GREEKS}
