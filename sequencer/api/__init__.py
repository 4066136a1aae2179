"""The gRPC edge: messages are parsed here into checked values, and nowhere below."""
