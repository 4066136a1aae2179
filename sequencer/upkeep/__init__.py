"""Upkeep: which ops the sequencer itself has to order, and when."""
