"""`strikeproof trade rfq`: ask makers for prices of a structure, quote, and trade a quote."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import click

from strikeproof.cli.trade_arguments import FEE_PPM, LEG, SIGNED_USD, LegText
from strikeproof.cli.trade_command import group, trade_command
from strikeproof.cli.trade_money import NotDoneInTime
from strikeproof.cli.trade_orders import price_ticks
from strikeproof.cli.trade_session import TradeSession, plain, print_table, time_text, usd
from strikeproof.cli.verifier_arguments import ACCOUNT, LOTS
from strikeproof.json_number import JSON_INTEGER_MAX

if TYPE_CHECKING:
    from strikeproof.client import Client, Instrument, MakerQuote, QuoteRequest, RequestLeg
    from strikeproof.client.quote_request import RequestQuotes

SIGN_SECONDS = 10  # how long an acceptance waits for the maker's signature
SIGN_POLL_SECONDS = 0.2
_ID = click.IntRange(1, JSON_INTEGER_MAX)
_SECONDS = click.IntRange(1, 86_400)
_SIDE = click.Choice(["buy", "sell"])


@group.group("rfq")
def rfq() -> None:
    """Ask makers for prices of up to eight legs, and trade a quote as one block.

    \b
    request    ask: everybody, or some accounts; shows the number
    show       your request with its quotes, best first
    accept     buy or sell at a maker's quote
    disclose   tell makers who asks, if you asked anonymously
    listen     as a maker: what is asked
    quote      as a maker: a bid, an ask or both
    withdraw   your request, or with --quote your quote

    docs/rfq.md
    """


def _leg_of(client: Client, leg: LegText) -> RequestLeg:
    from strikeproof.client import RequestLeg

    return RequestLeg(client.instrument(leg.instrument).id, leg.sell, leg.lots)


@trade_command(
    "request",
    click.option("--leg", "legs", type=LEG, multiple=True, required=True, help="'BTC-PERP buy 1'."),
    click.option("--amount", default=1, show_default=True, type=LOTS, help="Structures."),
    click.option(
        "--side", default="both", show_default=True, type=click.Choice(["buy", "sell", "both"])
    ),
    click.option("--for", "seconds", default=60, show_default=True, type=_SECONDS, help="Seconds."),
    click.option("--to", "makers", multiple=True, type=ACCOUNT, help="Who is asked; all without."),
    click.option("--anonymous", is_flag=True, help="Makers do not see who asks."),
    of=rfq,
)
def request(
    session: TradeSession,
    legs: tuple[LegText, ...],
    amount: int,
    side: str,
    seconds: int,
    makers: tuple[int, ...],
    anonymous: bool,
) -> None:
    """Ask for quotes of --amount structures.

    The legs are those of whoever buys the structure; LOTS is how many of each are in one.
    """
    from strikeproof.client import RequestSide

    with session.client() as client:
        found = client.open_request(
            [_leg_of(client, each) for each in legs],
            amount,
            RequestSide[side.upper()],
            makers=makers,
            disclosed=not anonymous,
            open_ms=1000 * seconds,
        )
        terms = _terms(client)
        session.show(found, lambda: _print_request(found, terms))


@trade_command(
    "show",
    click.argument("number", type=_ID),
    click.option("--follow", is_flag=True, help="Again after each change, until it is closed."),
    of=rfq,
)
def show(session: TradeSession, number: int, follow: bool) -> None:
    """Show your request NUMBER with its quotes, best first."""
    with session.client() as client:
        terms = _terms(client)
        for each in client.follow_quotes(number):
            session.show(each, lambda each=each: _print_quotes(each, terms))  # type: ignore[misc]
            if not follow:
                return


@trade_command(
    "listen",
    click.option("--once", is_flag=True, help="End after the first."),
    of=rfq,
)
def listen(session: TradeSession, once: bool) -> None:
    """Show what you are asked to quote, as it opens and changes, until Ctrl-C."""
    with session.client() as client:
        terms = _terms(client)
        for each in client.follow_requests():
            if any(leg.instrument not in terms for leg in each.legs):
                terms.update(_terms(client))  # listed meanwhile
            session.show(each, lambda each=each: _print_request(each, terms))  # type: ignore[misc]
            if once:
                return


@trade_command(
    "quote",
    click.argument("number", type=_ID),
    click.option("--bid", "bids", multiple=True, help="USD; one for each leg, in the legs' order."),
    click.option("--ask", "asks", multiple=True, help="USD; one for each leg, in the legs' order."),
    click.option("--amount", type=LOTS, help="Structures; all without it."),
    click.option("--good-for", default=20, show_default=True, type=_SECONDS, help="Seconds."),
    click.option("--max-fee-ppm", type=FEE_PPM, help="Highest fee accepted."),
    of=rfq,
)
def quote(
    session: TradeSession,
    number: int,
    bids: tuple[str, ...],
    asks: tuple[str, ...],
    amount: int | None,
    good_for: int,
    max_fee_ppm: int | None,
) -> None:
    """Quote request NUMBER in place of what you quoted before.

    If the requester is disclosed this signs: whoever asked can trade it until it expires, also
    after you withdraw or replace it. Any op of yours with its nonce takes it back.
    """
    with session.client() as client:
        found, terms = client.quote_request(number), _terms(client)
        version = client.put_quote(
            found,
            bid=_ticks(terms, found, bids, sell=False),
            ask=_ticks(terms, found, asks, sell=True),
            amount=amount,
            good_for_ms=1000 * good_for,
            max_fee_ppm=max_fee_ppm,
        )
    signed = found.account is not None
    answer = {"request": number, "version": version, "signed": signed}
    words = "signed" if signed else "indicative, until the requester discloses itself"
    session.show(answer, lambda: click.echo(f"Quote {version} of request {number}: {words}"))


def _ticks(
    terms: dict[int, Instrument], request: QuoteRequest, prices: tuple[str, ...], *, sell: bool
) -> list[int]:
    """Return prices of a structure's legs in ticks. Raises click's errors, and the client's."""
    if prices and len(prices) != len(request.legs):
        names = ", ".join(terms[each.instrument].symbol for each in request.legs)
        raise click.UsageError(f"a price for each leg, in this order: {names}")
    return [
        price_ticks(terms[leg.instrument], price, in_ticks=False, rounding=None, sell=sell)
        for leg, price in zip(request.legs, prices, strict=False)
    ]


