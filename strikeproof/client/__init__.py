"""The trader's client: place and cancel orders, follow their finality, withdraw."""
