"""`strikeproof exit` from the first forced withdrawal to the last payment of an escape, by owners
with a key and L1 alone; and what it says where it cannot go on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from strikeproof.client.vault import TraderVault
from strikeproof.config import EndpointsSection
from strikeproof.deployment import Deployment
from strikeproof.devnet.embedded_l1.rpc import Rpc, RpcError
from strikeproof.keccak import keccak256
from strikeproof.verifier.exit_code import ExitCode
from strikeproof.verifier.inspection import exit_sending
from strikeproof.verifier.inspection.venue_calls import ABIS
from strikeproof.wire.constants import Pool
from tests.integration.operate.operated_venue import CHAIN_ID, KEYS, OperatedVenue, done, run
from tests.integration.verifier.nodes import HttpL1

USD = 10**6
FORCE, GRACE, WINDOW = 60, 10, 30
OVERDUE, FINALITY, PROPOSAL, CLAIM = 100, 40, 40, 50
ESCAPE_TERMS = f"""exit_seconds = 10
overdue_seconds = {OVERDUE}
finality_seconds = {FINALITY}
proposal_seconds = {PROPOSAL}
claim_seconds = {CLAIM}"""
DEPOSITED = 1_000 * USD
ROOT = ABIS["Escape"].selector("root")
FRIEND = "0x" + 19 * "00" + "77"  # whom the owner has paid, with nothing of its own
BALANCE_OF = "0x70a08231"  # balanceOf(address) of an ERC-20 token


@dataclass(frozen=True, slots=True)
class LyingRpc:
    """An endpoint that answers requests with a text in them as it likes."""

    rpc: Rpc
    asked: str
    error: str = ""
    answer: str = ""

    def handle(self, method: str, params: list[Any]) -> Any:
        if self.asked not in f"{method} {params}":
            return self.rpc.handle(method, params)
        if self.error:
            raise RpcError(-32_000, self.error)
        return self.answer


class LeftVenue:
    """A venue that nobody runs: two owners, an account each, and what they can do by L1."""

    def __init__(self, folder: Path) -> None:
        self.folder = ""
        """What the commands' folders end with: another one is a reader who starts afresh."""
        self.operated = operated = OperatedVenue(folder)
        operated.write("venue.toml", operated.venue_toml(exit_seconds__10=ESCAPE_TERMS))
        done("deploy", folder / "venue.toml", "--yes")
        self.deployment = Deployment.load(folder / "deployment.json")
        l1 = EndpointsSection(endpoints=[operated.http.url], chain_id=CHAIN_ID)
        self.vaults = {
            name: TraderVault(l1, self.deployment, KEYS[name]) for name in ("trader", "reporter-0")
        }
        for account, vault in enumerate(self.vaults.values(), 1):
            vault.mint(2 * DEPOSITED)
            assert vault.deposit(None, DEPOSITED).account == account

    def config(self, name: str, **changes: str) -> Path:
        """The configuration of somebody's key, with lines of it changed."""
        text = f"""
data_dir = "exit-{name}{self.folder}"
workers = 0
[l1]
endpoints = ["{self.operated.http.url}"]
chain_id = {CHAIN_ID}
rollup = "{self.deployment.rollup}"
confirmations = 1
[key]
key_env = "KEY_{name.upper().replace("-", "_")}"
"""
        for old, new in changes.items():
            (line,) = [each for each in text.splitlines() if each.startswith(f"{old} =")]
            text = text.replace(line, f"{old} = {new}")
        return self.operated.write(f"exit-{name}.toml", text)

    def exit(self, name: str, *arguments: str, **changes: str) -> dict[str, Any]:
        """Run a command; return its report, with its exit code."""
        config = self.config(name, **changes)
        sends = arguments[0] != "status" and "--print" not in arguments
        command = ["exit", *arguments, "--config", str(config), "--json"]
        result = run(*command, *(["--yes"] if sends else []))
        assert result.stdout, result.output
        report: dict[str, Any] = json.loads(result.stdout)
        return report | {"code": result.exit_code, "told": result.stderr}

    def exit_by(self, liar: LyingRpc, *arguments: str) -> dict[str, Any]:
        """Run a command of the trader's by an endpoint that lies."""
        http = HttpL1(SimpleNamespace(rpc=liar))
        try:
            return self.exit("trader", *arguments, endpoints=f'["{http.url}"]')
        finally:
            http.close()

    def status(self, *arguments: str) -> dict[str, Any]:
        return self.exit("trader", "status", *arguments)

    def wait_until(self, seconds: int) -> None:
        """Let L1's time pass a moment."""
        head = int(self.operated.chain.header(self.operated.chain.head_number).timestamp)
        self.operated.skip(max(1, seconds + 1 - head))

    def sent(self, report: dict[str, Any]) -> list[str]:
        assert report["code"] == ExitCode.OK, report
        assert all(each["succeeded"] for each in report["sent"])
        return [each["call"] for each in report["sent"]]

    def held(self, name: str) -> int:
        return self.vaults[name].balance_micro_usd()

    def tokens_of(self, address: str) -> int:
        """What an address holds, in the token's units: millionths of a dollar."""
        asked = {"to": self.deployment.token, "data": f"{BALANCE_OF}{address[2:]:0>64}"}
        return int(self.operated.rpc.handle("eth_call", [asked, "latest"]), 16)