@trade_command(
    "withdraw",
    click.argument("number", type=_ID),
    click.option("--quote", "is_quote", is_flag=True, help="Your quote of it, as a maker."),
    of=rfq,
)
def withdraw(session: TradeSession, number: int, is_quote: bool) -> None:
    """Close your request NUMBER, or take your quote of it out.

    A signed quote stays good for the law until it expires: whoever has it can still send it.
    """
    with session.client() as client:
        if is_quote:
            client.withdraw_quote(number)
        else:
            client.withdraw_request(number)
    what = "quote" if is_quote else "request"
    session.show({"withdrawn": what, "request": number}, lambda: click.echo(f"Withdrawn: {what}"))


@trade_command(
    "disclose",
    click.argument("number", type=_ID),
    click.option("--to", "maker", type=ACCOUNT, help="One maker; all without it."),
    of=rfq,
)
def disclose(session: TradeSession, number: int, maker: int | None) -> None:
    """Tell makers that request NUMBER is yours: only then can they sign."""
    with session.client() as client:
        client.disclose(number, maker or 0)
    to = f"account {maker}" if maker else "everybody who is asked"
    answer = {"request": number, "maker": maker}
    session.show(answer, lambda: click.echo(f"Request {number} is disclosed to {to}"))


@trade_command(
    "accept",
    click.argument("number", type=_ID),
    click.argument("side", type=_SIDE),
    click.argument("maker", type=ACCOUNT),
    click.option("--limit", type=SIGNED_USD, help="USD a structure: at worst this."),
    click.option("--max-fee-ppm", type=FEE_PPM, help="Highest fee accepted."),
    of=rfq,
)
def accept(
    session: TradeSession,
    number: int,
    side: str,
    maker: int,
    limit: int | None,
    max_fee_ppm: int | None,
) -> None:
    """Buy at MAKER's ask, or sell at its bid: all legs of its quote, or none.

    An anonymous request is disclosed to this maker, which then signs, or does not.
    """
    sell = side == "sell"
    with session.client() as client:
        deadline = time.monotonic() + SIGN_SECONDS
        found, best = _quote_of(client, number, maker, sell=sell, limit=limit)
        if best.consent is None:
            client.disclose(number, maker)
        while best.consent is None:
            if time.monotonic() > deadline:
                raise NotDoneInTime(SIGN_SECONDS)
            time.sleep(SIGN_POLL_SECONDS)
            found, best = _quote_of(client, number, maker, sell=sell, limit=limit)
        ack = client.accept_quote(found, best, sell=sell, max_fee_ppm=max_fee_ppm)
    session.finish(ack)


