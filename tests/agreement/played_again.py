"""Scenarios of the engine's tests, played again with the law beside the engine."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from strikeproof.sequencer.core.engine import Engine
from tests.agreement.comparison import Comparison
from tests.agreement.law_host import EVM
from tests.unit.core.scripted_venue import DOMAIN


def scenarios_of(module: ModuleType) -> list[Callable[[], None]]:
    """Return the tests of a module, which play on a venue that it makes."""
    return [value for name, value in vars(module).items() if name.startswith("test_")]


def play_again(
    module: ModuleType, venue_class: str, scenario: Callable[[], None], patch: pytest.MonkeyPatch
) -> None:
    """Play a scenario of a module, then every input of its venues on engine and law."""
    made: list[Any] = []
    plain = getattr(module, venue_class)

    class Kept(plain):  # type: ignore[misc, valid-type]
        def __init__(self, *given: int, **more: int) -> None:
            made.append(self)
            super().__init__(*given, **more)

    patch.setattr(module, venue_class, Kept)
    scenario()
    assert made
    for venue in made:
        comparison = Comparison(Engine.genesis(DOMAIN), EVM)
        for data in venue.inputs:
            comparison.execute(data)
        assert comparison.engine.snapshot() == venue.engine.snapshot()
