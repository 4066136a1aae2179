"""One deployed venue for each module of the operator's commands."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import structlog

from tests.integration.operate.operated_venue import KEYS, TRANSACTIONS, OperatedVenue, done


@pytest.fixture(autouse=True)
def _keys_and_logging(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name, key in KEYS.items():
        monkeypatch.setenv(f"KEY_{name.upper().replace('-', '_')}", key.hex())
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="module")
def venue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OperatedVenue]:
    operated = OperatedVenue(tmp_path_factory.mktemp("operated"))
    yield operated
    operated.http.close()


@pytest.fixture(scope="module")
def deployed(venue: OperatedVenue) -> OperatedVenue:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KEY_DEPLOYER", KEYS["deployer"].hex())
        told = done("deploy", venue.folder / "venue.toml", "--dry-run")
        assert venue.sent_by("deployer") == 0
        report = done("deploy", venue.folder / "venue.toml", "--yes")
    assert [each["creates"] for each in told["steps"]] == [
        each["creates"] for each in report["steps"]
    ]
    assert len(told["steps"]) == venue.sent_by("deployer") == TRANSACTIONS
    return venue
