"""The verifier: re-executes what L1 holds, and disproves what is wrong."""

import strikeproof  # noqa: F401  (sets the keccak backend before anything imports py-evm or web3)
