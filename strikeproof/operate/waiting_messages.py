"""The Inbox by hand: what waits there, an op that nobody can refuse, a batch that anybody posts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from web3.exceptions import ContractLogicError
from web3.logs import DISCARD

from strikeproof.client.l1_account import L1Account
from strikeproof.deployment import Deployment
from strikeproof.failure import Rejected
from strikeproof.wire.constants import BATCH_INBOX_MAX
from strikeproof.wire.errors import FailureCode
from strikeproof.wire.operations import encode_header, frame_op

OP_HEAD_BYTES: Final = len(frame_op(type=0, body=b""))


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
class InboxState:
    """What waits for a batch. Times are seconds of L1."""

    count: int
    consumed: int
    now_seconds: int
    oldest_seconds: int | None
    due_seconds: int | None
    """From then on no batch can leave the oldest out."""
    anybody_from_seconds: int | None
    """From then on anybody may post a batch of messages."""

    @property
    def waiting(self) -> int:
        """Return how many messages no batch has consumed."""
        return self.count - self.consumed

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
            "waiting": self.waiting,
            "now_seconds": self.now_seconds,
            "oldest_seconds": self.oldest_seconds,
            "due_seconds": self.due_seconds,
            "anybody_from_seconds": self.anybody_from_seconds,
            "anybody_may_post": self.is_overdue,
        }


def inbox_state(account: L1Account, deployment: Deployment) -> InboxState:
    """Return what waits. Raises `L1Refused`, `L1Unreachable`."""
    account.check_chain()
    inbox = deployment.contract(account.web3, "Inbox").functions
    rollup = deployment.contract(account.web3, "Rollup").functions
    with account.failures("inbox"):
        count, consumed = int(inbox.count().call()), int(rollup.inboxEnd().call())
        now = int(account.web3.eth.get_block("latest")["timestamp"])
        if consumed == count:
            return InboxState(count, consumed, now, None, None, None)
        oldest = int(inbox.timeMs(consumed).call()) // 1000
        due = oldest + int(rollup.forceInclusionSeconds().call())
        anybody = due + int(rollup.graceSeconds().call())
    return InboxState(count, consumed, now, oldest, due, anybody)


@dataclass(frozen=True, slots=True)
class OverdueBatch:
    """A batch of messages alone that L1 took."""

    number: int
    consumed: int
    block_number: int


def post_overdue(account: L1Account, deployment: Deployment) -> OverdueBatch:
    """Post a batch of the messages that wait, whoever the sequencer is.

    As many as L1 takes at once; its rate may leave room for fewer. Raises `NothingOverdue`,
    `L1Refused`, `L1Unreachable`.
    """
    state = inbox_state(account, deployment)
    if not state.is_overdue:
        raise NothingOverdue(state.waiting, state.anybody_from_seconds, state.now_seconds)
    rollup = deployment.contract(account.web3, "Rollup")
    account.knows_errors_of((rollup, deployment.contract(account.web3, "Inbox")))
    with account.failures("postBatch"):
        count = min(state.waiting, BATCH_INBOX_MAX)
        while True:
            header = _header(account, deployment, state.consumed + count)
            call = rollup.functions.postBatch(header)
            try:
                account.estimate(call)
                break
            except ContractLogicError:
                if count == 1:
                    raise
                count //= 2
        receipt = account.send(call)
        (event,) = rollup.events.BatchPosted().process_receipt(receipt, DISCARD)
    return OverdueBatch(int(event["args"]["number"]), count, int(receipt["blockNumber"]))


def _header(account: L1Account, deployment: Deployment, end: int) -> bytes:
    """Return the header of a batch that consumes up to `end`, and has no segments."""
    rollup = deployment.contract(account.web3, "Rollup").functions
    inbox = deployment.contract(account.web3, "Inbox").functions
    parent = int(rollup.batchCount().call())
    time_ms = int(account.web3.eth.get_block("latest")["timestamp"]) * 1000
    values: dict[str, Any] = {
        "law_id": bytes(rollup.lawAt(time_ms).call()),
        "number": parent + 1,
        "parent_hash": bytes(rollup.batch(parent).call()[0]),
        "sequencer_epoch": int(rollup.sequencerEpoch().call()),
        "time_ms": time_ms,
        "inbox_end": end,
        "inbox_rolling": bytes(inbox.rolling(end).call()),
        "segment_count": 0,
    }
    return encode_header(**values)
