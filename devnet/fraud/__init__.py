"""Fraud drills: lies that a proposer can tell, and the claimant that tells one of them, once."""
