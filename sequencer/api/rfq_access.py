"""Who asks for quotes or makes them: an account, by an access that one of its sessions signed.

An access is shown again with every call until it expires. Its signature is recovered once; that the
session still holds the key is looked at each time.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

from strikeproof.keccak import keccak256
from strikeproof.sequencer.api.api_failure import ApiFailure
from strikeproof.sequencer.api.submitted_op import compact
from strikeproof.sequencer.config import RfqSection
from strikeproof.sequencer.core.engine import Engine
from strikeproof.sequencer.core.session import SCOPE_NONE
from strikeproof.sequencer.core.signature import recover
from strikeproof.sequencer.core.signing_digest import digest
from strikeproof.sequencer.intake.token_bucket import Rate, TokenBuckets
from strikeproof.wire.constants import QUOTE_ACCESS_TYPEHASH
from strikeproof.wire.errors import ApiError
from strikeproof.wire.rfq_pb2 import QuoteAccess

AHEAD_MS_MAX: Final = 3_660_000  # an hour, and a minute between two clocks
KEPT: Final = 8_192  # accesses whose signers are known
WORD: Final = 32


class AccessCheck:
    """Says for whom a caller speaks, within the rates of its host and of the account."""

    def __init__(self, engine: Engine, section: RfqSection) -> None:
        self._engine = engine
        self._funds_min = section.account_funds_min_micro_usd
        self._hosts = TokenBuckets(Rate(section.host_calls_per_second, section.host_calls_burst))
        self._accounts = TokenBuckets(
            Rate(section.account_calls_per_second, section.account_calls_burst)
        )
        self._signers: OrderedDict[tuple[int, int, int, bytes], bytes] = OrderedDict()

    def count(self, host: str) -> None:
        """Count a call of a host. Raises `ApiFailure`."""
        _admit(self._hosts.take(host))

    def account_of(self, access: QuoteAccess, host: str, now_ms: int) -> int:
        """Return the account that an access is for. Raises `ApiFailure`."""
        self.count(host)
        if not now_ms < access.expiry_ms <= now_ms + AHEAD_MS_MAX:
            problem = "the access has expired, or is good for more than an hour"
            raise ApiFailure(ApiError.UNAUTHENTICATED, problem, expiry_ms=access.expiry_ms)
        session = self._engine.session(access.account, access.session)
        if session is None or session.scope == SCOPE_NONE:
            raise ApiFailure(ApiError.UNAUTHENTICATED, session=access.session)
        if 0 < session.expiry_ms <= now_ms or self._signer(access) != session.key:
            raise ApiFailure(ApiError.UNAUTHENTICATED, session=access.session)
        account: int = access.account
        if not self._engine.is_funded(account, self._funds_min):
            raise ApiFailure(ApiError.ACCOUNT_UNFUNDED, least_micro_usd=self._funds_min)
        _admit(self._accounts.take(account))
        return account

    def _signer(self, access: QuoteAccess) -> bytes:
        signature = compact(access.signature)
        name = (access.account, access.session, access.expiry_ms, signature)
        signer = self._signers.get(name)
        if signer is None:
            words = (access.account, access.session, access.expiry_ms)
            hashed = QUOTE_ACCESS_TYPEHASH + b"".join(each.to_bytes(WORD, "big") for each in words)
            signed = digest(self._engine.domain_separator, keccak256(hashed))
            signer = self._signers[name] = recover(signed, signature)
            while len(self._signers) > KEPT:
                self._signers.popitem(last=False)
        return signer


def _admit(wait_ms: int) -> None:
    if wait_ms:
        raise ApiFailure(ApiError.RATE_LIMITED, retry_after_ms=wait_ms)
