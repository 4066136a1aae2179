"""Visits of pages in the machine's Chromium: what they load, complain of, and have signed."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import pytest
from playwright.sync_api import Browser, Page, ViewportSize

from strikeproof.client.wallet import Wallet
from tests.harness import ROOT
from tests.integration.gateway.gateway_inputs import sign_typed_data

CHROMIUM: Final = shutil.which("chromium") or shutil.which("chromium-browser")
MODULES: Final = ROOT / "gateway" / "web" / "node_modules"
PHONE: Final[ViewportSize] = {"width": 390, "height": 844}
DESKTOP: Final[ViewportSize] = {"width": 1280, "height": 900}
NEEDS_BROWSER: Final = [
    pytest.mark.skipif(CHROMIUM is None, reason="NO CHROMIUM: the pages are not tested"),
    pytest.mark.skipif(not MODULES.exists(), reason="NO MODULES: make setup installs gateway/web"),
]

AXE = """rules => axe.run(rules ? {runOnly: rules} : {}).then(({violations}) => violations)"""
INJECTED = """
window.ethereum = { request: async ({ method, params }) => {
  if (method === "eth_requestAccounts") return [ADDRESS];
  if (method === "eth_signTypedData_v4") return await signTypedData(params[1]);
  throw new Error(method);
}};
"""


@dataclass
class Visit:
    """A page with what went wrong on it."""

    page: Page
    requests: list[str]
    complaints: list[str]


@contextmanager
def visited(browser: Browser, address: str, patience_seconds: float) -> Iterator[Visit]:
    """Open a page of a gateway."""
    context = browser.new_context(base_url=address, viewport=DESKTOP)
    context.set_default_timeout(1000 * patience_seconds)
    found = Visit(context.new_page(), [], [])
    found.page.on("request", lambda each: found.requests.append(each.url))
    found.page.on("pageerror", lambda each: found.complaints.append(str(each)))
    found.page.on(
        "console",
        lambda each: found.complaints.append(each.text) if each.type == "error" else None,
    )
    yield found
    context.close()


def inject_wallet(page: Page, wallet: Wallet) -> list[str]:
    """Give the page a wallet; return what it has been shown to sign, as that grows."""
    shown: list[str] = []

    def sign(text: str) -> str:
        shown.append(json.loads(text)["primaryType"])
        compact = sign_typed_data(wallet, json.loads(text))
        parity = compact[32] >> 7
        whole = bytearray(compact)
        whole[32] &= 0x7F
        return "0x" + whole.hex() + f"{27 + parity:02x}"

    page.expose_function("signTypedData", sign)
    page.add_init_script(INJECTED.replace("ADDRESS", json.dumps("0x" + wallet.address.hex())))
    return shown


def check_accessible(page: Page, what: str, rules: list[str] | None = None) -> None:
    """Have axe look at a page."""
    page.evaluate((MODULES / "axe-core" / "axe.min.js").read_text())
    found = page.evaluate(AXE, rules)
    shown = [(x["id"], [node["html"] for node in x["nodes"]][:3]) for x in found]
    assert shown == [], what


def check_fits_phone(page: Page, what: str) -> None:
    """Make a page as narrow as a phone; nothing may stand out."""
    page.set_viewport_size(PHONE)
    for _ in range(100):  # a chart follows in a frame of its own
        wide = page.evaluate("document.documentElement.scrollWidth")
        if wide <= PHONE["width"]:
            break
        page.wait_for_timeout(100)
    assert wide <= PHONE["width"], (what, wide)
