"""A program of an attester: watches accounts with credit, renews it, takes it away, releases it.

    ATTESTER_KEY=0x… GUARANTOR_KEY=0x… python credit_monitor.py monitor.toml

What it decides is `decide`, of one account at one moment; the rest says, signs and submits. See
README.md beside it, and docs/protocol/credit.md.
"""

from __future__ import annotations

import sys
import time
import tomllib
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path
from typing import Any, Final

from strikeproof.client import Client, Wallet
from strikeproof.client.account_state import AccountState
from strikeproof.client.attestation_file import AttestationFile
from strikeproof.client.attested_statement import Credit
from strikeproof.failure import Failure
from strikeproof.wire.constants import MINUTE_MS
from strikeproof.wire.operations import encode_release_credit

MICRO: Final = 10**6


class Due(Enum):
    """What an account is due."""

    NOTHING = auto()
    GRANT = auto()
    TAKE_AWAY = auto()
    RELEASE = auto()


@dataclass(frozen=True, slots=True)
class CreditTerms:
    """What one account may have, and when it loses it."""

    account: int
    limit_micro_usd: int
    minutes: int
    """For how long each grant counts; it is renewed when half of that is over."""
    equity_least_micro_usd: int
    """An account that is worth less has no credit."""
    drawdown_most_ppm: int
    """Nor one that lost a greater share of the most that it was worth while it was watched."""


def decide(terms: CreditTerms, account: AccountState, most_micro_usd: int, now_ms: int) -> Due:
    """Return what an account is due: `most_micro_usd` is the most that it was worth so far."""
    equity = account.equity_micro_usd
    lost_ppm = MICRO * max(0, most_micro_usd - equity) // max(1, most_micro_usd)
    is_worthy = (
        not account.stale
        and equity >= terms.equity_least_micro_usd
        and lost_ppm <= terms.drawdown_most_ppm
    )
    stands = account.credit_limit_micro_usd
    left_ms = account.credit_expiry_ms - now_ms if stands else 0
    if is_worthy:
        if stands > terms.limit_micro_usd:  # it is lowered by way of nothing
            return Due.TAKE_AWAY if left_ms > 0 else Due.RELEASE
        lacks = stands < terms.limit_micro_usd
        return Due.GRANT if lacks or left_ms < terms.minutes * MINUTE_MS // 2 else Due.NOTHING
    if left_ms > 0:
        return Due.TAKE_AWAY
    holds = equity >= account.maintenance_margin_micro_usd
    return Due.RELEASE if stands and holds else Due.NOTHING


class Monitor:
    """Watches the accounts of some terms, with an attester's key and a guarantor's."""

    def __init__(
        self, client: Client, terms: list[CreditTerms], keys: tuple[Wallet, Wallet], guarantor: int
    ) -> None:
        """`keys`: the attester's, and that of the guarantor's owner."""
        self._client, self._terms = client, terms
        self._attester, self._owner = keys
        self._guarantor = guarantor
        self._most: dict[int, int] = {}

    def look(self, folder: Path) -> list[tuple[int, Due]]:
        """Look at every account once, and do what is due: submit it, or where one attester is no
        quorum leave it in the folder for others to sign. Return what was due."""
        done = []
        for terms in self._terms:
            account = self._client.account(terms.account)
            equity = account.equity_micro_usd
            most = self._most[terms.account] = max(equity, self._most.get(terms.account, equity))
            action = decide(terms, account, most, self._client.now_ms())
            if action is Due.RELEASE:
                self._client.submit(encode_release_credit(account=terms.account))
            elif action is not Due.NOTHING:
                self._say(terms, granted=action is Due.GRANT, folder=folder)
            done.append((terms.account, action))
        return done

    def _say(self, terms: CreditTerms, *, granted: bool, folder: Path) -> None:
        venue, now_ms = self._client.venue(), self._client.now_ms()
        said = (
            Credit(terms.account, terms.limit_micro_usd, terms.minutes, self._guarantor, now_ms)
            if granted
            else Credit(terms.account, 0, 0, 0, now_ms)
        )
        found = AttestationFile(venue.chain_id, venue.rollup, said).signed(self._attester)
        if granted:
            found = found.signed(self._owner)
        if venue.attester_quorum > 1:
            found.write(folder / f"credit-{terms.account}.json")
            return
        consenting = [self._owner.address] if granted else []
        self._client.submit(found.op(venue.attesters, venue.attester_quorum, consenting))


def _terms_of(fields: dict[str, Any]) -> CreditTerms:
    return CreditTerms(
        account=fields["account"],
        limit_micro_usd=fields["limit_usd"] * MICRO,
        minutes=fields["hours"] * 60,
        equity_least_micro_usd=fields["equity_least_usd"] * MICRO,
        drawdown_most_ppm=fields["drawdown_most_percent"] * 10_000,
    )


def main(path: Path) -> None:
    """Watch until stopped. A refusal or a venue that does not answer is logged and tried again."""
    config = tomllib.loads(path.read_text("utf-8"))
    attester, owner = Wallet.from_env("ATTESTER_KEY"), Wallet.from_env("GUARANTOR_KEY")
    terms = [_terms_of(each) for each in config["accounts"]]
    with Client(config["endpoint"], attester) as client:
        monitor = Monitor(client, terms, (attester, owner), config["guarantor"])
        while True:
            try:
                for account, action in monitor.look(Path(config["folder"])):
                    if action is not Due.NOTHING:
                        print(f"account {account}: {action.name}", flush=True)
            except Failure as error:
                print(error, file=sys.stderr, flush=True)
            time.sleep(config["seconds"])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
