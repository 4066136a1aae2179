"""Standby sequencers: one order in a log that several machines hold, and who may write it."""
