"""The JSON WebSocket: orders, market channels, an account's events."""
