"""The pages of a devnet, in the machine's Chromium: what they load, show, prove and sign."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import httpx
import jsonschema
import pytest
from playwright.sync_api import Browser, Route

from strikeproof.client import Client
from strikeproof.client.wallet import Wallet
from strikeproof.keystore import load_private_key
from tests.integration.gateway.page_visit import (
    DESKTOP,
    NEEDS_BROWSER,
    Visit,
    check_accessible,
    check_fits_phone,
    inject_wallet,
    visited,
)

WINDOW_SECONDS = 15
READY_SECONDS = 120
FINAL_SECONDS = 90

pytestmark = NEEDS_BROWSER


@dataclass
class Venue:
    """A devnet that runs."""

    page: str
    sequencer: str
    wallet: Wallet
    http: httpx.Client

    def get(self, path: str) -> Any:
        return self.http.get(f"/api/v1{path}").json()


@pytest.fixture(scope="module")
def venue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Venue]:
    data = tmp_path_factory.mktemp("page") / "devnet"
    command = [sys.executable, "-m", "strikeproof", "devnet", "up", "--data", str(data), "--json"]
    command += ["--window", str(WINDOW_SECONDS), "--no-view"]
    told = data.with_suffix(".txt")
    with told.open("w") as output:
        run = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=output, text=True)
    try:
        deadline = time.monotonic() + READY_SECONDS
        while "\npage " not in told.read_text():
            assert run.poll() is None and time.monotonic() < deadline, told.read_text()
            time.sleep(0.1)
        page = next(x.split()[1] for x in told.read_text().splitlines() if x.startswith("page"))
        keys = data / "keys"
        key = load_private_key(keystore=keys / "you.json", password_file=keys / "password")
        with httpx.Client(base_url=page, timeout=FINAL_SECONDS) as http:
            (sequencer,) = tomllib.loads((data / "trader.toml").read_text())["endpoint"]
            found = Venue(page, sequencer, Wallet(key), http)
            while not found.get("/instruments/BTC-PERP/trades")["trades"]:
                assert run.poll() is None and time.monotonic() < deadline, told.read_text()
                time.sleep(0.2)
            yield found
    finally:
        run.send_signal(signal.SIGINT)
        report, _ = run.communicate(timeout=60)
    assert json.loads(report.splitlines()[-1])["page"] == page
    assert "Traceback" not in (data / "gateway.log").read_text()


@pytest.fixture
def visit(browser: Browser, venue: Venue) -> Iterator[Visit]:
    with visited(browser, venue.page, FINAL_SECONDS) as found:
        yield found


def paths(venue: Venue) -> list[str]:
    trades = venue.get("/instruments/BTC-PERP/trades?limit=1000")["trades"]
    trade = [each for each in trades if not each["is_block"]][-1]  # a block fills no order
    at = trade["position"]
    name = f"BTC-PERP/{trade['maker_slot']}/{trade['maker_serial']}"
    op = f"/ops/{at['batch']}/{at['segment']}/{at['index']}"
    fixed = ["/", "/markets/BTC-PERP", "/accounts", "/accounts/1", "/batches", "/venue"]
    batch = at["batch"]
    explorer = ["/claims", "/solvency", f"/claims/{batch}/verdict", "/evidence/message:0"]
    own = [op, f"/orders/{name}", f"/batches/{batch}", f"/claims/{batch}"]
    return [*fixed, *own, *explorer, "/expiries", "/quotes"]


def wait_until(what: Any, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.3)


def evidence_of(venue: Venue, path: str) -> Any:
    """Return the evidence once it can be had."""
    deadline = time.monotonic() + READY_SECONDS
    while "error" in (found := venue.get(f"/evidence/{path}")):
        assert time.monotonic() < deadline, found
        time.sleep(0.3)
    return found


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_is_accessible_loads_nothing_foreign_and_fits_a_phone(
    venue: Venue, visit: Visit, scheme: Any
) -> None:
    wait_until(lambda: venue.get("/venue")["batches"]["claimed"] >= 5, FINAL_SECONDS)
    page = visit.page
    page.emulate_media(color_scheme=scheme)
    for path in paths(venue):
        page.set_viewport_size(DESKTOP)
        answer = page.goto(path)
        assert answer is not None and answer.status == 200, path
        page.wait_for_timeout(300)
        check_accessible(page, path, None if scheme == "light" else ["color-contrast"])
        check_fits_phone(page, path)
    assert [each for each in visit.requests if not each.startswith(venue.page)] == []
    assert visit.complaints == []


def test_batch_claim_and_terms_are_what_the_description_says(venue: Venue) -> None:
    wait_until(lambda: venue.get("/venue")["batches"]["claimed"] >= 5, FINAL_SECONDS)
    document = venue.get("/openapi.json")
    for path, name in (("/batches/3", "Batch"), ("/claims/3", "Claim"), ("/terms", "Terms")):
        whole = {**document["components"]["schemas"][name], "components": document["components"]}
        jsonschema.Draft202012Validator(whole).validate(venue.get(path))


EXPLORER = ("ops/{op}", "claims", "claims/{batch}", "solvency")


def claimed_op(venue: Venue) -> tuple[int, int, int]:
    """Return the place of a trade's op whose batch is claimed."""
    at = venue.get("/instruments/BTC-PERP/trades?limit=1000")["trades"][-1]["position"]
    place = at["batch"], at["segment"], at["index"]
    wait_until(lambda: venue.get("/venue")["batches"]["claimed"] >= place[0], FINAL_SECONDS)
    return place


