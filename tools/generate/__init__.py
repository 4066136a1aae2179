"""Generate code from proto/: one source for what Python and Solidity must agree on."""
