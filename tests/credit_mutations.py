"""Bugs about credit, for `tests/mutants.py`: name, file, what stands there, what is planted, and
the command that must fail."""

from __future__ import annotations

_LAW = "-m pytest -q -x tests/contracts/test_law_credit.py"
_ENGINE = "-m pytest -q -x tests/unit/core/test_credit.py"

MUTATIONS = (
    (
        "credit, engine: a guarantor's own credit is money",
        "sequencer/core/ops/attest_credit.py",
        "if check_margin(state, guarantor, OWN_INITIAL) < 0:",
        "if check_margin(state, guarantor, OWN_INITIAL) < -guarantor.credit_limit:",
        _ENGINE,
    ),
    (
        "credit, engine: a withdrawal counts credit",
        "sequencer/core/ops/withdraw.py",
        "check_margin(state, account, OWN_INITIAL) < 0",
        "check_margin(state, account, OWN_INITIAL) < -account.credit_limit",
        _ENGINE,
    ),
    (
        "credit, engine: credit covers equity below zero",
        "sequencer/core/margin.py",
        "return min(equity(account), surplus + account.credit(state.venue.clock_ms))",
        "return surplus + account.credit(state.venue.clock_ms)",
        _ENGINE,
    ),
    (
        "credit, engine: it does not decay",
        "sequencer/core/account.py",
        "if left_ms >= CREDIT_DECAY_MS:",
        "if left_ms > 0:",
        _ENGINE,
    ),
    (
        "credit, engine: the guard key need not consent",
        "sequencer/core/ops/attest_credit.py",
        "return guard_refusal(guarantor.guard(clock_ms), consenting)",
        'return guard_refusal(b"", consenting)',
        _ENGINE,
    ),
    (
        "credit, engine: money goes back while the account is below maintenance",
        "sequencer/core/ops/release_credit.py",
        "if check_margin(state, account, MAINTENANCE) < 0:",
        "if check_margin(state, account, MAINTENANCE) < -(10**30):",
        _ENGINE,
    ),
    (
        "credit, engine: the house takes a debt over before the guarantor",
        "sequencer/core/ops/liquidate.py",
        "covered = pay_from_credit(state, account, -health.equity)",
        "covered = 0",
        _ENGINE,
    ),
    (
        "credit, engine: a void segment's grant stays",
        "sequencer/core/account.py",
        "self.credit_limit, self.guarantor, self.credited_ms, self.credit_minutes = credit\n",
        "pass\n",
        _ENGINE,
    ),
    (
        "credit, law: a withdrawal counts credit",
        "contracts/src/law/ops/Withdraw.sol",
        "return Margin.holdsInitial(account, read(ACCOUNT_ID), false) ?",
        "return Margin.holdsInitial(account, read(ACCOUNT_ID), true) ?",
        _LAW,
    ),
    (
        "credit, law: it is lowered while its money stands",
        "contracts/src/law/ops/AttestCredit.sol",
        "return limit >= stands && guarantorOf(offset)",
        "return guarantorOf(offset)",
        _LAW,
    ),
    (
        "credit, law: the guard key need not consent",
        "contracts/src/law/ops/AttestCredit.sol",
        "uint256 guard = GuardedOp.guardOf(guarantor);",
        "uint256 guard = 0;",
        _LAW,
    ),
    (
        "credit, law: what is over already counts",
        "contracts/src/law/ops/AttestCredit.sol",
        "if (said + minutes_ * MINUTE_MS <= read(CLOCK)) return",
        "if (said + minutes_ * MINUTE_MS == 0) return",
        _LAW,
    ),
    (
        "credit, law: money goes back while the account is below maintenance",
        "contracts/src/law/ops/ReleaseCredit.sol",
        "if (!Margin.holdsMaintenance(account, id)) return",
        "if (Margin.holdsMaintenance(account, id) && limit == 0) return",
        _LAW,
    ),
    (
        "credit, law: credit is more than initial margin asks",
        "contracts/src/MarginModule.sol",
        "if slt(initial, 0) { initial := 0 }",
        "",
        _LAW,
    ),
    (
        "credit, law: the house takes a debt over before the guarantor",
        "contracts/src/law/ops/Liquidate.sol",
        "uint256(equity + House.payFromCredit(account, -equity))",
        "uint256(equity)",
        _LAW,
    ),
)
