"""The state as bytes: records, trees, proofs, and calls that carry them."""
