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
_BOND_WORDS: Final = 7
_REWARD_TO: Final = 5  # place in the struct Bond of IRollup.sol
_BOND_OF: Final = keccak256(b"bondOf(address)")[:4]
_BOND_WEI: Final = keccak256(b"bondWei()")[:4]
_CREDIT_OF: Final = keccak256(b"creditWei(address)")[:4]


@dataclass(frozen=True, slots=True)
class BondFacts:
    """A bond. Amounts in wei."""

    amount_wei: int
    needed_wei: int
    deposited_wei: int
    """The sum of all deposits that we have sent and that did not fail."""
    deposits: Attempts
    held_wei: int = 0
    """Held back after earlier slashes."""
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


@dataclass(frozen=True, slots=True)
class HeldBond:
    """What L1 holds of a slashed bond until it can be settled."""

    proposer: bytes
    wei: int
    locked_until_seconds: int
    """L1 time after which anybody can settle it."""
    reward_to: bytes
    """Whom it is credited to then; zero: it burns."""


def read_held(client: L1Client, rollup: bytes, proposer: bytes) -> HeldBond:
    """Return what is held of a proposer's bond. Raises what reading L1 raises."""
    call = _BOND_OF + proposer.rjust(_WORD_BYTES, b"\0")
    _, held, locked, reward_to = client.read(rollup, call, _bond)
    return HeldBond(proposer, held, locked, reward_to)


def read_bond(
    client: L1Client,
    rollup: bytes,
    address: bytes,
    deposits: Sequence[Intent],
    number: int | str = "latest",
) -> BondFacts:
    """Return the bond of an address as of a block. Raises what reading L1 raises."""
    amount, held, locked, _ = client.read(
        rollup, _BOND_OF + address.rjust(32, b"\0"), _bond, number
    )
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
        raise ValueError(f"{len(data)} bytes are not a number")
    return int.from_bytes(data, "big")


def _bond(data: bytes) -> tuple[int, int, int, bytes]:
    """Return amount, held, lockedUntil and rewardTo of the contract's struct of seven words."""
    if len(data) != _BOND_WORDS * _WORD_BYTES:
        raise ValueError(f"{len(data)} bytes are not a bond")
    words = [data[at : at + _WORD_BYTES] for at in range(0, len(data), _WORD_BYTES)]
    amount, held, locked = (_word(each) for each in words[:3])
    return amount, held, locked, words[_REWARD_TO][-20:]
