"""The page that asks for quotes, in the machine's Chromium, with a wallet and a maker beside it."""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, WebSocketRoute, expect

from strikeproof.client import Client, QuoteRequest
from tests.integration.gateway.gateway_process import GatewayProcess, running_gateway
from tests.integration.gateway.page_visit import (
    DESKTOP,
    NEEDS_BROWSER,
    Visit,
    check_accessible,
    check_fits_phone,
    inject_wallet,
    visited,
)
from tests.integration.rfq.rfq_venue import FUTURE, PERP, options
from tests.integration.sequencer.node_process import NodeProcess, running_node
from tests.integration.sequencer.venue import index_price, wallet

PATIENCE_SECONDS = 60
PERP_NAME, FUTURE_NAME = "BTC-PERP-1", "BTC-1"
PICTURES = os.environ.get("PICTURES_OF_PAGES", "")  # a folder, to look at them

pytestmark = NEEDS_BROWSER
expect.set_options(timeout=1000 * PATIENCE_SECONDS)


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NodeProcess]:
    folder = tmp_path_factory.mktemp("quotes-page") / "data"
    terms = options(folder)
    terms["api"]["rfq"] |= {"account_calls_per_second": 20, "account_requests_max": 8}
    with running_node(folder, **terms) as found:
        yield found


@pytest.fixture(scope="module")
def gateway(
    tmp_path_factory: pytest.TempPathFactory, node: NodeProcess
) -> Iterator[GatewayProcess]:
    log: Path = tmp_path_factory.mktemp("gateway") / "gateway.log"
    with running_gateway(log, node.endpoint) as found:
        yield found


@pytest.fixture(autouse=True)
def fresh_price(node: NodeProcess) -> None:
    node.submit(index_price())


@pytest.fixture
def visit(browser: Browser, gateway: GatewayProcess) -> Iterator[Visit]:
    with visited(browser, gateway.address, PATIENCE_SECONDS) as found:
        yield found
        assert [each for each in found.requests if not each.startswith(gateway.address)] == []


def maker(node: NodeProcess, number: int) -> Client:
    return Client(node.endpoint, wallet(f"trader {number}"), account=number)


def open_page(page: Page, path: str = "/quotes") -> list[str]:
    """Open the page with a wallet of account 1; return what it signs, as that grows."""
    shown = inject_wallet(page, wallet("trader 1"))
    page.goto(path)
    connect(page)
    return shown


def connect(page: Page) -> None:
    page.get_by_role("button", name="Connect wallet").click()
    page.get_by_text("Asking for account 1").wait_for()


def ask(page: Page, *, side: str = "buy", anonymous: bool = False) -> int:
    """Ask for three of a spread; return the request's number."""
    page.locator(".leg").nth(0).get_by_label("Size").fill("0.1")
    if page.locator(".leg").count() < 2:
        page.get_by_role("button", name="Add a leg").click()
    second = page.locator(".leg").nth(1)
    second.get_by_label("Instrument").select_option(FUTURE_NAME)
    second.get_by_label("Side").select_option("sell")
    second.get_by_label("Size").fill("0.2")
    page.get_by_label("Structures").fill("3")
    page.get_by_label("You want to").select_option(side)
    page.get_by_label("anonymous").set_checked(anonymous)
    before = page.url
    page.get_by_role("button", name="Ask for quotes").click()
    page.wait_for_function("before => location.href !== before", arg=before)
    page.locator("#asked-state").get_by_text("open for").wait_for()
    return int(page.url.partition("#")[2])


def sizes(client: Client) -> tuple[int, int]:
    found = {each.instrument: each.size_lots for each in client.account().positions}
    return found.get(PERP, 0), found.get(FUTURE, 0)


def quoted(client: Client, number: int, *prices: int, **terms: Any) -> QuoteRequest:
    request = client.quote_request(number)
    client.put_quote(request, ask=prices, good_for_ms=50_000, **terms)
    return request


def picture(page: Page, name: str) -> None:
    if PICTURES:
        page.screenshot(path=f"{PICTURES}/{name}.png", full_page=True)


