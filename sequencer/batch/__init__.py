"""Batches as they are posted, and the store of the sealed ones."""
