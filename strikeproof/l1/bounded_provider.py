"""JSON-RPC over HTTP, whose answers cannot end the process."""

from __future__ import annotations

from web3 import HTTPProvider
from web3.types import RPCResponse

from strikeproof.json_depth import check_depth


class BoundedProvider(HTTPProvider):
    """Raises ValueError for an answer that is nested too deep to be read."""

    @staticmethod
    def decode_rpc_response(raw_response: bytes) -> RPCResponse:
        """Return the answer's value."""
        return HTTPProvider.decode_rpc_response(check_depth(raw_response))
