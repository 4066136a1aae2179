"""`strikeproof trade`: what a trader does, from a shell."""

from __future__ import annotations

import time
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from strikeproof.cli.trade_session import TradeSession, micro_usd, print_table, tells_failures, usd
from strikeproof.failure import Rejected, Transient
from strikeproof.wire.errors import FailureCode
from strikeproof.wire.units import Lots, Milliseconds, Ticks

if TYPE_CHECKING:
    from strikeproof.client import Ack, Instrument, OpFinality

WAIT_SECONDS = 600


class NothingOwed(Rejected):
    """The Vault owes the account nothing."""

    code = FailureCode.NOTHING_OWED

    def __init__(self, account: int) -> None:
        super().__init__(f"account {account} is owed nothing")
        self.account = account


class NotDoneInTime(Transient):
    """What the command waits for has not happened yet."""

    code = FailureCode.NOT_DONE_IN_TIME

    def __init__(self, seconds: int) -> None:
        super().__init__(f"not done after {seconds} s")
        self.seconds = seconds


@click.group()
@click.option(
    "--config",
    "path",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    envvar="STRIKEPROOF_TRADER",
    help="TOML: endpoint, account, [key], [l1]; or variable STRIKEPROOF_TRADER.",
)
@click.option("--endpoint", help="Sequencer, host:port; instead of --config, for reading.")
@click.pass_context
def group(ctx: click.Context, path: Path | None, endpoint: str | None) -> None:
    """Deposit, place and cancel orders, follow their finality, withdraw.

    Prices are in USD of the underlying (or ticks with --ticks), sizes in lots.
    """
    from strikeproof.client.trader_config import TraderConfig
    from strikeproof.config import load_config

    if path is None and endpoint is None:
        raise click.UsageError("give --config or --endpoint")
    try:
        config = load_config(path, TraderConfig) if path else TraderConfig(endpoint=str(endpoint))
    except Rejected as error:
        raise click.UsageError(str(error)) from None
    ctx.obj = config


def trade_command(name: str, *options: Callable[..., Any]) -> Callable[..., Any]:
    """Return what makes a function a command of the group, with --json and failures told."""

    def decorate(function: Callable[..., None]) -> click.Command:
        @click.pass_context
        @wraps(function)
        def call(ctx: click.Context, /, *, as_json: bool, **values: Any) -> None:
            tells_failures(function)(TradeSession(ctx.obj, as_json), **values)

        wrapped: Any = call
        json_option = click.option("--json", "as_json", is_flag=True, help="One JSON object.")
        for each in (json_option, *reversed(options)):
            wrapped = each(wrapped)
        command: click.Command = group.command(name)(wrapped)
        return command

    return decorate


@trade_command("instruments")
def instruments(session: TradeSession) -> None:
    """List the instruments with terms and prices."""
    with session.client() as client:
        found = client.instruments()
    rows: list[list[object]] = [
        [
            each.id,
            each.symbol,
            each.status.name,
            each.price_usd(each.mark_price),
            each.price_usd(each.last_price),
            each.price_usd(1),
            usd(each.tick_value),
            f"{each.maker_fee_ppm} / {each.taker_fee_ppm}",
            each.open_interest_lots,
        ]
        for each in found
    ]
    columns = ["id", "symbol", "status", "mark", "last", "tick", "tick value", "fees ppm", "open"]
    session.show({"instruments": found}, lambda: print_table("Instruments", columns, rows))


@trade_command(
    "book",
    click.argument("instrument"),
    click.option("--depth", default=10, show_default=True),
)
def book(session: TradeSession, instrument: str, depth: int) -> None:
    """Show an order book."""
    with session.client() as client:
        terms = client.instrument(instrument)
        found = client.book(terms.id, depth)
    rows: list[list[object]] = [
        ["ask", terms.price_usd(each.price), each.lots, each.orders]
        for each in reversed(found.asks)
    ]
    rows += [["bid", terms.price_usd(each.price), each.lots, each.orders] for each in found.bids]
    session.show(found, lambda: print_table(terms.symbol, ["", "USD", "lots", "orders"], rows))


