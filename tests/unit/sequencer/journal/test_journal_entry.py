"""Entries come back as they were written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strikeproof.l1.inbox_lane import LANES
from strikeproof.sequencer.journal.journal_entry import (
    BatchOpened,
    BatchSealed,
    Entry,
    EntryMalformed,
    MessagesConsumed,
    OpOrdered,
    SegmentOpened,
    SegmentPosted,
    decode_entries,
    encode_entry,
)

U64 = st.integers(0, 2**64 - 1)
MESSAGES = st.lists(st.binary(max_size=100)).map(tuple)
ENTRIES: st.SearchStrategy[Entry] = st.one_of(
    st.builds(BatchOpened, U64, U64, st.integers(0, 2**32 - 1), U64, U64, st.booleans()),
    st.builds(MessagesConsumed, st.sampled_from(LANES), U64, MESSAGES),
    st.builds(SegmentOpened, st.integers(0, 255), U64),
    st.builds(SegmentPosted, st.binary(max_size=200)),
    st.builds(
        OpOrdered,
        st.binary(max_size=200),
        st.lists(st.binary(min_size=20, max_size=20), max_size=12).map(tuple),
    ),
    st.builds(BatchSealed, U64, st.binary(min_size=32, max_size=32)),
)


@given(st.lists(ENTRIES, max_size=8))
def test_entries_round_trip(entries: list[Entry]) -> None:
    payload = b"".join(encode_entry(each) for each in entries)
    assert list(decode_entries(payload)) == entries


def test_bytes_that_are_no_entries_are_refused() -> None:
    for payload in (b"\x01", b"\x09\0\0\0\0", b"\x03\0\0\0\x08abc", b"\x03\0\0\0\x02ab"):
        with pytest.raises(EntryMalformed):
            list(decode_entries(payload))
