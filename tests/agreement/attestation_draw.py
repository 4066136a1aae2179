"""Random attestations: tiers said by attesters, in and out of order, of their quorum and not."""

from __future__ import annotations

from strikeproof.sequencer.core import signing_digest
from strikeproof.sequencer.core.ops.attest import Attest
from strikeproof.wire.constants import ATTESTED_MS_MAX
from strikeproof.wire.operations import encode_attest, encode_attestation
from tests.agreement.broken_ops import bent
from tests.agreement.numbers import ATTESTER_SEED, ATTESTERS, STRANGER_SEED, boundary
from tests.agreement.user_op_draw import UserOpDraw
from tests.unit.core.scripted_venue import address_of, compact, key_of


class AttestationDraw(UserOpDraw):
    """Attest, mostly as attesters would send it."""

    def _attest(self) -> bytes:
        random = self.random
        account = self._account()
        view = self.engine.account(account)
        tier = random.choices([0, 1, 2, 3, 255], [30, 30, 25, 10, 5])[0]
        said_ms = self.now + random.choices([0, -1, 1, -5_000], [86, 6, 4, 4])[0]
        if view and random.random() < 0.05:
            said_ms = view.attested_ms + random.randrange(2)
        term_ms = random.choices(
            [60_000, 5_000, 1, 0, ATTESTED_MS_MAX, ATTESTED_MS_MAX + 1], [50, 30, 5, 3, 8, 4]
        )[0]
        expiry_ms = said_ms + term_ms if tier else 0
        if random.random() < 0.02:
            expiry_ms = boundary(random, 48)
        said_ms, expiry_ms = max(0, said_ms), min(max(0, expiry_ms), 2**48 - 1)
        struct_hash = Attest(account, tier, expiry_ms, said_ms, []).struct_hash()
        digest = signing_digest.digest(self.engine.domain_separator, struct_hash)
        return encode_attest(
            account=account,
            tier=tier,
            tier_expiry_ms=expiry_ms,
            attested_ms=said_ms,
            attestations=[
                encode_attestation(
                    attester=place, signature=self._attester_signature(place, digest)
                )
                for place in self._attesters()
            ],
        )

    def _attesters(self) -> list[int]:
        """Return places of attesters, mostly of a quorum."""
        random = self.random
        if random.random() < 0.06:
            return random.choices(range(ATTESTERS + 1), k=random.randint(1, 9))
        return sorted(random.sample(range(ATTESTERS), random.choice([1, 2, 2, 2, 3])))

    def _attester_signature(self, place: int, digest: bytes) -> bytes:
        seeds = sorted(range(ATTESTER_SEED, ATTESTER_SEED + ATTESTERS), key=address_of)
        seed = seeds[place] if place < ATTESTERS else STRANGER_SEED
        signature = compact(key_of(seed), digest)
        return bent(self.random, signature) if self.random.random() < 0.02 else signature
