"""Beginning at a final state instead of the genesis: its records from anybody, its root from L1."""
