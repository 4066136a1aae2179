"""A venue for tests of the node: keys, an inbox recorded beforehand, ops that traders sign."""

from __future__ import annotations

import time
from dataclasses import dataclass

from strikeproof.client.expiry_report import ExpiryReporter, ForwardReport, SviTerms, surface_of
from strikeproof.client.operation import Action, Bundle, SetCancelAt, UserOp, encode_op
from strikeproof.client.typed_data import Domain, digest, hash_report, struct_hash
from strikeproof.client.wallet import Wallet
from strikeproof.keccak import keccak256
from strikeproof.sequencer.batch.batch_bytes import genesis_batch_hash
from strikeproof.sequencer.l1.l1_source import RecordedL1, VenueTerms
from strikeproof.sequencer.order.charge_rate import ChargeBucket, ChargeRates
from strikeproof.wire.constants import (
    PPB,
    PPM,
    PUBLISH_SPACING_MS,
    SEGMENT_CHARGE_MAX,
    InstrumentKind,
)
from strikeproof.wire.operations import (
    encode_deposit,
    encode_governance,
    encode_index_price,
    encode_list_expiry,
    encode_list_instrument,
    encode_list_options,
    encode_list_underlying,
    encode_register,
    encode_report,
    encode_set_reporters,
)
from tests.attestation_ops import set_attesters

CHAIN_ID = 31_337
ROLLUP = bytes.fromhex("5f" * 20)
LAW_ID = keccak256(b"a law")
DOMAIN = Domain(CHAIN_ID, ROLLUP)
USD = 10**6
NOBODY = bytes(20)
PRICE_NANO_USD = 100 * 10**9  # 1,000 ticks of 0.1 USD


def wallet(name: str) -> Wallet:
    """Return the key of a name: the same in every run."""
    return Wallet(keccak256(name.encode()))


REPORTERS = sorted((wallet(f"reporter {i}") for i in range(3)), key=lambda each: each.address)


def now_ms() -> int:
    """Return the wall clock's milliseconds."""
    return time.time_ns() // 1_000_000


def listing_payloads(instruments: int = 1, tier: int = 0) -> list[bytes]:
    """Return the governance payloads that open a venue."""
    payloads = [
        encode_set_reporters(quorum=2, reporters=[each.address for each in REPORTERS]),
        encode_list_underlying(symbol=b"BTC".ljust(16, b"\0")),
    ]
    payloads += [
        _instrument(InstrumentKind.PERPETUAL, f"BTC-PERP-{number}", tier=tier)
        for number in range(1, instruments + 1)
    ]
    return payloads


def _instrument(kind: InstrumentKind, symbol: str, expiry: int = 0, tier: int = 0) -> bytes:
    return encode_list_instrument(
        underlying=1,
        kind=kind,
        tick_value_micro_usd=1_000,
        index_per_tick_nano_usd=10**8,  # 0.1 USD a tick
        initial_margin_ppm=50_000,
        maintenance_margin_ppm=25_000,
        maker_fee_ppm=100,
        taker_fee_ppm=500,
        price_band_ppm=200_000,
        min_order_value_micro_usd=1 * USD,
        symbol=symbol.encode().ljust(16, b"\0"),
        liquidation_fee_ppm=10_000,
        house_margin_ppm=10_000,
        expiry=expiry,
        tier=tier,
    )


def dated_payloads(number: int, expiry_ms: int) -> list[bytes]:
    """Return the governance payloads of an expiry and its future."""
    return [
        encode_list_expiry(underlying=1, expiry_ms=expiry_ms, forward_ppb=PPB),
        _instrument(InstrumentKind.FUTURE, f"BTC-{number}", number),
    ]


def option_payload(strike: int) -> bytes:
    """Return the governance payload of a call and a put of the first expiry."""
    return encode_list_options(
        expiry=1,
        strike=strike,
        tick_value_micro_usd=1_000,
        index_per_tick_nano_usd=10**8,
        initial_margin_ppm=150_000,
        maintenance_margin_ppm=90_000,
        maker_fee_ppm=100,
        taker_fee_ppm=300,
        price_band_ppm=200_000,
        min_order_value_micro_usd=1,
        liquidation_fee_ppm=10_000,
        house_margin_ppm=10_000,
        call_symbol=b"BTC-C".ljust(16, b"\0"),
        put_symbol=b"BTC-P".ljust(16, b"\0"),
    )


def listings(time_ms: int, instruments: int = 1, tier: int = 0) -> list[bytes]:
    """Return the messages that open a venue."""
    payloads = listing_payloads(instruments, tier)
    return [encode_governance(time_ms=time_ms, payload=each) for each in payloads]


def funding(account: int, owner: bytes, amount: int, time_ms: int) -> list[bytes]:
    """Return the messages that register and fund an account."""
    return [
        encode_register(time_ms=time_ms, sender=owner, account=account, owner=owner),
        encode_deposit(time_ms=time_ms, sender=owner, account=account, amount_micro_usd=amount),
    ]


