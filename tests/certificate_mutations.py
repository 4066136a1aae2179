"""Bugs about margin certificates, for `tests/mutants.py`: name, file, what stands there, what is
planted, and the command that must fail."""

from __future__ import annotations

_ENGINE = "-m pytest -q -x tests/unit/core/test_certificates.py"
_LAW = "-m pytest -q -x tests/agreement/test_certificate_scenarios.py"
_PARTS = "-m pytest -q -x tests/contracts/risk/test_certificate_parts.py"
_NODE = "-m pytest -q -x tests/integration/sequencer/test_idle_portfolio.py"
_WATCH = "-m pytest -q -x tests/unit/sequencer/upkeep/test_certificate_upkeep.py"
_RULES = "-m pytest -q -x tests/property/risk/test_certificate_rules.py"

MUTATIONS = (
    (
        "certificates, engine: a fill leaves no trace",
        "sequencer/core/matching.py",
        "    if isinstance(tested, Certificate):\n        keep",
        "    if False:\n        keep",
        _ENGINE,
    ),
    (
        "certificates, engine: a taker's fill is tried without the fill",
        "sequencer/core/certificate_margin.py",
        "position.view_size - before.size)\n    if isinstance(tried, Verdict):\n"
        "        return tried\n    has =",
        "0)\n    if isinstance(tried, Verdict):\n        return tried\n    has =",
        _ENGINE,
    ),
    (
        "certificates, engine: an old certificate counts",
        "sequencer/core/rules/certificate.py",
        "feeds.now_ms - certificate.time_ms <= age_ms",
        "True",
        _ENGINE,
    ),
    (
        "certificates, engine: the index may move at will",
        "sequencer/core/rules/certificate.py",
        "moved * PPM <= certificate.index_price * move_ppm",
        "True",
        _ENGINE,
    ),
    (
        "certificates, engine: a surface ends none",
        "sequencer/core/ops/surface.py",
        "        expiry.underlying.count_surface()\n",
        "",
        _ENGINE,
    ),
    (
        "certificates, engine: a maker counts one touch",
        "sequencer/core/matching.py",
        "maker.margin_mode and not _touch_again(state)",
        "False",
        _ENGINE,
    ),
    (
        "certificates, engine: who was passed over is met again",
        "sequencer/core/matching.py",
        "orders[state.passed_slot].next if state.passed_slot else best",
        "orders[state.passed_slot].next if state.passed_slot and lots < 10 else best",
        _ENGINE,
    ),
    (
        "certificates, engine: what is left rests across who was passed over",
        "sequencer/core/matching.py",
        "Result.TOUCHES_EXHAUSTED if state.passed_slot and lots else _OK",
        "_OK",
        _ENGINE,
    ),
    (
        "certificates, engine: the least equity is not asked for",
        "sequencer/core/certificate_margin.py",
        "passes = has >= tried.asked.initial and has >= PORTFOLIO_EQUITY_MIN\n    passes = passes",
        "passes = has >= tried.asked.initial\n    passes = passes",
        _ENGINE,
    ),
    (
        "certificates, engine: a checkpoint forgets them",
        "sequencer/core/portfolio.py",
        "        state.checkpoint.save(record)\n    record.write",
        "        pass\n    record.write",
        _ENGINE,
    ),
    (
        "certificates, engine: a sold option is charged as a bought one",
        "sequencer/core/rules/certificate.py",
        "_unit_losses(leg.values, amount > 0)",
        "_unit_losses(leg.values, True)",
        _RULES,
    ),
    (
        "certificates, engine: a skew bends one way",
        "sequencer/core/rules/certificate.py",
        "gained = owed = max(gained, owed)",
        "pass",
        _PARTS,
    ),
    (
        "certificates, law: a fill leaves no trace",
        "contracts/src/law/Fill.sol",
        "        keepCertificate(maker, makerId, MAKER_TRIED);\n",
        "",
        _LAW,
    ),
    (
        "certificates, law: a maker counts one touch",
        "contracts/src/law/Matching.sol",
        "                increase(TOUCHES, 1);\n            }",
        "            }",
        _LAW,
    ),
    (
        "certificates, law: who is passed over goes",
        "contracts/src/law/Certificates.sol",
        "return time != 0 && read(NOW) <= time + CERTIFICATE_KEPT_MS;",
        "return false && time != 0;",
        _LAW,
    ),
    (
        "certificates, law: an order that rests is not tested",
        "contracts/src/law/Margin.sol",
        "if (!suffices(int256(read(EQUITY)) + gained, TAKER_TRIED, true))",
        "if (gained > 0)",
        _LAW,
    ),
    (
        "certificates, law: equity before a fill is that after it",
        "contracts/src/law/Margin.sol",
        "(equity - gained) * int256",
        "equity * int256",
        _LAW,
    ),
    (
        "certificates, node: nothing is renewed ahead of an order",
        "sequencer/pipeline/ordering_loop.py",
        "if renewal is not None:",
        "if False:",
        _NODE,
    ),
    (
        "certificates, node: the options of open orders are not looked at",
        "sequencer/core/upkeep_queries.py",
        "ends_ms = self._soonest(instruments, now_ms)",
        "ends_ms = 0",
        _WATCH,
    ),
    (
        "certificates, law: a surface ends none",
        "contracts/src/law/ops/Surface.sol",
        "UnderlyingRecord.surfaceEpoch(underlying) + 1",
        "UnderlyingRecord.surfaceEpoch(underlying)",
        _LAW,
    ),
    (
        "certificates, law: a checkpoint forgets them",
        "contracts/src/law/Certificates.sol",
        "        Checkpoint.save(certificate, BYTES);\n",
        "",
        _LAW,
    ),
    (
        "certificates, module: naked shorts are not counted",
        "contracts/src/risk/CertificateParts.sol",
        "CertificateRecord.setNaked(certificate, naked);",
        "",
        _PARTS,
    ),
    (
        "certificates, module: the sooner expiry is not kept",
        "contracts/src/risk/CertificateParts.sol",
        "CertificateRecord.setEndsMs(certificate, ends);",
        "",
        _PARTS,
    ),
    (
        "certificates, module: a loss may leave its field",
        "contracts/src/risk/CertificateParts.sol",
        "bad := or(bad, xor(signextend(9, lost), lost))\n                    mstore",
        "mstore",
        _PARTS,
    ),
)
