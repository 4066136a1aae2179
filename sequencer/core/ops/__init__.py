"""The ops: one file each, from bytes to effect."""
