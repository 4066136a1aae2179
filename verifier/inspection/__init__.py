"""What `strikeproof challenge` shows and does by hand."""
