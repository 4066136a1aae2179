"""The venue as tools of the Model Context Protocol: reading, what-if, and trading within limits."""
