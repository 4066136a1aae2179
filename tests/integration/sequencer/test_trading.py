"""A trader's whole life through a sequencer process on an L1 process."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from eth_account import Account

from strikeproof.cli.main import main
from strikeproof.client import (
    Cancel,
    CancelAll,
    Client,
    Place,
    Quote,
    QuoteSide,
    Refused,
    Replace,
    Wallet,
)
from strikeproof.client.block_file import BlockFile
from strikeproof.wire.constants import PUBLISH_SPACING_MS, TimeInForce
from strikeproof.wire.errors import ApiError, Result
from tests.integration.sequencer.chain import (
    CHAIN_ID,
    Chain,
    SequencerProcess,
    l1_account,
    running_chain,
    start_sequencer,
    write_config,
)
from tests.integration.sequencer.venue import REPORTERS, now_ms, wallet

INSTRUMENT = "BTC-PERP-1"


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Chain, Path]]:
    folder = tmp_path_factory.mktemp("l1")
    with running_chain(folder, window_seconds=5) as found:
        yield found, folder


@pytest.fixture(scope="module")
def sequencer(chain: tuple[Chain, Path]) -> Iterator[SequencerProcess]:
    found, folder = chain
    process = start_sequencer(write_config(folder, found))
    yield process
    assert process.terminate() == 0, process.log.read_text()[-2000:]


def price(sequencer: SequencerProcess, time_ms: int = 0) -> None:
    time_ms = time_ms or now_ms() - 300
    with Client(sequencer.endpoint) as client:
        published_ms = client.instruments()[0].index_publish_time_ms
    while 0 <= time_ms - published_ms < PUBLISH_SPACING_MS:  # a price of the test before
        time.sleep(0.1)
        time_ms = now_ms() - 300
    for number, reporter in enumerate(REPORTERS[:2]):
        with Client(sequencer.endpoint, reporter) as client:
            heard, needed = client.report_price(number, 1, time_ms, 100 * 10**9)
            assert (heard, needed) == (number + 1, 2)


@pytest.fixture
def runner(
    chain: tuple[Chain, Path], sequencer: SequencerProcess, monkeypatch: pytest.MonkeyPatch
) -> Any:
    path = chain[1] / "trader.toml"
    path.write_text(
        f'endpoint = "{sequencer.endpoint}"\n[key]\nkey_env = "TRADER_KEY"\n'
        f'[l1]\nendpoints = ["{chain[0].url}"]\nchain_id = {CHAIN_ID}\n'
        'deployment = "deployment.json"\n'
    )
    monkeypatch.setenv("TRADER_KEY", l1_account("trader 1").key.hex())

    def run(*arguments: str, status: int = 0) -> Any:
        result = CliRunner().invoke(main, ["trade", "--config", str(path), *arguments])
        assert result.exit_code == status, (result.output, result.exception)
        return json.loads(result.stdout.splitlines()[-1]) if "--json" in arguments else result

    return run


def test_first_order_takes_ten_lines(sequencer: SequencerProcess) -> None:
    price(sequencer)
    with Client(sequencer.endpoint, wallet("trader 2")) as client:
        btc = client.instrument(INSTRUMENT)
        ack = client.place(btc.id, sell=False, price=btc.ticks("99.5"), lots=10)
        assert ack.action.is_ok
        assert ack.action.resting_lots == 10
        assert client.finality(ack).state == "accepted"
        assert client.account().open_orders[0].price == 995
        cancelled = client.cancel(btc.id, ack.action.slot, ack.action.serial)
        assert cancelled.action.is_ok
        assert not client.account().open_orders


def test_order_signed_by_an_ordinary_wallet_is_accepted(sequencer: SequencerProcess) -> None:
    """The standard JSON form, signed by eth_account: 65 bytes."""
    price(sequencer)
    key = wallet("trader 2")
    account = Account.from_key(key.secret())
    with Client(sequencer.endpoint, key) as client:
        orders = (
            Place(1, True, 1_005, 3, TimeInForce.GTD, post_only=True, expiry_ms=now_ms() + 60_000),
            CancelAll(1),
            Cancel(1, 7, 8),
            Replace(1, 9, 10, False, 990, 5, client_id=11),
            Quote(1, QuoteSide(990, 5, 9, 10), QuoteSide(1_010, 5)),
        )
        op = client.bundle_of(*orders)
        signed = account.sign_typed_data(full_message=client.typed_data(op))
        ack = client.submit_signed(op, bytes(signed.signature))
        results = [each.result for each in ack.actions]
        gone = Result.ORDER_NOT_FOUND
        assert results == [Result.OK, Result.OK, gone, gone, gone, Result.OK]
        assert client.cancel_all().action.is_ok
        assert len(signed.signature) == 65


def test_refused_op_carries_the_laws_code_and_is_counted(sequencer: SequencerProcess) -> None:
    def refused(result: Result) -> float:
        return sequencer.metric("sequencer_ops_refused_total", result=result.name)

    before = {each: refused(each) for each in Result}
    with Client(sequencer.endpoint, Wallet.generate(), account=2) as stranger:
        with pytest.raises(Refused) as caught:
            stranger.place(1, sell=False, price=1_000, lots=10)
        assert caught.value.code is ApiError.OP_REJECTED
        assert caught.value.result is Result.BAD_SIGNATURE
    after = {each: refused(each) for each in Result}
    assert after == before | {Result.BAD_SIGNATURE: before[Result.BAD_SIGNATURE] + 1}


def test_trader_deposits_trades_and_withdraws_from_a_shell(
    runner: Any, sequencer: SequencerProcess
) -> None:
    done = runner("deposit", "250", "--json")
    assert done["amount_micro_usd"] == 250_000_000
    before = runner("account", "--json")
    price(sequencer)
    placed = runner("place", INSTRUMENT, "buy", "4", "100", "--json")
    assert placed["actions"][0]["result"] == "OK"
    book = runner("book", INSTRUMENT, "--json")
    assert book["bids"][0]["price"] == 1_000
    with Client(sequencer.endpoint, wallet("trader 2")) as other:
        assert other.place(1, sell=True, price=1_000, lots=4).action.filled_lots == 4
    trades = runner("trades", INSTRUMENT, "--json")["trades"]
    assert trades[0]["lots"] == 4
    assert trades[0]["taker_sells"]
    account = runner("account", "--json")
    assert account["positions"][0]["size_lots"] == 4
    place = placed["receipt"]
    name = f"{place['batch']}:{place['segment']}:{place['index']}"
    assert runner("finality", name, "--json")["state"] in (
        "accepted",
        "ordered",
        "claimed",
        "verified",
    )
    paid = runner("withdraw", "123.45", "--json")
    assert paid["amount_micro_usd"] == 123_450_000
    after = runner("account", "--json")
    assert after["withdrawn_micro_usd"] == before["withdrawn_micro_usd"] + 123_450_000
    assert runner("finality", name, "--json")["state"] == "final"
    runner("withdraw", status=2)


def test_two_accounts_trade_a_block_by_a_file(
    runner: Any, sequencer: SequencerProcess, tmp_path: Path
) -> None:
    """Proposed and submitted from one shell, signed from another; once."""
    path = tmp_path / "block.json"
    price(sequencer)
    other = wallet("trader 2")
    before = runner("account", "--json")
    with Client(sequencer.endpoint, other) as client:
        counterparty = client.account().id
    proposal = runner(
        "block",
        "propose",
        str(path),
        "--with",
        str(counterparty),
        "--leg",
        f"{INSTRUMENT} buy 6 100.5",
        "--json",
    )
    assert not proposal["signed"]
    assert "has not signed" in runner("block", "submit", str(path), status=2).output
    with Client(sequencer.endpoint, other) as client:
        found = BlockFile.read(path)
        found.check(client)
        until = client.now_ms() + 60_000
        replace(found, trade=client.consent(found.trade, expiry_ms=until)).write(path)
    shown = runner("block", "show", str(path))
    assert "buy" in shown.output and "has signed" in shown.output
    assert "Your side passes" in shown.output
    margin = runner("block", "show", str(path), "--json")["margin"]
    assert margin["after"]["equity_micro_usd"] < margin["before"]["equity_micro_usd"]
    text = path.read_text()
    path.write_text(text.replace('"lots": 6', '"lots": 60'))
    assert "BLOCK_FILE_INVALID" in runner("block", "submit", str(path), status=2).output
    path.write_text(text)
    assert runner("block", "submit", str(path), "--json")["result"] == "OK"
    assert "BLOCK_USED" in runner("block", "submit", str(path), status=2).output
    lots = [
        sum(p["size_lots"] for p in each["positions"])
        for each in (before, runner("account", "--json"))
    ]
    assert lots[1] - lots[0] == 6
    trade = runner("trades", INSTRUMENT, "--json")["trades"][0]
    assert (trade["lots"], trade["price"], trade["is_block"]) == (6, 1_005, True)
    with Client(sequencer.endpoint, other) as client:
        told = client.order_events(limit=1)[-1]
        assert (told.is_block, told.sell, told.lots, told.is_taker) == (True, True, 6, False)


def test_a_maker_renews_its_quote_and_its_other_side_moves_when_one_was_filled(
    runner: Any, sequencer: SequencerProcess
) -> None:
    price(sequencer)
    runner("cancel", INSTRUMENT, "--all")
    made = runner("quote", INSTRUMENT, "--bid", "4@99", "--ask", "4@101", "--json")
    bid, ask = made["actions"]
    assert (bid["resting_lots"], ask["resting_lots"]) == (4, 4)
    old = ["--old-bid", f"{bid['slot']}:{bid['serial']}"]
    old += ["--old-ask", f"{ask['slot']}:{ask['serial']}"]
    with Client(sequencer.endpoint, wallet("trader 2")) as other:
        assert other.place(1, sell=True, price=990, lots=4).action.filled_lots == 4
    again = ["quote", INSTRUMENT, "--bid", "4@101.5", "--ask", "4@102.5", *old, "--json"]
    gone, moved = runner(*again, status=6)["actions"]
    assert gone["result"] == "ORDER_NOT_FOUND"
    assert moved["resting_lots"] == 4
    runner("quote", INSTRUMENT, "--bid", "4@98.5", "--json")
    out = runner("quote", INSTRUMENT, "--old-ask", f"{moved['slot']}:{moved['serial']}", "--json")
    assert [each["result"] for each in out["actions"]] == ["OK", "OK"]
    book = runner("book", INSTRUMENT, "--json")
    assert (book["bids"][0]["price"], book["asks"]) == (985, [])
    assert "LOTS@PRICE" in runner("quote", INSTRUMENT, "--bid", "4", status=2).output
    runner("cancel", INSTRUMENT, "--all")


def test_tables_are_readable(runner: Any, sequencer: SequencerProcess) -> None:
    price(sequencer)
    runner("place", INSTRUMENT, "buy", "2", "98.5")
    assert "98.5" in runner("book", INSTRUMENT).output
    assert "Open orders" in runner("account").output
    assert INSTRUMENT in runner("instruments").output
    runner("cancel", INSTRUMENT, "--all")
    assert "98.5" not in runner("book", INSTRUMENT).output
    wrong = runner("place", INSTRUMENT, "buy", "2", "98.55", status=2)
    assert "between the ticks 98.5 and 98.6" in " ".join(wrong.output.split())