def test_a_wallet_asks_looks_at_price_and_margin_and_buys(node: NodeProcess, visit: Visit) -> None:
    page = visit.page
    signed = open_page(page)
    number = ask(page)
    expect(page.locator("#quotes")).to_contain_text("No quotes yet")
    with maker(node, 2) as two, maker(node, 3) as three, maker(node, 1) as taker:
        before = sizes(taker)
        quoted(two, number, 1_003, 1_000)
        quoted(three, number, 1_001, 1_000, amount=2)
        rows = page.locator("#quotes tr")
        expect(rows).to_have_count(2)
        best = rows.nth(0)
        # 10 lots at 100.1, 20 at 100, of 0.01 each
        expect(best).to_contain_text("−9.99")
        expect(best).to_contain_text("BTC-PERP-1 100.1, BTC-1 100")
        expect(best.locator("td").nth(6)).to_have_text(re.compile(r"^[0-9,]+\.[0-9]{2}$"))
        margin = taker.account().initial_margin_micro_usd // 10**4  # cents
        assert best.locator("td").nth(5).inner_text() == f"{margin // 100:,}.{margin % 100:02d}"
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            check_accessible(page, scheme, None if scheme == "light" else ["color-contrast"])
            picture(page, f"quotes-{scheme}")
            check_fits_phone(page, scheme)
            picture(page, f"quotes-{scheme}-phone")
            page.set_viewport_size({"width": 800, "height": 900})
            picture(page, f"quotes-{scheme}-narrow")
            page.set_viewport_size(DESKTOP)
        best.get_by_role("button", name="Buy").click()
        page.get_by_text("Traded with maker 3").wait_for()
        page.get_by_text("the trade with maker 3").wait_for()
        assert signed == ["QuoteAccess", "BlockTrade"]
        after = sizes(taker)
        assert (after[0] - before[0], after[1] - before[1]) == (20, -40)
    picture(page, "quotes-traded")
    assert visit.complaints == []


def test_an_anonymous_request_is_disclosed_to_one_maker_which_signs(
    node: NodeProcess, visit: Visit
) -> None:
    page = visit.page
    open_page(page)
    number = ask(page, side="both", anonymous=True)
    with maker(node, 2) as two:
        request = two.quote_request(number)
        assert request.account is None
        two.put_quote(request, bid=(1_000, 1_001), ask=(1_001, 1_000), good_for_ms=50_000)
        expect(page.locator("#quotes .tag", has_text="indicative")).to_have_count(2)
        picture(page, "quotes-indicative")
        page.get_by_role("button", name="Say who asks").first.click()
        page.get_by_text("Maker 2 sees that account 1 asks").wait_for()
        two.put_quote(
            two.quote_request(number), bid=(1_000, 1_001), ask=(1_001, 1_000), good_for_ms=50_000
        )
        page.get_by_role("button", name="Sell").click()
        page.get_by_text("Traded with maker 2").wait_for()
    assert visit.complaints == []


def test_a_page_that_is_loaded_again_and_a_second_one_show_the_request(
    node: NodeProcess, visit: Visit, browser: Browser, gateway: GatewayProcess
) -> None:
    page = visit.page
    open_page(page)
    number = ask(page)
    page.reload()
    connect(page)
    page.get_by_text(f"Request {number}").wait_for()
    with visited(browser, gateway.address, PATIENCE_SECONDS) as other:
        open_page(other.page, f"/quotes#{number}")
        other.page.get_by_text(f"Request {number}").wait_for()
        other.page.get_by_role("button", name="Withdraw it").click()
        other.page.get_by_text("withdrawn").wait_for()
        page.get_by_text("withdrawn").wait_for()
        expect(page.locator("#withdraw")).to_be_hidden()
        assert other.complaints == []
    assert visit.complaints == []


