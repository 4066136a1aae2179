"""Checking what we are about to claim: the law itself re-executes segments of our batches.

Of the node, only this folder knows py-evm; nothing of the verifier is used.
"""
