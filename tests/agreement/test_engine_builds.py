"""The compiled engine and the plain one, over some thousand ops; a million: make engine-builds."""

import pytest

from strikeproof.compiled_engine import find_build
from tests.agreement.engine_builds import BUILDS, compare

needs_build = pytest.mark.skipif(find_build().folder is None, reason=find_build().reason)


@needs_build
def test_compiled_engine_agrees_with_the_plain_one_to_the_byte() -> None:
    ops = 0
    for plain, compiled in compare(ops=8_000, seed=0):
        assert (plain.pop("build"), compiled.pop("build")) == BUILDS
        assert plain == compiled
        ops += int(str(plain["ops"]))
    assert ops >= 8_000
