"""Fraud drills: lies that a proposer can tell, and the claimant that claims one of them, once."""
