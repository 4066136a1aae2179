"""`strikeproof trade place`, `replace`, `cancel`, `cancel-at`, `protect`: orders."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import click

from strikeproof.cli.trade_arguments import (
    CLIENT_ID,
    FEE_PPM,
    GOOD_FOR,
    LOTS,
    ORDER_NAME,
    OrderName,
)
from strikeproof.cli.trade_command import trade_command
from strikeproof.cli.trade_session import TradeSession
from strikeproof.failure import Rejected
from strikeproof.wire.constants import TimeInForce
from strikeproof.wire.errors import FailureCode
from strikeproof.wire.units import Lots, Milliseconds, Ticks

if TYPE_CHECKING:
    from strikeproof.client import Client, Instrument, OpenOrder


FREEZE_MAX: Final = 4_294_967  # seconds: its milliseconds fit the op


class NoSuchOrder(Rejected):
    """The account has no open order of this name."""

    code = FailureCode.NO_SUCH_ORDER

    def __init__(self, symbol: str, order: OrderName) -> None:
        super().__init__(
            f"{symbol} {order.slot}:{order.serial} is not an open order of the account"
        )
        self.symbol, self.order = symbol, order


TICKS = re.compile(r"[0-9]{1,10}", re.ASCII)
TICKS_OPTION = click.option("--ticks", "in_ticks", is_flag=True, help="PRICE is in whole ticks.")
ROUND_OPTION = click.option(
    "--round",
    "rounding",
    type=click.Choice(["down", "up", "never-worse"]),
    help="Where a PRICE between two ticks goes; without it, it is refused. never-worse: a buyer's"
    " down, a seller's up.",
)
FEE_OPTION = click.option("--max-fee-ppm", type=FEE_PPM, help="Highest taker fee accepted.")


@trade_command(
    "place",
    click.argument("instrument"),
    click.argument("side", type=click.Choice(["buy", "sell"])),
    click.argument("lots", type=LOTS),
    click.argument("price"),
    TICKS_OPTION,
    ROUND_OPTION,
    click.option(
        "--tif", default="gtc", show_default=True, type=click.Choice(["gtc", "gtd", "ioc", "fok"])
    ),
    click.option("--good-for", type=GOOD_FOR, help="Seconds that a gtd order lives."),
    click.option("--post-only", is_flag=True, help="Rest, or do nothing; not with ioc or fok."),
    click.option("--reduce-only", is_flag=True),
    click.option("--client-id", default=0, type=CLIENT_ID, help="A number of yours."),
    FEE_OPTION,
)
def place(
    session: TradeSession,
    instrument: str,
    side: str,
    lots: int,
    price: str,
    in_ticks: bool,
    rounding: str | None,
    tif: str,
    good_for: int | None,
    post_only: bool,
    reduce_only: bool,
    client_id: int,
    max_fee_ppm: int | None,
) -> None:
    """Place an order: INSTRUMENT buy|sell LOTS PRICE."""
    from strikeproof.client import Place

    if (good_for is not None) != (tif == "gtd"):
        raise click.UsageError("--good-for goes with --tif gtd, and only with it")
    if post_only and tif in ("ioc", "fok"):
        raise click.UsageError(f"--post-only does not go with --tif {tif}: it could never trade")
    with session.client() as client:
        terms = client.instrument(instrument)
        order = Place(
            terms.id,
            side == "sell",
            price_ticks(terms, price, in_ticks, rounding, sell=side == "sell"),
            Lots(lots),
            TimeInForce[tif.upper()],
            post_only,
            reduce_only,
            expiry_ms=Milliseconds(client.now_ms() + good_for * 1000 if good_for else 0),
            client_id=client_id,
        )
        ack = client.submit_actions(order, max_fee_ppm=fee_ppm(terms, max_fee_ppm))
    session.finish(ack, terms)


def fee_ppm(terms: Instrument, chosen: int | None) -> int:
    """Return the highest fee that the order agrees to: by default the instrument's present one."""
    return max(terms.taker_fee_ppm, terms.maker_fee_ppm) if chosen is None else chosen


def price_ticks(
    terms: Instrument, price: str, in_ticks: bool, rounding: str | None, *, sell: bool
) -> Ticks:
    """Return PRICE in ticks. Raises click's errors, and what `Instrument.ticks` raises."""
    from strikeproof.client import Rounding

    if in_ticks:
        if rounding is not None:
            raise click.UsageError("--round goes with a price in USD, not with --ticks")
        if not TICKS.fullmatch(price) or not 1 <= int(price) < 2**32:
            raise click.BadParameter(
                f"{price!r} is not a whole number of ticks", param_hint="PRICE"
            )
        return Ticks(int(price))
    if rounding == "never-worse":
        return terms.ticks(price, Rounding.never_worse(sell=sell))
    return terms.ticks(price, None if rounding is None else Rounding(rounding))


