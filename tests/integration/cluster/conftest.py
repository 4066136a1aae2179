"""A real etcd cluster of three members; without etcd these tests skip and say so."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from strikeproof.devnet.etcd_cluster import EtcdCluster, EtcdNotInstalled


@pytest.fixture(scope="module")
def etcd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EtcdCluster]:
    try:
        cluster = EtcdCluster(tmp_path_factory.mktemp("etcd"))
    except EtcdNotInstalled as missing:
        pytest.skip(f"NOT TESTED: standby sequencers: {missing}")
    with cluster:
        yield cluster
