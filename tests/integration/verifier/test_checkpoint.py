"""A new verifier begins at a final state that anybody gave it, and a giver who lies is named."""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from strikeproof.cli.main import main
from strikeproof.verifier.alarm import Alarm
from strikeproof.verifier.checkpoint import checkpoint_source
from strikeproof.verifier.checkpoint.checkpoint_file import (
    BadCheckpoint,
    CheckpointHead,
    read_head,
    read_records,
    write_checkpoint,
)
from strikeproof.verifier.checkpoint.checkpoint_import import (
    CheckpointRefused,
    begin_at_checkpoint,
)
from strikeproof.verifier.checkpoint.checkpoint_start import NoCheckpoint
from strikeproof.verifier.derivation.log_derivation import DeepReorganization
from strikeproof.verifier.exit_code import ExitCode
from strikeproof.verifier.inspection.checkpoint_export import export_checkpoint
from strikeproof.verifier.store.verifier_store import VerifierStore
from strikeproof.verifier.wiring import VerifierParts
from strikeproof.wire.constants import KEY_ID_BITS
from strikeproof.wire.layout import ACCOUNT_KIND, KIND_WORDS_MAX
from tests.integration.verifier.nodes import HttpL1, make_node, turns, write_config
from tests.integration.verifier.venue import WINDOW_SECONDS, Venue, add_op


def post(venue: Venue, number: int) -> None:
    venue.add_message(b"a message" * number)
    venue.post_batch(add_op(1, 7, number) + add_op(3, number, 1), add_op(1, 9, number))


@pytest.fixture(scope="module")
def venue() -> Venue:
    """A venue whose claims 1 and 2 are final, 3 is not, and whose batches go on to 5; the last test
    alone changes it."""
    venue = Venue()
    venue.bond()
    post(venue, 1)
    venue.propose(1)
    venue.add_message(b"waits for long")
    post(venue, 2)
    post(venue, 3)  # posted before claim 2
    venue.add_message(b"waits at claim 2")
    venue.propose(2)
    venue.skip_time(WINDOW_SECONDS + 10)
    post(venue, 4)
    venue.propose(3)
    post(venue, 5)
    return venue