@trade_command(
    "replace",
    click.argument("instrument"),
    click.argument("order", type=ORDER_NAME),
    click.argument("lots", type=LOTS),
    click.argument("price"),
    click.option(
        "--if-remaining",
        type=LOTS,
        help="Refuse, with exit code 2, unless just this many lots are left when it is ordered.",
    ),
    TICKS_OPTION,
    ROUND_OPTION,
    FEE_OPTION,
)
def replace(
    session: TradeSession,
    instrument: str,
    order: OrderName,
    lots: int,
    price: str,
    if_remaining: int | None,
    in_ticks: bool,
    rounding: str | None,
    max_fee_ppm: int | None,
) -> None:
    """Give a resting order other LOTS or another PRICE: INSTRUMENT SLOT:SERIAL LOTS PRICE.

    LOTS is what remains afterwards, whatever was filled on the way: guard it by --if-remaining.
    """
    from strikeproof.client import Remaining, Replace

    with session.client() as client:
        terms = client.instrument(instrument)
        resting = _resting(client, terms, order)
        ticks = price_ticks(terms, price, in_ticks, rounding, sell=resting.sell)
        action = Replace(
            terms.id,
            order.slot,
            order.serial,
            resting.sell,
            ticks,
            Lots(lots),
            TimeInForce.GTD if resting.expiry_ms else TimeInForce.GTC,
            reduce_only=resting.reduce_only,
            expiry_ms=Milliseconds(resting.expiry_ms),
            client_id=resting.client_id,
        )
        expect = []
        if if_remaining is not None:
            expect.append(Remaining(terms.id, order.slot, order.serial, if_remaining))
        fee = fee_ppm(terms, max_fee_ppm)
        ack = client.submit_actions(action, max_fee_ppm=fee, expect=expect)
    session.finish(ack, terms)


def _resting(client: Client, terms: Instrument, order: OrderName) -> OpenOrder:
    """Return the account's open order of this name. Raises `NoSuchOrder`."""
    for each in client.account().open_orders:
        if (each.instrument, each.slot, each.serial) == (terms.id, order.slot, order.serial):
            return each
    raise NoSuchOrder(terms.symbol, order)


@trade_command(
    "cancel",
    click.argument("instrument", required=False),
    click.argument("order", required=False, type=ORDER_NAME),
    click.option("--all", "everything", is_flag=True, help="All orders (of INSTRUMENT, if given)."),
)
def cancel(
    session: TradeSession, instrument: str | None, order: OrderName | None, everything: bool
) -> None:
    """Cancel one order (INSTRUMENT SLOT:SERIAL, as `account` shows it), or --all."""
    if everything == (order is not None):
        raise click.UsageError("give INSTRUMENT SLOT:SERIAL, or --all")
    with session.client() as client:
        terms = client.instrument(instrument) if instrument else None
        if order is None:
            ack = client.cancel_all(terms.id if terms else 0)
        else:
            assert terms is not None
            ack = client.cancel(terms.id, order.slot, order.serial)
    session.finish(ack, terms)


@trade_command(
    "cancel-at",
    click.argument("seconds", required=False, type=GOOD_FOR),
    click.option("--never", is_flag=True, help="Take the time back."),
)
def cancel_at(session: TradeSession, seconds: int | None, never: bool) -> None:
    """Have all orders of the account die in SECONDS, unless this is called again before.

    What has died stays dead. From then on nothing that rests is taken, until this is called again.
    """
    if never == (seconds is not None):
        raise click.UsageError("give SECONDS, or --never")
    with session.client() as client:
        time_ms = 0 if seconds is None else client.now_ms() + 1000 * seconds
        ack = client.set_cancel_at(time_ms)
    session.finish(ack)


@trade_command(
    "protect",
    click.argument("instrument", required=False),
    click.option("--lots", type=LOTS, help="The most that may fill within the window."),
    click.option("--within", type=GOOD_FOR, help="Seconds of the window."),
    click.option("--freeze", default=0, type=click.IntRange(0, FREEZE_MAX), help="Seconds."),
    click.option("--never", is_flag=True, help="Take the protection back."),
)
def protect(
    session: TradeSession,
    instrument: str | None,
    lots: int | None,
    within: int | None,
    freeze: int,
    never: bool,
) -> None:
    """End all orders on the underlying of INSTRUMENT once they fill more than --lots --within
    seconds, and let none rest there for --freeze seconds.

    Given again, it ends a freeze and counts from zero.
    """
    if never != (instrument is None) or never == (lots is not None and within is not None):
        raise click.UsageError("give INSTRUMENT --lots and --within, or --never")
    with session.client() as client:
        if instrument is None:
            ack = client.clear_protection()
        else:
            assert lots is not None and within is not None
            ack = client.set_protection(
                client.instrument(instrument).underlying,
                window_ms=1000 * within,
                lots_max=lots,
                freeze_ms=1000 * freeze,
            )
    session.finish(ack)
