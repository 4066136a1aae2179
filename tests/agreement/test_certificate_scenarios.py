"""Certificates by ops alone (attack 52): each scenario of tests/unit/core/test_certificates.py runs
again, its inputs on the law."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.agreement.played_again import play_again, scenarios_of
from tests.unit.core import test_certificates as scenarios


@pytest.mark.parametrize("scenario", scenarios_of(scenarios), ids=lambda each: each.__name__)
def test_law_agrees(scenario: Callable[[], None], monkeypatch: pytest.MonkeyPatch) -> None:
    play_again(scenarios, "CertificateVenue", scenario, monkeypatch)
