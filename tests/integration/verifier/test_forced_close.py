"""`strikeproof exit force close` to its end: the position is closed, of a key and of a contract."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from eth_abi import decode as abi_decode
from eth_abi import encode as abi_encode
from eth_utils import to_checksum_address

from strikeproof.bench.max_declared_segment import max_declared_segment
from strikeproof.cli.main import main
from strikeproof.client.operation import Bundle, Place, SetMarginMode, SetSession, encode_op
from strikeproof.client.typed_data import digest, struct_hash
from strikeproof.client.wallet import Wallet
from strikeproof.contracts import LAW_FAMILIES
from strikeproof.deployment import Deployment
from strikeproof.keccak import keccak256
from strikeproof.ordered_form import ordered_op
from strikeproof.verifier.wiring import VerifierParts
from strikeproof.wire.constants import TimeInForce
from strikeproof.wire.units import Lots, Milliseconds, Ppm, Ticks
from tests.harness import harness
from tests.integration.verifier.nodes import HttpL1, write_config
from tests.integration.verifier.real_venue import TRADERS, RealVenue
from tests.integration.verifier.venue import AMPLE_WEI, CHAIN_ID, ETHER

USD = 10**6
KEY_VARIABLE = "STRIKEPROOF_TEST_OWNER"
MID, NEVER = 300_000, Milliseconds(2**47)
ADDED = "0x" + keccak256(b"MessageAdded(uint64,bytes,bytes32)").hex()
EXIT_ADDED = "0x" + keccak256(b"ExitAdded(uint64,bytes,bytes32)").hex()


class OwnersVenue(RealVenue):
    """A venue with a book, whose owners send messages by themselves."""

    def __init__(self) -> None:
        super().__init__(real_escape=True)
        self.trade(1 + TRADERS)

    def order(self, *ops: bytes) -> None:
        """Order current prices, then these ops, and consume the inbox."""
        time_ms = self.now_ms()
        self.market.now_ms = Milliseconds(time_ms - 2_000)
        prices = [self.market._index_price(1), self.market._index_price(2)]
        segments = [map(ordered_op, each) for each in ((prices, ops) if ops else (prices,))]
        self.post_timed_batch(
            [max_declared_segment(time_ms, list(each)) for each in segments], time_ms
        )

    def take_up(self) -> None:
        """Take up the exits and messages that others sent, and order them."""
        for log in self._logs(ADDED)[len(self.messages) :]:
            self._added({"logs": [log]})
        for log in self._logs(EXIT_ADDED)[len(self.exits) :]:
            message, _ = abi_decode(["bytes", "bytes32"], bytes.fromhex(log["data"][2:]))
            self.exits.append(message)
        self.post_timed_batch([], self.now_ms())

    def _logs(self, topic: str) -> list[Any]:
        address = ["0x" + self.inbox.hex()]
        query = {"address": address, "fromBlock": "0x0", "toBlock": "latest", "topics": [topic]}
        found: list[Any] = self.rpc.handle("eth_getLogs", [query])
        return found

    def sizes(self, account: int) -> dict[int, int]:
        found = self.engine.account(account)
        assert found is not None
        return {each.instrument: each.size for each in found.positions if each.size}


@pytest.fixture(scope="module")
def venue() -> OwnersVenue:
    return OwnersVenue()


@pytest.fixture
def l1(venue: OwnersVenue) -> Iterator[HttpL1]:
    server = HttpL1(venue)
    yield server
    server.close()


@pytest.fixture
def config(venue: OwnersVenue, l1: HttpL1, tmp_path: Path) -> Path:
    return write_config(venue, tmp_path, l1.url, f'[key]\nkey_env = "{KEY_VARIABLE}"')


def force(config: Path, *arguments: str) -> str:
    command = ["exit", "force", *arguments, "--config", str(config)]
    result = CliRunner().invoke(main, command, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def forced(config: Path, account: int) -> list[Any]:
    """What became of what an account's owner forced, by L1 alone."""
    command = ["exit", "forced", str(account), "--config", str(config), "--json"]
    result = CliRunner().invoke(main, command, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    found: list[Any] = json.loads(result.stdout)["forced"]
    return found


def assert_derived(venue: OwnersVenue, config: Path) -> None:
    """The verifier's own execution of the real law comes to the same state."""
    parts = VerifierParts(venue.client(), venue.contracts, config.parent / "data" / "verifier.db")
    parts.catch_up()
    assert parts.state.forest.root == venue.engine.state_root()
    parts.close()


def test_an_owner_closes_a_position_without_the_sequencers_leave(
    venue: OwnersVenue, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    venue.order(venue.market.bundle(1, Place(1, False, Ticks(MID + 40), Lots(50), TimeInForce.IOC)))
    assert venue.sizes(1) == {1: 50}
    key = keccak256(b"trader 1 0")
    venue.send(venue.other, Wallet(key).address, b"", value=ETHER)
    monkeypatch.setenv(KEY_VARIABLE, key.hex())
    force(config, "close", "1", "1", "20", "--yes")
    venue.take_up()
    assert venue.sizes(1) == {1: 30}, "in part, where no more is asked for"
    force(config, "close", "1", "1", "1000", "--yes")
    venue.take_up()
    assert venue.sizes(1) == {}
    assert_derived(venue, config)
    part, rest = forced(config, 1)
    assert (part["op"], part["instrument"], part["lots"]) == ("FORCED_CLOSE", 1, 20)
    for each, closed, left in ((part, 20, 30), (rest, 30, 0)):
        effect = each["effect"]
        assert (each["state"], each["result"]) == ("executed", "OK")
        assert (effect["closed_lots"], effect["left_lots"]) == (closed, left)
        assert sum(fill["lots"] for fill in effect["fills"]) + effect["house_lots"] == closed
        assert (effect["house_lots"] > 0) is (effect["house_value_micro_usd"] is not None)
    print(part["text"], rest["text"], sep="\n")


def deployment_of(venue: OwnersVenue, path: Path) -> Path:
    """Write what a trader's configuration names: the contracts that it calls are the venue's."""
    nobody, word = to_checksum_address(bytes(20)), "0x" + bytes(32).hex()
    Deployment(
        chain_id=CHAIN_ID,
        first_block=1,
        rollup=to_checksum_address(venue.rollup),
        inbox=to_checksum_address(venue.inbox),
        vault=to_checksum_address(venue.vault),
        timelock=nobody,
        escape=nobody,
        promises=nobody,
        token=nobody,
        laws=(nobody,) * len(LAW_FAMILIES),
        law_modules=(),
        law_id=word,
        genesis_batch_hash=word,
        genesis_claim_hash=word,
        genesis_root=word,
        domain_separator=word,
    ).save(path)
    return path


def test_an_owner_under_portfolio_margin_goes_back_first_without_the_sequencers_leave(
    venue: OwnersVenue, config: Path, l1: HttpL1, monkeypatch: pytest.MonkeyPatch
) -> None:
    buy = Place(1, False, Ticks(MID + 40), Lots(50), TimeInForce.IOC)
    mode = SetMarginMode(2, 150, NEVER, 1)
    venue.order(venue.market.bundle(2, buy))
    venue.order(venue.signed(mode, 2))
    held = venue.engine.account(2)
    assert held is not None
    assert held.portfolio_underlying == 1
    key = keccak256(b"trader 1 1")
    venue.send(venue.other, Wallet(key).address, b"", value=ETHER)
    monkeypatch.setenv(KEY_VARIABLE, key.hex())
    command = ["exit", "force", "close", "2", "1", "1000", "--yes", "--config", str(config)]
    refused = CliRunner().invoke(main, command)
    assert refused.exit_code
    assert "trade margin-mode standard --force" in refused.output

    trader, deployment = config.parent / "trader.toml", config.parent / "deployment.json"
    trader.write_text(
        f'endpoint = "127.0.0.1:1"\naccount = 2\n[key]\nkey_env = "{KEY_VARIABLE}"\n'
        f'[l1]\nendpoints = ["{l1.url}"]\nchain_id = {CHAIN_ID}\n'
        f'deployment = "{deployment_of(venue, deployment)}"\n'
    )
    command = ["trade", "--config", str(trader), "margin-mode", "standard", "--force"]
    sent = CliRunner().invoke(main, [*command, "--from-verifier", str(config)])
    assert sent.exit_code == 0, sent.output
    assert "inbox message" in sent.output
    venue.take_up()
    held = venue.engine.account(2)
    assert held is not None
    assert held.portfolio_underlying == 0
    force(config, "close", "2", "1", "1000", "--yes")
    venue.take_up()
    assert venue.sizes(2) == {}
    assert_derived(venue, config)
    back, close = forced(config, 2)
    assert (back["op"], back["result"]) == ("SET_MARGIN_MODE", "OK")
    assert (close["op"], close["result"]) == ("FORCED_CLOSE", "OK")


def test_a_contract_closes_its_position_by_the_call_that_is_printed(
    venue: OwnersVenue, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It signs nothing: its messages are its orders, and a session's key trades for it."""
    wallet = venue._create("Relay", b"", harness("Relay").bytecode)
    venue.register(wallet)
    number = venue.accounts
    venue.deposit(number, 10_000 * USD)
    session = Wallet(keccak256(b"session of a contract"))
    grant = encode_op(SetSession(number, 0, NEVER, 1, session.address), b"")
    call_as(venue, wallet, venue.inbox, submit(grant), AMPLE_WEI)
    venue.take_up()
    buy = Place(2, False, Ticks(MID + 40), Lots(25), TimeInForce.IOC)
    bundle = Bundle(number, 1, 0, NEVER, Ppm(10_000), (buy,))
    signed = digest(venue.market.domain.separator, struct_hash(bundle))
    venue.order(encode_op(bundle, session.sign_digest(signed)))
    assert venue.sizes(number) == {2: 25}
    monkeypatch.setenv(KEY_VARIABLE, keccak256(b"anybody").hex())
    printed = json.loads(force(config, "close", str(number), "2", "25", "--print", "--json"))
    assert bytes.fromhex(printed["to"][2:]) == venue.inbox
    data = bytes.fromhex(printed["data"][2:])
    with pytest.raises(RuntimeError):  # nobody else closes it
        venue.send(venue.other, venue.inbox, data, AMPLE_WEI)
    call_as(venue, wallet, venue.inbox, data, printed["value_wei"])
    venue.take_up()
    assert venue.sizes(number) == {}
    assert_derived(venue, config)
    grant, close = forced(config, number)
    assert (grant["message"][:8], grant["op"], grant["result"]) == ("message:", "SET_SESSION", "OK")
    assert (close["message"][:5], close["effect"]["closed_lots"]) == ("exit:", 25)


def submit(op: bytes) -> bytes:
    return keccak256(b"submit(bytes)")[:4] + abi_encode(["bytes"], [op])


def call_as(venue: OwnersVenue, wallet: bytes, target: bytes, data: bytes, value: int) -> Any:
    """Have a contract make a call."""
    arguments = abi_encode(["address", "bytes", "uint256"], [target, data, value])
    call = keccak256(b"pay(address,bytes,uint256)")[:4] + arguments
    return venue.send(venue.other, wallet, call, value)
