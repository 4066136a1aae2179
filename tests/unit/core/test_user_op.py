"""Who may act: accounts, sessions, expiries, nonces, signatures (attacks 14, 15, 23)."""

import pytest

from strikeproof.sequencer.core import signing_digest
from strikeproof.sequencer.core.engine_event import SessionSet, Withdrawn
from strikeproof.sequencer.core.op_preparation import assemble, prepare, recover_signers
from strikeproof.wire.constants import NONCE_WINDOW, MessageKind, OpType, SegmentFamily
from strikeproof.wire.errors import Result
from strikeproof.wire.operations import (
    encode_bundle_body,
    encode_cancel,
    encode_cancel_all,
    encode_set_session_body,
    encode_sweep,
    encode_withdraw_body,
    frame_op,
)
from tests.unit.core.scripted_venue import (
    FOREVER,
    USD,
    ScriptedVenue,
    address_of,
    key_of,
    signed_op,
)

CANCEL = encode_cancel_all()


def set_session(
    venue: ScriptedVenue, account: int, slot: int, key: bytes, scope: int = 1, expiry: int = 0
) -> int:
    nonce = venue.nonces.get(account, 0)
    venue.nonces[account] = nonce + 1
    body = encode_set_session_body(
        account=account,
        nonce=nonce,
        expiry_ms=FOREVER,
        slot=slot,
        key=key,
        scope=scope,
        session_expiry_ms=expiry,
    )
    return venue.segment(signed_op(OpType.SET_SESSION, body, key_of(account)))[0].code


def test_unknown_accounts_and_sessions():
    venue = ScriptedVenue(accounts=1)
    assert venue.bundle(0, CANCEL).code == Result.UNKNOWN_ACCOUNT
    assert venue.bundle(2, CANCEL).code == Result.UNKNOWN_ACCOUNT
    assert venue.bundle(2**32 - 1, CANCEL).code == Result.UNKNOWN_ACCOUNT
    for session in (1, 3, 4, 255):
        assert venue.bundle(1, CANCEL, session=session).code == Result.UNKNOWN_SESSION


def test_expiries_are_judged_by_the_clock():
    venue = ScriptedVenue(accounts=1)
    assert venue.bundle(1, CANCEL, expiry=venue.now).code == Result.EXPIRED
    assert venue.bundle(1, CANCEL, expiry=venue.now + 1).code == Result.OK
    assert set_session(venue, 1, 2, address_of(50), expiry=venue.now + 5) == Result.OK
    assert venue.bundle(1, CANCEL, session=2, key=50, nonce=0).code == Result.OK
    venue.now += 5
    assert venue.bundle(1, CANCEL, session=2, key=50, nonce=1).code == Result.SESSION_EXPIRED


def test_nonce_is_used_once():
    venue = ScriptedVenue(accounts=1)
    assert venue.bundle(1, CANCEL, nonce=5).code == Result.OK
    assert venue.bundle(1, CANCEL, nonce=5).code == Result.NONCE_USED
    assert venue.bundle(1, CANCEL, nonce=4).code == Result.OK
    assert venue.bundle(1, CANCEL, nonce=2 * NONCE_WINDOW).code == Result.NONCE_TOO_FAR
    assert venue.bundle(1, CANCEL, nonce=2 * NONCE_WINDOW - 1).code == Result.OK
    assert venue.bundle(1, CANCEL, nonce=0).code == Result.NONCE_USED


def test_failed_actions_use_the_nonce_too():
    venue = ScriptedVenue(accounts=1)
    outcome = venue.bundle(1, encode_cancel(instrument=1, slot=9, serial=9), nonce=0)
    assert outcome.results == bytes((Result.OK, Result.ORDER_NOT_FOUND))
    assert venue.bundle(1, CANCEL, nonce=0).code == Result.NONCE_USED


def test_signature_of_another_account_or_domain_is_bad():
    """Attacks 14 and 15."""
    venue = ScriptedVenue(accounts=2)
    assert venue.bundle(1, CANCEL, key=2).code == Result.BAD_SIGNATURE
    body = encode_bundle_body(
        account=1, session=0, nonce=0, expiry_ms=FOREVER, max_fee_ppm=0, actions=[CANCEL]
    )
    elsewhere = signing_digest.domain_separator(2, b"\x11" * 20)
    other_chain = signed_op(OpType.BUNDLE, body, key_of(1), elsewhere)
    assert venue.segment(other_chain)[0].code == Result.BAD_SIGNATURE
    right = signed_op(OpType.BUNDLE, body, key_of(1))
    for place in (3, 20, len(right) - 1, len(right) - 64):
        forged = bytearray(right)
        forged[place] ^= 1
        code = venue.segment(bytes(forged))[0].code
        assert code in (Result.BAD_SIGNATURE, Result.UNKNOWN_ACCOUNT), place
    assert venue.segment(right)[0].code == Result.OK
    assert venue.segment(right)[0].code == Result.NONCE_USED


def test_session_key_trades_but_does_not_own():
    venue = ScriptedVenue(accounts=1)
    assert set_session(venue, 1, 1, address_of(50)) == Result.OK
    assert venue.bundle(1, CANCEL, session=1, key=50, nonce=0).code == Result.OK
    assert venue.bundle(1, CANCEL, session=1, nonce=1).code == Result.BAD_SIGNATURE
    body = encode_withdraw_body(
        account=1, nonce=venue.nonces[1], expiry_ms=FOREVER, amount_micro_usd=5
    )
    taken = venue.segment(signed_op(OpType.WITHDRAW, body, key_of(50)))[0]
    assert taken.code == Result.BAD_SIGNATURE


