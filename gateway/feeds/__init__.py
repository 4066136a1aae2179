"""What the node streams, once for all readers of the gateway."""
