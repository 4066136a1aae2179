"""The planted bugs can still be planted: each snippet occurs once in its file."""

import pytest

from tests.mutants import MUTATIONS, ROOT, Mutation


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_mutation_applies_once(mutation: Mutation) -> None:
    assert (ROOT / mutation.file).read_text().count(mutation.old) == 1


def test_there_are_mutations_of_every_part() -> None:
    folders = {mutation.file.rsplit("/", 1)[0] for mutation in MUTATIONS}
    assert folders >= {"sequencer/core", "contracts/src/law", "contracts/src/proof", "verifier"}
    assert len(MUTATIONS) >= 20