def test_key_authorized_again_does_not_revive_old_bundles():
    """Attacks 15 and 23."""
    venue = ScriptedVenue(accounts=1)
    set_session(venue, 1, 1, address_of(50))
    old = venue.bundle_op(1, CANCEL, session=1, key=50, nonce=0)
    assert venue.segment(old)[0].code == Result.OK
    assert set_session(venue, 1, 1, bytes(20), scope=0) == Result.OK
    assert venue.bundle(1, CANCEL, session=1, key=50, nonce=1).code == Result.UNKNOWN_SESSION
    assert set_session(venue, 1, 1, address_of(50)) == Result.OK
    assert venue.segment(old)[0].code == Result.NONCE_USED


def test_sessions_are_reported():
    venue = ScriptedVenue(accounts=1)
    set_session(venue, 1, 3, address_of(50), expiry=venue.now + 9)
    view = venue.engine.session(1, 3)
    assert view is not None
    assert (view.scope, view.key, view.expiry_ms) == (1, address_of(50), venue.now + 9)
    assert venue.last.outcomes[0].events == [SessionSet(1, 3, address_of(50), 1, venue.now + 9)]
    assert venue.engine.session(1, 2) is None
    assert venue.engine.session(1, 4) is None


def test_withdrawal_leaves_initial_margin():
    venue = ScriptedVenue(accounts=1, deposit=100 * USD)
    assert venue.withdraw(1, 101 * USD) == Result.INSUFFICIENT_COLLATERAL
    venue.buy(1, 300_000, 10)  # reserves 30 USD
    assert venue.withdraw(1, 70 * USD + 1) == Result.INSUFFICIENT_COLLATERAL
    assert venue.withdraw(1, 70 * USD) == Result.OK
    assert venue.last.outcomes[0].events == [Withdrawn(1, 70 * USD, 70 * USD)]
    view = venue.engine.account(1)
    assert view is not None
    assert (view.collateral, view.withdrawn) == (30 * USD, 70 * USD)
    assert venue.liabilities() == venue.deposited


def test_refused_withdrawal_uses_its_nonce_and_nothing_else():
    venue = ScriptedVenue(accounts=1, deposit=USD)
    before = venue.engine.record(1 << 56 | 1)
    assert venue.withdraw(1, 2 * USD) == Result.INSUFFICIENT_COLLATERAL
    assert venue.last.outcomes[0].is_ordered
    assert venue.engine.record(1 << 56 | 1) == before
    assert [key >> 56 for key, _ in venue.last.changed] == [2]


def forced(venue: ScriptedVenue, payload: bytes, sender: int) -> bytes:
    return venue.message(MessageKind.USER_OP, payload, address_of(sender)).results


def test_owner_needs_no_signature_through_l1():
    venue = ScriptedVenue(accounts=2, deposit=100 * USD)
    body = encode_withdraw_body(account=1, nonce=0, expiry_ms=FOREVER, amount_micro_usd=7)
    unsigned = frame_op(type=OpType.WITHDRAW, body=body)
    assert forced(venue, unsigned, sender=2) == bytes((Result.BAD_SIGNATURE,))
    assert forced(venue, unsigned, sender=1) == bytes((Result.OK,))
    assert forced(venue, unsigned, sender=1) == bytes((Result.NONCE_USED,))
    assert venue.segment(unsigned)[0].code == Result.MALFORMED
    bundle = frame_op(
        type=OpType.BUNDLE,
        body=encode_bundle_body(
            account=1, session=0, nonce=1, expiry_ms=FOREVER, max_fee_ppm=0, actions=[CANCEL] * 2
        ),
    )
    assert forced(venue, bundle, sender=1) == bytes((Result.OK, 0, 0))


def test_session_needs_its_signature_through_l1_too():
    venue = ScriptedVenue(accounts=1)
    set_session(venue, 1, 1, address_of(50))
    body = encode_bundle_body(
        account=1, session=1, nonce=0, expiry_ms=FOREVER, max_fee_ppm=0, actions=[CANCEL]
    )
    unsigned = frame_op(type=OpType.BUNDLE, body=body)
    assert forced(venue, unsigned, sender=50) == bytes((Result.BAD_SIGNATURE,))
    assert forced(venue, unsigned, sender=1) == bytes((Result.BAD_SIGNATURE,))
    signed = signed_op(OpType.BUNDLE, body, key_of(50))
    assert forced(venue, signed, sender=77) == bytes((Result.OK, Result.OK))


@pytest.mark.parametrize(
    "payload",
    [b"", b"\1", b"\1\0", b"\1\0\5", b"\2\0\0\0", encode_sweep(instrument=1, slots=[1]) + b"\0"],
)
def test_forced_op_is_exactly_one_op(payload):
    venue = ScriptedVenue(accounts=1)
    assert forced(venue, payload, sender=1) == bytes((Result.MALFORMED,))


def test_recovery_elsewhere_gives_the_same_outcome():
    venue = ScriptedVenue(accounts=1)
    data = venue.bundle_op(1, CANCEL)
    signers = recover_signers(data, venue.engine.domain_separator, venue.engine.reporter_epoch)
    assert signers == (address_of(1),)
    venue.engine.begin_segment(SegmentFamily.TRADE, venue.now)
    assert venue.engine.apply(assemble(data, signers)).code == Result.OK
    with pytest.raises(ValueError, match="not one whole op"):
        prepare(data + b"\0", venue.engine.domain_separator)
    with pytest.raises(ValueError, match="not one whole op"):
        prepare(data[:-1], venue.engine.domain_separator)
