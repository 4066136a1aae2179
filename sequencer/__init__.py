"""The sequencer: orders operations, computes the state, posts batches and claims."""

import strikeproof  # noqa: F401  (sets the keccak backend before anything imports py-evm or web3)
