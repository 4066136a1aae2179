"""What became of every account's orders: an index over what the journal's ops did."""
