"""Derivation: from L1's logs to batches and claims that are complete and unaltered."""
