"""The three roots of every error that a caller is meant to handle, by what the caller should do."""

from __future__ import annotations

from enum import IntEnum


class Failure(Exception):
    """What the roots share. Raise a subclass of a root: it has a code and its values."""

    code: IntEnum
    """Stable, never reused: a `FailureCode`, or an `ApiError`. Source: proto/errors.toml."""


class Rejected(Failure):
    """The caller's mistake: the same request will fail again."""


class Transient(Failure):
    """Nothing is wrong with the request: try again later."""


class Broken(Failure):
    """Going on would do harm: stop the node and tell its operator."""
