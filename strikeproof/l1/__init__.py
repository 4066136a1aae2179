"""The plumbing to L1 that both nodes share: reading through endpoints that must agree, and sending.

Reading: `L1Client` asks one or more `Endpoint`s and answers only what enough of them agree on.
Sending: `TransactionSender` owns the nonces of one key, keeps every intent on disk before it is
broadcast, raises fees and follows receipts through reorganizations. What a log means is
decided by each node for itself.
"""

from strikeproof.l1.client import L1Client
from strikeproof.l1.endpoint import Endpoint
from strikeproof.l1.fee_policy import FeePolicy
from strikeproof.l1.intent import Attempt, Intent, IntentStatus, IntentStore
from strikeproof.l1.l1_failure import (
    BroadcastRefused,
    CallReverted,
    Disagreement,
    EndpointFailed,
    IntentConflict,
    L1Unavailable,
    StoreMismatch,
    StoreTaken,
    WrongChain,
)
from strikeproof.l1.l1_values import Block, Log, TransactionReceipt
from strikeproof.l1.sender import TransactionSender

__all__ = [
    "Attempt",
    "Block",
    "BroadcastRefused",
    "CallReverted",
    "Disagreement",
    "Endpoint",
    "EndpointFailed",
    "FeePolicy",
    "Intent",
    "IntentConflict",
    "IntentStatus",
    "IntentStore",
    "L1Client",
    "L1Unavailable",
    "Log",
    "StoreMismatch",
    "StoreTaken",
    "TransactionReceipt",
    "TransactionSender",
    "WrongChain",
]
