"""Proofs of single ops against L1, in files that anybody checks alone."""
