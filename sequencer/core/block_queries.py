"""What can be said of a block trade without one: whether a consent is good."""

from __future__ import annotations

from strikeproof.sequencer.core.engine_state import EngineState
from strikeproof.sequencer.core.op_refusal import consent_refusal
from strikeproof.sequencer.core.ops.block_trade import BlockTrade
from strikeproof.sequencer.core.signature import recover
from strikeproof.sequencer.core.signing_digest import digest
from strikeproof.wire.errors import Result


class BlockQueries:
    """Reads the state, and changes nothing of it."""

    def __init__(self, state: EngineState) -> None:
        self._state = state

    def consent_refusal(self, trade: BlockTrade, now_ms: int) -> Result:
        """Return why the counterparty's half of a trade would be refused, OK if it would not: who
        consents, until when, by which nonce, and its signature over just these legs."""
        signed = digest(self._state.venue.domain_separator, trade.consent_hash())
        signer = recover(signed, trade.consent_signature)
        time_ms = max(now_ms, self._state.venue.clock_ms)
        return consent_refusal(self._state, trade.consent, signer, time_ms)
