"""What streams of inputs have exercised: op types, actions, flags, messages, result codes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, get_args

from strikeproof.sequencer.core.absolute_form import has_ordered_form
from strikeproof.sequencer.core.engine_event import (
    Deleveraged,
    EngineEvent,
    Funded,
    Liquidation,
    LoanChanged,
    PendingSettled,
    PositionSettled,
    RemovalReason,
    Removed,
    TakenOver,
    Unwound,
)
from strikeproof.sequencer.core.op import ordered_end
from strikeproof.sequencer.core.outcome import OpOutcome, SegmentResult
from strikeproof.wire.constants import (
    SEGMENT_OPS_MAX,
    ActionKind,
    GovernanceAction,
    MessageKind,
    OpType,
    OrderedForm,
    OrderFlag,
    SegmentFamily,
    SelfTrade,
    TimeInForce,
)
from strikeproof.wire.errors import Result
from strikeproof.wire.operations import MESSAGE_INPUT_HEAD_BYTES, ORDERED_INPUT_OPS_OFFSET
from tests.ordered_bytes import as_signed, ordered, split_ordered

_ACTION_BYTES: Final = {
    ActionKind.PLACE: 27,
    ActionKind.CANCEL: 13,
    ActionKind.CANCEL_ALL: 3,
    ActionKind.REPLACE: 37,
    ActionKind.QUOTE: 56,
}
_FLAGS_AT: Final = {ActionKind.PLACE: 3, ActionKind.REPLACE: 13, ActionKind.QUOTE: 3}
_SIDES_AT: Final = (18, 37)  # in a quote: slot, serial, price, lots
_ATOMIC_AT: Final = 23  # in a bundle's body
_ACTIONS_AT: Final = 25

# Codes of a block trade: what both halves, the legs and the margin of both can come to.
BLOCK_CODES: Final = (
    Result.OK,
    Result.MALFORMED,
    Result.BAD_SIGNATURE,
    Result.NONCE_USED,
    Result.EXPIRED,
    Result.UNKNOWN_INSTRUMENT,
    Result.HALTED,
    Result.NO_PRICE,
    Result.STALE_PRICE,
    Result.BEYOND_BAND,
    Result.ORDER_TOO_SMALL,
    Result.GAP_TOO_WIDE,
    Result.FEE_TOO_HIGH,
    Result.POSITION_LIMIT,
    Result.MARGIN_INSUFFICIENT,
    Result.PORTFOLIO_UNFIT,
    Result.PORTFOLIO_STALE,
)
# Codes that one side of a quote can come to.
QUOTE_CODES: Final = (
    Result.UNKNOWN_INSTRUMENT,
    Result.ORDER_NOT_FOUND,
    Result.HALTED,
    Result.NO_PRICE,
    Result.EXPIRED,
    Result.ORDER_TOO_SMALL,
    Result.BEYOND_BAND,
    Result.FEE_TOO_HIGH,
    Result.POST_ONLY_CROSSES,
    Result.MARGIN_INSUFFICIENT,
    Result.ATOMIC_UNDONE,
)
QUOTE_SIDES: Final = ("left", "cancelled", "new", "replaced")
# Codes of an Attest: what attesters can get wrong.
ATTEST_CODES: Final = (
    Result.OK,
    Result.MALFORMED,
    Result.UNKNOWN_ACCOUNT,
    Result.BELOW_QUORUM,
    Result.BAD_ATTESTER,
    Result.STALE_ATTESTATION,
    Result.BAD_SIGNATURE,
)
# Codes of an AttestCredit, and of a ReleaseCredit.
CREDIT_CODES: Final = (
    *ATTEST_CODES,
    Result.CREDIT_STANDS,
    Result.GUARD_NEEDED,
    Result.WRONG_MARGIN_MODE,
    Result.INSUFFICIENT_COLLATERAL,
)
RELEASE_CODES: Final = (
    Result.OK,
    Result.UNKNOWN_ACCOUNT,
    Result.NO_CREDIT,
    Result.CREDIT_STANDS,
    Result.MARGIN_INSUFFICIENT,
)
# Codes of a SetMarginMode and of a Revalue: what a revaluation can come to.
MODE_CODES: Final = (
    Result.OK,
    Result.UNKNOWN_UNDERLYING,
    Result.CREDIT_STANDS,
    Result.PORTFOLIO_UNFIT,
    Result.PORTFOLIO_STALE,
    Result.MARGIN_INSUFFICIENT,
)
REVALUE_CODES: Final = (
    Result.OK,
    Result.UNKNOWN_ACCOUNT,
    Result.WRONG_MARGIN_MODE,
    Result.PORTFOLIO_STALE,
    Result.AUCTION_RUNNING,
)
# Codes of a Bid, but for those that any user op may have.
BID_CODES: Final = (
    Result.OK,
    Result.MALFORMED,
    Result.UNKNOWN_ACCOUNT,
    Result.NO_AUCTION,
    Result.PORTFOLIO_STALE,
    Result.DISCOUNT_TOO_LOW,
    Result.NO_RELIEF,
    Result.GAP_TOO_WIDE,
    Result.MARGIN_INSUFFICIENT,
)
# Codes of a SetProtection.
PROTECTION_CODES: Final = (Result.OK, Result.MALFORMED, Result.UNKNOWN_UNDERLYING)
# What portfolio margin makes of ops that it does not take, and of a Withdraw.
PORTFOLIO_REFUSALS: Final = (
    "withdraw PORTFOLIO_STALE",
    "liquidate WRONG_MARGIN_MODE",
    "forced close WRONG_MARGIN_MODE",
    "set trigger WRONG_MARGIN_MODE",
)
_RESULTED: Final = {
    int(OpType.BLOCK_TRADE): "block trade",
    int(OpType.WITHDRAW): "withdraw",
    int(OpType.LIQUIDATE): "liquidate",
    int(OpType.FORCED_CLOSE): "forced close",
    int(OpType.SET_TRIGGER): "set trigger",
    int(OpType.ATTEST): "attest",
    int(OpType.ATTEST_CREDIT): "attest credit",
    int(OpType.RELEASE_CREDIT): "release credit",
    int(OpType.SET_MARGIN_MODE): "margin mode",
    int(OpType.SET_PROTECTION): "protection",
    int(OpType.REVALUE): "revalue",
    int(OpType.BID): "bid",
}
_FATES: Final = ("liquidated", "taken over", "unwound", "deleveraged", "at their end")
_PENDING: Final = ("funding", "closed lots")
REVERTS: Final = (
    "record missing",
    "record twice",
    "records permuted",
    "record cut off",
    "advice wrong",
    "advice missing",
    "advice left over",
    "little gas",
)


def features() -> frozenset[str]:
    """Return the name of everything that streams must reach."""
    names = {f"result {result.name}" for result in Result}
    names |= {f"op {op_type.name}" for op_type in OpType}
    names |= {f"message {kind.name}" for kind in MessageKind}
    names |= {f"governance {action.name}" for action in GovernanceAction}
    names |= {f"{kind.name} OK" for kind in ActionKind}
    for kind in (ActionKind.PLACE, ActionKind.REPLACE):
        names |= {f"{kind.name} {flag.name} OK" for flag in OrderFlag if flag < OrderFlag.LINKED}
        names |= {f"{kind.name} {mode.name}" for mode in SelfTrade}
    names |= {f"PLACE {in_force.name} OK" for in_force in TimeInForce}
    names |= {f"removed {reason.name}" for reason in RemovalReason}
    names |= {"REPLACE GTC OK", "REPLACE GTD OK", "forced op OK"}
    names |= {f"QUOTE {mode.name}" for mode in SelfTrade}
    names |= {f"QUOTE {name} OK" for name in ("GTC", "GTD", "POST_ONLY")}
    names |= {f"quote side {what} OK" for what in QUOTE_SIDES}
    names |= {f"quote {what}" for what in ("both OK", "bid alone", "ask alone", "neither")}
    names |= {f"quote side {code.name}" for code in QUOTE_CODES}
    names |= {"funding moves", "exactly what is declared", "messages that share a segment"}
    names |= {"atomic bundle kept", "atomic bundle undone"}
    names |= {f"block trade {code.name}" for code in BLOCK_CODES}
    names |= {f"attest {code.name}" for code in ATTEST_CODES}
    names |= {f"attest credit {code.name}" for code in CREDIT_CODES}
    names |= {f"release credit {code.name}" for code in RELEASE_CODES}
    names |= {f"margin mode {code.name}" for code in MODE_CODES}
    names |= {f"revalue {code.name}" for code in REVALUE_CODES}
    names |= {f"bid {code.name}" for code in BID_CODES}
    names |= {f"protection {code.name}" for code in PROTECTION_CODES} | set(PORTFOLIO_REFUSALS)
    families = [each for each in SegmentFamily if each != SegmentFamily.INBOX]
    names |= {f"{what} {each.name}" for each in families for what in ("family", "void")}
    names |= {f"ordered: {flag.name}" for flag in OrderedForm}
    names |= {"ordered: a length of two bytes", "ordered: longer than it need be"}
    names |= {f"told {kind.__name__}" for kind in get_args(EngineEvent)} | set(HOUSE_FATES)
    return frozenset(names | {f"revert: {name}" for name in REVERTS if name != "advice left over"})


HOUSE_FATES: Final = (
    *(f"{side} {what}" for side in ("longs", "shorts") for what in _FATES),
    *(f"{what} of {side} settled" for side in ("longs", "shorts") for what in _PENDING),
    "lent",
    "paid back",
)


def _side(lots: int) -> str:
    return "longs" if lots >= 0 else "shorts"


@dataclass
class Coverage:
    """Counts by feature."""

    seen: Counter[str] = field(default_factory=Counter)

    def see_events(self, outcomes: Sequence[OpOutcome]) -> None:
        """Count why orders left the book."""
        for outcome in outcomes:
            for event in outcome.events:
                self.seen[f"told {type(event).__name__}"] += 1
                if isinstance(event, Removed):
                    self.seen[f"removed {event.reason.name}"] += 1
                elif isinstance(event, Funded) and event.average:
                    self.seen["funding moves"] += 1
                else:
                    self._see_house(event)

    def _see_house(self, event: EngineEvent) -> None:
        """Count what became of a position without its owner, and on which side."""
        match event:
            case Liquidation():
                self.seen[f"{_side(event.size)} liquidated"] += 1
            case TakenOver():
                self.seen[f"{_side(event.lots)} taken over"] += 1
            case Unwound():
                self.seen[f"{_side(-event.lots)} unwound"] += 1
            case Deleveraged():
                self.seen[f"{'longs' if event.is_long else 'shorts'} deleveraged"] += 1
            case LoanChanged():
                self.seen["lent" if event.lent > 0 else "paid back"] += 1
            case PendingSettled():
                closed = "closed lots" if event.size != event.size_before else "funding"
                self.seen[f"{closed} of {_side(event.size_before)} settled"] += 1
            case PositionSettled():
                self.seen[f"{_side(event.size)} at their end"] += 1

    def see(self, segment: bytes, result: SegmentResult) -> None:
        """Count what an input of the law holds, and what became of it."""
        results = result.results
        for code in results:
            self.seen[f"result {Result(code).name}"] += 1
        if segment[0] == SegmentFamily.INBOX:
            at = MESSAGE_INPUT_HEAD_BYTES + 2
            length = int.from_bytes(segment[at - 2 : at], "big")
            self._see_message(segment[at : at + length], results)
            self.seen["messages that share a segment"] += len(result.outcomes) > 1
            return
        declared = int.from_bytes(segment[13:16], "big"), int.from_bytes(segment[16:19], "big")
        if result.is_void:
            self.seen[f"void {SegmentFamily(segment[0]).name}"] += 1
            return
        if (result.compute_weight, result.witness_weight) == declared:
            self.seen["exactly what is declared"] += 1
        self.seen[f"family {SegmentFamily(segment[0]).name}"] += 1
        place = 0
        for op in split_ordered(segment[ORDERED_INPUT_OPS_OFFSET:])[0][:SEGMENT_OPS_MAX]:
            if results[place] == Result.OK and has_ordered_form(op[0]):
                self._see_form(op)
            place += self._see_op(as_signed(op), results[place:])

    def _see_form(self, op: bytes) -> None:
        start, _ = ordered_end(op, 0)
        self.seen["ordered: a length of two bytes"] += start > 2
        form = op[start + 3]
        for flag in OrderedForm:
            self.seen[f"ordered: {flag.name}"] += form & flag != 0
        self.seen["ordered: longer than it need be"] += ordered(as_signed(op)) != op

    def _see_message(self, message: bytes, results: bytes) -> None:
        if not results or not message:
            return
        if results[0] != Result.OK:
            if message[0] == MessageKind.USER_OP and len(message) > 27:
                self._see_op(message[27:], results)
            return
        kind = MessageKind(message[0])
        self.seen[f"message {kind.name}"] += 1
        if kind == MessageKind.GOVERNANCE:
            self.seen[f"governance {GovernanceAction(message[27]).name}"] += 1
        if kind == MessageKind.USER_OP:
            self.seen["forced op OK"] += 1
            self._see_op(message[27:], results)

    def _see_op(self, op: bytes, results: bytes) -> int:
        """Count an op; return how many results are its own."""
        if op[0] in _RESULTED:
            self.seen[f"{_RESULTED[op[0]]} {Result(results[0]).name}"] += 1
        if results[0] != Result.OK:
            return 1
        self.seen[f"op {OpType(op[0]).name}"] += 1
        if op[0] != OpType.BUNDLE:
            return 1
        body = op[3:]
        at, place = _ACTIONS_AT, 1
        for _ in range(body[_ACTIONS_AT - 1]):
            kind = ActionKind(body[at])
            codes = results[place : place + (2 if kind == ActionKind.QUOTE else 1)]
            action = body[at : at + _ACTION_BYTES[kind]]
            self._see_action(kind, action, min(codes))
            if kind == ActionKind.QUOTE:
                self._see_quote(action, codes)
            at += _ACTION_BYTES[kind]
            place += len(codes)
        if body[_ATOMIC_AT]:
            undone = Result.ATOMIC_UNDONE in results[1:place]
            self.seen["atomic bundle undone" if undone else "atomic bundle kept"] += 1
        return place

    def _see_quote(self, quote: bytes, codes: bytes) -> None:
        """Count what each side of a quote asked for, and what became of it."""
        named = {(True, True): "both OK", (True, False): "bid alone", (False, True): "ask alone"}
        done = (codes[0] == Result.OK, codes[1] == Result.OK)
        self.seen[f"quote {named.get(done, 'neither')}"] += 1
        for at, code in zip(_SIDES_AT, codes, strict=True):
            has_slot, has_lots = any(quote[at : at + 4]), any(quote[at + 14 : at + 19])
            what = QUOTE_SIDES[has_slot + 2 * has_lots]
            self.seen[f"quote side {Result(code).name if code else what + ' OK'}"] += 1

    def _see_action(self, kind: ActionKind, action: bytes, code: int) -> None:
        name = kind.name
        if code == Result.OK:
            self.seen[f"{name} OK"] += 1
        if kind not in _FLAGS_AT:
            return
        flags = action[_FLAGS_AT[kind]]
        self.seen[f"{name} {SelfTrade(flags >> 3 & 3).name}"] += 1
        if code == Result.OK:
            self.seen[f"{name} {TimeInForce(flags >> 5 & 3).name} OK"] += 1
            for flag in OrderFlag:
                if flags & flag:
                    self.seen[f"{name} {flag.name} OK"] += 1

    def add(self, other: Coverage) -> None:
        """Add another's counts."""
        self.seen += other.seen

    def missing(self) -> list[str]:
        """Return what was never seen."""
        return sorted(name for name in features() if not self.seen[name])

    def lines(self) -> Iterator[str]:
        """Yield a line for each feature with its count."""
        for name in sorted(features() | set(self.seen)):
            yield f"{name:32}{self.seen[name]:>10}"
