"""A node with a perpetual and a future, one for each module of tests, and fresh prices."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.rfq.rfq_venue import options
from tests.integration.sequencer.node_process import NodeProcess, running_node
from tests.integration.sequencer.venue import index_price


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where the node keeps its data."""
    return tmp_path_factory.mktemp("rfq") / "data"


@pytest.fixture(scope="module")
def node(folder: Path) -> Iterator[NodeProcess]:
    """Run a node."""
    with running_node(folder, **options(folder)) as found:
        yield found


@pytest.fixture(autouse=True)
def fresh_price(node: NodeProcess) -> None:
    """Report a price: none is old in a test that takes long."""
    node.submit(index_price())
