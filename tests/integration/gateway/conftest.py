"""The machine's Chromium, for tests of pages."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.integration.gateway.page_visit import CHROMIUM


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Run it."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()
