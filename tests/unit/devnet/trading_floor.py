"""The simulated market on an engine alone: no node, no L1; segments as the law would get them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import count

from strikeproof.bench.max_declared_segment import max_declared_segment
from strikeproof.client.acknowledgement import ActionOutcome
from strikeproof.client.expiry_report import (
    ExpiryReporter,
    ForwardReport,
    SviTerms,
    surface_of,
)
from strikeproof.client.operation import (
    Action,
    BlockLeg,
    Bundle,
    Place,
    SetMarginMode,
    block_of,
    encode_op,
)
from strikeproof.client.typed_data import (
    consent_hash,
    digest,
    hash_report,
    hash_reported,
    struct_hash,
)
from strikeproof.client.wallet import Wallet
from strikeproof.devnet.fraud.executed_segment import FraudScene, records_of
from strikeproof.devnet.listing import set_up_messages
from strikeproof.devnet.simulated_market import LISTED, MarketMaker, SimulatedPrice, Taker
from strikeproof.devnet.trader_strategy import MakerStrategy, TakerStrategy
from strikeproof.keccak import keccak256
from strikeproof.ordered_form import ordered_op
from strikeproof.sequencer.core import signing_digest
from strikeproof.sequencer.core.engine import Engine, prepare
from strikeproof.sequencer.core.engine_event import EngineEvent, Removed, Rested
from strikeproof.sequencer.core.family import message_input, ordered_input
from strikeproof.sequencer.core.outcome import SegmentResult
from strikeproof.wire.constants import PPB, PPM, MessageKind, OpType
from strikeproof.wire.errors import Result
from strikeproof.wire.operations import (
    encode_deposit_payload,
    encode_expiry_sample,
    encode_index_price,
    encode_liquidate,
    encode_register_payload,
    encode_report,
    encode_reprice,
    encode_settle_expiry,
    encode_settle_position,
    encode_settlement_report,
    frame_message,
)
from strikeproof.wire.units import Lots, Milliseconds, NanoUsd, Ppm, Ticks

DOMAIN = signing_digest.domain_separator(31337, b"\x22" * 20)
START_MS = 1_800_000_000_000
STEP_MS = 500
DEPOSIT = 25_000 * 10**6
MAX_FEE_PPM = 1_000
BUNDLES_A_SEGMENT = 4
WHALE, GAMBLER = 5, 6
FUTURE, CALL = 3, 4
EXPIRY_MS = START_MS + 3_600_000
UNSIGNED = (
    OpType.LIQUIDATE,
    OpType.EXPIRY_SAMPLE,
    OpType.SETTLE_POSITION,
    OpType.REPRICE,
)


def wallet(name: str) -> Wallet:
    return Wallet(keccak256(name.encode()))


class TradingFloor:
    """Two makers and two takers on the first listed perpetual."""

    def __init__(self, seed: int = 1) -> None:
        self.engine = Engine.genesis(DOMAIN)
        self.now_ms = START_MS
        self.reporters = sorted(
            (wallet(f"reporter {i}") for i in range(2)), key=lambda w: w.address
        )
        self.traders = {id: wallet(f"trader {id}") for id in (1, 2, 3, 4, WHALE, GAMBLER)}
        self.nonces = {id: count() for id in self.traders}
        self.price = SimulatedPrice(LISTED[0], seed)
        self.makers = {id: MakerStrategy(1, MarketMaker(f"maker {id}", seed)) for id in (1, 2)}
        self.takers = {id: TakerStrategy(1, Taker(f"taker {id}", seed)) for id in (3, 4)}

    def scenes(self, steps: int) -> Iterator[FraudScene]:
        """Every segment of a run: the set-up's messages first."""
        addresses = [each.address for each in self.reporters]
        for payload in set_up_messages(addresses, 2, EXPIRY_MS):
            yield self._message(MessageKind.GOVERNANCE, payload)
        for id, owner in self.traders.items():
            payload = encode_register_payload(account=id, owner=owner.address)
            yield self._message(MessageKind.REGISTER, payload)
        for id in self.traders:
            yield self._deposit(id)
        for step in range(steps):
            self.now_ms += STEP_MS
            yield self._segment([self._index_price()])
            for id, strategy in self.makers.items():
                instrument = self.engine.instrument(1)
                assert instrument is not None
                yield self._trade(
                    id, strategy.actions(instrument.mark_price, self._size(id)), strategy
                )
            yield self._segment([op for id in self.takers for op in self._take(id)])
            if step % 4 == 3:
                yield self._deposit(1)
        yield self._segment([self._block(1, 2)])
        yield from self._certify()
        yield from self._crash()
        yield from self._expire()

    def _certify(self) -> Iterator[FraudScene]:
        """The whale buys under portfolio margin, by its certificate, and goes back."""
        instrument = self.engine.instrument(1)
        assert instrument is not None
        price = Ticks(instrument.mark_price)
        yield self._segment([self._choose(WHALE, 1)])
        yield self._segment([self._bundle(1, [Place(1, True, price, Lots(2))])])
        yield self._segment([self._bundle(WHALE, [Place(1, False, price, Lots(2))])])
        yield self._segment([self._choose(WHALE, 0)])

    def _choose(self, id: int, underlying: int) -> bytes:
        op = SetMarginMode(id, next(self.nonces[id]), 2**47, underlying)
        return encode_op(op, self.traders[id].sign_digest(digest(DOMAIN, struct_hash(op))))

    def _expire(self) -> Iterator[FraudScene]:
        """A future is traded, sampled, settled and paid out; an option is priced and settled."""
        yield self._segment([self._surface(), encode_reprice(instrument=CALL)])
        for id, sell in ((1, True), (2, False)):
            future = self.engine.instrument(FUTURE)
            assert future is not None
            actions: list[Action] = [Place(FUTURE, sell, Ticks(future.mark_price), Lots(9))]
            yield self._segment([self._bundle(id, actions)])
        self.now_ms = EXPIRY_MS - 5_000
        yield self._segment([self._index_price(), encode_expiry_sample(expiry=1)])
        self.now_ms = EXPIRY_MS
        yield self._segment([self._settlement()])
        yield self._segment([encode_reprice(instrument=CALL)])
        yield self._segment([encode_settle_position(account=1, instrument=FUTURE)])

    def _surface(self) -> bytes:
        fitted = SviTerms(
            a=10**8, forward_nano_usd=self.price.nano_usd, time_ms=self.now_ms, confidence_ppm=PPM
        )
        epoch = self.engine.reporter_epoch
        return surface_of(
            [
                ForwardReport(1, self.now_ms, PPB, fitted).signed(
                    ExpiryReporter(each, index, epoch, DOMAIN)
                )
                for index, each in enumerate(self.reporters)
            ]
        )

    def _settlement(self) -> bytes:
        price = self.price.nano_usd
        said = {
            "expiry": 1,
            "reporter_epoch": self.engine.reporter_epoch,
            "price_nano_usd": price,
        }
        signed = digest(DOMAIN, hash_reported(OpType.SETTLE_EXPIRY, said))
        reports = [
            encode_settlement_report(
                reporter=index, price_nano_usd=NanoUsd(price), signature=each.sign_digest(signed)
            )
            for index, each in enumerate(self.reporters)
        ]
        return encode_settle_expiry(expiry=1, reports=reports)

    def _crash(self) -> Iterator[FraudScene]:
        """The last trader buys what its money carries, the price falls, and it is liquidated."""
        instrument = self.engine.instrument(1)
        gambler = self.engine.account(GAMBLER)
        assert instrument is not None
        assert gambler is not None
        mark = instrument.mark_price
        lots = Lots(gambler.collateral * 19 // (mark * instrument.tick_value))
        for _ in range(2):
            yield self._deposit(WHALE)
        for id, sell in ((WHALE, True), (GAMBLER, False)):
            yield self._segment([self._bundle(id, [Place(1, sell, Ticks(mark), lots)])])
        self.now_ms += 15_000
        self.price.fall(40_000)
        yield self._segment([self._index_price()])
        yield self._segment([encode_liquidate(account=GAMBLER, instrument=1)])

    def _take(self, id: int) -> Iterator[bytes]:
        book = self.engine.book(1, 1)
        assert book is not None
        bid = book.bids[0].price if book.bids else 0
        ask = book.asks[0].price if book.asks else 0
        actions = self.takers[id].actions(bid, ask, self._size(id))
        if actions:
            yield self._bundle(id, actions)

    def _size(self, id: int) -> int:
        account = self.engine.account(id)
        assert account is not None
        return sum(each.size for each in account.positions)

    def _trade(self, id: int, actions: list[Action], strategy: MakerStrategy) -> FraudScene:
        scene = self._segment([self._bundle(id, actions)])
        outcome = scene.result.outcomes[0]
        assert outcome.code == 0, outcome
        resting: dict[int, Rested] = {}
        for event in outcome.events:
            if isinstance(event, Rested):
                resting[event.action] = event
            elif isinstance(event, Removed):
                resting.pop(event.action, None)
        strategy.learn(
            [_outcome(code, resting.get(i)) for i, code in enumerate(outcome.action_codes)]
        )
        return scene

    def _bundle(self, id: int, actions: list[Action]) -> bytes:
        bundle = Bundle(id, 0, next(self.nonces[id]), 2**47, MAX_FEE_PPM, actions)
        return encode_op(bundle, self.traders[id].sign_digest(digest(DOMAIN, struct_hash(bundle))))

    def _block(self, submitter: int, counterparty: int) -> bytes:
        """A block trade at the mark."""
        instrument = self.engine.instrument(1)
        assert instrument is not None
        sell = self._size(submitter) > 0
        leg = BlockLeg(1, sell, Ticks(instrument.mark_price), Lots(3))
        trade = replace(
            block_of(submitter, counterparty, [leg], nonce=next(self.nonces[submitter])),
            expiry_ms=Milliseconds(2**47),
            max_fee_ppm=Ppm(MAX_FEE_PPM),
            counterparty_nonce=next(self.nonces[counterparty]),
            counterparty_expiry_ms=Milliseconds(2**47),
            counterparty_max_fee_ppm=Ppm(MAX_FEE_PPM),
        )
        consent = self.traders[counterparty].sign_digest(digest(DOMAIN, consent_hash(trade)))
        trade = replace(trade, counterparty_signature=consent)
        return encode_op(
            trade, self.traders[submitter].sign_digest(digest(DOMAIN, struct_hash(trade)))
        )

    def _index_price(self) -> bytes:
        price = self.price.step(STEP_MS / 1000)
        epoch = self.engine.reporter_epoch
        reports = [
            encode_report(
                reporter=index,
                price_nano_usd=price,
                signature=each.sign_digest(
                    digest(DOMAIN, hash_report(1, epoch, self.now_ms, price))
                ),
            )
            for index, each in enumerate(self.reporters)
        ]
        return encode_index_price(underlying=1, publish_time_ms=self.now_ms, reports=reports)

    def _deposit(self, id: int) -> FraudScene:
        payload = encode_deposit_payload(account=id, amount_micro_usd=DEPOSIT)
        return self._message(MessageKind.DEPOSIT, payload)

    def _message(self, kind: MessageKind, payload: bytes) -> FraudScene:
        message = frame_message(kind=kind, time_ms=self.now_ms, payload=payload)
        return self._execute(message_input(message, self.now_ms))

    def _segment(self, ops: list[bytes]) -> FraudScene:
        segment = max_declared_segment(self.now_ms, [ordered_op(op) for op in ops])
        for op in ops:
            is_signed = prepare(op, DOMAIN, self.engine.reporter_epoch).signers
            assert is_signed or op[0] in UNSIGNED
        return self._execute(ordered_input(segment, self.now_ms))

    def _execute(self, data: bytes) -> FraudScene:
        before = records_of(self.engine)
        result: SegmentResult = self.engine.execute_segment(data)
        return FraudScene(data, before, records_of(self.engine), result)


def _outcome(code: int, event: EngineEvent | None) -> ActionOutcome:
    if isinstance(event, Rested):
        return ActionOutcome(Result(code), event.slot, event.serial, 0, event.lots, ())
    return ActionOutcome(Result(code), 0, 0, 0, 0, ())
