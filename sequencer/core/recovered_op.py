"""An op ready for the engine: decoded, with the signers that its signatures recover to.

Recovery is the expensive part (50 us each), needs nothing of the state but the domain, and so can
be done in other processes. Only bytes need to cross: `recover_signers` there, `assemble` here.
"""

from __future__ import annotations

from strikeproof.sequencer.core import signing_digest
from strikeproof.sequencer.core.op_decoder import OP_HEAD_BYTES, IndexPrice, Op, Sweep, decode_op
from strikeproof.sequencer.core.signature import NO_SIGNER, recover
from strikeproof.wire.errors import Result


class PreparedOp:
    """An op's bytes (type, length, body), its decoded form, the addresses that signed it.

    `decoded` is MALFORMED or UNKNOWN_TYPE where the bytes are no op. `signers` is one address for
    each signature (empty where it is bad), or None: the engine recovers when it needs them.
    """

    __slots__ = ("data", "decoded", "reporter_epoch", "signers")

    def __init__(
        self,
        data: bytes,
        decoded: Op | Result,
        signers: tuple[bytes, ...] | None,
        reporter_epoch: int,
    ) -> None:
        self.data = data
        self.decoded = decoded
        self.signers = signers
        self.reporter_epoch = reporter_epoch


def read_op(data: bytes, *, signature_may_lack: bool = False) -> PreparedOp:
    """Return the op of bytes, its signers still to be recovered.

    Raises `ValueError` if `data` is not type, length and exactly so many bytes.
    """
    length = int.from_bytes(data[1:OP_HEAD_BYTES], "big")
    if len(data) < OP_HEAD_BYTES or len(data) != OP_HEAD_BYTES + length:
        raise ValueError(f"not one whole op: {len(data)} bytes, length field {length}")
    decoded = decode_op(data[0], data[OP_HEAD_BYTES:], signature_may_lack=signature_may_lack)
    return PreparedOp(data, decoded, None, 0)


def signers_of(op: Op | Result, domain_separator: bytes, reporter_epoch: int) -> tuple[bytes, ...]:
    """Return one 20-byte address for each signature of the op, empty bytes where it is bad."""
    if isinstance(op, Result | Sweep):
        return ()
    if isinstance(op, IndexPrice):
        return tuple(
            recover(
                signing_digest.digest(
                    domain_separator, signing_digest.hash_report(op, report, reporter_epoch)
                ),
                report.signature,
            )
            for report in op.reports
        )
    if op.signature is None:
        return (NO_SIGNER,)
    digest = signing_digest.digest(domain_separator, signing_digest.hash_user_op(op))
    return (recover(digest, op.signature),)


def recover_signers(data: bytes, domain_separator: bytes, reporter_epoch: int) -> tuple[bytes, ...]:
    """Return one 20-byte address for each signature of the op, empty bytes where it is bad.

    Raises `ValueError` if `data` is not one whole op.
    """
    return signers_of(read_op(data).decoded, domain_separator, reporter_epoch)


def assemble(data: bytes, signers: tuple[bytes, ...], reporter_epoch: int = 0) -> PreparedOp:
    """Return the op of bytes whose signers are known (`recover_signers` found them).

    Raises `ValueError` if `data` is not one whole op.
    """
    prepared = read_op(data)
    prepared.signers = signers
    prepared.reporter_epoch = reporter_epoch
    return prepared


def prepare(data: bytes, domain_separator: bytes, reporter_epoch: int = 0) -> PreparedOp:
    """Return the op of bytes, recovering its signers. Raises `ValueError` if it is not one op.

    `reporter_epoch` matters to IndexPrice only; if it is not the state's when the op is applied,
    the engine recovers again.
    """
    prepared = read_op(data)
    prepared.signers = signers_of(prepared.decoded, domain_separator, reporter_epoch)
    prepared.reporter_epoch = reporter_epoch
    return prepared
