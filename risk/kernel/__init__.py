"""The pricing and risk kernel: integer functions that Solidity repeats bit for bit."""
