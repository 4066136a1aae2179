"""A proposer's bond on L1, what was sent towards it, and what may be added."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from strikeproof.keccak import keccak256
from strikeproof.l1.attempts import FAILED, Attempts
from strikeproof.l1.client import L1Client
from strikeproof.l1.intent import Intent

BOND_PURPOSE: Final = "deposit bond"
"""What the intents of deposits are named after: each deposit has a name of its own."""

_WORD_BYTES: Final = 32
_BOND_OF: Final = keccak256(b"bondOf(address)")[:4]
_BOND_WEI: Final = keccak256(b"bondWei()")[:4]
_CREDIT_OF: Final = keccak256(b"creditWei(address)")[:4]


@dataclass(frozen=True, slots=True)
class BondFacts:
    """A bond. Amounts in wei."""

    amount_wei: int
    needed_wei: int
    deposited_wei: int
    """Of all deposits that we have sent and that did not fail."""
    deposits: Attempts
    held_wei: int = 0
    """Of earlier slashes."""
    locked_until_seconds: int = 0
    """L1 time after which it can be withdrawn."""

    @property
    def suffices(self) -> bool:
        """Return whether it is large enough to propose."""
        return self.amount_wei >= self.needed_wei

    def top_up_wei(self, bond_wei_max: int) -> int | None:
        """Return what to deposit now; None if nothing is missing, a deposit is under way, or the
        sum over all deposits would exceed the limit."""
        missing = self.needed_wei - self.amount_wei
        if missing <= 0 or self.deposits.in_flight:
            return None
        return missing if self.deposited_wei + missing <= bond_wei_max else None


def read_bond(
    client: L1Client,
    rollup: bytes,
    address: bytes,
    deposits: Sequence[Intent],
    number: int | str = "latest",
) -> BondFacts:
    """Return the bond of an address as of a block. Raises what reading L1 raises."""
    amount, held, locked = client.read(rollup, _BOND_OF + address.rjust(32, b"\0"), _bond, number)
    needed = client.read(rollup, _BOND_WEI, _word, number)
    return BondFacts(
        amount_wei=amount,
        needed_wei=needed,
        deposited_wei=sum(each.value_wei for each in deposits if each.status not in FAILED),
        deposits=Attempts(tuple(each.status for each in deposits)),
        held_wei=held,
        locked_until_seconds=locked,
    )


def read_credit_wei(client: L1Client, rollup: bytes, address: bytes) -> int:
    """Return what an address can collect. Raises what reading L1 raises."""
    return client.read(rollup, _CREDIT_OF + address.rjust(32, b"\0"), _word)


def _word(data: bytes) -> int:
    if len(data) != _WORD_BYTES:
        raise ValueError(f"{len(data)} bytes are no number")
    return int.from_bytes(data, "big")


def _bond(data: bytes) -> tuple[int, int, int]:
    """Return amount, held and lockedUntil: the first words of the contract's struct."""
    words = [data[at : at + _WORD_BYTES] for at in range(0, 3 * _WORD_BYTES, _WORD_BYTES)]
    amount, held, locked = (_word(each) for each in words)
    return amount, held, locked
