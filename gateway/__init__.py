"""The gateway: JSON, WebSocket and pages beside a node that it need not trust."""
