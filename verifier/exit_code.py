"""Exit codes of `strikeproof verifier` and `strikeproof challenge`; scripts rely on them."""

from __future__ import annotations

from enum import IntEnum

from strikeproof.failure import Broken, Rejected, Transient
from strikeproof.wire.errors import FailureCode


class NotFound(Rejected):
    """No such batch, claim, segment or account, or it was not executed yet."""

    code = FailureCode.NOT_FOUND

    def __init__(self, reason: str, **values: int | str) -> None:
        """`values`: what the reason is about, by name."""
        super().__init__(reason)
        self.values = values


class WrongFinalRoot(Broken):
    """A claim became final whose root is not what the law makes of the batches."""

    code = FailureCode.WRONG_FINAL_ROOT

    def __init__(self, number: int, found: bytes, right: bytes) -> None:
        super().__init__(
            f"claim {number} is final with the root 0x{found.hex()}, and the law makes"
            f" 0x{right.hex()} of its batches: nobody disproved it in time, and no proof of an"
            " account against it can be built from L1's logs"
        )
        self.number, self.found, self.right = number, found, right


class ExitCode(IntEnum):
    """What a command came to."""

    OK = 0
    FAILED = 1  # unexpectedly
    USAGE = 2  # wrong arguments or configuration: no such contract, another chain, no usable key
    NOT_FOUND = 3  # no such batch, claim, segment or account, or not executed yet
    WRONG_CLAIM = 4  # a claim that stands is wrong, or a root that was verified again
    CLAIM_IS_CORRECT = 5  # L1 says that there is nothing to disprove
    INCOMPLETE = 6  # L1 does not take the proof, or it cannot be built
    L1_UNAVAILABLE = 7  # endpoints fail or disagree
    IN_USE = 8  # another process holds the store or the key, or the store is another's, or too old
    UNHEALTHY = 9  # `doctor` found something to repair
    BROKEN = 10  # the node stopped itself


def exit_code_of(error: BaseException) -> ExitCode:
    """Return the code of a command that ended with this error."""
    # Whoever only asks for help should not wait for all of these.
    from strikeproof.config import ConfigInvalid
    from strikeproof.keystore import KeyUnavailable
    from strikeproof.l1 import StoreTaken, WrongChain
    from strikeproof.l1.l1_failure import StoreMismatch
    from strikeproof.sqlite_schema import WrongSchema
    from strikeproof.verifier.checkpoint.checkpoint_start import NoCheckpoint
    from strikeproof.verifier.derivation.log_derivation import FirstBlockTooLate
    from strikeproof.verifier.dispute.challenge import NotProvable
    from strikeproof.verifier.execution.revm import ExecutorUnavailable
    from strikeproof.verifier.execution.state_history import Forgotten
    from strikeproof.verifier.store.verifier_store import StoreUnusable
    from strikeproof.verifier.wiring import NoRollup

    match error:
        case NoCheckpoint() | FirstBlockTooLate():
            return ExitCode.USAGE
        case ConfigInvalid() | ExecutorUnavailable() | KeyUnavailable() | WrongChain() | NoRollup():
            return ExitCode.USAGE
        case NotFound() | Forgotten():
            return ExitCode.NOT_FOUND
        case NotProvable():
            return ExitCode.INCOMPLETE
        case StoreUnusable() | StoreTaken() | StoreMismatch() | WrongSchema():
            return ExitCode.IN_USE
        case WrongFinalRoot():
            return ExitCode.WRONG_CLAIM
        case Transient() | TimeoutError():
            return ExitCode.L1_UNAVAILABLE
        case Broken():
            return ExitCode.BROKEN
        case _:
            return ExitCode.FAILED
