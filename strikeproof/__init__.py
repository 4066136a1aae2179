"""Strikeproof: a derivatives exchange that nobody has to trust.

Importing this package sets eth-hash's backend and has pairings prepared late, so it comes before
any import of web3 or py-evm. It also decides, at the engine's first import, whether the engine is a
build or plain Python.
"""

import os

from strikeproof import compiled_engine, lazy_bls_import

# eth_hash's `auto` picks pycryptodome first, which is ten times slower than safe-pysha3.
# setdefault would let a stray setting of the environment slow a node down unseen.
os.environ["ETH_HASH_BACKEND"] = "pysha3"

__version__ = "0.1.0"

compiled_engine.install()
lazy_bls_import.install()