def test_evidence_is_what_the_description_says(venue: Venue) -> None:
    op = "{}.{}.{}".format(*claimed_op(venue))
    document, batch = venue.get("/openapi.json"), venue.get("/venue")["batches"]["claimed"]
    for each in EXPLORER:
        template = "/api/v1/evidence/" + each.replace("{op}", "{name}").replace(
            "{batch}", "{claim}"
        )
        described = document["paths"][template]["get"]["responses"]["200"]
        whole = {
            **described["content"]["application/json"]["schema"],
            "components": document["components"],
        }
        path = each.format(op=op, batch=batch)
        jsonschema.Draft202012Validator(whole).validate(evidence_of(venue, path))
    for missing in ("ops/9999.0.0", "ops/%2e%2e", "claims/9999"):
        assert venue.get(f"/evidence/{missing}")["error"]["name"] == "NOT_FOUND"


def test_an_ops_page_shows_what_the_law_made_of_it_and_its_audit_is_checked(
    venue: Venue, visit: Visit
) -> None:
    place = claimed_op(venue)
    name = "{}.{}.{}".format(*place)
    page, evidence = visit.page, evidence_of(venue, f"ops/{name}")
    visit.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto("/ops/{}/{}/{}".format(*place))
    table = page.get_by_role("table", name="Fields of the records")
    table.wait_for()
    first = evidence["records"][0]
    assert first["record"] in table.inner_text()
    page.get_by_role("button", name="Check the audit here").click()
    page.get_by_text("lead to the claim on L1").wait_for()
    page.get_by_role("button", name="Copy calldata").click()
    page.get_by_text(f"Copied {evidence['dispute']['calldata_bytes']:,} bytes").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == venue.http.get(f"/api/v1/evidence/ops/{name}/calldata").text

    def lie(route: Route) -> None:
        answer = route.fetch()
        body = re.sub(r'"index": (\d)', r'"index": 1\1', answer.text(), count=1)
        route.fulfill(response=answer, body=body)

    page.route("**/audit", lie)
    page.get_by_role("button", name="Check the audit here").click()
    page.get_by_text("✗").wait_for()
    assert visit.complaints == []


def test_a_market_is_live(venue: Venue, visit: Visit) -> None:
    visit.page.goto("/markets/BTC-PERP")
    visit.page.get_by_role("status").filter(has_text="live").wait_for()
    first = visit.page.locator("#trades tr").first.inner_text()
    wait_until(lambda: visit.page.locator("#trades tr").first.inner_text() != first, 30)
    assert visit.page.locator("#chart canvas").count() > 0
    assert visit.complaints == []


def test_an_orders_proof_is_right_and_a_changed_byte_is_reported(
    venue: Venue, visit: Visit
) -> None:
    wait_until(lambda: venue.get("/venue")["batches"]["final"] >= 5, FINAL_SECONDS)
    page, order = visit.page, paths(venue)[7]
    assert order.startswith("/orders/")
    page.goto(order)
    page.get_by_role("button", name="Show the proof").click()
    page.get_by_text("lead to the last root of claim").wait_for()
    assert page.locator(".checks .right").count() >= 8
    assert page.locator(".checks .wrong").count() == 0

    def lie(route: Route) -> None:
        answer = route.fetch()
        body = answer.text()
        at = body.index('"data":"0x') + 40
        changed = body[:at] + ("1" if body[at] == "0" else "0") + body[at + 1 :]
        route.fulfill(response=answer, body=changed)

    page.route("**/api/v1/batches/*", lie)
    page.get_by_role("button", name="Show the proof").click()
    page.locator(".checks .wrong").first.wait_for()


def test_solvency_and_an_account_are_proved(venue: Venue, visit: Visit) -> None:
    wait_until(lambda: venue.get("/venue")["batches"]["final"] >= 5, FINAL_SECONDS)
    for path, last in (("/venue", "and the Vault holds"), ("/accounts/1", "The account in that")):
        visit.page.goto(path)
        visit.page.get_by_role("button", name="Show the proof").click()
        visit.page.get_by_text(last).wait_for()
        assert visit.page.locator(".checks .wrong").count() == 0
    assert visit.complaints == []


