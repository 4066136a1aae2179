"""What L1 refuses somebody who leaves, in words: until when, and what comes before.

Source: docs/protocol/leaving.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

_NEXT: Final = {
    "AlreadyClaimed": "it is proved already",
    "AlreadyClosed": "payments have begun already",
    "AlreadyOpen": "the escape is open already",
    "BondTooSmall": "`strikeproof bond deposit` with this --config deposits what is missing",
    "ClaimsOpen": "accounts are proved until {0}; payments begin after it",
    "ExitOutstanding": "the exit that this account ordered before is in no batch yet: once it is"
    " overdue, `exit post`",
    "Frozen": "the venue is frozen: `exit status` says what is next",
    "GraceNotOver": "anyone may post from {0} on",
    "InstrumentsUnpriced": "`exit escape` prices the rest",
    "NotAccountOwner": "only the owner's key orders an exit",
    "NotClosed": "payments have not begun: `exit pay` after claim_end",
    "NotFrozen": "the venue goes on: `exit freeze`, once freezes_at of `exit status` is past",
    "NotInsolvent": "custody covers what the final state owes",
    "NotOpen": "the state that is paid by is not fixed: `exit escape`, after resolution_end of a"
    " frozen venue",
    "NotPriced": "`exit escape` prices it",
    "NotRecipient": "only the key that is paid names another recipient",
    "NothingOverdue": "messages wait, or nothing became final, for {0} s, and it takes more than"
    " {1}: `exit status` has the date, freezes_at",
    "PaymentsPaused": "until {0}",
    "TransferFailed": "the token refuses this recipient; the owner names another one:"
    " `exit pay --to ADDRESS`",
    "UnknownBatch": "there is no such batch. To freeze, a message must be overdue or a batch"
    " without finality: `exit status` has the date, freezes_at, if there is one",
    "Unresolved": "what was posted is claimed and disputed until {0}",
    "VaultFrozen": "the venue is frozen: the escape pays",
}
"""By the name of the error. Its arguments are printed first, so only dates appear again."""
_MOMENTS: Final = {"ClaimsOpen": 1, "PaymentsPaused": 1, "Unresolved": 1, "GraceNotOver": 1_000}
"""Errors whose first argument is a moment, and how many of its units make a second."""


def in_words(name: str, arguments: Sequence[Any]) -> str:
    """Return what an error of the contracts means to whoever leaves; empty if its name says it."""
    values = list(arguments)
    if name in _MOMENTS:
        values[0] = moment_text(int(values[0]) // _MOMENTS[name])
    return _NEXT.get(name, "").format(*values)


def moment_text(seconds: int) -> str:
    """Return a time of L1 as people read it."""
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    except (ValueError, OverflowError, OSError):
        return f"{seconds} s"  # L1 may answer anything
