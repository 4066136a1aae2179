"""The ops: one file each, from bytes to effect; `op_table.py` lists them."""
