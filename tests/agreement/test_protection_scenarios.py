"""Protections by ops alone: each scenario of tests/unit/core/test_protection.py runs again, its
inputs on the law (attack 53)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from strikeproof.bench.pure_evm import available_evms
from strikeproof.sequencer.core.engine import Engine
from tests.agreement.comparison import Comparison
from tests.unit.core import test_protection as scenarios
from tests.unit.core.scripted_venue import DOMAIN
from tests.unit.core.test_protection import ProtectedVenue

EVM = "revm" if "revm" in available_evms() else "py-evm"
SCENARIOS = [value for name, value in vars(scenarios).items() if name.startswith("test_")]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda each: each.__name__)
def test_law_agrees(scenario: Callable[[], None], monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[ProtectedVenue] = []

    class Kept(ProtectedVenue):
        def __init__(self, *given: int, **more: int) -> None:
            made.append(self)
            super().__init__(*given, **more)

    monkeypatch.setattr(scenarios, "ProtectedVenue", Kept)
    scenario()
    assert made
    for venue in made:
        comparison = Comparison(Engine.genesis(DOMAIN), EVM)
        for data in venue.inputs:
            comparison.execute(data)
        assert comparison.engine.snapshot() == venue.engine.snapshot()
