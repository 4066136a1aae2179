"""The generated accessors of Solidity read what Python packs, and write what Python unpacks."""

from __future__ import annotations

import random
from typing import Any

import pytest
from web3 import EthereumTesterProvider, Web3

from strikeproof.wire import layout
from strikeproof.wire.errors import Result
from tests.harness import harness

FIELDS = [*layout.ACCOUNT_GROUP.fields, *layout.ACCOUNT_POSITION_GROUP.fields]
HEAD_FIELDS = len(layout.ACCOUNT_GROUP.fields)


@pytest.fixture(scope="module")
def solidity() -> Any:
    artifact = harness("LayoutHarness")
    web3 = Web3(EthereumTesterProvider())
    contract = web3.eth.contract(abi=artifact.abi, bytecode=artifact.bytecode)
    receipt = web3.eth.wait_for_transaction_receipt(contract.constructor().transact())
    return web3.eth.contract(address=receipt["contractAddress"], abi=artifact.abi).functions


def account(values: list[int], index: int) -> bytes:
    """An account whose elements are all ones but for element `index`."""
    before = b"\xff" * (32 * layout.ACCOUNT_POSITION_WORDS * index)
    head, element = layout.ACCOUNT_GROUP.fields, layout.ACCOUNT_POSITION_GROUP.fields
    named = {each.name: value for each, value in zip(head, values, strict=False)}
    rest = {each.name: value for each, value in zip(element, values[HEAD_FIELDS:], strict=True)}
    return layout.pack_account(**named) + before + layout.pack_account_position(**rest)


def extremes() -> list[list[int]]:
    """Values at both ends of every field, and random ones between."""
    chance = random.Random(7)
    rows = [[each.least for each in FIELDS], [each.greatest for each in FIELDS]]
    rows += [[chance.randint(each.least, each.greatest) for each in FIELDS] for _ in range(6)]
    for alone in range(len(FIELDS)):
        rows.append([each.greatest if i == alone else 0 for i, each in enumerate(FIELDS)])
    return rows


@pytest.mark.parametrize("index", [0, 15])
def test_solidity_reads_what_python_packs(solidity: Any, index: int) -> None:
    for values in extremes():
        assert solidity.readAccount(account(values, index), index).call() == values


@pytest.mark.parametrize("ground", [b"\x00", b"\xff"])
def test_solidity_writes_what_python_unpacks_and_leaves_neighbours(
    solidity: Any, ground: bytes
) -> None:
    head_bytes, element_bytes = 32 * layout.ACCOUNT_WORDS, 32 * layout.ACCOUNT_POSITION_WORDS
    blank = ground * (head_bytes + 2 * element_bytes)
    for values in extremes():
        written = solidity.writeAccount(blank, 1, values).call()
        assert list(layout.unpack_account(written)) == values[:HEAD_FIELDS]
        position = layout.unpack_account_position(written, head_bytes + element_bytes)
        assert list(position) == values[HEAD_FIELDS:]
        untouched = slice(head_bytes, head_bytes + element_bytes)
        assert written[untouched] == blank[untouched]


def test_constants_are_the_same_in_both_languages(solidity: Any) -> None:
    values = {each.name: each.least for each in layout.GLOBAL_GROUP.fields}
    values["domain_separator"] = 2**256 - 5
    record = layout.pack_global(**values)
    separator, heights, kind, code, least = solidity.constants(record).call()
    assert layout.GLOBAL_GROUP.fields[-1].name == "domain_separator"
    assert separator == 2**256 - 5
    assert tuple((heights >> (8 * each)) & 0xFF for each in range(16)) == layout.KIND_HEIGHTS
    assert (kind, code) == (layout.ACCOUNT_KIND, Result.MALFORMED)
    assert least == layout.ACCOUNT_COLLATERAL_LEAST == -(2**127)
