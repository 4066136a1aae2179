"""Bugs in block trades: one at a time, in the engine or in the law."""

from __future__ import annotations

from typing import Final

UNIT: Final = (
    "-m pytest -q -x tests/unit/core/test_block_trade.py tests/unit/core/test_block_margin.py"
)
LAW: Final = "-m pytest -q -x tests/contracts/test_law_block_trades.py"
ENGINE: Final = "sequencer/core/"
CONTRACT: Final = "contracts/src/law/ops/BlockTrade.sol"

MUTATIONS: Final = (
    (
        "the counterparty of a block is not tested",
        f"{ENGINE}block_settlement.py",
        "        for party in parties:\n            _judge(state, party)",
        "        for party in parties[:1]:\n            _judge(state, party)",
        UNIT,
    ),
    (
        "a block that fails keeps what came before",
        f"{ENGINE}block_settlement.py",
        "        checkpoint.restore(state.venue)\n",
        "",
        UNIT,
    ),
    (
        "a consent is good again and again",
        f"{ENGINE}ops/block_trade.py",
        "if not code:",
        "if code:",
        UNIT,
    ),
    (
        "a block price may lie beyond the seller's band",
        f"{ENGINE}block_settlement.py",
        "is_beyond_band(instrument, 0, leg.price) or is_beyond_band(instrument, SELL, leg.price)",
        "is_beyond_band(instrument, 0, leg.price)",
        UNIT,
    ),
    (
        "a block that grows one position counts as shrinking",
        f"{ENGINE}block_settlement.py",
        "        party.only_shrank = False\n",
        "",
        UNIT,
    ),
    (
        "a consent names no submitter",
        f"{ENGINE}ops/block_trade.py",
        "*_words(self.consent), self.account, self._legs_hash()",
        "*_words(self.consent), 0, self._legs_hash()",
        UNIT,
    ),
    (
        "the law tests the submitter of a block alone",
        CONTRACT,
        "        turn();\n        if (code == RESULT_OK) code = judge();\n",
        "        turn();\n",
        LAW,
    ),
    (
        "the law keeps the legs before the one that fails",
        CONTRACT,
        "Checkpoint.restore();",
        "Checkpoint.forget();",
        LAW,
    ),
    (
        "the law lets a consent be used again",
        CONTRACT,
        "            Session.useNonce(); // the counterparty's: its consent is used up\n",
        "",
        LAW,
    ),
    (
        "the law asks no fee of the counterparty's consent",
        CONTRACT,
        "write(MAX_FEE, operand(other + OP_BLOCK_TRADE_MAX_FEE_PPM_OFFSET, 32));",
        "write(MAX_FEE, type(uint32).max);",
        LAW,
    ),
    (
        "the law takes a leg that grows for one that shrinks",
        CONTRACT,
        "write(GREW, 1);",
        "write(GREW, 0);",
        LAW,
    ),
    (
        "the law lets one side of a closing market grow",
        CONTRACT,
        "!= INSTRUMENT_STATUS_ACTIVE) return",
        "== type(uint256).max) return",
        LAW,
    ),
)
