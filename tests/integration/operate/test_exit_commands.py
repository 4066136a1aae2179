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
first_block = 0
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
        sends = arguments[0] not in ("status", "forced") and "--print" not in arguments
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

    def forced(self, *arguments: str) -> list[dict[str, Any]]:
        """What owners forced, oldest first, without the account's other messages."""
        report = self.exit("trader", "forced", *arguments)
        assert report["code"] == ExitCode.OK, report
        found: list[dict[str, Any]] = report["forced"]
        return found

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
    late = {"data_dir": '"late"', "first_block": str(venue.operated.chain.head_number)}
    told = venue.exit("trader", "status", **late)
    assert (told["error"], told["code"]) == ("FirstBlockTooLate", ExitCode.USAGE)
    assert f"l1.first_block: {late['first_block']} is behind" in told["reason"]
    late["first_block"] = str(10**9)
    assert venue.exit("trader", "status", **late)["error"] == "FirstBlockTooLate"
    late["first_block"] = str(venue.deployment.first_block)
    assert venue.exit("trader", "status", **late)["code"] == ExitCode.OK, "nothing is left behind"
    told = venue.exit("poor", "freeze")
    assert (told["error"], told["code"]) == ("CallRefused", ExitCode.FAILED)
    for account in ("3", "4000000000"):
        told = venue.exit("trader", "force", "withdraw", account, "1")
        assert (told["error"], told["code"]) == ("NotFound", ExitCode.NOT_FOUND)
        assert f"account {account} is in no batch on L1 yet" in told["reason"]


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


def refuse_the_same(venue: LeftVenue, why: str) -> None:
    """What may come of an interrupted command is not ordered twice, unless its owner says so."""
    told = venue.exit("trader", "force", "withdraw", "1", "300")
    assert (told["error"], told["code"]) == ("CallRefused", ExitCode.FAILED)
    assert why in told["reason"] and "`--again` forces it once more" in told["reason"]
    for arguments in (("300", "--again"), ("299.5",)):
        call = venue.exit("trader", "force", "withdraw", "1", *arguments, "--print")
        assert (call["code"], call["data"][:2]) == (ExitCode.OK, "0x")


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
    assert "exit:0 of account 1: withdraw 300.000000 USD" in told["told"]
    (waits,) = venue.forced()
    assert (waits["message"], waits["state"], waits["batch"]) == ("exit:0", "waiting", None)
    assert (waits["op"], waits["amount_micro_usd"]) == ("WITHDRAW", 300 * USD)
    dates = [waits[name] - waits["ordered_at"] for name in ("due_at", "anyone_posts_at")]
    assert dates == [FORCE, FORCE + GRACE]
    assert waits["freezes_at"] == venue.status()["freezes_at"]
    for amount in ("300", "7"):
        again = venue.exit("trader", "force", "withdraw", "1", amount, "--again")
        assert (again["error"], again["code"]) == ("CallRefused", ExitCode.FAILED)
        assert "one exit under way at a time. exit:0 of account 1" in again["reason"]
    for key in ("trader", "poor"):
        other = venue.exit(key, "force", "withdraw", "2", "1")
        assert (other["error"], other["code"]) == ("CallRefused", ExitCode.FAILED)
        assert "owns account 2" in other["reason"], "not how much ether it lacks"
    venue.operated.skip(FORCE + GRACE + 1)
    assert venue.forced()[0]["state"] == "overdue"
    venue.sent(venue.exit("reporter-0", "post"))
    (done_,) = venue.forced()
    assert (done_["state"], done_["result"], done_["batch"]) == ("executed", "OK", 2)
    assert (done_["segment"], done_["final_at"], done_["final"]) == (0, None, False)
    refuse_the_same(venue, "executed in batch 2, segment 0. Nobody has claimed that batch yet")
    claim_and_finish(venue)
    assert venue.forced()[0]["final"], venue.forced()
    assert venue.status()["forced"] == [], "what is final is among the accounts"
    refuse_the_same(venue, "and not paid yet: `exit pay`")
    before = venue.held("trader")
    assert venue.sent(venue.exit("trader", "pay", "--to", FRIEND)) == [
        f"pay account 1 up to {300 * USD} to {FRIEND}"
    ]
    assert (venue.tokens_of(FRIEND), venue.held("trader")) == (300 * USD, before)
    assert venue.sent(venue.exit("trader", "pay", "--to", FRIEND)) == []
    assert venue.sent(venue.exit("trader", "pay")) == []
    assert venue.sent(venue.exit("trader", "pay", "--all")) == []
    call = venue.exit("trader", "force", "withdraw", "1", "300", "--print")
    assert call["code"] == ExitCode.OK, "a new order, once the one before is paid"
    assert venue.forced("2") == []
    told = venue.exit("trader", "forced", "9")
    assert (told["error"], told["code"]) == ("NotFound", ExitCode.NOT_FOUND)