@pytest.fixture(scope="module")
def venue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LeftVenue]:
    with pytest.MonkeyPatch.context() as patch:
        for name, key in KEYS.items():
            patch.setenv(f"KEY_{name.upper().replace('-', '_')}", key.hex())
        patch.setenv("KEY_POOR", keccak256(b"nobody gave it ether").hex())
        left = LeftVenue(tmp_path_factory.mktemp("left"))
        yield left
        left.operated.http.close()


# Tests of this module follow one another: a venue goes on, stops, and is left.


def test_what_cannot_be_read_or_sent_is_reported_in_one_line(venue: LeftVenue) -> None:
    """Wrong chain, wrong address, no L1, no ether, no disk."""
    nobody = '"http://127.0.0.1:1"'
    assert (
        venue.exit("trader", "status", endpoints=f"[{nobody}]")["code"] == ExitCode.L1_UNAVAILABLE
    )
    told = venue.exit("trader", "status", chain_id="1")
    assert (told["error"], told["code"]) == ("WrongChain", ExitCode.USAGE)
    told = venue.exit("trader", "status", rollup='"0x' + 40 * "1" + '"')
    assert (told["error"], told["code"]) == ("NoRollup", ExitCode.USAGE)
    told = venue.exit("trader", "status", data_dir='"venue.toml/below-a-file"')
    assert (told["error"], told["code"]) == ("StorageFailed", ExitCode.BROKEN)
    told = venue.exit("poor", "freeze")
    assert (told["error"], told["code"]) == ("CallRefused", ExitCode.FAILED)
    told = venue.exit("trader", "force", "withdraw", "3", "1")
    assert (told["error"], told["code"]) == ("NotFound", ExitCode.NOT_FOUND)


def test_an_endpoint_that_estimates_nothing_is_not_a_refusal(venue: LeftVenue) -> None:
    liar = LyingRpc(venue.operated.rpc, "eth_estimateGas", error="try again later")
    told = venue.exit_by(liar, "freeze")
    assert (told["error"], told["code"]) == ("L1Unavailable", ExitCode.L1_UNAVAILABLE)
    assert "try again later" in told["reason"]


def test_nobody_posts_before_it_is_time_and_nobody_without_ether(venue: LeftVenue) -> None:
    told = venue.exit("trader", "post")
    assert (told["error"], told["code"]) == ("CallRefused", ExitCode.FAILED)
    assert "anyone may post from 20" in told["reason"]
    venue.operated.skip(FORCE + GRACE + 1)
    told = venue.exit("poor", "post")
    assert (told["error"], told["code"]) == ("GasMoneyMissing", ExitCode.FAILED)
    assert "holds 0.000000 ether" in told["reason"]
    assert venue.sent(venue.exit("trader", "post"))[0].startswith("post batch 1")
    assert venue.sent(venue.exit("trader", "post")) == [], "nothing waits, nothing is to do"


def claim_and_finish(venue: LeftVenue) -> None:
    venue.sent(venue.exit("trader", "propose"))
    venue.operated.skip(WINDOW + 1)


