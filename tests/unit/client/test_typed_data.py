"""Typed data: our digest, eth_account's, and the engine's are the same 32 bytes."""

from __future__ import annotations

from dataclasses import replace

import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data
from hypothesis import given, settings
from hypothesis import strategies as st

from strikeproof.client.operation import (
    Action,
    Bid,
    BlockLeg,
    BlockTrade,
    Bundle,
    Cancel,
    CancelAll,
    Place,
    Replace,
    SetCancelAt,
    SetGuard,
    SetMarginMode,
    SetProtection,
    SetSession,
    SetTrigger,
    UserOp,
    Withdraw,
    encode_op,
)
from strikeproof.client.quote import Quote, QuoteSide
from strikeproof.client.typed_data import (
    Domain,
    consent_hash,
    consent_json,
    digest,
    struct_hash,
    typed_data_json,
)
from strikeproof.client.wallet import BadSignature, Wallet, compact_signature, recover_address
from strikeproof.keccak import keccak256
from strikeproof.sequencer.core.op_preparation import recover_signers
from strikeproof.wire.constants import GuardMode, SelfTrade, TimeInForce

DOMAIN = Domain(31_337, bytes(range(20)))
KEY = keccak256(b"a trader")


def unsigned(bits: int) -> st.SearchStrategy[int]:
    return st.integers(0, 2**bits - 1)


def terms() -> st.SearchStrategy[dict[str, object]]:
    return st.fixed_dictionaries(
        {
            "time_in_force": st.sampled_from(TimeInForce),
            "post_only": st.booleans(),
            "reduce_only": st.booleans(),
            "self_trade": st.sampled_from(SelfTrade),
            "expiry_ms": unsigned(48),
            "client_id": unsigned(64),
        }
    )


ACTIONS: st.SearchStrategy[Action] = st.one_of(
    st.builds(
        lambda a, b, c, d, e: Place(a, b, c, d, **e),
        unsigned(16),
        st.booleans(),
        unsigned(32),
        unsigned(40),
        terms(),
    ),
    st.builds(Cancel, unsigned(16), unsigned(32), unsigned(48)),
    st.builds(CancelAll, unsigned(16)),
    st.builds(
        lambda a, b, c, d, e, f, g: Replace(a, b, c, d, e, f, **g),
        unsigned(16),
        unsigned(32),
        unsigned(48),
        st.booleans(),
        unsigned(32),
        unsigned(40),
        terms(),
    ),
)
SIDES = st.one_of(
    st.just(QuoteSide()),
    st.builds(QuoteSide, unsigned(32), unsigned(40), st.just(0), st.just(0)),
    st.builds(QuoteSide, unsigned(32), unsigned(40), unsigned(32), unsigned(48)),
    st.builds(QuoteSide, st.just(0), st.just(0), unsigned(32), unsigned(48)),
)
QUOTES: st.SearchStrategy[Action] = st.builds(
    Quote,
    unsigned(16),
    SIDES,
    SIDES,
    st.sampled_from(TimeInForce),
    st.booleans(),
    st.sampled_from(SelfTrade),
    st.one_of(st.just(0), unsigned(48)),
    unsigned(64),
)
OPS: st.SearchStrategy[UserOp] = st.one_of(
    st.builds(
        Bundle,
        unsigned(32),
        unsigned(8),
        unsigned(64),
        unsigned(48),
        unsigned(32),
        st.lists(st.one_of(ACTIONS, QUOTES), min_size=1, max_size=8),
    ),
    st.builds(Withdraw, unsigned(32), unsigned(64), unsigned(48), unsigned(64)),
    st.builds(
        SetSession,
        unsigned(32),
        unsigned(64),
        unsigned(48),
        unsigned(8),
        st.binary(min_size=20, max_size=20),
        unsigned(8),
        unsigned(48),
    ),
    st.builds(
        SetGuard,
        unsigned(32),
        unsigned(64),
        unsigned(48),
        st.sampled_from(GuardMode),
        st.binary(min_size=20, max_size=20),
    ),
    st.builds(SetMarginMode, unsigned(32), unsigned(64), unsigned(48), unsigned(16)),
    st.builds(SetCancelAt, unsigned(32), unsigned(8), unsigned(64), unsigned(48), unsigned(48)),
    st.builds(
        SetProtection,
        *(unsigned(bits) for bits in (32, 8, 64, 48)),
        *(st.one_of(st.just(0), unsigned(bits)) for bits in (16, 32, 32, 40, 64, 64)),
    ),
    st.builds(
        BlockTrade,
        *(unsigned(bits) for bits in 2 * (32, 8, 64, 48, 32)),
        st.lists(st.builds(BlockLeg, unsigned(16), st.booleans(), unsigned(32), unsigned(40))),
        st.just(bytes(64)),
        unsigned(64),
    ),
    st.builds(Bid, *(unsigned(bits) for bits in (32, 8, 64, 48, 32, 48, 32, 32, 64))),
    st.builds(
        SetTrigger,
        *(unsigned(bits) for bits in (32, 8, 64, 48, 16)),
        st.integers(0, 8),
        *(st.booleans(),) * 4,
        *(st.one_of(st.just(0), unsigned(bits)) for bits in (64, 32, 40, 32, 48, 64)),
    ),
)


