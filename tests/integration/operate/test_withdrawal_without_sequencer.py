"""Money leaves a venue without a sequencer: Inbox, anybody's batch, a verifier's store."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from strikeproof.client.vault import TraderVault
from strikeproof.config import EndpointsSection, load_config
from strikeproof.deployment import Deployment
from strikeproof.verifier.config import VerifierConfig
from strikeproof.verifier.exit_code import NotFound
from strikeproof.verifier.inspection.session_nonce import unused_nonce
from strikeproof.verifier.node import VerifierNode
from strikeproof.wire.constants import NONCE_WINDOW
from tests.integration.operate.operated_venue import CHAIN_ID, KEYS, OperatedVenue, done, run

OVERDUE_SECONDS = 71  # forced inclusion, grace, and one more
WINDOW_SECONDS = 30
USD = 10**6


class WatchedVenue:
    """A venue with one funded account, and the verifier that watches it."""

    def __init__(self, operated: OperatedVenue) -> None:
        self.operated, folder = operated, operated.folder
        deployment = Deployment.load(folder / "deployment.json")
        self.trader_toml = operated.write(
            "trader.toml",
            'endpoint = "127.0.0.1:1"\naccount = 1\n' + operated.operator_toml("trader"),
        )
        self.verifier_toml = operated.write(
            "verifier.toml",
            f"""
data_dir = "verifier"
mode = "defend"
workers = 0
[l1]
endpoints = ["{operated.http.url}"]
chain_id = {CHAIN_ID}
rollup = "{deployment.rollup}"
confirmations = 1
[key]
key_env = "KEY_VERIFIER"
[defend]
propose_after_seconds = 1
urgent_seconds = 1
bond_max_gwei = 1_000_000_000
""",
        )
        l1 = EndpointsSection(endpoints=[operated.http.url], chain_id=CHAIN_ID)
        self.vault = TraderVault(l1, deployment, KEYS["trader"])
        self.vault.mint(1_000 * USD)
        assert self.vault.deposit(None, 1_000 * USD).account == 1
        self.node = VerifierNode(load_config(self.verifier_toml, VerifierConfig))

    def settle(self) -> None:
        """Have anybody post what waits, and the verifier claim it until that is final."""
        self.operated.skip(OVERDUE_SECONDS)
        anybody = self.operated.folder / "anybody.toml"
        batch = done("inbox", "post", "--config", anybody)["number"]
        for _ in range(40):
            self.node.turn()
            self.operated.skip(2)
            if self.vault.is_final(batch):
                self.operated.skip(2)  # the verifier looks a block behind
                self.node.turn()
                return
        raise AssertionError(f"batch {batch} did not become final")

    def trade(self, *arguments: str) -> Any:
        return run("trade", "--config", self.trader_toml, *arguments)

    def withdraw(self, *arguments: str) -> Any:
        return self.trade("withdraw", *arguments, "--from-verifier", str(self.verifier_toml))

    def held_usd(self) -> int:
        return self.vault.balance_micro_usd() // USD


@pytest.fixture(scope="module")
def watched(deployed: OperatedVenue) -> Iterator[WatchedVenue]:
    with pytest.MonkeyPatch.context() as patch:
        for name, key in KEYS.items():
            patch.setenv(f"KEY_{name.upper().replace('-', '_')}", key.hex())
        watched = WatchedVenue(deployed)
        assert watched.withdraw("--no-wait").exit_code == 2, "nothing is final yet"
        watched.settle()
    yield watched
    watched.node.close()


def test_forced_withdrawal_is_paid_from_a_verifiers_store(watched: WatchedVenue) -> None:
    nothing = watched.withdraw("--no-wait")
    assert (nothing.exit_code, "NOTHING_OWED" in nothing.output) == (2, True), nothing.output
    before = unused_nonce(watched.node.parts, 1)
    sent = watched.withdraw("300", "--force", "--no-wait", "--json")
    assert sent.exit_code == 0, sent.output
    assert json.loads(sent.stdout)["exit_index"] == 0
    watched.settle()
    assert unused_nonce(watched.node.parts, 1) == before + NONCE_WINDOW, "executed, a window above"
    paid = watched.withdraw("--json")
    assert paid.exit_code == 0, paid.output
    assert json.loads(paid.stdout)["amount_micro_usd"] == 300 * USD
    assert watched.held_usd() == 300
    again = watched.withdraw("--no-wait")
    assert (again.exit_code, "NOTHING_OWED" in again.output) == (2, True), again.output


def test_forced_withdrawal_with_a_nonce_of_the_traders_own(watched: WatchedVenue) -> None:
    before = watched.held_usd()
    sent = watched.trade("withdraw", "50", "--force", "--nonce", "277", "--json")
    assert sent.exit_code == 0, sent.output
    watched.settle()
    assert watched.withdraw("--json").exit_code == 0
    assert watched.held_usd() == before + 50
    assert unused_nonce(watched.node.parts, 1) == 278, "above the highest that was used"
    used = watched.trade("withdraw", "50", "--force", "--nonce", "277", "--json")
    assert used.exit_code == 0, "L1 cannot know; the law calls it used"
    watched.settle()
    assert "NOTHING_OWED" in watched.withdraw("--no-wait").output
    assert watched.held_usd() == before + 50


def test_account_or_session_that_is_not_there_has_no_nonce(watched: WatchedVenue) -> None:
    with pytest.raises(NotFound, match="account 9 has no session 0") as caught:
        unused_nonce(watched.node.parts, 9)
    assert caught.value.values == {"account": 9, "slot": 0}
    with pytest.raises(NotFound, match="account 1 has no session 3"):
        unused_nonce(watched.node.parts, 1, slot=3)


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("--force", "--no-wait"), 2, "--force needs AMOUNT"),
        (("5", "--nonce", "1"), 2, "--nonce is of a forced withdrawal"),
        (("5", "--no-wait"), 2, "needs --force"),
        (("-5", "--force"), 2, "No such option"),
        (("0", "--force"), 2, ""),
        (("5.0000001", "--force"), 2, ""),
        (("5", "--force", "--nonce", "-1"), 2, "--nonce"),
    ],
)
def test_arguments_that_contradict_one_another(
    watched: WatchedVenue, arguments: tuple[str, ...], code: int, said: str
) -> None:
    told = watched.withdraw(*arguments)
    assert (told.exit_code, said in told.output) == (code, True), told.output


def test_verifier_of_another_venue_or_without_a_store_is_one_line(
    watched: WatchedVenue, tmp_path: Path
) -> None:
    text = watched.verifier_toml.read_text()
    nowhere = tmp_path / "nowhere.toml"
    nowhere.write_text(text)  # its folder is another, and there is no store in it
    told = watched.trade("withdraw", "--no-wait", "--from-verifier", str(nowhere))
    assert told.exit_code == 2, told.output
    assert len(told.output.splitlines()) == 1, told.output
    other = tmp_path / "other.toml"
    other.write_text(text.replace(text.split('rollup = "')[1][:42], "0x" + 40 * "1"))
    told = watched.trade("withdraw", "--no-wait", "--from-verifier", str(other))
    assert told.exit_code == 2, told.output
    assert len(told.output.splitlines()) == 1, told.output
    told = watched.trade("withdraw", "--no-wait", "--from-verifier", str(tmp_path / "none.toml"))
    assert (told.exit_code, "CONFIG_INVALID" in told.output) == (2, True), told.output
