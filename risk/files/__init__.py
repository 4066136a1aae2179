"""Edge of the risk kernel: files parsed into checked values, results as tables, JSON and plots."""
