"""Ordering: batch, segment and place of each op, and the receipts that promise them."""
