"""A venue under the law that ships, with a book, traders, a future and messages of its own."""

from collections.abc import Iterator
from itertools import islice

from strikeproof.bench.max_declared_segment import max_declared_segment
from strikeproof.bench.perpetual_listing import list_perpetual
from strikeproof.bench.verifier_market import MID, NANO_PER_TICK, SignedMarket
from strikeproof.client.operation import (
    encode_op,
)
from strikeproof.client.typed_data import Domain, digest, hash_reported, struct_hash
from strikeproof.ordered_form import ordered_op
from strikeproof.sequencer.core.snapshot import read_records
from strikeproof.wire.constants import PPB, OpType
from strikeproof.wire.operations import (
    SEGMENT_DECLARED_COMPUTE_OFFSET,
    SEGMENT_DECLARED_WITNESS_OFFSET,
    encode_list_expiry,
    encode_settle_expiry,
    encode_settlement_report,
)
from strikeproof.wire.units import (
    MicroUsd,
    MicroUsdPerTickPerLot,
    Milliseconds,
    NanoUsd,
    NanoUsdPerTick,
)
from tests.integration.verifier.venue import CHAIN_ID, EngineOracle, Venue

TRADERS = 6
FUTURE = 3
MESSAGE_LENGTH_BYTES = 2
VOID_COMPUTE = 200_000  # less than eight bundles weigh, more than the first two


class RealVenue(Venue):
    """A venue under the real law, with a market that has begun."""

    def __init__(self, *, real_escape: bool = False) -> None:
        super().__init__(real_law=True, real_escape=real_escape)
        assert isinstance(self.oracle, EngineOracle)
        self.engine = self.oracle.engine
        self.market = SignedMarket(Domain(CHAIN_ID, self.rollup), traders=TRADERS)
        self.bond()
        self.shares_segments = True
        for message in self.market.messages():
            kind, payload = message[0], message[27:]
            if kind == 1:
                self.register(payload[4:])
            elif kind == 2:
                self.deposit(int.from_bytes(payload[:4], "big"), int.from_bytes(payload[4:], "big"))
            else:
                self.add_message(payload)
        self.expiry_ms = self.now_ms() + 60_000
        self.add_message(
            encode_list_expiry(underlying=1, expiry_ms=self.expiry_ms, forward_ppb=PPB)
        )
        tick, least = MicroUsdPerTickPerLot(100), MicroUsd(1_000_000)
        terms = (1, "DATED", tick, NanoUsdPerTick(NANO_PER_TICK), least)
        self.add_message(list_perpetual(*terms, expiry=1))
        self.post_timed_batch([], self.now_ms())
        self._segments: Iterator[bytes] = self.market.segments()

    def trade(self, count: int, *more: list[bytes], void: bool = False) -> int:
        """Post a batch of this many segments of the market, and of more ops, a segment each;
        `void`: the last one declares less than it weighs."""
        time_ms = self.now_ms()
        self.market.now_ms = Milliseconds(max(self.market.now_ms, time_ms - 20_000))
        timed = []
        before = dict(self._records())
        for segment in islice(self._segments, count):
            timed.append(segment)
        if more:
            timed += [max_declared_segment(time_ms, list(map(_in_order, ops))) for ops in more]
        if void:
            timed[-1] = declaring(timed[-1], VOID_COMPUTE)
        number = self.post_timed_batch(timed, time_ms)
        after = dict(self._records())
        self.market.follow({key: r for key, r in after.items() if before.get(key) != r})
        self.skip_time(30)
        return number

    def _records(self) -> Iterator[tuple[int, bytes]]:
        yield from read_records(self.engine.snapshot())

    def signed(self, op, trader: int = 1) -> bytes:
        wallet = self.market._wallets[trader - 1]
        return encode_op(
            op, wallet.sign_digest(digest(self.market.domain.separator, struct_hash(op)))
        )

    def settlement(self) -> bytes:
        """The reporter's settlement price of the expiry."""
        price = NanoUsd(MID * NANO_PER_TICK + 12_345)
        said = {"expiry": 1, "reporter_epoch": 1, "price_nano_usd": price}
        signed = digest(self.market.domain.separator, hash_reported(OpType.SETTLE_EXPIRY, said))
        signature = self.market._reporter.sign_digest(signed)
        report = encode_settlement_report(reporter=0, price_nano_usd=price, signature=signature)
        return encode_settle_expiry(expiry=1, reports=[report])


def _in_order(op: bytes) -> bytes:
    """Return an op as a segment holds it, and bytes that are none as they are."""
    is_whole = int.from_bytes(op[1:3], "big") == len(op) - 3
    return ordered_op(op) if is_whole else op


def declaring(segment: bytes, compute: int) -> bytes:
    """Return the segment with another declaration of its compute weight."""
    start, end = SEGMENT_DECLARED_COMPUTE_OFFSET, SEGMENT_DECLARED_WITNESS_OFFSET
    return segment[:start] + compute.to_bytes(end - start, "big") + segment[end:]
