"""The embedded L1: py-evm behind Ethereum's JSON-RPC on loopback, for devnets and tests."""

from strikeproof.devnet.embedded_l1.chain import EmbeddedChain, RefusedTransaction, RevertedCall
from strikeproof.devnet.embedded_l1.rpc_server import EmbeddedL1

__all__ = ["EmbeddedChain", "EmbeddedL1", "RefusedTransaction", "RevertedCall"]
