"""Segments of credit: who grants it, what it opens, who bears a loss (docs/protocol/credit.md)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from strikeproof.wire.constants import MINUTE_MS
from strikeproof.wire.layout import ACCOUNT_GROUP, GLOBAL_GROUP
from tools.vectors.case_file import Case
from tools.vectors.encoders import encode_op
from tools.vectors.signers import signer
from tools.vectors.venue import MARK, TICK_VALUE, Venue, place, trader

_ACCOUNT_1: Final = 1 << 56 | 1
_ACCOUNT_2: Final = 1 << 56 | 2
_DAY_MS: Final = 86_400_000
_USD: Final = 10**6
_LIMIT: Final = 5_000 * _USD
_RELEASE: Final = encode_op("RELEASE_CREDIT", {"account": 1})


def credit_cases() -> Iterator[Case]:
    """Yield the cases, of one venue after another."""
    yield from _grants()
    yield from _opened()
    yield from _losses()


def _credited_venue() -> Venue:
    venue = Venue.opened(accounts=3)
    venue.govern("SET_ATTESTERS")
    return venue


def _grants() -> Iterator[Case]:
    venue = Venue.opened(accounts=3)
    early = venue.credit(1, _LIMIT, 2)
    yield venue.ops("credit without attesters", early, expected="BELOW_QUORUM")
    venue.govern("SET_ATTESTERS")
    for name, places, code in (
        ("of one attester", (1,), "BELOW_QUORUM"),
        ("of a place twice", (1, 1), "BAD_ATTESTER"),
        ("of a place outside the set", (1, 3), "BAD_ATTESTER"),
    ):
        yield venue.ops(f"credit {name}", venue.credit(1, _LIMIT, 2, *places), expected=code)
    for account, guarantor in ((0, 2), (9, 2), (1, 9)):
        op = venue.credit(account, _LIMIT, guarantor)
        name = f"credit of account {account} from {guarantor}"
        yield venue.ops(name, op, expected="UNKNOWN_ACCOUNT")
    own = venue.credit(1, _LIMIT, 1)
    yield venue.ops("an account guarantees for itself", own, expected="MALFORMED")
    stranger = venue.credit(1, _LIMIT, 2, consenting=[signer("a stranger")])
    yield venue.ops("a stranger consents", stranger, expected="BAD_SIGNATURE")
    twice = venue.credit(1, _LIMIT, 2, consenting=[trader(2), trader(2)])
    yield venue.ops("a guard consents where none is", twice, expected="BAD_SIGNATURE")
    ahead = venue.credit(1, _LIMIT, 2, said_ms=venue.now_ms + 1)
    yield venue.ops("credit said later than now", ahead, expected="STALE_ATTESTATION")
    over = venue.credit(1, _LIMIT, 2, minutes=1, said_ms=venue.now_ms - MINUTE_MS)
    yield venue.ops("credit that is over", over, expected="STALE_ATTESTATION")
    much = venue.credit(1, 2**64 - 1, 2)
    yield venue.ops("more than the guarantor has", much, expected="INSUFFICIENT_COLLATERAL")
    yield venue.ops("nothing to release", _RELEASE, expected="NO_CREDIT")
    yield venue.ops("credit of 5,000 USD", venue.credit(1, _LIMIT, 2))
    yield venue.ops("it has not ended", _RELEASE, expected="CREDIT_STANDS")
    venue.now_ms += 1
    less = venue.credit(1, _LIMIT - 1, 2)
    yield venue.ops("less than stands", less, expected="CREDIT_STANDS")
    other = venue.credit(1, _LIMIT, 3)
    yield venue.ops("another guarantor", other, expected="CREDIT_STANDS")
    yield venue.ops("it is raised", venue.credit(1, _LIMIT + 1, 2, minutes=1))
    venue.now_ms += 1
    revoked = venue.message("USER_OP", venue.credit(1, 0, 0), trader(3).address)
    yield venue.case("it is taken away, through L1, by anybody", revoked)
    yield venue.ops("its money goes back", _RELEASE)
    for account in (0, 9):
        op = encode_op("RELEASE_CREDIT", {"account": account})
        yield venue.ops(f"a release of account {account}", op, expected="UNKNOWN_ACCOUNT")
    venue.edit(_ACCOUNT_2, ACCOUNT_GROUP, guard_key=int.from_bytes(signer("guard").address, "big"))
    venue.now_ms += 1
    alone = venue.credit(1, _LIMIT, 2)
    yield venue.ops("the guard key has not consented", alone, expected="GUARD_NEEDED")
    both = venue.credit(1, _LIMIT, 2, consenting=[trader(2), signer("guard")])
    yield venue.ops("owner and guard key consent", both)


def _opened() -> Iterator[Case]:
    venue = _credited_venue()
    venue.edit(_ACCOUNT_1, ACCOUNT_GROUP, collateral=2 * _USD)
    yield venue.actions(
        "an order beyond what is there", 1, place(MARK, lots=20), expected="OK MARGIN_INSUFFICIENT"
    )
    venue.run(venue.segment(venue.credit(1, _LIMIT, 2)))
    venue.act(3, place(MARK, lots=20, sell=True))
    yield venue.actions("credit opens a position", 1, place(MARK, lots=20))
    withdraw = venue.op("WITHDRAW", account=1, amount_micro_usd=1)
    yield venue.ops("nothing leaves on credit", withdraw, expected="INSUFFICIENT_COLLATERAL")
    venue.now_ms += 1
    venue.run(venue.segment(venue.credit(1, 0, 0)))
    yield venue.actions(
        "credit that was taken away", 1, place(MARK, lots=1), expected="OK MARGIN_INSUFFICIENT"
    )
    yield venue.ops("its money stays below maintenance", _RELEASE, expected="MARGIN_INSUFFICIENT")


def _losses() -> Iterator[Case]:
    liquidate = encode_op("LIQUIDATE", {"account": 1, "instrument": 1})
    for name, limit in (("all of it", 900 * _USD), ("as far as it goes", 100 * _USD)):
        venue = _credited_venue()
        venue.act(3, place(MARK, lots=20, sell=True))
        venue.act(1, place(MARK, lots=20))
        value, debt = 20 * MARK * TICK_VALUE, 400 * _USD
        terms = {"guarantor": 2, "credited_ms": venue.now_ms, "credit_minutes": 1}
        venue.edit(_ACCOUNT_1, ACCOUNT_GROUP, collateral=-value - debt, credit_limit=limit, **terms)
        venue.edit(0, GLOBAL_GROUP, credit=limit)
        yield venue.ops(f"a guarantor pays the debt, {name}", liquidate, expected=None)
