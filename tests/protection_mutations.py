"""Bugs about protections, for `tests/mutants.py`: name, file, what stands there, what is planted,
and the command that must fail."""

from __future__ import annotations

_LAW = "-m pytest -q -x tests/contracts/test_law_protection.py"
_AGREEMENT = "-m pytest -q -x tests/agreement/test_protection_scenarios.py"
_MODULE = "-m pytest -q -x tests/contracts/test_pricing_module.py -k fill"
_ENGINE = "-m pytest -q -x tests/unit/core/test_protection.py"
_RULES = "-m pytest -q -x tests/unit/core/test_protection_rules.py"

_COUNT = "sequencer/core/rules/fill_limits.py"
_STATE = "sequencer/core/protection.py"
_LIBRARY = "contracts/src/law/Protection.sol"
_PRICING = "contracts/src/PricingModule.sol"
_SIZE = "contracts/src/law/FillSize.sol"
_OP = "contracts/src/law/ops/SetProtection.sol"

MUTATIONS = (
    (
        "protections, engine: the limit itself kills",
        _COUNT,
        "lots > held.lots_max",
        "lots >= held.lots_max",
        _ENGINE,
    ),
    (
        "protections, engine: delta counts one way alone",
        _COUNT,
        "abs(delta) > held.delta_max",
        "delta > held.delta_max",
        _RULES,
    ),
    (
        "protections, engine: a window is a millisecond longer",
        _COUNT,
        "if clock_ms < held.start_ms + held.window_ms:",
        "if clock_ms <= held.start_ms + held.window_ms:",
        _RULES,
    ),
    (
        "protections, engine: what passed a limit stays counted",
        _COUNT,
        "frozen_ms=frozen_ms, lots=0, delta=0, vega=0",
        "frozen_ms=frozen_ms, lots=lots, delta=0, vega=0",
        _RULES,
    ),
    (
        "protections, engine: a short's delta is rounded down",
        _COUNT,
        "return -found if dividend < 0 else found",
        "return dividend // divisor",
        _RULES,
    ),
    (
        "protections, engine: orders elsewhere die too",
        _STATE,
        "[each for each in positions if each.mark.underlying.id == underlying]",
        "positions",
        _ENGINE,
    ),
    (
        "protections, engine: epochs are those of the underlying alone",
        _STATE,
        "account.epoch_counter + len(positions) <= ACCOUNT_EPOCH_COUNTER_GREATEST",
        "account.epoch_counter < ACCOUNT_EPOCH_COUNTER_GREATEST",
        _RULES,
    ),
    (
        "protections, engine: a freeze holds everywhere",
        _STATE,
        "return protection.frozen_ms > clock_ms and protection.underlying == mark.underlying.id",
        "return protection.frozen_ms > clock_ms",
        _ENGINE,
    ),
    (
        "protections, engine: a freeze is a millisecond longer",
        _STATE,
        "return protection.frozen_ms > clock_ms and",
        "return protection.frozen_ms >= clock_ms and",
        _ENGINE,
    ),
    (
        "protections, engine: the taker's side is counted",
        "sequencer/core/matching.py",
        "count_fill(state, maker, mark, -change)",
        "count_fill(state, maker, mark, change)",
        _ENGINE,
    ),
    (
        "protections, engine: an undone fill stays counted",
        "sequencer/core/account.py",
        "self.margin_mode, self.portfolio_underlying, self.protection = modes",
        "self.margin_mode, self.portfolio_underlying, _ = modes",
        _ENGINE,
    ),
    (
        "protections, law: orders stay alive",
        _LIBRARY,
        "        if (passed != 0) endOrders(account);\n",
        "",
        _LAW,
    ),
    (
        "protections, law: orders elsewhere die too",
        _LIBRARY,
        "if (MarkRecord.underlying(Arena.mark(AccountPosition.instrument(entry))) =="
        " AccountRecord.protectedUnderlying(account)) {",
        "if (Arena.mark(AccountPosition.instrument(entry)) != 0) {",
        _AGREEMENT,
    ),
    (
        "protections, law: epochs are spent that there are not",
        _LIBRARY,
        "            if (epoch + entries > ACCOUNT_EPOCH_COUNTER_GREATEST) return;\n",
        "",
        _LAW,
    ),
    (
        "protections, law: the maker counts on the taker's side",
        _LIBRARY,
        "if iszero(sells) { lots := sub(0, lots) }",
        "if sells { lots := sub(0, lots) }",
        _AGREEMENT,
    ),
    (
        "protections, law: a freeze holds everywhere",
        _LIBRARY,
        "return AccountRecord.protectionFrozenMs(account) > read(CLOCK) && covers(account);",
        "return AccountRecord.protectionFrozenMs(account) > read(CLOCK);",
        _AGREEMENT,
    ),
    (
        "protections, module: the limit itself kills",
        _PRICING,
        "passed = lots > AccountRecord",
        "passed = lots >= AccountRecord",
        _MODULE,
    ),
    (
        "protections, module: a window is a millisecond longer",
        _PRICING,
        "if (clock < AccountRecord.protectionStartMs(account)",
        "if (clock <= AccountRecord.protectionStartMs(account)",
        _MODULE,
    ),
    (
        "protections, module: a freeze wraps around",
        _PRICING,
        "least(clock + AccountRecord.protectionFreezeMs(account),"
        " ACCOUNT_PROTECTION_FROZEN_MS_GREATEST)",
        "clock + AccountRecord.protectionFreezeMs(account)",
        _MODULE,
    ),
    (
        "protections, module: a future counts whole",
        _SIZE,
        "delta = value * NANO_IN_MICRO * int256(MarkRecord.indexPpb(mark));",
        "delta = value * NANO_IN_MICRO * 1e9;",
        _MODULE,
    ),
    (
        "protections, module: delta is the call's in units of ticks",
        _SIZE,
        "perTick <<= OPTION_DELTA_BITS;",
        "perTick <<= OPTION_DELTA_BITS - 1;",
        _MODULE,
    ),
    (
        "protections, law: a limit of delta may be what no count holds",
        _OP,
        "(operand(BODY + 34, 1) | operand(BODY + 42, 1)) != 0",
        "operand(BODY + 42, 1) != 0",
        _LAW,
    ),
    (
        "protections, law: what is taken back leaves limits",
        _OP,
        "? operand(BODY + 21, 232) != 0",
        "? operand(BODY + 21, 168) != 0",
        _LAW,
    ),
)
