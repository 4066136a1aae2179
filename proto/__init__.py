"""The protocol's sources as data: `strikeproof_proto`."""
