"""Calls of a venue's contracts, found from its Rollup alone."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from strikeproof.failure import Rejected
from strikeproof.l1 import CallReverted, L1Client
from strikeproof.verifier.inspection.refusal_text import in_words
from strikeproof.verifier.state.abi_codec import AbiCodec
from strikeproof.wire.errors import FailureCode

ABIS: Final = {
    name: AbiCodec(name) for name in ("Rollup", "Inbox", "Vault", "Escape", "Promises", "Timelock")
}


class CallRefused(Rejected):
    """L1 would revert the call now."""

    code = FailureCode.EXIT_REFUSED

    def __init__(self, what: str, error: str) -> None:
        super().__init__(f"{what}: {error}")
        self.what, self.error = what, error


@dataclass(frozen=True, slots=True)
class VenueCall:
    """A transaction to one of the contracts; `name` is that of its intent."""

    name: str
    contract: str
    recipient: bytes
    data: bytes
    value_wei: int = 0


class VenueCalls:
    """Asks the contracts, and builds calls of them."""

    def __init__(
        self, client: L1Client, rollup: bytes, inbox: bytes, promises: bytes = b""
    ) -> None:
        """`promises`: where receipts are staked on, if it is asked; no contract leads there."""
        self.client, self._rollup, self._inbox = client, rollup, inbox
        self._promises = promises

    @cached_property
    def addresses(self) -> dict[str, bytes]:
        """Where the contracts are."""
        found = {"Rollup": self._rollup, "Inbox": self._inbox, "Promises": self._promises}
        for name, asked, getter in (
            ("Escape", "Rollup", "escape"),
            ("Vault", "Inbox", "vault"),
            ("Timelock", "Rollup", "governor"),
        ):
            answer = self.client.call(found[asked], ABIS[asked].call_data(getter))
            found[name] = answer[-20:]
        return found

    def ask(self, contract: str, function: str, *arguments: Any) -> Any:
        """Return what a view answers: a value, or a tuple of several. Raises `CallRefused`."""
        data = ABIS[contract].call_data(function, *arguments)
        try:
            answer = self.client.call(self.addresses[contract], data)
        except CallReverted as reverted:
            raise CallRefused(function, error_text(contract, reverted.data)) from None
        values = ABIS[contract].return_values(function, answer)
        return values[0] if len(values) == 1 else values

    def call(
        self, name: str, contract: str, function: str, *arguments: Any, value_wei: int = 0
    ) -> VenueCall:
        """Return the call of a function."""
        data = ABIS[contract].call_data(function, *arguments)
        return VenueCall(name, contract, self.addresses[contract], data, value_wei)


def error_text(contract: str, data: bytes) -> str:
    """Return a revert in words: by the contract's errors, or those of one that it calls."""
    for abi in (ABIS[contract], *ABIS.values()):
        name, arguments = abi.error(data)
        if name:
            words = in_words(name, arguments)
            return f"{name}({', '.join(map(_text, arguments))})" + (f": {words}" if words else "")
    return f"reverts with {data.hex() or 'no data'}"


def _text(value: Any) -> str:
    return "0x" + value.hex() if isinstance(value, bytes) else str(value)
