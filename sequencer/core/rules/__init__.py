"""The law's formulas: pure functions of integers, without records, ops or weights."""
