"""The devnet: an embedded L1, a local deployment, simulated traders and fraud drills."""

import strikeproof  # noqa: F401  (sets the keccak backend before anything imports py-evm or web3)
