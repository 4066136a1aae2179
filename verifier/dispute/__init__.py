"""Disputes: which claims are wrong, and what is done about them."""
