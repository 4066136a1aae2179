"""The Inbox by hand: what waits there, an op that nobody can refuse, a batch that anybody posts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from web3.logs import DISCARD

from strikeproof.client.l1_account import L1Account
from strikeproof.deployment import Deployment
from strikeproof.failure import Rejected
from strikeproof.l1.inbox_batch import inbox_batch
from strikeproof.l1.message_fee import DEPOSIT_SHAPE, REGISTER_SHAPE
from strikeproof.wire.constants import MessageKind
from strikeproof.wire.errors import FailureCode
from strikeproof.wire.operations import frame_op

OP_HEAD_BYTES: Final = len(frame_op(type=0, body=b""))
_COUNT, _NEXT_MS = 0, 4  # of `LaneUse` in IInbox.sol


class NothingOverdue(Rejected):
    """No message is overdue for so long that anybody may post it."""

    code = FailureCode.NOTHING_OVERDUE

    def __init__(self, waiting: int, anybody_from_seconds: int | None, now_seconds: int) -> None:
        text = f"{waiting} messages wait"
        if anybody_from_seconds is not None:
            left = anybody_from_seconds - now_seconds
            text += f"; anybody may post the oldest in {left} s, after {anybody_from_seconds}"
        super().__init__(text)
        self.waiting, self.anybody_from_seconds = waiting, anybody_from_seconds
        self.now_seconds = now_seconds


def is_one_op(data: bytes) -> bool:
    """Return whether the bytes are the frame of one op, whatever it says: L1 takes any bytes, and
    their sender's fee for them."""
    return len(data) >= OP_HEAD_BYTES and data == frame_op(type=data[0], body=data[OP_HEAD_BYTES:])


@dataclass(frozen=True, slots=True)
class InboxPrices:
    """What messages cost now. Source: docs/protocol/capacity.md, fee."""

    backlog: int
    """Law-gas of messages that waits, if batches take what their rate admits."""
    exit_backlog: int
    """The same of exits: no fee counts it."""
    rate: int
    """Law-gas a second."""
    fee_per_mega_wei: int
    """The price of a million law-gas while nothing waits."""
    deposit_fee_wei: int
    register_fee_wei: int

    def to_json(self) -> dict[str, int]:
        """Return them as JSON carries them."""
        return {
            "backlog_law_gas": self.backlog,
            "exit_backlog_law_gas": self.exit_backlog,
            "backlog_lasts_seconds": -(-self.backlog // self.rate),
            "fee_per_mega_wei": self.fee_per_mega_wei,
            "deposit_fee_wei": self.deposit_fee_wei,
            "register_fee_wei": self.register_fee_wei,
        }


@dataclass(frozen=True, slots=True)
class InboxState:
    """What waits for a batch. Times are seconds of L1."""

    count: int
    consumed: int
    exit_count: int
    exits_consumed: int
    now_seconds: int
    oldest_seconds: int | None
    due_seconds: int | None
    """From then on no batch can leave the oldest out."""
    anybody_from_seconds: int | None
    """From then on anybody may post a batch of messages."""
    prices: InboxPrices

    @property
    def waiting(self) -> int:
        """Return how many exits and messages no batch has consumed."""
        return self.count - self.consumed + self.exit_count - self.exits_consumed

    @property
    def is_overdue(self) -> bool:
        """Return whether anybody may post."""
        start = self.anybody_from_seconds
        return start is not None and self.now_seconds > start

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON carries it."""
        return {
            "messages": self.count,
            "consumed": self.consumed,
            "exits": self.exit_count,
            "exits_consumed": self.exits_consumed,
            "waiting": self.waiting,
            "now_seconds": self.now_seconds,
            "oldest_seconds": self.oldest_seconds,
            "due_seconds": self.due_seconds,
            "anybody_from_seconds": self.anybody_from_seconds,
            "anybody_may_post": self.is_overdue,
            **self.prices.to_json(),
        }


def inbox_state(account: L1Account, deployment: Deployment) -> InboxState:
    """Return what waits. Raises `L1Refused`, `L1Unreachable`."""
    account.check_chain()
    inbox = deployment.contract(account.web3, "Inbox").functions
    rollup = deployment.contract(account.web3, "Rollup").functions
    with account.failures("inbox"):
        end, exit_end = int(rollup.inboxEnd().call()), int(rollup.exitEnd().call())
        exits, messages = inbox.uses(exit_end, exit_end, end, end, 0).call()
        now = int(account.web3.eth.get_block("latest")["timestamp"])
        prices = _prices(inbox)
        counts = (int(messages[_COUNT]), end, int(exits[_COUNT]), exit_end)
        waiting = [int(each[_NEXT_MS]) // 1000 for each in (exits, messages) if each[_NEXT_MS]]
        if not waiting:
            return InboxState(*counts, now, None, None, None, prices)
        oldest = min(waiting)
        due = oldest + int(rollup.forceInclusionSeconds().call())
        anybody = due + int(rollup.graceSeconds().call())
    return InboxState(*counts, now, oldest, due, anybody, prices)


def _prices(inbox: Any) -> InboxPrices:
    return InboxPrices(
        int(inbox.backlog().call()),
        int(inbox.exitBacklog().call()),
        int(inbox.inboxRate().call()),
        int(inbox.feePerMegaWei().call()),
        int(inbox.feeOf(int(MessageKind.DEPOSIT), DEPOSIT_SHAPE).call()),
        int(inbox.feeOf(int(MessageKind.REGISTER), REGISTER_SHAPE).call()),
    )


@dataclass(frozen=True, slots=True)
class OverdueBatch:
    """A batch of messages alone that L1 took."""

    number: int
    consumed: int
    block_number: int


def post_overdue(account: L1Account, deployment: Deployment) -> OverdueBatch:
    """Post a batch of the exits and messages that wait, whoever the sequencer is.

    As many as L1's rates admit at once. Raises `NothingOverdue`,
    `L1Refused`, `L1Unreachable`.
    """
    state = inbox_state(account, deployment)
    if not state.is_overdue:
        raise NothingOverdue(state.waiting, state.anybody_from_seconds, state.now_seconds)
    rollup = deployment.contract(account.web3, "Rollup")
    account.knows_errors_of((rollup, deployment.contract(account.web3, "Inbox")))

    def ask(contract: str, function: str, *arguments: Any) -> Any:
        functions = deployment.contract(account.web3, contract).functions
        return functions[function](*arguments).call()

    with account.failures("postBatch"):
        batch = inbox_batch(ask, state.now_seconds)
        receipt = account.send(rollup.functions.postBatch(batch.header))
        (event,) = rollup.events.BatchPosted().process_receipt(receipt, DISCARD)
    return OverdueBatch(int(event["args"]["number"]), batch.count, int(receipt["blockNumber"]))
