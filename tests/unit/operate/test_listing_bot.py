"""The bot that lists asks sequencers in turn, and one that never answers is unreachable."""

from __future__ import annotations

import asyncio
import socket

import pytest

from strikeproof.client.client_failure import Unreachable
from strikeproof.operate import listing_bot
from strikeproof.operate.schedule_file import ScheduleFile


def test_sequencer_that_never_answers_is_unreachable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing_bot, "ASK_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        series = {"underlying": 1, "symbol": "BTC", "dailies": 1}
        endpoint = f"127.0.0.1:{silent.getsockname()[1]}"
        schedule = ScheduleFile.model_validate({"sequencers": [endpoint], "series": [series]})
        with pytest.raises(Unreachable, match="no answer in time"):
            asyncio.run(listing_bot._ask(schedule))
