"""The node's folder on disk, and the way back from it after a restart."""
