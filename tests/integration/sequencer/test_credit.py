"""Credit at a node that runs: said, consented to, used, taken away and released from a shell."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from strikeproof.cli.main import main
from strikeproof.client import Client, Refused, Wallet
from strikeproof.wire.errors import Result
from tests.attestation_ops import attesters
from tests.credit_monitor import CreditTerms, Due, Monitor
from tests.credit_ops import release_credit
from tests.integration.sequencer.node_process import NodeProcess, running_node
from tests.integration.sequencer.venue import index_price, wallet

GUARANTOR = 2
USD = 10**6
Run = Callable[..., Any]


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NodeProcess]:
    folder = tmp_path_factory.mktemp("credit") / "data"
    with running_node(folder, venue={"tier": 2}) as found:
        found.submit(index_price())
        yield found


@pytest.fixture
def attester(node: NodeProcess, tmp_path: Path) -> Run:
    """Run a command of `strikeproof attester` with a key; return its JSON, or its output."""

    def run(*arguments: str, by: Wallet | None = None, status: int = 0) -> Any:
        config, env = f'endpoint = "{node.endpoint}"\n', {}
        if by is not None:
            config += '[key]\nkey_env = "ATTESTER_KEY"\n'
            env = {"ATTESTER_KEY": "0x" + by.secret().hex()}
        path = tmp_path / "attester.toml"
        path.write_text(config)
        call = ["attester", "--config", str(path), *arguments]
        found = CliRunner().invoke(main, call, env=env)
        assert found.exit_code == status, found.output
        return json.loads(found.output) if "--json" in arguments else found.output

    return run


def test_a_guarantor_gives_credit_and_has_its_money_back(
    node: NodeProcess, attester: Run, tmp_path: Path
) -> None:
    (first, second, _), owner = attesters(), wallet("trader 2")
    file = str(tmp_path / "credit.json")
    say = ("credit", file, "--account", "1", "--limit", "12.5", "--hours", "48", "--yes")
    with Client(node.endpoint, wallet("trader 1"), account=1) as client:
        before = client.account(GUARANTOR).collateral_micro_usd
        assert "needs --hours and --guarantor" in attester(*say, by=first, status=2)
        assert "NOT_AN_ATTESTER" in attester(
            *say, "--guarantor", "2", by=wallet("trader 3"), status=2
        )
        told = attester(*say, "--guarantor", "2", by=first)
        assert "credit of 12.5 USD from account 2" in told and "still to consent" in told
        attester("sign", file, "--yes", by=second)
        assert "CONSENT_LACKING" in attester("submit", file, status=2)
        assert "has consented" in attester("sign", file, "--yes", by=owner)
        assert attester("show", file, "--json")["is_complete"] is True
        assert attester("submit", file, "--json")["result"] == "OK"
        state = client.account()
        assert (state.credit_limit_micro_usd, state.guarantor) == (12_500_000, GUARANTOR)
        assert state.credit_micro_usd == 12_500_000
        assert state.credit_expiry_ms - state.credited_ms == 48 * 3_600_000
        assert client.account(GUARANTOR).collateral_micro_usd == before - 12_500_000
        assert client.venue().credit_micro_usd == "12500000"
        assert "CREDIT_STANDS" in attester("release", "--account", "1", status=2)
        none = ("credit", file, "--account", "1", "--limit", "0", "--yes")
        assert "no credit" in attester(*none, by=first)
        attester("sign", file, "--yes", by=second)
        attester("submit", file)
        assert client.account().credit_micro_usd == 0
        assert attester("release", "--account", "1", "--json")["result"] == "OK"
        assert client.account(GUARANTOR).collateral_micro_usd == before
        with pytest.raises(Refused) as refusal:
            client.submit(release_credit(1))
        assert refusal.value.result is Result.NO_CREDIT


def test_a_monitor_leaves_statements_where_one_attester_is_no_quorum(
    node: NodeProcess, attester: Run, tmp_path: Path
) -> None:
    first, second, _ = attesters()
    with Client(node.endpoint, wallet("trader 3"), account=3) as client:
        least = client.account().equity_micro_usd
        terms = CreditTerms(3, 7 * USD, 48 * 60, least, 10**6)
        monitor = Monitor(client, [terms], (first, wallet("trader 2")), GUARANTOR)
        assert monitor.look(tmp_path) == [(3, Due.GRANT)]
        file = str(tmp_path / "credit-3.json")
        attester("sign", file, "--yes", by=second)
        attester("submit", file)
        assert client.account().credit_limit_micro_usd == 7 * USD
        assert monitor.look(tmp_path) == [(3, Due.NOTHING)]
        costlier = CreditTerms(3, 7 * USD, 48 * 60, least + 1, 10**6)
        strict = Monitor(client, [costlier], (first, wallet("trader 2")), GUARANTOR)
        assert strict.look(tmp_path) == [(3, Due.TAKE_AWAY)]
        attester("sign", file, "--yes", by=second)
        attester("submit", file)
        assert strict.look(tmp_path) == [(3, Due.RELEASE)]
        assert client.account().credit_limit_micro_usd == 0
        assert strict.look(tmp_path) == [(3, Due.NOTHING)]
