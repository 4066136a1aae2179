"""Pricing and portfolio risk: `kernel` in exact integers, `files` for people."""
