"""What portfolio margin would ask for: from the engine to a client, its JSON and the terminal."""

from __future__ import annotations

import pytest

from strikeproof.cli.trade_account import _print_account
from strikeproof.client import AccountState, PortfolioRequirement
from strikeproof.gateway.public_json import account_json
from strikeproof.sequencer.api.account_message import account_message
from strikeproof.sequencer.core.engine import Engine
from strikeproof.wire.errors import Result
from tests.unit.core.option_venue import CALL, OptionVenue


def venue() -> OptionVenue:
    """Return a venue where account 2 sold a call to account 1; account 3 holds nothing."""
    found = OptionVenue(accounts=3, deposit=10**12)
    found.fresh()
    price = found.mark(CALL).price
    assert found.sell(2, price, 500, instrument=CALL) == Result.OK
    assert found.buy(1, price, 500, instrument=CALL) == Result.OK
    return found


def shown(engine: Engine, account: int) -> AccountState:
    """Return the account as a client has it, without its positions' own terms."""
    view = engine.account(account)
    assert view is not None
    portfolio = engine.portfolio(account)
    return AccountState.of_message(account_message(engine, view, (), {}, {}, (), portfolio))


def test_clients_see_the_engines_figure() -> None:
    found = venue()
    view = found.engine.portfolio(2)
    assert view is not None
    state = shown(found.engine, 2)
    assert state.portfolio_margin == PortfolioRequirement(
        1, view.initial_margin, view.maintenance_margin, False, view.required
    )
    assert shown(found.engine, 3).portfolio_margin is None


def test_json_has_it_in_dollars_or_null() -> None:
    found = venue()
    margin = shown(found.engine, 2).portfolio_margin
    assert margin is not None
    state = AccountState(2, bytes(20), 0, 0, 0, 0, 0, False, (), (), 0, b"", 0, (), (), margin)
    assert account_json({}, state)["portfolio_margin"] == {
        "initial_margin": f"{margin.initial_margin_micro_usd / 10**6:f}".rstrip("0"),
        "maintenance_margin": f"{margin.maintenance_margin_micro_usd / 10**6:f}".rstrip("0"),
        "required": f"{margin.required_micro_usd / 10**6:f}".rstrip("0").rstrip("."),
        "underlying": 1,
        "is_overdue": False,
        "certified_until_ms": None,
    }
    assert account_json({}, shown(found.engine, 3))["portfolio_margin"] is None


@pytest.mark.parametrize("overdue", [False, True])
def test_the_terminal_says_what_it_would_ask_for(
    overdue: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    margin = PortfolioRequirement(1, 1_500_000_000, 1_200_000_000, overdue, 10_000_000_000)
    state = AccountState(2, bytes(20), 0, 0, 0, 0, 0, False, (), (), 0, b"", 0, (), (), margin)
    _print_account(state, {})
    printed = " ".join(capsys.readouterr().out.split())
    assert "would ask for 10,000 USD to come under it, maintenance 1,200 USD" in printed
    assert ("waits to be priced again" in printed) == overdue
