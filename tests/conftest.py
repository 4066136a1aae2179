"""Settings of all tests."""

import os

from hypothesis import settings

# No deadline: the machine is shared. A failure prints the decorator that replays it, and CI draws
# the same examples every time, so that it judges the change and not its luck; `make fuzz` explores.
settings.register_profile(
    "strikeproof", deadline=None, print_blob=True, derandomize="CI" in os.environ
)
settings.load_profile("strikeproof")
