"""Bugs about portfolio margin, for `tests/mutants.py`: name, file, what stands there, what is
planted, and the command that must fail."""

from __future__ import annotations

_LAW = "-m pytest -q -x tests/agreement/test_portfolio_scenarios.py"
_ENGINE = "-m pytest -q -x tests/unit/core/test_portfolio_margin.py"
_MARGIN = "-m pytest -q -x tests/contracts/risk/test_revaluation.py"

MUTATIONS = (
    (
        "portfolio margin, engine: orders stay in the book",
        "sequencer/core/ops/set_margin_mode.py",
        "if not end_orders(state, account, account.positions, RemovalReason.MARGIN):",
        "if False:",
        _ENGINE,
    ),
    (
        "portfolio margin, engine: the least equity is not asked for",
        "sequencer/core/portfolio.py",
        "return max(self.initial, PORTFOLIO_EQUITY_MIN)",
        "return self.initial",
        _ENGINE,
    ),
    (
        "portfolio margin, engine: initial margin does not grow",
        "sequencer/core/portfolio.py",
        "asked.initial + grown",
        "asked.initial",
        _ENGINE,
    ),
    (
        "portfolio margin, engine: an overdue option counts",
        "sequencer/core/portfolio.py",
        "priced_ms == mark.pricing.priced_ms and not mark.is_overdue(now_ms)",
        "priced_ms == mark.pricing.priced_ms",
        _ENGINE,
    ),
    (
        "portfolio margin, engine: a block's party is judged by standard margin",
        "sequencer/core/block_settlement.py",
        "    if account.margin_mode:\n",
        "    if False:\n",
        _ENGINE,
    ),
    (
        "portfolio margin, engine: an account with credit comes under it",
        "sequencer/core/ops/set_margin_mode.py",
        "if account.credit_limit:",
        "if False:",
        _ENGINE,
    ),
    (
        "portfolio margin, engine: a guarantor is judged by standard margin",
        "sequencer/core/ops/attest_credit.py",
        "if guarantor.margin_mode:",
        "if False:",
        _ENGINE,
    ),
    (
        "portfolio margin, law: an account with credit comes under it",
        "contracts/src/law/ops/SetMarginMode.sol",
        "if (AccountRecord.creditLimit(account) != 0) return RESULT_CREDIT_STANDS;",
        "",
        _LAW,
    ),
    (
        "portfolio margin, law: it has credit",
        "contracts/src/law/ops/AttestCredit.sol",
        "if (Portfolio.isIn(account)) return RESULT_WRONG_MARGIN_MODE;",
        "",
        _LAW,
    ),
    (
        "portfolio margin, law: a perpetual is cut to whole wads",
        "contracts/src/law/Portfolio.sol",
        " || wads % int256(perTick) != 0) return",
        ") return",
        _LAW,
    ),
    (
        "portfolio margin, law: nine expiries fit",
        "contracts/src/law/Portfolio.sol",
        "if (count == 16 * OPTION_EXPIRIES_MAX)",
        "if (count > 16 * OPTION_EXPIRIES_MAX)",
        _LAW,
    ),
    (
        "portfolio margin, law: the buffer does not count",
        "contracts/src/law/Portfolio.sol",
        "gross * (PORTFOLIO_GROSS_PPM + buffer(underlying))",
        "gross * PORTFOLIO_GROSS_PPM",
        _LAW,
    ),
    (
        "portfolio margin, law: an account at its maintenance fails",
        "contracts/src/law/ops/Revalue.sol",
        ">= int256(read(Margin.MAINTENANCE))) return",
        "> int256(read(Margin.INITIAL))) return",
        _LAW,
    ),
    (
        "portfolio margin, kernel: the short factor of a loss is the long one",
        "contracts/src/risk/PortfolioMargin.sol",
        "low := add(low, mul(a, mload(add(end, shl(5, slt(a, 0))))))",
        "low := add(low, mul(a, mload(end)))",
        _MARGIN,
    ),
)
