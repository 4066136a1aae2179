"""A verifier on the real law sees what a sequencer does not order, and says for how long."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from strikeproof.cli.main import main
from strikeproof.verifier.alarm import Alarm
from tests.integration.verifier.nodes import HttpL1, make_node, turns, write_config
from tests.integration.verifier.real_venue import TRADERS, RealVenue


def test_funding_that_nobody_orders_is_an_alarm_and_listed(tmp_path: Path) -> None:
    venue = RealVenue()
    venue.trade(1 + TRADERS)
    for _ in range(4):
        venue.trade(0, [venue.market._index_price(1)])  # half a minute apart; no Funding
    alert = {"upkeep_late_seconds": 60.0}
    node = make_node(venue, tmp_path / "data", "alert", alert=alert)
    turns(venue, node, 12)
    withheld = [fields for kind, fields in node.alarms if kind is Alarm.UPKEEP_WITHHELD]
    assert [each["upkeep"] for each in withheld] == ["funding"]
    metric = node.metrics.registry.get_sample_value(
        "verifier_upkeep_late_seconds", {"upkeep": "funding"}
    )
    assert metric >= 60
    node.close()

    l1 = HttpL1(venue)
    config = write_config(venue, tmp_path, l1.url)
    ran = CliRunner().invoke(main, ["challenge", "upkeep", "--config", str(config), "--json"])
    l1.close()
    assert ran.exit_code == 0, ran.output
    report = json.loads(ran.output)
    assert report["counts"]["funding"] >= 1
    funding = [each for each in report["going_on"] if each["upkeep"] == "funding"]
    assert funding[0]["seconds"] >= 60
    assert funding[0]["id"] == withheld[0]["id"]