def test_what_the_law_refuses_an_owner_is_shown_with_its_reason(venue: LeftVenue) -> None:
    venue.sent(venue.exit("trader", "force", "withdraw", "1", "5000"))
    venue.operated.skip(FORCE + GRACE + 1)
    venue.sent(venue.exit("trader", "post"))
    refused = venue.forced("1")[-1]
    assert (refused["state"], refused["result"]) == ("refused", "INSUFFICIENT_COLLATERAL")
    assert "would leave the account below initial margin" in refused["text"]
    shown = run("exit", "forced", "--all", "--config", str(venue.config("trader"))).stdout
    assert shown.splitlines() == [each["text"] for each in venue.forced("--all")]
    claim_and_finish(venue)


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
    """Batch 4 has no claim: nothing is overdue in the Inbox, and the date is that of finality."""
    found = venue.status()
    assert (found["stage"], found["oldest_message"]) == ("running", None)
    told = venue.exit("trader", "freeze")
    assert "NothingOverdue" in told["reason"] and "freezes_at" in told["reason"]
    assert found["freezes_at"] is not None
    waits = found["freezes_at"] - found["time"]
    assert 0 < waits <= max(FINALITY, 2 * WINDOW) + FORCE


def test_everybody_claims_and_what_no_state_has_seen_goes_back(venue: LeftVenue) -> None:
    """Deposits and payments into pools that came too late go back to their senders."""
    claim_and_finish(venue)
    assert venue.status()["freezes_at"] is None
    told = venue.exit("trader", "freeze")
    assert "a message must be overdue or a batch without finality" in told["reason"]
    venue.vaults["reporter-0"].deposit(1, 123 * USD)
    venue.vaults["reporter-0"].pay_in(Pool.INSURANCE_FUND, 45 * USD)
    venue.vaults["trader"].pay_in(Pool.FEE_POOL, 6 * USD)
    venue.folder = "-fresh"  # these were not sent by the earlier commands
    venue.sent(venue.exit("reporter-0", "force", "withdraw", "2", "10"))
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
    (lost,) = venue.forced("2")
    assert (lost["state"], lost["freezes_at"], lost["batch"]) == ("lost", None, None)
    assert [each["message"] for each in venue.status("2")["forced"]] == [lost["message"]]
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
    assert venue.exit("trader", "claim", "9")["error"] == "NotFound"
    early = venue.exit("trader", "pay")
    assert "ClaimsOpen" in early["reason"] and "proved until 20" in early["reason"]
    shown = " ".join(run("exit", "status", "--config", str(venue.config("trader"))).stdout.split())
    end = venue.status()["claim_end"]
    assert f"claim_end {end} (20" in shown, shown
    assert "next escape, if" in shown and "positions none" in shown


def test_who_comes_late_is_paid_as_everybody_is(venue: LeftVenue) -> None:
    venue.wait_until(venue.status()["claim_end"])
    told = venue.exit("reporter-0", "pay", "2")
    assert venue.sent(told) == ["close claims"]
    assert "account 2 is not proved yet: `exit claim 2` first" in told["told"]
    theirs = venue.sent(venue.exit("reporter-0", "claim", "--all"))
    assert len(theirs) == 3, "late, and paid all the same"
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
