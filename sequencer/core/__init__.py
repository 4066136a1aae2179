"""The engine: the state transition as a pure function, without I/O, clock or randomness."""
