"""An order on its way in: what of it crosses is matched, what is left may rest."""

from __future__ import annotations

from dataclasses import dataclass

from strikeproof.sequencer.core.account import Account, Position
from strikeproof.sequencer.core.bundle_action import Action
from strikeproof.sequencer.core.instrument import Instrument


@dataclass(slots=True)
class IncomingOrder:
    """A place (or replace) whose terms were checked, and what it works on.

    `position` is the account's entry of the instrument, empty perhaps. Not frozen: nobody changes
    it, but to make a frozen one takes four times as long.
    """

    account: Account
    position: Position
    instrument: Instrument
    action: Action
    max_fee_ppm: int
