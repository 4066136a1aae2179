"""The plumbing to L1 that both nodes share: reading through endpoints that must agree, and sending.

Reading: `L1Client` asks one or more `Endpoint`s and answers only what enough of them agree on.
Sending: `TransactionSender` owns the nonces of one key, keeps every intent on disk before it is
broadcast, raises fees and follows receipts through reorganizations. What a log means is
decided by each node for itself.

These names are imported when somebody asks for them: whoever needs only a block's type, or an
`InboxLane`, starts without web3.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
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

_MODULES = {
    "client": ("L1Client",),
    "endpoint": ("Endpoint",),
    "fee_policy": ("FeePolicy",),
    "intent": ("Attempt", "Intent", "IntentStatus", "IntentStore"),
    "l1_failure": (
        "BroadcastRefused",
        "CallReverted",
        "Disagreement",
        "EndpointFailed",
        "IntentConflict",
        "L1Unavailable",
        "StoreMismatch",
        "StoreTaken",
        "WrongChain",
    ),
    "l1_values": ("Block", "Log", "TransactionReceipt"),
    "sender": ("TransactionSender",),
}
_MODULE_OF = {name: module for module, names in _MODULES.items() for name in names}

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


def __getattr__(name: str) -> Any:
    """Import the module that a name is of."""
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__} has no attribute {name}")
    value = getattr(import_module(f"{__name__}.{_MODULE_OF[name]}"), name)
    globals()[name] = value
    return value