def test_an_owner_forces_a_withdrawal_and_is_paid_once(venue: LeftVenue) -> None:
    unbonded = venue.exit("trader", "propose")
    assert unbonded["error"] == "CallRefused"
    assert "`strikeproof bond deposit` with this --config" in unbonded["reason"]
    done("bond", "deposit", "--config", venue.config("trader"))
    claim_and_finish(venue)
    assert venue.sent(venue.exit("trader", "propose")) == []
    assert [each["account"] for each in venue.status("--all")["accounts"]] == [1, 2]
    assert [each["account"] for each in venue.status()["accounts"]] == [1], "of the key alone"
    for command in ("status", "pay"):
        told = venue.exit("trader", command, "9")
        assert (told["error"], told["code"]) == ("NotFound", ExitCode.NOT_FOUND)
        assert "account 9" in told["reason"]
    told = venue.exit("trader", "force", "close", "1", "77", "5")
    assert (told["error"], told["code"]) == ("NotFound", ExitCode.NOT_FOUND)
    assert "no position in instrument 77" in told["reason"]
    much = venue.exit("trader", "force", "withdraw", "1", "5000", "--print")
    assert "has a collateral of 1,000 USD in what is on L1" in much["told"]
    told = venue.exit("trader", "force", "withdraw", "1", "300")
    assert len(venue.sent(told)) == 1
    assert "collateral" not in told["told"]
    again = venue.exit("trader", "force", "withdraw", "1", "300")
    assert (again["error"], again["code"]) == ("CallRefused", ExitCode.FAILED)
    other = venue.exit("trader", "force", "withdraw", "2", "1")
    assert (other["error"], other["code"]) == ("CallRefused", ExitCode.FAILED)
    venue.operated.skip(FORCE + GRACE + 1)
    venue.sent(venue.exit("reporter-0", "post"))
    claim_and_finish(venue)
    before = venue.held("trader")
    assert venue.sent(venue.exit("trader", "pay", "--to", FRIEND)) == [
        f"pay account 1 up to {300 * USD} to {FRIEND}"
    ]
    assert (venue.tokens_of(FRIEND), venue.held("trader")) == (300 * USD, before)
    assert venue.sent(venue.exit("trader", "pay", "--to", FRIEND)) == []
    assert venue.sent(venue.exit("trader", "pay")) == []
    assert venue.sent(venue.exit("trader", "pay", "--all")) == []


