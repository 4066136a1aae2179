"""Execution: segments through the bytecode that L1 has deployed."""
