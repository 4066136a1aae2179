"""Posting batches and claims to L1, and rewriting the order when L1 changed under it."""
