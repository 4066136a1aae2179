"""A devnet's folder is emptied for each run, never shared, never somebody else's."""

from __future__ import annotations

from pathlib import Path

import pytest

from strikeproof.devnet.devnet_folder import DevnetFolder, FolderUnusable


def test_next_run_starts_from_an_empty_folder(tmp_path: Path) -> None:
    root = tmp_path / "dn"
    first = DevnetFolder(root)
    (root / "sequencer").mkdir()
    (root / "sequencer" / "journal").write_text("old")
    (root / "l1.log").write_text("old")
    first.release()
    second = DevnetFolder(root)
    assert [each.name for each in root.iterdir()] == ["devnet.lock"]
    second.release()


def test_two_devnets_do_not_share_a_folder(tmp_path: Path) -> None:
    first = DevnetFolder(tmp_path / "dn")
    with pytest.raises(FolderUnusable, match="another devnet"):
        DevnetFolder(tmp_path / "dn")
    first.release()


def test_files_that_no_devnet_made_stay(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(FolderUnusable, match="--data"):
        DevnetFolder(tmp_path)
    assert (tmp_path / "thesis.txt").read_text() == "years of work"
    assert not (tmp_path / "devnet.lock").exists()
