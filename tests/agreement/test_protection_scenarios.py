"""Protections by ops alone: each scenario of tests/unit/core/test_protection.py runs again, its
inputs on the law (attack 53)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.agreement.played_again import play_again, scenarios_of
from tests.unit.core import test_protection as scenarios


@pytest.mark.parametrize("scenario", scenarios_of(scenarios), ids=lambda each: each.__name__)
def test_law_agrees(scenario: Callable[[], None], monkeypatch: pytest.MonkeyPatch) -> None:
    play_again(scenarios, "ProtectedVenue", scenario, monkeypatch)
