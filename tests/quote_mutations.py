"""Bugs about quotes, for `tests/mutants.py`: name, file, what stands there, what is planted, and
the command that must fail."""

from __future__ import annotations

_LAW = "-m pytest -q -x tests/contracts/test_law_quotes.py"
_ENGINE = "-m pytest -q -x tests/unit/core/test_quotes.py"

MUTATIONS = (
    (
        "engine: a quote's bid enters before its ask has left",
        "sequencer/core/action_execution.py",
        """    state.action_index = index + 1
    ask_code, ask_enters = _prepare_side(state, account, instrument, ask, max_fee_ppm)
    if bid_enters:
        state.action_index = index
        bid_code = _enter(state, account, instrument, bid, max_fee_ppm)
""",
        """    if bid_enters:
        bid_code = _enter(state, account, instrument, bid, max_fee_ppm)
    state.action_index = index + 1
    ask_code, ask_enters = _prepare_side(state, account, instrument, ask, max_fee_ppm)
""",
        _ENGINE,
    ),
    (
        "engine: a quote weighs one action",
        "sequencer/core/ops/bundle.py",
        "state.meter.compute += 2 * COMPUTE_ACTION",
        "state.meter.compute += COMPUTE_ACTION",
        _ENGINE,
    ),
    (
        "engine: an atomic bundle blames a quote's bid for its ask",
        "sequencer/core/ops/bundle.py",
        "            code = codes[index]\n",
        "            code = max(codes[index:])\n",
        _ENGINE,
    ),
    (
        "law: a quote's bid enters before its ask has left",
        "contracts/src/law/Actions.sol",
        "            if (enters) entering |= 1 << sell;\n            codes |= code << (8 * sell);",
        "            codes |= (enters ? Place.enter() : code) << (8 * sell);",
        _LAW,
    ),
    (
        "law: a quote reserves as one replace",
        "contracts/src/law/ops/Bundle.sol",
        "KEYS = 0x040300060c",
        "KEYS = 0x0403000606",
        _LAW,
    ),
    (
        "law: a quote may cross itself",
        "contracts/src/law/Quote.sol",
        "or(lt(bidPrice, askPrice), iszero(askPrice))",
        "1",
        _LAW,
    ),
    (
        "law: a quote's ask may lack a serial",
        "contracts/src/law/Quote.sol",
        "and(isWhole(bid), isWhole(ask))",
        "isWhole(bid)",
        _LAW,
    ),
    (
        "law: a quote's ask is signed as a bid",
        "contracts/src/law/Quote.sol",
        "word := shl(248, or(shr(224, shared), sell))",
        "word := shl(248, shr(224, shared))",
        _LAW,
    ),
)