@dataclass
class Trader:
    """An account with its key and nonces."""

    account: int
    wallet: Wallet
    nonce: int = 0
    max_fee_ppm: int = 1_000

    def sign(self, op: UserOp) -> bytes:
        """Return the signed op's bytes."""
        return encode_op(op, self.wallet.sign_digest(digest(SEPARATOR, struct_hash(op))))

    def bundle(self, *actions: Action) -> bytes:
        """Return a signed bundle with the next nonce."""
        self.nonce += 1
        expiry_ms = now_ms() + 3_600_000
        return self.sign(
            Bundle(self.account, 0, self.nonce - 1, expiry_ms, self.max_fee_ppm, actions)
        )

    def cancel_at(self, time_ms: int) -> bytes:
        """Return a signed SetCancelAt with the next nonce."""
        self.nonce += 1
        expiry_ms = now_ms() + 3_600_000
        return self.sign(SetCancelAt(self.account, 0, self.nonce - 1, expiry_ms, time_ms))


SEPARATOR = DOMAIN.separator


def worst_segments(per_second: int, burst: int) -> ChargeBucket:
    """Return a bucket of this many segments of the greatest charge."""
    return ChargeBucket(per_second * SEGMENT_CHARGE_MAX, burst * SEGMENT_CHARGE_MAX)


FREE = ChargeRates(worst_segments(10_000, 100_000), worst_segments(10_000, 100_000))


def publish_time() -> int:
    """Return a present publish time that no venue of this process has seen too recently."""
    while (time_ms := now_ms()) < _published_ms[0] + PUBLISH_SPACING_MS:
        time.sleep(0.05)
    _published_ms[0] = time_ms
    return time_ms


_published_ms = [0]


def surface(svi_a: int, index: int = PRICE_NANO_USD) -> bytes:
    """Return a Surface of the first expiry that a quorum signed, fitted now: a flat volatility
    whose variance until the expiry is svi_a × 10^-12, at a forward that is the index."""
    time_ms = now_ms()
    fitted = SviTerms(a=svi_a, forward_nano_usd=index, time_ms=time_ms, confidence_ppm=PPM)
    report = ForwardReport(1, time_ms, PPB, fitted)
    return surface_of(
        [report.signed(ExpiryReporter(REPORTERS[i], i, 1, SEPARATOR)) for i in range(2)]
    )


def index_price(price: int = PRICE_NANO_USD, time_ms: int = 0, reporters: int = 2) -> bytes:
    """Return an IndexPrice that a quorum signed, now unless a time is given."""
    time_ms = time_ms or publish_time()
    signed = digest(SEPARATOR, hash_report(1, 1, time_ms, price))
    reports = [
        encode_report(reporter=i, price_nano_usd=price, signature=REPORTERS[i].sign_digest(signed))
        for i in range(reporters)
    ]
    return encode_index_price(underlying=1, publish_time_ms=time_ms, reports=reports)


@dataclass
class TestVenue:
    """Traders 1 to n, funded, on one or more instruments."""

    __test__ = False

    traders: int = 4
    instruments: int = 1
    deposit: int = 1_000_000 * USD
    rates: ChargeRates = FREE
    expiries_ms: tuple[int, ...] = ()
    """Listed, each with a future: the instruments after the perpetuals."""
    tier: int = 0
    """What the perpetuals ask for; there are attesters then."""
    strike: int = 0
    """In ticks: a call and a put of the first expiry, the instruments after the futures."""

    def __post_init__(self) -> None:
        self.people = [Trader(i, wallet(f"trader {i}")) for i in range(1, self.traders + 1)]

    def messages(self) -> list[bytes]:
        """Return the whole inbox."""
        time_ms = now_ms() - 1_000
        found = listings(time_ms, self.instruments, self.tier)
        if self.tier:
            found.append(encode_governance(time_ms=time_ms, payload=set_attesters()))
        for number, expiry_ms in enumerate(self.expiries_ms, start=1):
            for payload in dated_payloads(number, expiry_ms):
                found.append(encode_governance(time_ms=time_ms, payload=payload))
        if self.strike:
            payload = option_payload(self.strike)
            found.append(encode_governance(time_ms=time_ms, payload=payload))
        for each in self.people:
            found += funding(each.account, each.wallet.address, self.deposit, time_ms)
        return found

    def terms(self) -> VenueTerms:
        """Return the deployment's constants."""
        return VenueTerms(
            CHAIN_ID, ROLLUP, SEPARATOR, genesis_batch_hash(CHAIN_ID, ROLLUP), 1, self.rates
        )

    def l1(self) -> RecordedL1:
        """Return an L1 that holds the inbox."""
        return RecordedL1(self.terms(), LAW_ID, self.messages())
