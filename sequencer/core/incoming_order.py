"""The terms of an incoming order, as checking hands them to matching and resting."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from strikeproof.sequencer.core.account import Account, Position
from strikeproof.sequencer.core.bundle_action import Action
from strikeproof.sequencer.core.instrument import Instrument

if TYPE_CHECKING:
    from strikeproof.sequencer.core.system_taker import ForcedTaker

# A place (or replace) whose terms were checked, and what it works on: the account; its entry of the
# instrument, empty perhaps; the instrument; the action; the greatest fee that the bundle admits, in
# ppm; and where no trader placed it, what its taker is instead. A bare tuple: to make an instance
# of a class costs more than 1 % of an op.
IncomingOrder: TypeAlias = "tuple[Account, Position, Instrument, Action, int, ForcedTaker | None]"