def test_an_injected_wallet_places_an_order(venue: Venue, visit: Visit) -> None:
    page, address = visit.page, "0x" + venue.wallet.address.hex()
    inject_wallet(page, venue.wallet)
    page.goto("/markets/BTC-PERP")
    page.get_by_role("button", name="Connect wallet").click()
    (account,) = venue.get(f"/accounts?owner={address}")["accounts"]
    page.get_by_text(f"Trading for account {account}").wait_for()
    page.get_by_label("Price, USD").fill("90000")
    page.get_by_label("Size, BTC").fill("0.005")
    page.get_by_role("button", name="Sign and place").click()
    page.get_by_role("link", name="finality and proof").wait_for()
    assert "5 resting" in page.locator("#order-result").inner_text()
    (order,) = venue.get(f"/accounts/{account}")["open_orders"]
    assert (order["price"], order["size"]) == ("90000", "0.005")
    page.get_by_role("button", name="Cancel all orders").click()
    wait_until(lambda: venue.get(f"/accounts/{account}")["open_orders"] == [], 10)
    assert visit.complaints == []


def test_an_account_shows_what_waits_for_a_price_and_a_market_which_trades_are_blocks(
    venue: Venue, visit: Visit
) -> None:
    address = "0x" + venue.wallet.address.hex()
    (account,) = venue.get(f"/accounts?owner={address}")["accounts"]
    with Client(venue.sequencer, venue.wallet) as client:
        btc = client.instrument("BTC-PERP")
        away = btc.mark_price * 95 // 100
        resting = client.place(btc.id, sell=False, price=away, lots=5).action
        client.set_trigger(
            btc.id,
            3,
            sell=True,
            lots=5,
            trigger_price_nano_usd=80_000 * 10**9,
            falling=True,
        )
        visit.page.goto(f"/accounts/{account}")
        row = visit.page.get_by_role("region", name="Waiting for a price").locator("tbody tr")
        shown = row.inner_text().split("\t")
        assert shown[:5] == [
            "BTC-PERP",
            "the mark is at or below 80,000",
            "sell, reduce only",
            "0.005",
            "any in the band",
        ]
        client.cancel_trigger(btc.id, 3)
        client.cancel(btc.id, resting.slot, resting.serial)
        wait_until(lambda: row.count() == 0, 10)
    visit.page.goto("/markets/BTC-PERP")  # its makers trade a block with each other now and then
    visit.page.locator("#trades .tag", has_text="block").first.wait_for()
    assert visit.complaints == []


def test_an_owner_withdraws_and_sets_keys_from_the_page(venue: Venue, visit: Visit) -> None:
    page, address = visit.page, "0x" + venue.wallet.address.hex()
    inject_wallet(page, venue.wallet)
    (account,) = venue.get(f"/accounts?owner={address}")["accounts"]

    def shown() -> Any:
        return venue.get(f"/accounts/{account}")

    def done(button: str) -> None:
        page.locator(f"form[data-does={button}] button").click()
        page.locator("#own-result").get_by_text("ok.").wait_for()

    page.goto("/accounts/1")
    page.get_by_role("button", name="Connect wallet").click()
    page.get_by_text("is owned by").wait_for()  # somebody else's
    page.goto(f"/accounts/{account}")
    page.get_by_role("button", name="Connect wallet").click()
    page.get_by_text("Signed by the wallet").wait_for()
    before = Decimal(shown()["withdrawn"])
    page.get_by_label("Amount, USD").fill("1.5")
    done("withdraw")
    assert Decimal(shown()["withdrawn"]) - before == Decimal("1.5")
    page.get_by_label("In minutes").fill("60")
    done("cancel-at")
    assert shown()["cancel_at_ms"]
    limits = page.locator("form[data-does=protection]")
    limits.locator("select").select_option(index=1)
    limits.get_by_label("Delta, in units").fill("1.25")
    done("protection")
    assert shown()["protection"]["delta_max"] == "1.25"
    assert shown()["protection"]["vega_max"] is None
    limits.locator("select").select_option(label="nothing")
    done("protection")
    assert shown()["protection"] is None
    page.get_by_label("The account is under").select_option(label="standard margin")
    done("margin-mode")
    assert shown()["portfolio_underlying"] is None
    key = "0x" + "ab" * 20
    page.get_by_label("Address that may trade").fill(key)
    done("session")
    assert venue.get(f"/accounts/{account}/sessions/1")["key"] == key
    assert visit.complaints == []


MARKUP = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{7*7}}",
    "javascript:alert(1)",
]


@pytest.mark.parametrize("text", MARKUP)
def test_what_a_reader_types_stays_text(venue: Venue, visit: Visit, text: str) -> None:
    dialogs: list[str] = []
    visit.page.on("dialog", lambda each: dialogs.append(each.message))
    for where in ("/accounts?of={}", "/markets/{}", "/orders/{}/1/1", "/batches?before={}"):
        answer = visit.page.goto(where.format(httpx.QueryParams({"": text}).__str__()[1:]))
        assert answer is not None
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy
        assert text not in answer.text() or "<" not in text
        assert visit.page.locator("img, main script").count() == 0
    assert dialogs == []
