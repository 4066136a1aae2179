"""What executes an inbox message, but for forced ops."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from strikeproof.sequencer.core import governance, inbox_message
from strikeproof.sequencer.core.engine_state import EngineState
from strikeproof.wire.constants import MessageKind
from strikeproof.wire.errors import Result

MESSAGES: Final[dict[int, Callable[[EngineState, bytes], Result]]] = {
    MessageKind.REGISTER: inbox_message.register,
    MessageKind.DEPOSIT: inbox_message.deposit,
    MessageKind.GOVERNANCE: governance.execute,
    MessageKind.L1_REPORT: inbox_message.report_l1,
    MessageKind.PAY_IN: inbox_message.pay_in,
}
