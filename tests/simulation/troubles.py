"""What goes wrong between the node and L1, and on L1 itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(slots=True)
class Troubles:
    """The present troubles. Everything off: L1 behaves."""

    is_cut: bool = False
    """No request arrives."""
    no_blocks: bool = False
    """L1 itself stands still."""
    refuses_transactions: bool = False
    loses_answers: bool = False
    """Transactions arrive, their acknowledgement does not."""
    nonce_too_high: int = 0
    """How many of the next answers to eth_getTransactionCount are too high."""

    def answer(self, method: str, params: Sequence[Any]) -> Any:
        """Return what an endpoint in trouble answers, None for the truth. Raises OSError."""
        if method == "eth_sendRawTransaction":
            if self.refuses_transactions:
                error = {"code": -32000, "message": "txpool is full"}
                return {"jsonrpc": "2.0", "id": 1, "error": error}
            if self.loses_answers:
                raise OSError("connection reset after the request")
        if method == "eth_getTransactionCount" and self.nonce_too_high:
            self.nonce_too_high -= 1
            return {"jsonrpc": "2.0", "id": 1, "result": hex(10_000)}
        return None