@pytest.fixture(scope="module")
def file(venue: Venue, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("giver")
    parts = VerifierParts(venue.client(), venue.contracts, folder / "verifier.db")
    parts.catch_up()
    path = folder / "state.checkpoint"
    head = export_checkpoint(parts, path)
    assert (head.number, head.root) == (2, "0x" + venue.batches[1][1][-1].hex())
    parts.close()
    return path


def roots_of(parts: VerifierParts, first: int, last: int) -> list[Any]:
    return [parts.executor.roots_of(number) for number in range(first, last + 1)]


@pytest.mark.parametrize("first", [1, 2])
def test_every_final_claim_will_do(venue, tmp_path, first):
    """Claim 1 too, whose parent is the genesis, and claims with messages that waited."""
    giver = VerifierParts(venue.client(), venue.contracts, tmp_path / "giver.db")
    giver.catch_up()
    segments = giver.store.segments_of(first)
    buffer = io.BytesIO()
    with giver.state.rewound(segments[-1].position + 1):
        records = sorted(giver.state.records())
        root = "0x" + giver.state.forest.root.hex()
    head = CheckpointHead(31337, "0x" + venue.rollup.hex(), first, root, len(records))
    write_checkpoint(buffer, head, records)
    path = tmp_path / "one.checkpoint"
    path.write_bytes(buffer.getvalue())
    store = VerifierStore(tmp_path / "new.db", venue.contracts.identity)
    assert begin_at_checkpoint(venue.client(), venue.contracts, store, str(path)) == first
    store.close()
    parts = VerifierParts(venue.client(), venue.contracts, tmp_path / "new.db")
    parts.catch_up()
    assert roots_of(parts, first, 5) == roots_of(giver, first, 5)
    assert [each.content for each in parts.store.messages(3, 99)] == venue.messages[3:]
    parts.close()
    giver.close()


def rewritten(file: Path, **changes: Any) -> bytes:
    """Return the checkpoint with other values in its head, or other records."""
    pieces = iter([file.read_bytes()])
    head, rest = read_head(pieces)
    records = {k: v for some in read_records(head, rest, pieces) for k, v in some.items()}
    change = changes.pop("records_changed", None)
    if change is not None:
        change(records)
        changes.setdefault("records", len(records))
    fields = {
        name: getattr(head, name) for name in ("chain_id", "rollup", "number", "root", "records")
    }
    buffer = io.BytesIO()
    write_checkpoint(buffer, CheckpointHead(**{**fields, **changes}), sorted(records.items()))
    return buffer.getvalue()


def more_money(records: dict[int, bytes]) -> None:
    key = max(records)
    records[key] = records[key][:-1] + bytes([records[key][-1] ^ 1])


def forged_root(file: Path) -> bytes:
    """The lie that fits itself: records and root of another state."""
    return rewritten(file, records_changed=more_money, root="0x" + "ab" * 32)


LIES = {
    "another record": lambda file: rewritten(file, records_changed=more_money),
    "another state whole": forged_root,
    "one record less": lambda file: rewritten(file, records_changed=lambda r: r.pop(max(r))),
    "one record more": lambda file: rewritten(
        file, records_changed=lambda r: r.update({(1 << 56) + 12345: bytes(32)})
    ),
    "a record of no tree": lambda file: rewritten(
        file, records_changed=lambda r: r.update({77 << 56: bytes(32)})
    ),
    "a claim that is not final": lambda file: rewritten(file, number=3),
    "another final claim": lambda file: rewritten(file, number=1),
    "no such claim": lambda file: rewritten(file, number=99),
    "the genesis": lambda file: rewritten(file, number=0),
    "another chain": lambda file: rewritten(file, chain_id=1),
    "another venue": lambda file: rewritten(file, rollup="0x" + "11" * 20),
    "fewer than it says": lambda file: rewritten(file, records=10**6),
    "more than it says": lambda file: rewritten(file, records=1),
    "too many to hold": lambda file: rewritten(file, records=10**9),
    "cut off": lambda file: file.read_bytes()[:-20],
    "something behind": lambda file: file.read_bytes() + b"more",
    "nothing": lambda file: b"",
    "no checkpoint": lambda file: b"<html>not found</html>" * 1000,
    "a head without end": lambda file: b"strikeproof checkpoint 1\n" + b"{" * 10_000,
    "a head of a list": lambda file: b"strikeproof checkpoint 1\n[]\n",
    "records no zlib": lambda file: file.read_bytes().split(b"}\n")[0] + b"}\nrubbish",
}


@pytest.mark.parametrize("lie", LIES)
def test_source_that_lies_is_refused_named_and_leaves_nothing_behind(venue, file, tmp_path, lie):
    path = tmp_path / "lie.checkpoint"
    path.write_bytes(LIES[lie](file))
    store = VerifierStore(tmp_path / "new.db", venue.contracts.identity)
    with pytest.raises(CheckpointRefused) as refused:
        begin_at_checkpoint(venue.client(), venue.contracts, store, str(path))
    assert refused.value.source == str(path)
    assert not list(store.records()) and store.batch_count() == store.segment_count() == 0
    assert begin_at_checkpoint(venue.client(), venue.contracts, store, str(file)) == 2
    store.close()


def test_any_flipped_byte_is_refused(venue, file, tmp_path):
    good = file.read_bytes()
    store = VerifierStore(tmp_path / "new.db", venue.contracts.identity)
    path = tmp_path / "flipped.checkpoint"
    for at in range(0, len(good), 3):
        path.write_bytes(good[:at] + bytes([good[at] ^ 0x21]) + good[at + 1 :])
        try:
            begin_at_checkpoint(venue.client(), venue.contracts, store, str(path))
        except CheckpointRefused:
            continue
        # The root that it states is only told to people; L1's is the one that counts.
        assert b'"root"' in good[max(0, at - 90) : at + 90]
        break
    store.close()


class Giver:
    """Serves a body over HTTP, or a byte now and then."""

    def __init__(self, body: bytes, *, drips: bool = False) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.end_headers()
                try:
                    for at in range(0, len(body), 1 if drips else len(body)):
                        self.wfile.write(body[at : at + (1 if drips else len(body))])
                        if drips:
                            time.sleep(0.05)
                except OSError:
                    pass

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/state"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def givers(file) -> Iterator[dict[str, Giver]]:
    made = {
        "liar": Giver(forged_root(file)),
        "slow": Giver(file.read_bytes(), drips=True),
        "honest": Giver(file.read_bytes()),
    }
    yield made
    for each in made.values():
        each.close()


def test_node_asks_the_next_source_and_names_those_that_it_refused(
    venue, givers, tmp_path, monkeypatch
):
    monkeypatch.setattr(checkpoint_source, "DOWNLOAD_SECONDS", 0.5)
    dead = "http://127.0.0.1:9/state"
    urls = [dead, givers["slow"].url, givers["liar"].url]
    node = make_node(venue, tmp_path / "new", checkpoint=[*urls, givers["honest"].url])
    raised = node.metrics.alarms.labels(Alarm.CHECKPOINT_REFUSED.value)._value.get()
    assert raised == 3
    turns(venue, node, 3)
    assert node.parts.judge.right_count == 3
    node.close()
    with pytest.raises(NoCheckpoint) as none:
        make_node(venue, tmp_path / "other", checkpoint=urls)
    assert [each.source for each in none.value.refusals] == urls


def test_roll_back_before_the_checkpoint_stops_the_node(venue, file, tmp_path):
    store = VerifierStore(tmp_path / "new.db", venue.contracts.identity)
    begin_at_checkpoint(venue.client(), venue.contracts, store, str(file))
    store.close()
    parts = VerifierParts(venue.client(), venue.contracts, tmp_path / "new.db")
    with pytest.raises(DeepReorganization):
        parts.derivation._roll_back(0)
    parts.close()


def test_commands_write_one_and_begin_with_it(venue, tmp_path):
    l1 = HttpL1(venue)
    config = write_config(venue, tmp_path, l1.url)
    parts = VerifierParts(venue.client(), venue.contracts, tmp_path / "data" / "verifier.db")
    parts.catch_up()
    parts.close()
    file = tmp_path / "state.checkpoint"
    run = CliRunner().invoke(main, ["verifier", "checkpoint", str(file), "--config", str(config)])
    assert (run.exit_code, "after claim 2" in run.output) == (0, True), run.output
    other = tmp_path / "other.toml"
    other.write_text(config.read_text().replace('"data"', '"other"'))
    bad = ["verifier", "run", "--config", str(other), "--checkpoint", str(config)]
    run = CliRunner().invoke(main, bad)
    assert (run.exit_code, str(config) in run.output) == (ExitCode.USAGE, True), run.output
    l1.close()


def test_unpacking_stops_at_what_the_head_says():
    buffer = io.BytesIO()
    head = CheckpointHead(1, "0x", 1, "0x", 5_000)
    widest = bytes(32 * KIND_WORDS_MAX[ACCOUNT_KIND])
    keys = range(ACCOUNT_KIND << KEY_ID_BITS, (ACCOUNT_KIND << KEY_ID_BITS) + 50_000)
    write_checkpoint(buffer, head, ((key, widest) for key in keys))  # 80 MB
    pieces = iter([buffer.getvalue()])
    _, rest = read_head(pieces)
    got: list[int] = []
    with pytest.raises(BadCheckpoint, match="more than 5000"):
        got.extend(len(some) for some in read_records(head, rest, pieces))
    assert sum(got) <= 5_000 and len(buffer.getvalue()) < 1_000_000


def test_what_is_behind_the_end_is_not_collected():
    buffer = io.BytesIO()
    write_checkpoint(buffer, CheckpointHead(1, "0x", 1, "0x", 1), [(0, bytes(32))])
    taken = []

    def pieces() -> Iterator[bytes]:
        yield buffer.getvalue()
        for number in range(100):
            taken.append(number)
            yield bytes(1_000)

    source = pieces()
    head, rest = read_head(source)
    with pytest.raises(BadCheckpoint, match="behind its end"):
        list(read_records(head, rest, source))
    assert taken == [0]


def test_record_wider_than_any_of_its_kind_is_refused():
    for kind, most in enumerate(KIND_WORDS_MAX):
        buffer = io.BytesIO()
        wider = (kind << KEY_ID_BITS, bytes(32 * (most + 1)))
        write_checkpoint(buffer, CheckpointHead(1, "0x", 1, "0x", 1), [wider])
        pieces = iter([buffer.getvalue()])
        head, rest = read_head(pieces)
        with pytest.raises(BadCheckpoint, match=f"of {most + 1} words, at most {most}$"):
            list(read_records(head, rest, pieces))


def test_node_begins_at_the_final_state_and_disproves_the_next_lie(venue, file, tmp_path):
    node = make_node(venue, tmp_path / "new", checkpoint=[str(file)])
    assert node.parts.store.first_kept == 2
    turns(venue, node, 4)
    assert roots_of(node.parts, 2, 5) == [roots for _, roots in venue.batches[1:5]]
    assert node.parts.judge.right_count == 3
    assert node.metrics.segments._value.get() == sum(map(len, venue.inputs[2:]))  # only what is new
    lie = [*venue.batches[3][1][:-1], b"\x0a" * 32]
    venue.propose(4, lie)
    turns(venue, node, 8)
    assert venue.rollup_call("claimCount") == (4,)  # the genesis, and claims 1 to 3
    assert Alarm.WRONG_CLAIM in node.alarms.kinds()
    node.close()
    again = make_node(venue, tmp_path / "new", checkpoint=["/nowhere"])  # it has begun already
    turns(venue, again, 1)
    assert again.parts.judge.right_count == 3
    again.close()
