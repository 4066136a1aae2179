"""An op ready for the engine: decoded, with the signers that its signatures recover to.

Recovery is the dear part (50 us each), needs nothing of the state but the domain, and so can be
done in other processes. Only bytes need to cross: `recover_signers` there, `assemble` here.
"""

from __future__ import annotations


class PreparedOp:
    """An op's bytes (type, length, body), its decoded form, the addresses that signed it."""

    __slots__ = ("data", "reporter_epoch", "signers")

    def __init__(self, data: bytes, signers: tuple[bytes, ...], reporter_epoch: int) -> None:
        self.data = data
        self.signers = signers
        self.reporter_epoch = reporter_epoch


def recover_signers(data: bytes, domain_separator: bytes, reporter_epoch: int) -> tuple[bytes, ...]:
    """Return one 20-byte address for each signature of the op, empty bytes where it is bad."""
    raise NotImplementedError


def assemble(data: bytes, signers: tuple[bytes, ...], reporter_epoch: int = 0) -> PreparedOp:
    """Return the op of bytes whose signers are known."""
    raise NotImplementedError


def prepare(data: bytes, domain_separator: bytes, reporter_epoch: int = 0) -> PreparedOp:
    """Return the op of bytes, recovering its signers.

    `reporter_epoch` matters to IndexPrice only; if it is not the state's when the op is applied,
    the engine recovers again.
    """
    raise NotImplementedError
