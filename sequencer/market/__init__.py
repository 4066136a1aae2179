"""Market data: books and trades from what is journalled."""
