"""A venue with a chain: one expiry, a call and a put, and reporters who sign surfaces.

A tick is 1 USD of the index, a lot a thousandth of it: instrument 1 is the perpetual of the
scripted venue, 2 the call, 3 the put.
"""

from __future__ import annotations

from strikeproof.sequencer.core import signing_digest
from strikeproof.sequencer.core.expiry import SviSurface
from strikeproof.sequencer.core.mark import Mark
from strikeproof.sequencer.core.ops.reports_op import Report
from strikeproof.sequencer.core.ops.settle_expiry import SettleExpiry
from strikeproof.sequencer.core.ops.surface import Surface
from strikeproof.wire.constants import PPB
from strikeproof.wire.errors import Result
from strikeproof.wire.operations import (
    encode_expiry_sample,
    encode_forward_report,
    encode_liquidate,
    encode_list_expiry,
    encode_list_options,
    encode_reprice,
    encode_settle_expiry,
    encode_settle_position,
    encode_settlement_report,
    encode_surface,
)
from tests.unit.core.scripted_venue import DOMAIN, START, ScriptedVenue, compact, key_of

NANO = 10**9
TICK_VALUE = 1_000  # micro-USD: a lot is a thousandth of the underlying
INDEX = 60_000 * NANO
STRIKE = 60_000
DAY_MS = 86_400_000
EXPIRY_MS = START + 30 * DAY_MS
CALL, PUT = 2, 3
FLAT = SviSurface(a=22_225_000_000, b=0, rho=0, m=0, sigma=0)  # 52 % over 30 days


class OptionVenue(ScriptedVenue):
    """The reporter of the scripted venue signs everything."""

    def __init__(
        self, accounts: int = 2, deposit: int = 100_000 * 10**6, expiry_ms: int = EXPIRY_MS
    ) -> None:
        super().__init__(0, index_per_tick=NANO, tick_value=TICK_VALUE, band=200_000)
        self.price(INDEX)
        self.expiry_ms = expiry_ms
        self.govern(encode_list_expiry(underlying=1, expiry_ms=expiry_ms, forward_ppb=PPB))
        self.list_pair()
        for _ in range(accounts):
            self.deposit(self.register(), deposit)

    def list_pair(self, strike: int = STRIKE, expiry: int = 1, **terms: int) -> None:
        """List a call and a put of an expiry, with the kernel's default rates."""
        fields = {
            "initial_margin_ppm": 150_000,
            "maintenance_margin_ppm": 90_000,
            "maker_fee_ppm": 100,
            "taker_fee_ppm": 300,
            "price_band_ppm": 200_000,
            "min_order_value_micro_usd": 1,
            "liquidation_fee_ppm": 1_000,
            "house_margin_ppm": 10_000,
        }
        payload = encode_list_options(
            expiry=expiry,
            strike=strike,
            tick_value_micro_usd=TICK_VALUE,
            index_per_tick_nano_usd=NANO,
            call_symbol=b"C".ljust(16, b"\0"),
            put_symbol=b"P".ljust(16, b"\0"),
            **(fields | terms),
        )
        self.govern(payload)

    def mark(self, instrument: int) -> Mark:
        """Return the engine's live mark: for reading."""
        return self.engine._state.instruments[instrument].mark

    def surface(
        self,
        forward_ppb: int = PPB,
        svi: SviSurface = FLAT,
        forward: int = INDEX,
        expiry: int = 1,
    ) -> int:
        """Report a surface of an expiry that is fitted now; return the op's code."""
        signed = svi._replace(forward=forward, time_ms=self.now, confidence_ppm=10**6)
        report = Report(0, forward_ppb, b"")
        op = Surface(expiry, self.now, signed, [report])
        proof = self.proof(op.report_hash(report, self.engine.reporter_epoch))
        data = encode_surface(
            expiry=expiry,
            publish_time_ms=self.now,
            svi_a=signed.a,
            svi_b=signed.b,
            svi_rho=signed.rho,
            svi_m=signed.m,
            svi_sigma=signed.sigma,
            svi_forward=signed.forward,
            svi_time_ms=signed.time_ms,
            rate_ppm=signed.rate_ppm,
            confidence_ppm=signed.confidence_ppm,
            reports=[encode_forward_report(reporter=0, forward_ppb=forward_ppb, signature=proof)],
        )
        return self.segment(data)[0].code

    def settle_expiry(self, price: int) -> int:
        """Report the settlement price; return the op's code."""
        report = Report(0, price, b"")
        op = SettleExpiry(1, [report])
        proof = self.proof(op.report_hash(report, self.engine.reporter_epoch))
        signed = encode_settlement_report(reporter=0, price_nano_usd=price, signature=proof)
        return self.segment(encode_settle_expiry(expiry=1, reports=[signed]))[0].code

    @staticmethod
    def proof(struct_hash: bytes) -> bytes:
        return compact(key_of(900), signing_digest.digest(DOMAIN, struct_hash))

    def reprice(self, call: int = CALL) -> int:
        return self.segment(encode_reprice(instrument=call))[0].code

    def sample(self) -> int:
        return self.segment(encode_expiry_sample(expiry=1))[0].code

    def liquidate(self, account: int, instrument: int) -> int:
        return self.segment(encode_liquidate(account=account, instrument=instrument))[0].code

    def pay_out(self, account: int, instrument: int) -> int:
        op = encode_settle_position(account=account, instrument=instrument)
        return self.segment(op)[0].code

    def fresh(self, index: int = INDEX) -> None:
        """Bring index, surface and pricing up to date."""
        self.price(index)
        assert self.surface(forward=index) == Result.OK
        assert self.reprice() == Result.OK

    def collateral(self, account: int) -> int:
        view = self.engine.account(account)
        assert view is not None
        return view.collateral
