"""Test vectors of the protocol: proto/vectors/*.json, made from named cases."""
