"""The site builds without a warning, its links lead somewhere, and every alert has its page."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import threading
from functools import partial
from html.parser import HTMLParser
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
import yaml

ROOT = Path(__file__).parents[2]
RULES = ROOT / "docs/examples/alerts/strikeproof.rules.yml"
RUNBOOKS = ROOT / "docs/runbooks"
MERMAID = ROOT / "gateway/web/node_modules/@mermaid-js/tiny/dist/mermaid.tiny.js"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


class QuietHandler(SimpleHTTPRequestHandler):
    """Serves files without a word."""

    def log_message(self, format: str, *args: object) -> None:
        pass


class Anchors(HTMLParser):
    """What a page names, and where it links."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.links: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        for name in ("id", "name"):
            if given.get(name):
                self.names.add(str(given[name]))
        if tag == "a" and given.get("href"):
            self.links.append(str(given["href"]))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    built = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "-d", str(folder)],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
    )
    assert built.returncode == 0, built.stderr[-4000:]
    return folder


def test_every_link_of_the_site_leads_somewhere(site: Path) -> None:
    pages = {each: Anchors(each.read_text("utf-8")) for each in site.rglob("*.html")}
    assert len(pages) > 100
    dead: list[str] = []
    for page, found in pages.items():
        if page.name == "404.html":
            continue
        for link in found.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
            if target.is_dir():
                target /= "index.html"
            anchor = unquote(parts.fragment)
            if not target.exists():
                dead.append(f"{page.relative_to(site)}: {link}")
            elif anchor and target in pages and anchor not in pages[target].names:
                dead.append(f"{page.relative_to(site)}: no heading {link}")
    assert dead == []


FOREIGN = re.compile(r"""(?:src|poster|data)\s*=\s*["']?(?:https?:)?//|url\(["']?(?:https?:)?//""")
LOADED = re.compile(r"""<link\b[^>]*\bhref=["']?(?:https?:)?//[^>]*>""")


def test_site_loads_nothing_from_elsewhere(site: Path) -> None:
    loads: list[str] = []
    for each in [*site.rglob("*.html"), *site.rglob("*.css")]:
        found = [*FOREIGN.findall(text := each.read_text("utf-8")), *LOADED.findall(text)]
        loads += [f"{each.relative_to(site)}: {one}" for one in found if "canonical" not in one]
    (bundle,) = (site / "assets/javascripts").glob("bundle.*.js")
    assert loads == []
    assert not re.findall("unpkg|jsdelivr|cdnjs|googleapis", bundle.read_text("utf-8"))


@pytest.mark.skipif(CHROMIUM is None, reason="NO CHROMIUM: the site is not drawn")
@pytest.mark.skipif(not MERMAID.exists(), reason="NO MODULES: make setup installs gateway/web")
def test_diagrams_are_drawn_by_the_sites_own_copy(site: Path) -> None:
    from playwright.sync_api import sync_playwright

    handler = partial(QuietHandler, directory=str(site))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_address[1]}"
    asked: list[str] = []
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            page = browser.new_page()
            page.on("request", lambda each: asked.append(each.url))
            page.goto(f"{address}/architecture/")
            page.wait_for_function("document.querySelectorAll('div.mermaid').length >= 4")
            drawn = "[...document.querySelectorAll('div.mermaid')].every(x => x.clientHeight > 50)"
            page.wait_for_function(drawn)
            browser.close()
    finally:
        server.shutdown()
        server.server_close()
    own = (address, "data:", "blob:")
    assert [each for each in asked if not each.startswith(own)] == []
    assert f"{address}/assets/javascripts/mermaid.js" in asked


def test_pages_of_the_four_kinds_are_there_and_short(site: Path) -> None:
    for kind in ("operator", "trader", "watchtower", "auditor"):
        assert (site / "start" / kind / "index.html").exists()
        words = (ROOT / "docs/start" / f"{kind}.md").read_text().split()
        assert len(words) < 600, kind  # five minutes


def test_every_alert_has_its_page_and_names_it() -> None:
    groups = yaml.safe_load(RULES.read_text())["groups"]
    rules = [rule for group in groups for rule in group["rules"]]
    index = (RUNBOOKS / "README.md").read_text()
    for rule in rules:
        page = ROOT / rule["annotations"]["runbook"]
        assert page == RUNBOOKS / f"{rule['alert']}.md"
        text = page.read_text()
        assert text.startswith(f"# {rule['alert']}\n\n**{rule['labels']['severity']}.**"), page
        assert "\n## Look\n" in text and "\n## Do\n" in text
        assert f"[{rule['alert']}]({rule['alert']}.md) | {rule['labels']['severity']} |" in index
    names = {f"{rule['alert']}.md" for rule in rules} | {"README.md"}
    assert {each.name for each in RUNBOOKS.glob("*.md")} == names


def test_metrics_that_runbooks_name_exist() -> None:
    from tests.unit.test_alert_rules import Site

    site = Site()
    shown: set[str] = set()
    for each in (site.sequencer, site.verifier, site.reporter):
        for family in each.registry.collect():
            shown |= {family.name, f"{family.name}_total"}
    for page in RUNBOOKS.glob("*.md"):
        used = re.findall(r"`((?:sequencer|verifier|reporter)_\w+)", page.read_text())
        assert not set(used) - shown, page
