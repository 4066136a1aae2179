"""What the verifier keeps on disk."""
