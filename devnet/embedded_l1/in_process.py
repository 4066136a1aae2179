"""The embedded L1 for a caller of the same process: JSON-RPC without a socket."""

from __future__ import annotations

from typing import Any

from web3.providers.base import BaseProvider

from strikeproof.devnet.embedded_l1.chain import EmbeddedChain
from strikeproof.devnet.embedded_l1.rpc import Rpc, RpcError


class InProcess(BaseProvider):
    """A provider of web3 over one chain, which mines each transaction at once."""

    def __init__(self, chain: EmbeddedChain) -> None:
        super().__init__()
        self.rpc = Rpc(chain, mines_at_once=True)

    def make_request(self, method: Any, params: Any) -> Any:
        """Return the answer to one request."""
        try:
            return {"jsonrpc": "2.0", "id": 1, "result": self.rpc.handle(method, list(params))}
        except RpcError as error:
            failure = {"code": error.code, "message": str(error), "data": error.data}
            return {"jsonrpc": "2.0", "id": 1, "error": failure}
