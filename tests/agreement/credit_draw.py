"""Random ops of credit: attesters' and guarantors', mostly as they would send them."""

from __future__ import annotations

from strikeproof.sequencer.core import signing_digest
from strikeproof.sequencer.core.ops.attest_credit import AttestCredit
from strikeproof.wire.operations import (
    encode_attest_credit,
    encode_credit_attestation,
    encode_release_credit,
)
from strikeproof.wire.units import MicroUsd, Milliseconds, Minutes
from tests.agreement.attestation_draw import AttestationDraw
from tests.agreement.broken_ops import bent
from tests.agreement.numbers import boundary
from tests.agreement.user_op_draw import GUARD_SEED
from tests.unit.core.scripted_venue import compact, key_of


class CreditDraw(AttestationDraw):
    """AttestCredit and ReleaseCredit."""

    def _attest_credit(self) -> bytes:
        random = self.random
        account, limit, guarantor = self._account(), 0, 0
        view = self.engine.account(account)
        said_ms = self.now + random.choices([0, -1, 1, -70_000], [86, 6, 2, 6])[0]
        minutes = 0
        if random.random() < 0.75:
            stands = view.credit_limit if view else 0
            guarantor = view.guarantor if view and random.random() < 0.9 else self._account()
            guarantor = guarantor if stands else self._account()
            limit = self._limit(guarantor, stands)
            minutes = random.choices([1, 2, 30 * 24 * 60, 12 * 60, 2**16 - 1], [50, 20, 10, 15, 5])[
                0
            ]
        if random.random() < 0.02:
            minutes, guarantor = random.choice(
                [(1 - min(minutes, 1), guarantor), (minutes, account)]
            )
        count = random.choices([0, 1, 2, 3], [2, 90, 6, 2])[0] if limit else random.random() < 0.01
        said_ms = max(0, said_ms)
        op = AttestCredit(account, limit, minutes, guarantor, said_ms, [], [])
        digest = signing_digest.digest(self.engine.domain_separator, op.struct_hash())
        return encode_attest_credit(
            account=account,
            limit_micro_usd=MicroUsd(limit),
            credit_minutes=Minutes(minutes),
            guarantor=guarantor,
            credited_ms=Milliseconds(said_ms),
            attestations=[
                encode_credit_attestation(
                    attester=place, signature=self._attester_signature(place, digest)
                )
                for place in self._attesters()
            ],
            consents=self._guarantors_consents(guarantor, digest, int(count)),
        )

    def _limit(self, guarantor: int, stands: int) -> int:
        """Return a limit, mostly one that the guarantor has."""
        random = self.random
        if random.random() < 0.05:
            return max(1, boundary(random, 64))
        view = self.engine.account(guarantor)
        free = max(1, view.collateral) if view else 1
        raised = stands + random.choice([0, 1, free // 50, free // 4])
        return min(2**64 - 1, max(1, raised - (random.random() < 0.05)))

    def _guarantors_consents(self, guarantor: int, digest: bytes, count: int) -> list[bytes]:
        """Return as many consents, the guard key's where it is needed, mostly."""
        random = self.random
        view = self.engine.account(guarantor)
        if count == 1 and view is not None and view.guard_key and random.random() < 0.9:
            count = 2
        seeds = [self._owner_seed(guarantor), GUARD_SEED + guarantor, 1][:count]
        signed = [compact(key_of(seed), digest) for seed in seeds]
        return [bent(random, each) if random.random() < 0.02 else each for each in signed]

    def _release_credit(self) -> bytes:
        random = self.random
        standing = [
            number
            for number in range(1, self.engine.venue().next_account)
            if (view := self.engine.account(number)) and view.credit_limit
        ]
        account = random.choice(standing) if standing and random.random() < 0.9 else self._account()
        return encode_release_credit(account=account)
