"""The venue of the contracts' tests, to hold the model against."""

from tests.contracts.conftest import deployed, history, venue

__all__ = ["deployed", "history", "venue"]
