"""A schedule against a real timelock and a node's API: announced once, executed in its time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.operate.operated_venue import DELAY_SECONDS, OperatedVenue, done, run
from tests.integration.sequencer.node_process import NodeProcess, running_node

SCHEDULE = """
sequencers = ["{endpoint}"]
[[series]]
underlying = 1
symbol = "BTC"
dailies = 1
quarterlies = 1
[series.options]
deltas = [0.25, 0.5]
strike_step_usd = 1
[series.future]
tick_value_micro_usd = 500
index_per_tick_nano_usd = 500_000_000
initial_margin_ppm = 50_000
maintenance_margin_ppm = 25_000
maker_fee_ppm = 100
taker_fee_ppm = 450
price_band_ppm = 50_000
min_order_value_micro_usd = 1_000_000
liquidation_fee_ppm = 5_000
house_margin_ppm = 12_500
impact_value_micro_usd = 8_000_000
tier = 0
"""


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NodeProcess]:
    with running_node(tmp_path_factory.mktemp("schedule") / "node") as running:
        yield running


def test_schedule_is_announced_once_and_executed_after_the_delay(
    deployed: OperatedVenue, node: NodeProcess
) -> None:
    path = deployed.write("schedule.toml", SCHEDULE.format(endpoint=node.endpoint))
    command = ("govern", "schedule", path, "--config", deployed.folder / "governor.toml")

    shown = done(*command)
    assert [each["step"] for each in shown["plan"]] == ["announce"] * 4
    assert shown["done"] == []
    first = shown["plan"][0]["call_data"]
    assert (first["message"], first["arguments"]["underlying"]) == ("list_expiry", 1)
    asked = run(*command, "--send", "--json")
    assert (asked.exit_code, "--yes" in asked.output) == (2, True)

    sent = done(*command, "--send", "--yes")
    calls = [each["call"] for each in sent["done"]]
    assert len(calls) == len(set(calls)) == 4
    again = done(*command, "--send", "--yes")
    assert ([each["step"] for each in again["plan"]], again["done"]) == (["waiting"] * 4, [])
    announced = done("govern", "list", "--config", deployed.folder / "anybody.toml")["announced"]
    assert {each["number"] for each in announced} >= set(calls)

    deployed.skip(DELAY_SECONDS + 1)
    ran = done(*command, "--send", "--yes")["done"]
    assert [(each["step"], each["message"]) for each in ran] == [("execute", "list_expiry")] * 2
    table = run(*command)
    assert table.exit_code == 0 and "nothing to do" in table.output
    assert "until L1's message is ordered" in table.output and "not listed yet" in table.output


def test_sequencer_that_is_gone_and_a_wrong_file_are_one_line(deployed: OperatedVenue) -> None:
    path = deployed.write("gone.toml", SCHEDULE.format(endpoint="127.0.0.1:1"))
    config = ("--config", deployed.folder / "governor.toml")
    gone = run("govern", "schedule", path, *config)
    assert (gone.exit_code, gone.output.count("\n")) == (4, 1), gone.output
    for text in ("", "[", "sequencers = 5", SCHEDULE.replace("dailies = 1", "dailies = 1e400")):
        wrong = deployed.write("wrong.toml", text)
        told = run("govern", "schedule", wrong, *config)
        assert (told.exit_code, "Traceback" in told.output) == (2, False), told.output
    missing: Path = deployed.folder / "none.toml"
    assert run("govern", "schedule", missing, *config).exit_code == 2
