"""Compiled contracts as data: `strikeproof_contracts`."""