def test_what_an_interrupted_run_has_sent_is_followed_first(
    venue: LeftVenue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An L1 that forgot the transaction is given it again, and the owner's exit is sent once."""
    silent: Any = venue.operated.rpc
    monkeypatch.setattr(exit_sending, "WAIT_SECONDS", 1.0)
    silent.mines_at_once = False
    told = venue.exit("trader", "force", "withdraw", "1", "25")
    assert (told["error"], told["code"]) == ("TimeoutError", ExitCode.L1_UNAVAILABLE)
    told = venue.exit("trader", "force", "withdraw", "1", "25")
    assert (told["error"], told["code"]) == ("TimeoutError", ExitCode.L1_UNAVAILABLE)
    assert "sent by an earlier run" in told["told"]
    silent.mines_at_once = True
    venue.operated.chain.mine()
    told = venue.exit("trader", "force", "withdraw", "1", "25")
    assert (told["error"], told["code"]) == ("CallRefused", ExitCode.FAILED), "it waits already"
    venue.operated.skip(FORCE + GRACE + 1)
    venue.sent(venue.exit("trader", "post"))


def test_the_date_of_a_freeze_is_reported_where_nothing_becomes_final(venue: LeftVenue) -> None:
    """Batch 3 has no claim: nothing is overdue in the Inbox, and the date is that of finality."""
    found = venue.status()
    assert (found["stage"], found["oldest_message"]) == ("running", None)
    told = venue.exit("trader", "freeze")
    assert "NothingOverdue" in told["reason"] and "freezes_at" in told["reason"]
    assert found["freezes_at"] is not None
    waits = found["freezes_at"] - found["time"]
    assert 0 < waits <= max(FINALITY, 2 * WINDOW) + FORCE


def test_everybody_leaves_with_what_no_state_has_seen(venue: LeftVenue) -> None:
    """Deposits and payments into pools that came too late go back to their senders."""
    claim_and_finish(venue)
    assert venue.status()["freezes_at"] is None
    venue.vaults["reporter-0"].deposit(1, 123 * USD)
    venue.vaults["reporter-0"].pay_in(Pool.INSURANCE_FUND, 45 * USD)
    venue.vaults["trader"].pay_in(Pool.FEE_POOL, 6 * USD)
    venue.folder = "-fresh"  # these were not sent by the earlier commands
    found = venue.status()
    assert found["freezes_at"] == found["oldest_message"] + FORCE + OVERDUE + 1
    early = venue.exit("trader", "freeze")
    assert (early["error"], early["code"]) == ("CallRefused", ExitCode.FAILED)
    for command in (("escape",), ("claim",), ("claim", "--all")):
        told = venue.exit("trader", *command)
        assert (told["error"], told["code"]) == ("CallRefused", ExitCode.FAILED), command
        assert "`exit " in told["reason"], "and what comes before"
    venue.wait_until(found["freezes_at"])
    assert venue.sent(venue.exit("trader", "freeze")) == ["freeze"]
    assert venue.sent(venue.exit("trader", "freeze")) == [], "given again: it is frozen"
    assert venue.sent(venue.exit("trader", "freeze", "--insolvent")) == []
    for exit_op in (("withdraw", "1", "1"), ("withdraw", "1", "1", "--print")):
        told = venue.exit("trader", "force", *exit_op)
        assert (told["error"], told["code"]) == ("CallRefused", ExitCode.FAILED)
        assert "nothing executes it in a frozen venue" in told["reason"]
    assert venue.status()["next"].startswith("propose")
    early = venue.exit("trader", "escape")
    assert "Unresolved" in early["reason"] and "disputed until 20" in early["reason"]
    venue.wait_until(venue.status()["resolution_end"])
    assert venue.sent(venue.exit("reporter-0", "escape"))[0] == "open the escape"
    assert venue.sent(venue.exit("trader", "escape")) == [], "it is open and priced"
    told = venue.exit_by(
        LyingRpc(venue.operated.rpc, "0x" + ROOT.hex(), answer="0x" + "11" * 32), "claim"
    )
    assert (told["error"], told["code"]) == ("WrongFinalRoot", ExitCode.WRONG_CLAIM)
    mine = venue.sent(venue.exit("trader", "claim"))
    assert mine[0] == "claim account 1"
    assert len(mine) == 2, "and what it paid into a pool, not what others deposited for it"
    assert venue.sent(venue.exit("trader", "claim")) == []
    theirs = venue.sent(venue.exit("reporter-0", "claim", "--all"))
    assert len(theirs) == 3
    assert venue.exit("trader", "claim", "9")["error"] == "NotFound"
    early = venue.exit("trader", "pay")
    assert "ClaimsOpen" in early["reason"] and "proved until 20" in early["reason"]
    shown = " ".join(run("exit", "status", "--config", str(venue.config("trader"))).stdout.split())
    end = venue.status()["claim_end"]
    assert f"claim_end {end} (20" in shown, shown
    assert "next escape, if" in shown and "positions none" in shown
    venue.wait_until(venue.status()["claim_end"])
    before = {name: venue.held(name) for name in venue.vaults}
    usage = run("exit", "pay", "--all", "--to", FRIEND, "--config", str(venue.config("trader")))
    assert (usage.exit_code, "only an owner names" in usage.output) == (2, True)
    told = venue.exit("reporter-0", "pay", "1", "--to", FRIEND)
    assert told["code"] == ExitCode.FAILED
    assert "only the key that is paid names another recipient" in told["reason"] + told["told"]
    paid = venue.sent(venue.exit("trader", "pay", "--to", FRIEND))
    assert paid[0] == f"pay account 1 to {FRIEND}"
    assert len(paid) == 2, "and the refund of what it paid into a pool"
    assert venue.tokens_of(FRIEND) == (300 + 1_000 - 325 + 25 + 6) * USD
    assert len(venue.sent(venue.exit("trader", "pay", "--all"))) == 3
    assert venue.held("trader") == before["trader"]
    assert venue.held("reporter-0") - before["reporter-0"] == (1_000 + 123 + 45) * USD
    assert venue.sent(venue.exit("trader", "pay", "--all")) == []
    assert venue.sent(venue.exit("reporter-0", "pay")) == []
    assert venue.status()["custody_micro_usd"] == 0
