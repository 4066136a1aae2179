"""Standard margin of a portfolio file: each expiry by the most that it can lose, and perpetuals.

Options count for what they may cost and not for what they are worth: equity is cash with the
perpetuals' profit and funding. Source: docs/risk.md, standard margin.
"""

from __future__ import annotations

from strikeproof.risk.files.decimals import format_wad
from strikeproof.risk.files.json_file import RiskFileError
from strikeproof.risk.files.portfolio import Portfolio
from strikeproof.risk.files.portfolio_file import PortfolioFile
from strikeproof.risk.files.reports import Tree
from strikeproof.risk.kernel.errors import OutOfDomain
from strikeproof.risk.kernel.fixed_point import ONE
from strikeproof.risk.kernel.scenario_array import LANE_BITS, VALUE_MAX
from strikeproof.risk.kernel.scenarios import SPECIAL_LANES
from strikeproof.risk.kernel.standard_account import (
    StandardOption,
    expiry_requirement,
    isolated_requirement,
    most_lost,
)
from strikeproof.risk.kernel.standard_margin import perpetual_requirement


def standard_report(portfolio: Portfolio, file: PortfolioFile) -> Tree:
    """Return what each expiry and the perpetuals ask for, and both margins that are left. Raises
    `RiskFileError`."""
    rates = file.parameters.standard.kernel()
    account, market = portfolio.account, portfolio.market
    lane = LANE_BITS * (len(portfolio.grid.lanes) - SPECIAL_LANES)
    parts: list[tuple[int, int]] = []
    expiries: Tree = {}
    for name, expiry in zip(portfolio.names, account.expiries, strict=True):
        options = [
            StandardOption(each.strike, each.is_call, each.amount, each.array >> lane & VALUE_MAX)
            for each in expiry.options
        ]
        forward = file.feeds.expiries[name].forward
        try:
            asked = expiry_requirement(options, market.spot, forward, rates.option, rates.unpaired)
            alone = isolated_requirement(options, market.spot, rates.option)
        except OutOfDomain as error:
            raise RiskFileError([f"feeds.expiries.{name}: {error}"]) from error
        parts.append(asked)
        net_calls = sum(each.amount for each in options if each.is_call)
        expiries[name] = {
            "initial": format_wad(asked[0]),
            "maintenance": format_wad(asked[1]),
            "isolated_initial": format_wad(alone[0]),
            "isolated_maintenance": format_wad(alone[1]),
            "most_lost_at_a_strike": format_wad(-(-most_lost(options) // ONE)),
            "calls_beyond_those_bought": format_wad(max(0, -net_calls)),
        }
    try:
        of_perpetuals = perpetual_requirement(
            account.perpetuals,
            market.perpetual,
            rates.perpetual_initial,
            rates.perpetual_maintenance,
        )
    except OutOfDomain as error:
        raise RiskFileError([f"positions.perpetuals: {error}"]) from error
    parts.append(of_perpetuals)
    equity = account.cash + account.perpetual_pnl + account.funding
    initial, maintenance = (sum(part[place] for part in parts) for place in (0, 1))
    return {
        "equity": format_wad(equity),
        "initial_requirement": format_wad(initial),
        "maintenance_requirement": format_wad(maintenance),
        "initial_margin": format_wad(equity - initial),
        "maintenance_margin": format_wad(equity - maintenance),
        "expiries": expiries,
        "perpetuals": {
            "initial": format_wad(of_perpetuals[0]),
            "maintenance": format_wad(of_perpetuals[1]),
        },
    }
