"""The devnet command's arguments, without starting anything."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from click.testing import CliRunner

from strikeproof.cli.main import main
from strikeproof.devnet import l1_node
from strikeproof.devnet.fraud.kinds import FRAUDS


def test_fraud_list_names_and_explains_at_least_ten_kinds() -> None:
    result = CliRunner().invoke(main, ["devnet", "up", "--fraud", "list"])
    assert result.exit_code == 0
    assert len(FRAUDS) >= 10
    for name in FRAUDS:
        assert name in result.output


def test_unknown_fraud_is_a_usage_error_that_names_the_kinds() -> None:
    result = CliRunner().invoke(main, ["devnet", "up", "--fraud", "honesty"])
    assert result.exit_code == 2
    assert "skipped-maker" in result.output


def test_slashing_without_a_lie_is_a_usage_error() -> None:
    result = CliRunner().invoke(main, ["devnet", "up", "--until", "slashed"])
    assert result.exit_code == 2
    assert "--fraud" in result.output


@pytest.mark.parametrize("l1", ["embedded", "anvil"])
def test_rules_that_an_l1_does_not_know_are_a_usage_error(l1: str) -> None:
    arguments = ["devnet", "up", "--l1", l1, "--l1-hardfork", "amsterdam"]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 2
    assert "--l1 hardhat" in result.output


def test_hardhat_that_is_not_installed_is_reported_with_the_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(l1_node, "HARDHAT", tmp_path)
    with pytest.raises(l1_node.L1NotInstalled, match="make hardhat"):
        asyncio.run(l1_node.L1Node.start("hardhat", [], tmp_path / "log"))
    assert not (tmp_path / "log").exists()