def test_what_goes_wrong_is_said_where_it_was_asked(node: NodeProcess, visit: Visit) -> None:
    page = visit.page
    page.add_init_script("window.ethereum = undefined")
    page.goto("/quotes")
    page.get_by_role("button", name="Connect wallet").click()
    page.get_by_text("This browser has no wallet").wait_for()
    other = page.context.new_page()
    open_page(other, "/quotes#77")
    other.get_by_text("no request 77").wait_for()
    other.get_by_label("Size").fill("0.005")
    other.get_by_role("button", name="Ask for quotes").click()
    other.get_by_text("is not a whole number of lots").wait_for()
    for _ in range(7):
        other.get_by_role("button", name="Add a leg").click()
    expect(other.locator(".leg")).to_have_count(8)
    expect(other.locator("#add-leg")).to_be_hidden()
    check_fits_phone(other, "eight legs")
    picture(other, "quotes-eight-legs-phone")
    other.set_viewport_size(DESKTOP)
    for each in other.get_by_label("Size").all():
        each.fill("0.1")
    other.get_by_role("button", name="Ask for quotes").click()
    other.get_by_text("legs: their instruments rise").wait_for()
    other.get_by_role("button", name="Remove").first.click()
    expect(other.locator(".leg")).to_have_count(7)


HOSTILE = "<img src=x onerror=alert(1)>"


def test_quotes_of_a_hostile_gateway_are_text_and_are_not_signed_as_something_else(
    node: NodeProcess, visit: Visit
) -> None:
    page, dialogs = visit.page, []
    page.on("dialog", lambda each: dialogs.append(each.message))

    def lie(route: WebSocketRoute) -> None:
        server = route.connect_to_server()

        def told(text: str | bytes) -> None:
            found = json.loads(text)
            if found.get("channel") == "quotes" and found["type"] == "item":
                for leg in found["quote_request"]["legs"]:
                    leg["instrument"] = HOSTILE
                honest = {"price_ticks": [1_001, 1_000], "value": "-9.99"}
                many = [
                    {**each, "maker": maker_, "ask": {**honest, **wrong, "prices": [HOSTILE] * 40}}
                    for maker_, wrong in enumerate(
                        [
                            {"price_ticks": [2**32 - 1, 1], "value": "-99999999"},
                            {"price_ticks": [1.5, 1]},
                            {"price_ticks": [HOSTILE, 1]},
                            {"price_ticks": []},
                        ]
                        * 30,
                        start=5,
                    )
                    for each in found["asks"]
                ]
                found["asks"] = many
            route.send(json.dumps(found))

        server.on_message(told)
        route.on_message(server.send)

    page.route_web_socket(re.compile("/api/v1/live$"), lie)
    signed = open_page(page)
    number = ask(page)
    with maker(node, 2) as two:
        quoted(two, number, 1_001, 1_000)
        rows = page.locator("#quotes tr")
        expect(rows).to_have_count(10)
        # What is signed costs this, whatever the gateway says that it is worth.
        expect(rows.nth(0)).to_contain_text("42,949,672.")
        expect(rows.nth(0)).not_to_contain_text("99,999,999")
        for at in (1, 2, 3):
            expect(rows.nth(at)).to_contain_text("unreadable")
            expect(rows.nth(at).get_by_role("button")).to_have_count(0)
        assert page.locator("main img").count() == 0
        check_fits_phone(page, "hostile")
        picture(page, "quotes-hostile-phone")
        page.set_viewport_size(DESKTOP)
        rows.nth(0).get_by_role("button", name="Buy").click()
        page.locator("#accept-result").get_by_text("gone").or_(
            page.locator("#accept-result").get_by_text("quote")
        ).first.wait_for()
        with maker(node, 1) as taker:
            taker.withdraw_request(number)
    assert dialogs == []
    assert signed.count("BlockTrade") <= 1


def test_a_request_goes_on_through_a_lost_connection(node: NodeProcess, visit: Visit) -> None:
    page = visit.page
    sockets: list[WebSocketRoute] = []

    def pass_on(route: WebSocketRoute) -> None:
        sockets.append(route)
        route.connect_to_server()

    page.route_web_socket(re.compile("/api/v1/live$"), pass_on)
    open_page(page)
    number = ask(page)
    sockets[-1].close()
    deadline = time.monotonic() + 30
    while len(sockets) < 2:
        assert time.monotonic() < deadline
        page.wait_for_timeout(100)
    with maker(node, 2) as two:
        quoted(two, number, 1_001, 1_000)
        expect(page.locator("#quotes tr")).to_contain_text("−9.99")
        with maker(node, 1) as taker:
            taker.withdraw_request(number)
    page.get_by_text("withdrawn").wait_for()
    expect(page.locator("#quotes")).to_contain_text("Its quotes are gone")