def _quote_of(
    client: Client, number: int, maker: int, *, sell: bool, limit: int | None
) -> tuple[QuoteRequest, MakerQuote]:
    """Return a request, and a maker's quote if it is within the limit. Raises click's errors."""
    found = next(client.follow_quotes(number))
    for each in found.quotes(sell=sell):
        price = each.bid_micro_usd if sell else each.ask_micro_usd
        if each.maker != maker or price is None:
            continue
        if limit is not None and (price < limit if sell else price > limit):
            says = "bids" if sell else "asks"
            raise click.UsageError(f"account {maker} {says} {plain(usd(price))} USD a structure")
        return found.request, each
    raise click.UsageError(f"account {maker} has no quote there now")


def _terms(client: Client) -> dict[int, Instrument]:
    return {each.id: each for each in client.instruments()}


def _print_request(request: QuoteRequest, terms: dict[int, Instrument]) -> None:
    who = f"account {request.account}" if request.account else "anonymous"
    title = (
        f"Request {request.request}, {who}: {request.side.name.lower()} {request.amount:,},"
        f" {request.state.name.lower()}, until {time_text(request.expiry_ms)}"
    )
    rows: list[list[object]] = [
        [terms[leg.instrument].symbol, "sell" if leg.sell else "buy", leg.ratio]
        for leg in request.legs
    ]
    click.echo(title)
    print_table("Legs of one, as its buyer sees it", ["instrument", "side", "lots"], rows)
    if request.own_quote is not None:
        click.echo(f"Your quote: {_words(request.own_quote)}")
    for each in request.trades:
        place = f"{each.batch}:{each.segment}:{each.index}"
        click.echo(f"Traded with account {each.maker}: op {place}")


def _words(quote: MakerQuote) -> str:
    bid, ask = (
        "-" if each is None else plain(usd(each))
        for each in (quote.bid_micro_usd, quote.ask_micro_usd)
    )
    return f"bid {bid}, ask {ask} USD for {quote.amount:,}, version {quote.version}"


def _print_quotes(found: RequestQuotes, terms: dict[int, Instrument]) -> None:
    request = found.request
    _print_request(request, terms)
    rows: list[list[object]] = []
    for side, quotes in (("sell", found.bids), ("buy", found.asks)):
        for each in quotes:
            sells = side == "sell"
            value = each.bid_micro_usd if sells else each.ask_micro_usd
            prices = each.bid_prices if sells else each.ask_prices
            assert value is not None
            shown = ", ".join(
                plain(terms[leg.instrument].price_usd(price))
                for leg, price in zip(request.legs, prices, strict=True)
            )
            signed = "signed" if each.consent else "indicative"
            until = time_text(each.expiry_ms)
            rows.append([side, each.maker, usd(value), each.amount, shown, signed, until])
    columns = ["you", "maker", "USD a structure", "structures", "legs", "quote", "until"]
    if rows:
        print_table("Quotes, best first", columns, rows)
    else:
        click.echo("No quotes")
