"""The ops: one file each, from bytes to effect; `table.py` lists them."""
