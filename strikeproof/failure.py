"""The three roots of every error that a caller is meant to handle, by what the caller should do."""


class Rejected(Exception):
    """The caller's mistake: the same request will fail again."""


class Transient(Exception):
    """Nothing is wrong with the request: try again later."""


class Broken(Exception):
    """Going on would do harm: stop the node and tell its operator."""
