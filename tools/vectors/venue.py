"""A venue that scripts bring to a state, and whose segments become cases.

Accounts 1 to 3 have 10,000 USD each. BTC-PERP is instrument 1: a tick is 0.1 USD of index, a lot
0.001 BTC, so a lot moves 100 micro-USD a tick. The mark is 50,000 ticks: 5,000 USD.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, Self

from strikeproof.sequencer.core.engine import Engine
from strikeproof.sequencer.core.rules.segment_charge import MOST, Weights
from strikeproof.sequencer.core.snapshot import SNAPSHOT_VERSION, read_records
from strikeproof.wire.constants import (
    BUCKET_CAPACITY_PPM,
    BUCKET_RATE_PPM,
    PUBLISH_SPACING_MS,
)
from strikeproof.wire.errors import Result
from strikeproof.wire.layout import Group
from tools.vectors.case_file import Case, record_list
from tools.vectors.encoders import (
    START_MS,
    as_ordered,
    encode_message,
    encode_op,
    encode_payload,
    encode_segment,
    message_input,
    ordered_input,
)
from tools.vectors.message_cases import PAYLOADS
from tools.vectors.op_cases import REPORTED
from tools.vectors.signed_op import (
    DOMAIN,
    attested,
    consented,
    credited,
    index_price_fields,
    reported,
    signature_of,
    signed_op,
)
from tools.vectors.signers import VectorSigner, attesters, reporters, signer

BUCKET_FULL_MS: Final = BUCKET_CAPACITY_PPM * 1_000 // BUCKET_RATE_PPM  # = 15,000
NEVER_MS: Final = 2**48 - 1
USD: Final = 1_000_000  # micro-USD
MARK: Final = 50_000  # ticks
INDEX: Final = MARK * 100_000_000  # nano-USD
TICK_VALUE: Final = 100  # micro-USD a lot
DEPOSIT: Final = 10_000 * USD

Fields = dict[str, Any]


def place(price: int = MARK, lots: int = 10, **change: Any) -> Fields:
    """Return the fields of a place action, by default a GTC buy of instrument 1."""
    return {
        "kind": "PLACE",
        "instrument": 1,
        "sell": False,
        "post_only": False,
        "reduce_only": False,
        "self_trade": "CANCEL_TAKER",
        "time_in_force": "GTC",
        "price": price,
        "lots": lots,
        "expiry_ms": 0,
        "client_id": 7,
        **change,
    }


def cancel(slot: int, serial: int, instrument: int = 1) -> Fields:
    """Return the fields of a cancel action."""
    return {"kind": "CANCEL", "instrument": instrument, "slot": slot, "serial": serial}


def cancel_all(instrument: int = 0) -> Fields:
    """Return the fields of a cancel-all action."""
    return {"kind": "CANCEL_ALL", "instrument": instrument}


def replace(slot: int, serial: int, price: int = MARK, lots: int = 10, **change: Any) -> Fields:
    """Return the fields of a replace action."""
    terms = place(price, lots, **change)
    return {**terms, "kind": "REPLACE", "slot": slot, "serial": serial}


def quote(bid: tuple[int, int, int, int], ask: tuple[int, int, int, int], **change: Any) -> Fields:
    """Return the fields of a quote: of each side price, lots, and slot and serial that it
    replaces."""
    names = ("price", "lots", "slot", "serial")
    sides = {
        f"{side}_{name}": value
        for side, values in (("bid", bid), ("ask", ask))
        for name, value in zip(names, values, strict=True)
    }
    shared = {name: each for name, each in place().items() if name not in names}
    return {**shared, "kind": "QUOTE", "post_only": True, **sides, **change}


class Venue:
    """An engine under a script's hand, with nonces that count up."""

    def __init__(self, engine: Engine, now_ms: int, nonces: Mapping[int, int]) -> None:
        self.engine = engine
        self.now_ms = now_ms
        self._nonces = dict(nonces)

    @classmethod
    def genesis(cls) -> Self:
        """Return the venue at genesis."""
        return cls(Engine.genesis(DOMAIN), START_MS, {})

    @classmethod
    def opened(cls, accounts: int = 3, instruments: int = 1, **terms: int) -> Self:
        """Return a venue with reporters, BTC at its price, instruments on it and accounts."""
        venue = cls.genesis()
        venue.govern("SET_REPORTERS")
        venue.govern("LIST_UNDERLYING")
        for _ in range(instruments):
            venue.govern("LIST_INSTRUMENT", **terms)
        for account in range(1, accounts + 1):
            venue.register(account)
        venue.price()
        return venue

    def records(self) -> dict[int, bytes]:
        """Return every record of the state by key."""
        return dict(read_records(self.engine.snapshot()))

    def edit(self, key: int, group: Group, **values: int) -> None:
        """Go on from a state in which some fields of one record's head are others."""
        record = bytearray(self.records()[key])
        for field in group.fields:
            if field.name in values:
                word = int.from_bytes(record[32 * field.word : 32 * field.word + 32], "big")
                mask = (1 << field.bits) - 1
                word = word & ~(mask << field.shift) | (values[field.name] & mask) << field.shift
                record[32 * field.word : 32 * field.word + 32] = word.to_bytes(32, "big")
        self.put(key, bytes(record))

    @classmethod
    def of_records(cls, records: Mapping[int, bytes], now_ms: int) -> Self:
        """Return the venue of a state."""
        return cls(cls._engine_of(records), now_ms, {})

    def put(self, key: int, record: bytes) -> None:
        """Go on from a state in which one record is another."""
        self.engine = self._engine_of({**self.records(), key: record})

    @staticmethod
    def _engine_of(records: Mapping[int, bytes]) -> Engine:
        parts = [bytes((SNAPSHOT_VERSION,))]
        for each, data in sorted(records.items()):
            parts.append(each.to_bytes(8, "big") + bytes((len(data) // 32,)) + data)
        return Engine.restore(b"".join(parts))

    # --- inputs ---

    def segment(
        self, *ops: bytes, time_ms: int | None = None, family: int = 0, declared: Weights = MOST
    ) -> bytes:
        """Return the law's input for ops, by default now, of the first one's family, and with the
        greatest declaration."""
        time = self.now_ms if time_ms is None else time_ms
        segment = encode_segment(time, map(as_ordered, ops), family, declared)
        return ordered_input(self.now_ms, segment)

    def message(self, kind: str, payload: bytes, sender: bytes = bytes(20)) -> bytes:
        """Return the law's input for an inbox message sent now."""
        return message_input(self.now_ms, encode_message(kind, self.now_ms, payload, sender))

    def governance(self, action: str, **change: Any) -> bytes:
        """Return the law's input for a governance message, its fields those of messages.json."""
        return self.message("GOVERNANCE", encode_payload(action, {**PAYLOADS[action], **change}))

    # --- ops ---

    def op(
        self,
        op_type: str,
        account: int,
        *,
        nonce: int | None = None,
        by: VectorSigner | None = None,
        signed: bool = True,
        guard: VectorSigner | None = None,
        expiry_ms: int = NEVER_MS,
        **fields: Any,
    ) -> bytes:
        """Return a user op of an account, signed by its owner unless told otherwise, and by a
        guard key if one is given."""
        if nonce is None:
            nonce = self._nonces.get(account, 0)
            self._nonces[account] = nonce + 1
        head = {"account": account, "nonce": nonce, "expiry_ms": expiry_ms}
        whole = {**head, "max_l1_fee_micro_usd": 0, **fields}
        signature = signature_of(op_type, whole, by or trader(account)) if signed else b""
        if guard is not None:
            signature += signature_of(op_type, whole, guard)
        return encode_op(op_type, whole, signature)

    def bundle(
        self,
        account: int,
        *actions: Fields,
        max_fee_ppm: int = 1_000,
        session: int = 0,
        **terms: Any,
    ) -> bytes:
        """Return a bundle of an account."""
        head: Fields = {"session": session, "max_fee_ppm": max_fee_ppm, "atomic": 0}
        return self.op("BUNDLE", account, actions=list(actions), **{**head, **terms})

    def withdraw(self, account: int, amount: int, **terms: Any) -> bytes:
        """Return a withdrawal of an account."""
        return self.op("WITHDRAW", account, amount_micro_usd=amount, **terms)

    def set_session(self, account: int, slot: int, key: bytes, **terms: Any) -> bytes:
        """Return a SetSession of an account: a grant, or with the zero key a revocation."""
        fields = {"slot": slot, "key": key, "scope": 1 if any(key) else 0, "session_expiry_ms": 0}
        return self.op("SET_SESSION", account, **{**fields, **terms})

    def set_guard(self, account: int, mode: int, key: bytes = bytes(20), **terms: Any) -> bytes:
        """Return a SetGuard of an account."""
        return self.op("SET_GUARD", account, **{"mode": mode, "key": key, **terms})

    def set_margin_mode(self, account: int, underlying: int, **terms: Any) -> bytes:
        """Return a SetMarginMode of an account."""
        return self.op("SET_MARGIN_MODE", account, underlying=underlying, **terms)

    def set_protection(self, account: int, **terms: Any) -> bytes:
        """Return a SetProtection of an account; without terms it takes the protection back."""
        names = ("underlying", "window_ms", "freeze_ms", "lots_max", "delta_max", "vega_max")
        none = dict.fromkeys(names, 0)
        return self.op("SET_PROTECTION", account, **{"session": 0, **none, **terms})

    def set_cancel_at(self, account: int, time_ms: int, **terms: Any) -> bytes:
        """Return a SetCancelAt of an account."""
        return self.op("SET_CANCEL_AT", account, **{"session": 0, "cancel_at_ms": time_ms, **terms})

    def block_trade(
        self,
        account: int,
        counterparty: int,
        *legs: Fields,
        by: VectorSigner | None = None,
        **terms: Any,
    ) -> bytes:
        """Return a block trade that both owners signed; `by`: instead of the counterparty's."""
        nonce, other = (self._nonces.get(each, 0) for each in (account, counterparty))
        self._nonces |= {account: nonce + 1, counterparty: other + 1}
        fields = {
            "account": account,
            "session": 0,
            "nonce": nonce,
            "expiry_ms": NEVER_MS,
            "max_fee_ppm": 1_000,
            "counterparty": counterparty,
            "counterparty_session": 0,
            "counterparty_nonce": other,
            "counterparty_expiry_ms": NEVER_MS,
            "counterparty_max_fee_ppm": 1_000,
            "legs": list(legs),
            "max_l1_fee_micro_usd": 0,
            **terms,
        }
        return signed_op(
            "BLOCK_TRADE", consented(fields, by or trader(counterparty)), trader(account)
        )

    def attest(
        self,
        account: int,
        tier: int,
        *places: int,
        days: int = 365,
        said_ms: int = 0,
        by: Sequence[VectorSigner] = (),
    ) -> bytes:
        """Return an Attest that attesters 0 and 1 sign, or those at these places, now unless said
        before; `by`: who signs instead."""
        time_ms = said_ms or self.now_ms
        expiry_ms = time_ms + days * 86_400_000 if tier else 0
        head = {"account": account, "tier": tier}
        fields = {**head, "tier_expiry_ms": expiry_ms, "attested_ms": time_ms}
        keys = attesters(3)
        chosen = places or (0, 1)
        signers = by or [keys[place % 3] for place in chosen]
        return encode_op("ATTEST", attested(fields, list(zip(chosen, signers, strict=True))))

    def credit(
        self,
        account: int,
        limit: int,
        guarantor: int,
        *places: int,
        minutes: int = 2 * 24 * 60,
        said_ms: int = 0,
        consenting: Sequence[VectorSigner] | None = None,
    ) -> bytes:
        """Return an AttestCredit that attesters 0 and 1 sign, or those at these places, now unless
        said before; `consenting`: who signs for the guarantor, by default its owner."""
        fields = {
            "account": account,
            "limit_micro_usd": limit,
            "credit_minutes": minutes if limit else 0,
            "guarantor": guarantor if limit else 0,
            "credited_ms": said_ms or self.now_ms,
        }
        keys = attesters(3)
        by = [(place, keys[place % 3]) for place in places or (0, 1)]
        owner = [trader(guarantor)] if limit else []
        return encode_op(
            "ATTEST_CREDIT", credited(fields, by, owner if consenting is None else consenting)
        )

    def index_price(
        self, *prices: int, underlying: int = 1, publish_time_ms: int | None = None, first: int = 0
    ) -> bytes:
        """Return an IndexPrice of reporters `first`, `first` + 1, …; now by default."""
        time_ms = self.now_ms if publish_time_ms is None else publish_time_ms
        epoch, keys = self.engine.reporter_epoch, reporters(3)
        reports = [
            (number, price, keys[number % 3]) for number, price in enumerate(prices, start=first)
        ]
        fields = index_price_fields(underlying, time_ms, reports, epoch)
        return encode_op("INDEX_PRICE", fields)

    def reported(self, op_type: str, *values: int, first: int = 0, **fields: Any) -> bytes:
        """Return a Surface or SettleExpiry of expiry 1 and of reporters `first`, `first` + 1, …."""
        head = {**REPORTED[op_type][0]}
        if "publish_time_ms" in head:
            head["publish_time_ms"] = self.now_ms
        keys = reporters(3)
        reports = [(n, value, keys[n % 3]) for n, value in enumerate(values, start=first)]
        signed = reported(op_type, {**head, **fields}, reports, self.engine.reporter_epoch)
        return encode_op(op_type, signed)

    # --- steps that no case shows ---

    def run(self, law_input: bytes) -> None:
        """Execute an input, which must work."""
        results = self.engine.execute_segment(law_input).results
        assert not any(results), [Result(code).name for code in results]

    def govern(self, action: str, **change: Any) -> None:
        """Execute a governance message."""
        self.run(self.governance(action, **change))

    def send(self, kind: str, **fields: Any) -> None:
        """Execute a message of L1."""
        self.run(self.message(kind, encode_payload(kind, fields)))

    def register(self, account: int) -> None:
        """Register the next account and let it deposit."""
        self.send("REGISTER", account=account, owner=trader(account).address)
        self.send("DEPOSIT", account=account, amount_micro_usd=DEPOSIT)

    def act(self, account: int, *actions: Fields, **terms: Any) -> None:
        """Execute a bundle."""
        self.run(self.segment(self.bundle(account, *actions, **terms)))

    def price(self, nano_usd: int = INDEX, underlying: int = 1) -> None:
        """Report a price half a second later, and again until the index is there."""
        self.now_ms += PUBLISH_SPACING_MS
        self.run(self.segment(self.index_price(nano_usd, nano_usd, underlying=underlying)))
        while (view := self.engine.underlying(underlying)) and view.index_price != nano_usd:
            self.now_ms += BUCKET_FULL_MS
            self.run(self.segment(self.index_price(nano_usd, nano_usd, underlying=underlying)))

    # --- cases ---

    def case(self, name: str, law_input: bytes, expected: str | None = "OK") -> Case:
        """Execute an input and return its case; `expected` are its results, by name.

        `expected` guards the script: a case shows what its name says, or there is no file. None
        stands for whatever comes.
        """
        before = self.engine.snapshot()
        witness = Engine.restore(before)
        result = self.engine.execute_segment(law_input)
        results = " ".join(Result(code).name for code in result.results)
        assert expected in (None, results), f"{name}: {results}, not {expected}"
        return {
            "name": f"segment: {name}",
            "input": law_input,
            "before": record_list(read_records(before)),
            "root_before": witness.state_root(),
            "is_void": result.is_void,
            "results": results.split(),
            "compute_weight": result.compute_weight,
            "witness_weight": result.witness_weight,
            "touched": [key.to_bytes(8, "big") for key in result.touched],
            "advice": list(result.advice),
            "changed": record_list(result.changed),
            "proof": witness.prove(*result.touched),
            "root_after": result.root,
        }

    def ops(self, name: str, *ops: bytes, expected: str | None = "OK") -> Case:
        """Execute ops in one segment and return its case."""
        return self.case(name, self.segment(*ops), expected)

    def actions(
        self, name: str, account: int, *actions: Fields, expected: str = "OK OK", **terms: Any
    ) -> Case:
        """Execute one bundle and return its case."""
        return self.ops(name, self.bundle(account, *actions, **terms), expected=expected)


def trader(account: int) -> VectorSigner:
    """Return the owner of an account."""
    return signer(f"trader {account}")
