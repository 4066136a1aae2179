"""The protocol's sources as data: `strikeproof.proto`."""
