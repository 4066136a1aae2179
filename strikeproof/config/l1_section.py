"""`[l1]`: which chain, through which endpoints, and how deep is deep enough."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import AfterValidator, Field, model_validator

from strikeproof.config.section import Positive, Section

if TYPE_CHECKING:
    from strikeproof.l1 import L1Client


def _url(text: str) -> str:
    if not text.startswith(("http://", "https://")):
        raise ValueError("an endpoint begins with http:// or https://")
    return text


class EndpointsSection(Section):
    """How to reach one chain."""

    endpoints: Annotated[list[Annotated[str, AfterValidator(_url)]], Field(min_length=1)]
    """JSON-RPC URLs."""
    chain_id: Positive
    """An endpoint of another chain is refused."""
    timeout_seconds: Annotated[float, Field(gt=0)] = 20.0
    """How long one request may take."""


class L1Section(EndpointsSection):
    """How a node reaches L1 and follows it."""

    agreement: Positive | None = None
    """How many endpoints must give the same answer; absent: all."""
    tolerates_silence: ClassVar[bool] = False
    """Whether, with `agreement` absent, endpoints that do not answer are left out."""
    poll_seconds: Annotated[float, Field(gt=0, le=60)] = 1.0
    start_seconds: Annotated[float, Field(ge=0)] = 60.0
    """How long a node that starts waits for an L1 that does not answer."""
    blocks_per_query: Positive = 1_000
    """Most blocks whose events are asked for at once."""
    confirmations: Positive = 12
    """Blocks above a transaction of ours before it counts as settled."""

    @model_validator(mode="after")
    def _agreement_is_possible(self) -> L1Section:
        if self.agreement is not None and self.agreement > len(self.endpoints):
            raise ValueError(f"agreement {self.agreement} of {len(self.endpoints)} endpoints")
        return self

    def client(self) -> L1Client:
        """Return a client of the endpoints; nothing is asked yet."""
        from strikeproof.l1 import L1Client

        return L1Client.connect(
            self.endpoints,
            agreement=self.agreement,
            tolerates_silence=self.tolerates_silence,
            timeout_seconds=self.timeout_seconds,
        )