@settings(max_examples=60)
@given(OPS)
def test_digest_is_the_one_that_eth_account_computes(op: UserOp) -> None:
    message = encode_typed_data(full_message=typed_data_json(op, DOMAIN.chain_id, DOMAIN.rollup))
    theirs = keccak256(b"\x19" + message.version + message.header + message.body)
    assert digest(DOMAIN.separator, struct_hash(op)) == theirs


def test_consent_is_what_a_wallet_signs_and_the_engine_recovers() -> None:
    maker, taker = Wallet(KEY), Wallet(keccak256(b"another key"))
    trade = BlockTrade(7, 1, 2, 3, 4, 8, 2, 5, 6, 9, [BlockLeg(3, True, 100, 5)], bytes(64))
    data = consent_json(trade, DOMAIN.chain_id, DOMAIN.rollup)
    theirs = encode_typed_data(full_message=data)
    hashed = keccak256(b"\x19" + theirs.version + theirs.header + theirs.body)
    assert hashed == digest(DOMAIN.separator, consent_hash(trade))
    trade = replace(trade, counterparty_signature=maker.sign_digest(hashed))
    signature = taker.sign_digest(digest(DOMAIN.separator, struct_hash(trade)))
    signers = recover_signers(encode_op(trade, signature), DOMAIN.separator, 0)
    assert signers == (taker.address, maker.address)


def test_engine_recovers_who_signed_with_an_ordinary_wallet() -> None:
    account = Account.from_key(KEY)
    for op in (
        Bundle(7, 1, 2, 3, 4, [Place(1, True, 5, 6, TimeInForce.GTC), CancelAll(0)]),
        Withdraw(7, 2, 3, 4),
        SetSession(7, 2, 3, 1, b"\x01" * 20, 1, 5),
        SetCancelAt(7, 1, 2, 3, 4),
        SetTrigger(7, 1, 2, 3, 4, 5, True, False, True, False, 6, 7, 8, 9, 10, 11),
        SetProtection(7, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10),
        SetGuard(7, 2, 3, GuardMode.SET, b"\x01" * 20),
        SetMarginMode(7, 2, 3, 4),
        Bid(7, 1, 2, 3, 8, 5, 20_000, 7, 9),
    ):
        data = typed_data_json(op, DOMAIN.chain_id, DOMAIN.rollup)
        signature = bytes(account.sign_typed_data(full_message=data).signature)
        assert len(signature) == 65
        encoded = encode_op(op, compact_signature(signature))
        assert recover_signers(encoded, DOMAIN.separator, 0) == (
            bytes.fromhex(account.address[2:]),
        )


def test_wallet_signs_as_eth_account_does() -> None:
    wallet, account = Wallet(KEY), Account.from_key(KEY)
    signed = account.unsafe_sign_hash(keccak256(b"x"))
    assert wallet.sign_digest(keccak256(b"x")) == compact_signature(bytes(signed.signature))
    assert wallet.address.hex() == account.address[2:].lower()
    assert recover_address(keccak256(b"x"), wallet.sign_digest(keccak256(b"x"))) == wallet.address


def test_a_wallets_text_does_not_show_its_key() -> None:
    assert KEY.hex() not in repr(Wallet(KEY))
    with pytest.raises(TypeError):
        Wallet(KEY).__reduce__()


@pytest.mark.parametrize(
    "signature",
    [b"", bytes(63), bytes(66), bytes(64) + b"\x02", bytes(32) + b"\xff" * 32 + b"\x1b"],
)
def test_what_is_no_signature_is_refused(signature: bytes) -> None:
    with pytest.raises(BadSignature):
        compact_signature(signature)
