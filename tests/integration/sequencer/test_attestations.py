"""Tiers at a node that runs: said, signed and submitted from a shell, by who may and no other."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from strikeproof.cli.main import main
from strikeproof.client import Client, OrderEventKind, Refused, RemovalReason, Wallet
from strikeproof.client.attestation_file import AttestationFile
from strikeproof.wire.errors import Result
from tests.attestation_ops import attest, attesters
from tests.integration.sequencer.node_process import NodeProcess, running_node
from tests.integration.sequencer.venue import SEPARATOR, index_price, wallet

TIER = 2
Run = Callable[..., Any]


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NodeProcess]:
    folder = tmp_path_factory.mktemp("tiers") / "data"
    with running_node(folder, venue={"tier": TIER}) as found:
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


def trader(node: NodeProcess, number: int) -> Client:
    return Client(node.endpoint, wallet(f"trader {number}"), account=number)


def test_two_attesters_give_a_tier_and_take_it_away(
    node: NodeProcess, attester: Run, tmp_path: Path
) -> None:
    first, second, _ = attesters()
    file = str(tmp_path / "one.json")
    with trader(node, 1) as client:
        assert client.instrument("BTC-PERP-1").tier == TIER
        refused = client.place(1, sell=False, price=990, lots=100)
        assert refused.action.result is Result.TIER_NEEDED
        say = ("say", file, "--account", "1", "--tier", "2", "--days", "30", "--yes")
        assert "by 1 of 2" in attester(*say, by=first)
        assert "TOO_FEW_ATTESTATIONS" in attester("submit", file, status=2)
        assert attester("show", file, "--json")["is_complete"] is False
        assert "submit it" in attester("sign", file, "--yes", by=second)
        assert attester("submit", file, "--json")["result"] == "OK"
        assert "ATTESTATION_SUPERSEDED" in attester("submit", file, status=2)
        state = client.account()
        assert (state.tier, state.tier_expiry_ms - state.attested_ms) == (2, 30 * 86_400_000)
        placed = client.place(1, sell=False, price=990, lots=100)
        assert placed.action.result is Result.OK
        none = ("say", file, "--account", "1", "--tier", "0", "--yes")
        assert "all orders and triggers" in attester(*none, by=first)
        attester("sign", file, "--yes", by=second)
        attester("submit", file)
        state = client.account()
        assert (state.tier, state.open_orders) == (0, ())
        told = client.order_events(account=1, from_sequence=1, limit=100)[-1]
        assert (told.kind, told.reason) == (OrderEventKind.REMOVED, RemovalReason.TIER_LOWERED)


def test_copies_are_combined_and_strangers_are_told_so(
    node: NodeProcess, attester: Run, tmp_path: Path
) -> None:
    _, second, third = attesters()
    file, copy = tmp_path / "two.json", tmp_path / "copy.json"
    say = ("say", str(file), "--account", "2", "--tier", "3", "--days", "1", "--yes")
    assert "NOT_AN_ATTESTER" in attester(*say, by=wallet("trader 2"), status=2)
    assert not file.exists()
    attester(*say, by=second)
    unsigned = replace(AttestationFile.read(file), signatures=())
    unsigned.write(copy)
    attester("sign", str(copy), "--yes", by=third)
    attester("combine", str(file), str(copy))
    shown = attester("show", str(file), "--json")
    assert shown["is_complete"] and len(shown["signed_by"]) == 2
    text = file.read_text()
    file.write_text(text.replace('"tier": 3', '"tier": 4'))
    assert "NOT_AN_ATTESTER" in attester("submit", str(file), status=2)  # nobody signed that
    assert "ATTESTATION_FILE_INVALID" in attester("combine", str(file), str(copy), status=2)
    file.write_text(text.replace('"chain_id": 31337', '"chain_id": 1'))
    assert "ATTESTATION_OF_ANOTHER_VENUE" in attester("show", str(file), status=2)
    file.write_text(text)
    assert attester("submit", str(file), "--json")["result"] == "OK"


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"attestation": 3}', '{"attestation": 1, "chain_id": "x"}', "[" * 99_999],
)
def test_a_file_that_is_none_is_refused(attester: Run, tmp_path: Path, text: str) -> None:
    file = tmp_path / "none.json"
    file.write_text(text)
    assert "ATTESTATION_FILE_INVALID" in attester("show", str(file), status=2)


def test_arguments_that_contradict_one_another_are_refused(attester: Run, tmp_path: Path) -> None:
    file, key = str(tmp_path / "f.json"), attesters()[0]
    for wrong in (
        ("--tier", "1"),
        ("--tier", "0", "--days", "3"),
        ("--tier", "256", "--days", "3"),
    ):
        attester("say", file, "--account", "1", *wrong, "--yes", by=key, status=2)
    asked = ("say", file, "--account", "1", "--tier", "1", "--days", "3")
    assert "--yes" in attester(*asked, by=key, status=2)
    assert "CONFIG_INCOMPLETE" in attester(*asked, "--yes", status=2)
    unknown = ("say", file, "--account", "99", "--tier", "1", "--days", "3", "--yes")
    assert "NOT_FOUND" in attester(*unknown, by=key, status=2)


def test_the_node_refuses_what_no_quorum_signed_before_it_is_ordered(node: NodeProcess) -> None:
    with trader(node, 3) as client:
        # A moment that has passed at the node too, whose clock is only estimated here.
        now_ms, before = client.now_ms() - 2_000, client.venue().batch_open
        forged = attest(SEPARATOR, 3, 2, now_ms, by=[Wallet.generate()] * 2)
        for op, result in (
            (forged, Result.BAD_SIGNATURE),
            (attest(SEPARATOR, 3, 2, now_ms, 1), Result.BELOW_QUORUM),
            (attest(SEPARATOR, 99, 2, now_ms), Result.UNKNOWN_ACCOUNT),
            (attest(SEPARATOR, 3, 2, now_ms + 60_000), Result.STALE_ATTESTATION),
        ):
            with pytest.raises(Refused) as refusal:
                client.submit(op)
            assert refusal.value.result is result
        assert client.venue().batch_open == before
        assert client.submit(attest(SEPARATOR, 3, 2, now_ms)).result is Result.OK
