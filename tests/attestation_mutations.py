"""Bugs about attestations, for `tests/mutants.py`: name, file, what stands there, what is planted,
and the command that must fail."""

from __future__ import annotations

_LAW = "-m pytest -q -x tests/contracts/test_law_attestations.py"
_ENGINE = "-m pytest -q -x tests/unit/core/test_attestations.py"

MUTATIONS = (
    (
        "attestations, engine: an attestation counts twice",
        "sequencer/core/ops/attest.py",
        "if said_ms < self.attested_ms <= now_ms else",
        "if said_ms <= self.attested_ms <= now_ms else",
        _ENGINE,
    ),
    (
        "attestations, engine: a lower tier leaves orders in the book",
        "sequencer/core/ops/attest.py",
        "if self.tier < account.tier:",
        "if False:",
        _ENGINE,
    ),
    (
        "attestations, engine: reporters push attesters out",
        "sequencer/core/global_record.py",
        "venue.reporters, venue.attesters = signers[:reporters], signers[reporters:]",
        "venue.reporters, venue.attesters = signers[:reporters], signers[:reporters]",
        _ENGINE,
    ),
    (
        "attestations, engine: a void segment's tier stays",
        "sequencer/core/account.py",
        "        self.tier, self.tier_expiry_ms, self.attested_ms = tier\n",
        "",
        _ENGINE,
    ),
    (
        "attestations, engine: a tier counts in the millisecond of its expiry",
        "sequencer/core/account.py",
        "return self.tier >= tier and clock_ms < self.tier_expiry_ms",
        "return self.tier >= tier and clock_ms <= self.tier_expiry_ms",
        _ENGINE,
    ),
    (
        "attestations, law: an attestation counts twice",
        "contracts/src/law/ops/Attest.sol",
        "if (attested <= AccountRecord.attestedMs(account) || attested > read(NOW))",
        "if (attested < AccountRecord.attestedMs(account) || attested > read(NOW))",
        _LAW,
    ),
    (
        "attestations, law: what lies later than now counts",
        "contracts/src/law/ops/Attest.sol",
        " || attested > read(NOW)) return RESULT_STALE_ATTESTATION;",
        ") return RESULT_STALE_ATTESTATION;",
        _LAW,
    ),
    (
        "attestations, law: one attester is a quorum",
        "contracts/src/law/Attesters.sol",
        "least = attester + 1;",
        "least = attester;",
        _LAW,
    ),
    (
        "attestations, law: a reporter attests",
        "contracts/src/law/Attesters.sol",
        "GlobalRecord.element(global, GlobalRecord.reporterCount(global));",
        "GlobalRecord.element(global, 0);",
        _LAW,
    ),
    (
        "attestations, law: a lower tier leaves orders in the book",
        "contracts/src/law/ops/Attest.sol",
        "if (tier < AccountRecord.tier(account) && !Position",
        "if (tier > 255 && !Position",
        _LAW,
    ),
    (
        "attestations, law: new reporters push attesters out",
        "contracts/src/law/Governance.sol",
        "Arena.copy(GlobalRecord.element(global, count), GlobalRecord.element(global, before)",
        "Arena.copy(GlobalRecord.element(global, before), GlobalRecord.element(global, before)",
        _LAW,
    ),
)
