"""Benchmarks: one module a topic, each a function that returns one JSON object."""
