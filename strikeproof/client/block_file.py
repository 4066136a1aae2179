"""A block trade on its way between two people: a file that one writes, the other signs, and the
first submits. What it says is checked against the venue before anybody signs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Protocol

from strikeproof.client.hand_over_file import (
    check_version,
    octets,
    read_fields,
    venue_of,
    write_fields,
)
from strikeproof.client.op_check import check_op
from strikeproof.client.operation import BlockLeg, BlockTrade, block_of
from strikeproof.client.typed_data import Domain, consent_hash, digest
from strikeproof.client.wallet import BadSignature, recover_address
from strikeproof.failure import Rejected
from strikeproof.wire.errors import FailureCode
from strikeproof.wire.units import Lots, Milliseconds, Ppm, Ticks
from strikeproof.wire.venue_pb2 import SessionInfo, VenueInfo

VERSION: Final = 1
UNSIGNED: Final = bytes(64)
_LEG: Final = ("instrument", "sell", "price", "lots")


class BlockFileInvalid(Rejected):
    """The file does not hold a block trade, or not the one that its counterparty signed."""

    code = FailureCode.BLOCK_FILE_INVALID

    def __init__(self, what: str, reason: str) -> None:
        super().__init__(f"{what}: {reason}")
        self.what, self.reason = what, reason


class BlockOfAnotherVenue(Rejected):
    """The block trade is for another chain or rollup."""

    code = FailureCode.BLOCK_OF_ANOTHER_VENUE

    def __init__(self, chain_id: int, rollup: bytes) -> None:
        super().__init__(f"the file is for chain {chain_id}, rollup 0x{rollup.hex()}")
        self.chain_id, self.rollup = chain_id, rollup


class BlockExpired(Rejected):
    """The counterparty's consent, or the session that gave it, has expired."""

    code = FailureCode.BLOCK_EXPIRED

    def __init__(self, expiry_ms: int, now_ms: int) -> None:
        super().__init__(f"the consent was good until {expiry_ms}, and it is {now_ms}")
        self.expiry_ms, self.now_ms = expiry_ms, now_ms


class BlockUsed(Rejected):
    """The counterparty's nonce is used: the block was traded, or its consent taken back."""

    code = FailureCode.BLOCK_USED

    def __init__(self, nonce: int) -> None:
        super().__init__(f"the counterparty's nonce {nonce} is used")
        self.nonce = nonce


class BlockVenue(Protocol):
    """What checking a file asks a client."""

    def venue(self) -> VenueInfo:
        """Return the venue."""
        ...

    def session(self, slot: int, account: int | None = None) -> SessionInfo:
        """Return a session."""
        ...

    def now_ms(self) -> int:
        """Return the venue's clock."""
        ...


@dataclass(frozen=True, slots=True)
class BlockFile:
    """A block trade of a venue; `trade.counterparty_signature` is UNSIGNED until the counterparty
    has signed."""

    chain_id: int
    rollup: bytes
    trade: BlockTrade

    @property
    def is_signed(self) -> bool:
        """Whether the counterparty has signed."""
        return self.trade.counterparty_signature != UNSIGNED

    def write(self, path: Path) -> None:
        """Write the file. Raises `BlockFileInvalid`."""
        write_fields(path, self._fields(), BlockFileInvalid)

    def _fields(self) -> dict[str, Any]:
        trade = self.trade
        consent = {
            "session": trade.counterparty_session,
            "nonce": trade.counterparty_nonce,
            "expiry_ms": trade.counterparty_expiry_ms,
            "max_fee_ppm": trade.counterparty_max_fee_ppm,
            "signature": "0x" + trade.counterparty_signature.hex(),
        }
        return {
            "block_trade": VERSION,
            "chain_id": self.chain_id,
            "rollup": "0x" + self.rollup.hex(),
            "submitter": trade.account,
            "counterparty": trade.counterparty,
            "legs": [{name: getattr(leg, name) for name in _LEG} for leg in trade.legs],
            "consent": consent if self.is_signed else None,
        }

    @classmethod
    def read(cls, path: Path) -> BlockFile:
        """Read a file. Raises `BlockFileInvalid`."""
        return read_fields(path, "a block trade", cls._of_fields, BlockFileInvalid)

    @classmethod
    def _of_fields(cls, fields: Mapping[str, Any]) -> BlockFile:
        check_version(fields["block_trade"], VERSION)
        legs = [
            BlockLeg(each["instrument"], each["sell"], Ticks(each["price"]), Lots(each["lots"]))
            for each in fields["legs"]
        ]
        trade = block_of(fields["submitter"], fields["counterparty"], legs)
        if (consent := fields["consent"]) is not None:
            trade = replace(
                trade,
                counterparty_session=consent["session"],
                counterparty_nonce=consent["nonce"],
                counterparty_expiry_ms=Milliseconds(consent["expiry_ms"]),
                counterparty_max_fee_ppm=Ppm(consent["max_fee_ppm"]),
                counterparty_signature=octets(consent["signature"], len(UNSIGNED)),
            )
        check_op(trade)
        return cls(*venue_of(fields), trade)

    def check(self, client: BlockVenue) -> None:
        """Raise `BlockOfAnotherVenue`, and of a signed file `BlockExpired`, `BlockUsed`, or
        `BlockFileInvalid` if the counterparty did not sign just this."""
        venue = client.venue()
        separator = Domain(self.chain_id, self.rollup).separator
        if separator != venue.domain_separator:
            raise BlockOfAnotherVenue(self.chain_id, self.rollup)
        if not self.is_signed:
            return
        trade = self.trade
        session = client.session(trade.counterparty_session, trade.counterparty)
        now_ms = client.now_ms()
        for until in (trade.counterparty_expiry_ms, session.expiry_ms or 2**48):
            if until <= now_ms:
                raise BlockExpired(until, now_ms)
        place = trade.counterparty_nonce - session.nonce_base
        bitmap = int.from_bytes(session.nonce_bitmap, "big")
        if place < 0 or bitmap >> place & 1:
            raise BlockUsed(trade.counterparty_nonce)
        signed = digest(separator, consent_hash(trade))
        try:
            signer = recover_address(signed, trade.counterparty_signature)
        except BadSignature:
            signer = b""
        if not session.scope or signer != session.key:
            raise BlockFileInvalid(
                f"account {trade.counterparty}'s session {trade.counterparty_session} did not sign",
                "these terms were changed, or the key is another now",
            )
