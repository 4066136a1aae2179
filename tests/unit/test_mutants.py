"""The planted bugs can still be planted: each snippet occurs once in its file."""

import pytest

from tests.mutants import MUTATIONS, ROOT, Mutation


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_mutation_applies_once(mutation: Mutation) -> None:
    assert (ROOT / mutation.file).read_text().count(mutation.old) == 1


def test_there_are_mutations_of_every_part() -> None:
    parts = ("sequencer/core/", "contracts/src/law/", "contracts/src/proof/", "verifier/")
    for part in parts:
        assert any(mutation.file.startswith(part) for mutation in MUTATIONS), part
    assert len(MUTATIONS) >= 20
