"""Gas of the margin module alone, and of a margin test with the gathering of its input."""

from __future__ import annotations

from typing import Final

from strikeproof.bench.dispute_case import SECOND_TIME
from strikeproof.bench.law_library import Library
from strikeproof.bench.synthetic_state import SyntheticState, key_of
from strikeproof.wire import layout

POSITIONS: Final = 16
_WORD: Final = 32
_HEAD: Final = _WORD * layout.ACCOUNT_WORDS
_CREDIT: Final = 3 * _WORD
_ENTRY: Final = _WORD * layout.ACCOUNT_POSITION_WORDS


def module_gas(library: Library, *, worst: bool) -> int:
    """Return the module's gas for an account of sixteen positions on which funding is pending.

    `worst`: short, deleveraged too, with open orders, at old prices away from what was reported;
    else long, without orders, at prices of this moment.
    """
    scene = SyntheticState(SECOND_TIME * 1000, bytes(32), deleveraged=worst)
    account = scene.new_account()
    instruments = [scene.new_instrument() for _ in range(POSITIONS)]
    scene.set_account(account, instruments, () if worst else instruments)
    return library.margin_gas(module_input(scene, account, worst=worst))


def module_input(scene: SyntheticState, account: int, *, worst: bool) -> bytes:
    """Return what the law hands the module for an account."""
    record = scene.records[key_of(layout.ACCOUNT_KIND, account)]
    collateral = int.from_bytes(record[_WORD : _WORD + 16], "big", signed=True)
    words = [
        collateral.to_bytes(_WORD, "big", signed=True),
        scene.now_ms.to_bytes(_WORD, "big"),
        account.to_bytes(_WORD, "big"),
        record[_CREDIT : _CREDIT + _WORD],
        scene.now_ms.to_bytes(_WORD, "big"),
    ]
    for at in range(_HEAD, len(record), _ENTRY):
        entry = record[at : at + _ENTRY]
        instrument = int.from_bytes(entry[:2], "big")
        underlying = scene.underlying_of(instrument)
        if not worst:
            entry = entry[:_WORD] + bytes(_WORD) + entry[2 * _WORD :]  # no exposure of orders
            scene.set_price(underlying, scene.now_ms, gap_ppm=0)
        words.append(entry)
        words.append(scene.records[key_of(layout.MARK_KIND, instrument)])
        words.append(scene.records[key_of(layout.UNDERLYING_KIND, underlying)][:_WORD])
    return b"".join(words)