@trade_command(
    "trades",
    click.argument("instrument"),
    click.option("--limit", default=20, show_default=True),
)
def trades(session: TradeSession, instrument: str, limit: int) -> None:
    """Show the latest trades, newest first."""
    with session.client() as client:
        terms = client.instrument(instrument)
        found = client.trades(terms.id, limit)
    rows: list[list[object]] = [
        [
            each.sequence,
            "sell" if each.taker_sells else "buy",
            terms.price_usd(each.price),
            each.lots,
            time.strftime("%H:%M:%S", time.gmtime(each.time_ms // 1000)),
            each.batch,
        ]
        for each in found
    ]
    columns = ["trade", "taker", "USD", "lots", "UTC", "batch"]
    session.show({"trades": found}, lambda: print_table(terms.symbol, columns, rows))


@trade_command("account")
def account(session: TradeSession) -> None:
    """Show the account: money, margin, positions, open orders."""
    with session.client() as client:
        found = client.account()
        terms = {each.id: each for each in client.instruments()}

    def table() -> None:
        print_table(
            f"Account {found.id}, owner 0x{found.owner.hex()}",
            ["collateral", "equity", "initial", "maintenance", "withdrawn"],
            [
                [
                    usd(found.collateral_micro_usd),
                    usd(found.equity_micro_usd),
                    usd(found.initial_margin_micro_usd),
                    usd(found.maintenance_margin_micro_usd),
                    usd(found.withdrawn_micro_usd),
                ]
            ],
        )
        print_table(
            "Positions",
            ["symbol", "lots", "mark", "open buys", "open sells"],
            [
                [
                    each.symbol,
                    each.size_lots,
                    terms[each.instrument].price_usd(each.mark_price),
                    each.open_buy_lots,
                    each.open_sell_lots,
                ]
                for each in found.positions
            ],
        )
        print_table(
            "Open orders",
            ["symbol", "side", "USD", "lots", "order"],
            [
                [
                    terms[each.instrument].symbol,
                    "sell" if each.sell else "buy",
                    terms[each.instrument].price_usd(each.price),
                    each.lots,
                    f"{each.slot}:{each.serial}",
                ]
                for each in found.open_orders
            ],
        )

    session.show(found, table)


@trade_command(
    "place",
    click.argument("instrument"),
    click.argument("side", type=click.Choice(["buy", "sell"])),
    click.argument("lots", type=click.IntRange(min=1)),
    click.argument("price"),
    click.option("--ticks", is_flag=True, help="PRICE is in ticks."),
    click.option(
        "--tif", default="gtc", show_default=True, type=click.Choice(["gtc", "gtd", "ioc", "fok"])
    ),
    click.option("--good-for", type=click.IntRange(min=1), help="Seconds that a gtd order lives."),
    click.option("--post-only", is_flag=True),
    click.option("--reduce-only", is_flag=True),
    click.option("--client-id", default=0, type=click.IntRange(0, 2**64 - 1)),
    click.option("--max-fee-ppm", type=click.IntRange(min=0), help="Highest taker fee accepted."),
)
def place(
    session: TradeSession,
    instrument: str,
    side: str,
    lots: int,
    price: str,
    ticks: bool,
    tif: str,
    good_for: int | None,
    post_only: bool,
    reduce_only: bool,
    client_id: int,
    max_fee_ppm: int | None,
) -> None:
    """Place an order: INSTRUMENT buy|sell LOTS PRICE."""
    from strikeproof.client import Place
    from strikeproof.wire.constants import TimeInForce

    if (good_for is not None) != (tif == "gtd"):
        raise click.UsageError("--good-for goes with --tif gtd")
    expiry_ms = Milliseconds((time.time_ns() // 1_000_000 + good_for * 1000) if good_for else 0)
    with session.client() as client:
        terms = client.instrument(instrument)
        order = Place(
            terms.id,
            side == "sell",
            _ticks(terms, price, ticks),
            Lots(lots),
            TimeInForce[tif.upper()],
            post_only,
            reduce_only,
            expiry_ms=expiry_ms,
            client_id=client_id,
        )
        fee = max(terms.taker_fee_ppm, terms.maker_fee_ppm) if max_fee_ppm is None else max_fee_ppm
        ack = client.submit_actions(order, max_fee_ppm=fee)
    _show_ack(session, ack, terms)


def _ticks(terms: Instrument, price: str, in_ticks: bool) -> Ticks:
    try:
        value = Decimal(price)
    except InvalidOperation:
        raise click.BadParameter(f"{price} is not a price") from None
    found = Ticks(int(value)) if in_ticks else terms.ticks(value)
    if found < 1 or (not in_ticks and terms.price_usd(found) != value):
        raise click.BadParameter(f"{price} is not a multiple of the tick, {terms.price_usd(1)} USD")
    return found


def _show_ack(session: TradeSession, ack: Ack, terms: Instrument | None) -> None:
    def table() -> None:
        place = ack.receipt
        name = f"batch {place.batch}, segment {place.segment}, op {place.index}"
        rows: list[list[object]] = [
            [
                each.result.name,
                each.filled_lots,
                ", ".join(
                    f"{fill.lots} at {terms.price_usd(fill.price) if terms else fill.price}"
                    for fill in each.fills
                )
                or "-",
                each.resting_lots,
                f"{each.slot}:{each.serial}" if each.slot else "-",
            ]
            for each in ack.actions
        ]
        if rows:
            columns = ["result", "filled", "fills", "resting", "order"]
            print_table(f"Accepted: {name}", columns, rows)
        else:
            click.echo(f"Accepted: {name}, {ack.result.name}")
        click.echo(f"op 0x{place.op_hash.hex()}")

    session.show(ack, table)


@trade_command(
    "cancel",
    click.argument("instrument", required=False),
    click.argument("order", required=False),
    click.option("--all", "everything", is_flag=True, help="All orders (of INSTRUMENT, if given)."),
)
def cancel(
    session: TradeSession, instrument: str | None, order: str | None, everything: bool
) -> None:
    """Cancel one order (INSTRUMENT SLOT:SERIAL, as `account` shows it), or --all."""
    if everything == (order is not None) or (order and not instrument):
        raise click.UsageError("give INSTRUMENT SLOT:SERIAL, or --all")
    with session.client() as client:
        terms = client.instrument(instrument) if instrument else None
        if everything:
            ack = client.cancel_all(terms.id if terms else 0)
        else:
            assert terms is not None
            slot, _, serial = str(order).partition(":")
            if not (slot.isdigit() and serial.isdigit()):
                raise click.BadParameter("an order is named SLOT:SERIAL")
            ack = client.cancel(terms.id, int(slot), int(serial))
    _show_ack(session, ack, terms)


@trade_command(
    "finality",
    click.argument("op"),
    click.option("--follow", is_flag=True, help="Go on until it is final."),
)
def finality(session: TradeSession, op: str, follow: bool) -> None:
    """Show how far an op has come: OP is its hash, or BATCH:SEGMENT:INDEX."""
    name = _op_name(op)
    with session.client() as client:
        if not follow:
            found = client.finality(name)
            session.show(found, lambda: _print_finality(found))
            return
        for each in client.follow_finality(name):
            session.show(each, lambda each=each: _print_finality(each))  # type: ignore[misc]


def _op_name(text: str) -> bytes | tuple[int, int, int]:
    parts = text.split(":")
    if len(parts) == 3 and all(each.isdigit() for each in parts):
        batch, segment, index = map(int, parts)
        return batch, segment, index
    try:
        found = bytes.fromhex(text.removeprefix("0x"))
    except ValueError:
        found = b""
    if len(found) != 32:
        raise click.BadParameter("an op is named by its hash, or by BATCH:SEGMENT:INDEX")
    return found


def _print_finality(found: OpFinality) -> None:
    line = f"{found.state}: batch {found.batch}, segment {found.segment}, op {found.index}"
    if found.batch_hash:
        line += f", L1 block {found.l1_block}"
    if found.final_at_ms:
        when = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(found.final_at_ms / 1000))
        line += f", window ends {when} UTC"
    click.echo(line)


@trade_command(
    "deposit",
    click.argument("amount"),
    click.option("--new-account", is_flag=True, help="Register another account first."),
    click.option("--wait/--no-wait", default=True, help="Until the venue credits it."),
)
def deposit(session: TradeSession, amount: str, new_account: bool, wait: bool) -> None:
    """Deposit AMOUNT USD; registers an account if the key owns none."""
    wanted = micro_usd(amount)
    vault = session.vault()
    with session.client() as client:
        known = client.accounts()
        account = session.config.account or (known[0] if known else None)
        done = vault.deposit(None if new_account else account, wanted)
        if wait:
            _wait_until(lambda: client.venue().inbox_consumed > done.inbox_index)
    session.show(
        done,
        lambda: click.echo(
            f"{usd(done.amount_micro_usd):,} USD for account {done.account}"
            f"{' (new)' if done.registered else ''}, inbox message {done.inbox_index}"
        ),
    )


@trade_command(
    "withdraw",
    click.argument("amount", required=False),
    click.option("--wait/--no-wait", default=True, help="Until the Vault has paid."),
)
def withdraw(session: TradeSession, amount: str | None, wait: bool) -> None:
    """Withdraw AMOUNT USD, and have the Vault pay once it is final.

    Without AMOUNT: only have the Vault pay what earlier withdrawals left owed.
    """
    with session.client() as client:
        account = client.account_id()
        if amount is not None:
            ack = client.withdraw(micro_usd(amount))
            if not wait:
                _show_ack(session, ack, None)
                return
            for each in client.follow_finality(ack):
                if not session.as_json:
                    _print_finality(each)
        vault = session.vault()
        if amount is None and not vault.owed_micro_usd(
            account, client.account().withdrawn_micro_usd
        ):
            raise NothingOwed(account)
        proof = client.account_proof(account)
        _wait_until(lambda: vault.is_final(proof.batch))
    paid = vault.withdraw(proof)
    session.show(
        paid,
        lambda: click.echo(
            f"The Vault paid {usd(paid.amount_micro_usd):,} USD by claim {paid.claim_number}"
        ),
    )


def _wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            raise NotDoneInTime(WAIT_SECONDS)
        time.sleep(0.25)
