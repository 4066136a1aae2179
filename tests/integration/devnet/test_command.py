"""The devnet command's arguments, without starting anything."""

from __future__ import annotations

from click.testing import CliRunner

from strikeproof.cli.main import main
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
