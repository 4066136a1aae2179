"""One transaction disproves a wrong root, every right root stands, and no witness cheats."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from eth_abi.abi import decode

from strikeproof.contracts import artifact
from strikeproof.keccak import keccak256
from tests.contracts.l1.forest import ZERO, Forest, encode_records, key_of, list_path
from tests.contracts.l1.l1_history import L1History
from tests.contracts.l1.trivial_law import (
    BURN,
    GARBAGE,
    HASH,
    REVERT,
    add,
    advise,
    execute,
    grow,
    op,
    touch,
)
from tests.contracts.l1.venue import Reverted, Venue
from tests.harness import harness

(
    ROOT_INDEX,
    ROOTS,
    HEADER,
    SEGMENT,
    MESSAGE,
    LAW_CALL,
    LAW_RESULT,
    RECORDS,
    TOUCHED,
    ADVICE,
    PROOF,
    PRE_ROOT,
) = range(12)

A, B, C = key_of(1, 5), key_of(1, 6), key_of(6, 2**29 + 3)
RICH = add(A, 7) + grow(B) + advise(3) + add(C) + touch(key_of(3, 9)) + advise(4)


def force(venue: Venue, ops: bytes) -> None:
    venue.send(venue.inbox.submit(ops), "trader")


def outcome(history: L1History, given: dict[str, Any], gas: int = 2**24) -> tuple[Any, ...]:
    """What a challenge comes to, without sending it: ("deleted",) or the error with arguments."""
    try:
        history.venue.dry_run(history.venue.rollup.challenge(given), "challenger", gas)
    except Reverted as error:
        return (error.name, *error.arguments)
    return ("deleted",)


@pytest.fixture
def story(history: L1History) -> L1History:
    """Three batches of messages and segments, all claimed rightly."""
    for number in (1, 2, 3):
        force(history.venue, add(A, number))
        force(history.venue, RICH)
        history.post([RICH, b"", grow(A) + b"\xff", add(C, number)])
        history.propose(number)
    return history


def segments_of(story: L1History) -> list[tuple[int, int]]:
    return [
        (number, index)
        for number in story.batches
        for index in range(len(story.batches[number].inputs()))
    ]


def test_every_right_segment_is_correct(story: L1History) -> None:
    """Attacks 6, 11: the first of the chain, first and last of batches, messages and all others."""
    assert len(segments_of(story)) == 18
    for number, index in segments_of(story):
        assert outcome(story, story.challenge(number, index)) == ("ClaimIsCorrect", number, index)
    for number, index in ((1, 0), (3, 5)):
        with pytest.raises(Reverted, match="ClaimIsCorrect"):
            story.venue.send(story.venue.rollup.challenge(story.challenge(number, index)))
    assert story.venue.rollup.claimCount().call() == 4


@pytest.mark.parametrize("index", range(6))
@pytest.mark.parametrize("number", [1, 2, 3])
def test_every_wrong_root_is_disproved(history: L1History, number: int, index: int) -> None:
    """Attacks 5, 6: at any place, a lie about one root alone or about all from there on."""
    venue = history.venue
    for each in (1, 2, 3):
        force(venue, add(A, each))
        force(venue, RICH)
        history.post([RICH, b"", grow(A) + b"\xff", add(C, each)])
        history.propose(each, wrong=index + 1 if each == number else None, to_end=index % 2 == 0)
    for before in range(index):
        correct = ("ClaimIsCorrect", number, before)
        assert outcome(history, history.challenge(number, before)) == correct
    sent = venue.send(venue.rollup.challenge(history.challenge(number, index)), "challenger")
    (event,) = venue.events(sent, venue.rollup, "ClaimDeleted")
    assert event == {
        "number": number,
        "claimHash": history.claim_hashes[number],
        "challenger": venue.address("challenger").lower(),
        "segmentIndex": index,
        "rightRoot": history.roots(number)[index + 1],
        "claimCount": 4,
    }
    assert venue.rollup.claimCount().call() == number


@pytest.mark.parametrize("by", ["anyone", "copier", "trader", "sequencer", "proposer"])
def test_anybody_disproves(history: L1History, by: str) -> None:
    """No role, bond or commitment is asked for: whoever has the proof, strangers and the liar."""
    venue = history.venue
    history.post([RICH, add(C, 1)])
    history.propose(1, wrong=1)
    sent = venue.send(venue.rollup.challenge(history.challenge(1, 0)), by)
    (event,) = venue.events(sent, venue.rollup, "ClaimDeleted")
    assert event["challenger"] == venue.address(by).lower()
    assert venue.rollup.claimCount().call() == 1


def test_claim_that_skips_a_segment_is_disproved(history: L1History) -> None:
    history.post([RICH, add(A)])
    right = history.roots(1)
    history.propose_roots(1, [right[0], right[0], right[1]])
    assert outcome(history, history.challenge(1, 0)) == ("deleted",)


# Every defect of a witness


def forged_roots(roots: list[bytes], index: int) -> dict[str, Any]:
    """Both roots and their paths in a list that differs from the claim's in root index + 1 only."""
    forged = [*roots]
    forged[index + 1] = keccak256(b"forged")
    return {
        "postRoot": forged[index + 1],
        "preRootPath": list_path(forged, index),
        "postRootPath": list_path(forged, index + 1),
    }


def defects(story: L1History, number: int, index: int) -> dict[str, tuple[int, dict[str, Any]]]:
    """Ways in which a right challenge is made defective: name to (defect, changed fields)."""
    good = story.challenge(number, index)
    other = story.challenge(number, index ^ 1)
    state = story.states[number][index]
    touched = execute(story.batches[number].inputs()[index], state).touched
    wider = [*touched, key_of(1, 77)]
    narrow = touched[:-1]
    wrong = dict.fromkeys(touched, b"") | {key: state.records.get(key, b"") for key in touched}
    wrong[0] = keccak256(b"another global record") + wrong[0][32:]
    flipped = bytearray(good["header"])
    flipped[80] ^= 1
    roots = story.claims[number]
    return {
        "segment of another index": (ROOTS, {"segmentIndex": index ^ 1}),
        "index past the end": (ROOT_INDEX, {"segmentIndex": len(roots) - 1}),
        "index far past the end": (ROOT_INDEX, {"segmentIndex": 2**32 - 1}),
        "pre-root of another segment": (
            ROOTS,
            {"preRoot": other["preRoot"], "preRootPath": other["preRootPath"]},
        ),
        "post-root of another segment": (
            ROOTS,
            {"postRoot": other["postRoot"], "postRootPath": other["postRootPath"]},
        ),
        "post-root that was not claimed": (ROOTS, {"postRoot": keccak256(b"")}),
        "pre-root that was not claimed": (ROOTS, {"preRoot": keccak256(b"")}),
        "consistent roots of another claim": (ROOTS, forged_roots(roots, index)),
        "no path": (ROOTS, {"preRootPath": []}),
        "path too long": (ROOTS, {"postRootPath": [*good["postRootPath"], ZERO]}),
        "header of another time": (None, {"header": bytes(flipped)}),
        "header cut short": (HEADER, {"header": good["header"][:-1]}),
        "header too long": (HEADER, {"header": good["header"] + b"\0"}),
        "no header": (HEADER, {"header": b""}),
        "another segment": (None, {"segment": other["segment"]}),
        "segment and a byte": (None, {"segment": good["segment"] + b"\0"}),
        "segment less a byte": (None, {"segment": good["segment"][:-1]}),
        "path of another segment": (
            None,
            {"segmentPath": [ZERO]},
        ),
        "record missing": (
            LAW_CALL,
            {"records": state.witness(narrow), "proof": state.proof(narrow)},
        ),
        "record too many": (
            TOUCHED,
            {"records": state.witness(wider), "proof": state.proof(wider)},
        ),
        "record changed": (PRE_ROOT, {"records": encode_records(wrong)}),
        "proof of fewer records": (PROOF, {"proof": state.proof(narrow)}),
        "proof empty": (PROOF, {"proof": b""}),
        "proof and a byte": (PROOF, {"proof": good["proof"] + b"\0"}),
        "advice too long": (ADVICE, {"advice": good["advice"] + bytes(4)}),
        "advice and a byte": (ADVICE, {"advice": good["advice"] + b"\0"}),
    }


@pytest.mark.parametrize(("number", "index"), [(2, 1), (2, 2)])
def test_every_defect_is_incomplete(story: L1History, number: int, index: int) -> None:
    """Attacks 5, 7, 8, 11: of an inbox segment and of an ordered one; whatever was claimed."""
    for lie in (False, True):
        if lie:
            story.venue.rollup.claimCount().call()
            story.post([b""])
            story.propose(4, wrong=1)
        for name, (defect, changes) in defects(story, number, index).items():
            result = outcome(story, story.challenge(number, index, **changes))
            assert result[0] == "Incomplete", f"{name}: {result}"
            assert defect is None or result[1] == defect, f"{name}: {result}"


def test_wrong_advice_is_incomplete(story: L1History) -> None:
    """Attack 11: never a no-op, never a code."""
    good = story.challenge(2, 2)
    for advice in (b"", good["advice"][:4], bytes(8), good["advice"][4:] + good["advice"][:4]):
        assert outcome(story, good | {"advice": advice}) == ("Incomplete", LAW_CALL)


def test_wrong_message_is_incomplete(story: L1History) -> None:
    """Attack 11: another message, one of another sender or time, or one that was never added."""
    good = story.challenge(2, 0)
    message = good["segment"]
    other_sender = message[:1] + bytes(20) + message[21:]
    other_time = message[:21] + bytes(6) + message[27:]
    for forged in (b"", story.messages[0], story.messages[3], other_sender, other_time):
        assert outcome(story, good | {"segment": forged}) == ("Incomplete", MESSAGE)
    assert outcome(story, good | {"segmentPath": [ZERO]}) == ("Incomplete", MESSAGE)
    assert outcome(story, good | {"segments": ZERO}) == ("Incomplete", HEADER)


def test_records_out_of_order_are_incomplete(story: L1History) -> None:
    """Attack 11: a reordered record list."""
    good = story.challenge(2, 2)
    state = story.states[2][2]
    keys = execute(story.batches[2].inputs()[2], state).touched
    entries = [encode_records({key: state.records.get(key, b"")}) for key in keys]
    for place in range(len(entries) - 1):
        swapped = [*entries]
        swapped[place : place + 2] = swapped[place : place + 2][::-1]
        result = outcome(story, good | {"records": b"".join(swapped)})
        assert result == ("Incomplete", RECORDS)
    result = outcome(story, good | {"records": b"".join([*entries, entries[-1]])})
    assert result[0] == "Incomplete"


def test_missing_record_does_not_read_as_zero(story: L1History) -> None:
    """Attack 7: declared absent, with the proof of its presence or with one of its absence."""
    good = story.challenge(2, 2)
    state = story.states[2][2]
    keys = execute(story.batches[2].inputs()[2], state).touched
    hidden = {key: b"" if key == A else state.records.get(key, b"") for key in keys}
    assert state.records[A]
    result = outcome(story, good | {"records": encode_records(hidden)})
    assert result == ("Incomplete", PRE_ROOT)
    without = Forest({key: data for key, data in state.records.items() if key != A})
    forged = {"records": without.witness(keys), "proof": without.proof(keys)}
    assert outcome(story, good | forged) == ("Incomplete", PRE_ROOT)


def test_proof_of_one_segment_does_not_disprove_an_identical_later_one(
    history: L1History,
) -> None:
    """Attack 10: same ops, other state; and the same disproof pays once."""
    venue, rollup = history.venue, history.venue.rollup
    history.post([add(A), add(A), add(A)])
    history.propose(1, wrong=1)
    first = history.challenge(1, 0)
    for index in (1, 2):
        later = history.challenge(1, index)
        witness = {name: first[name] for name in ("records", "proof", "advice")}
        assert outcome(history, later | witness) == ("Incomplete", PRE_ROOT)
        assert outcome(history, later)[0] == "Incomplete"
    venue.send(rollup.challenge(first), "challenger")
    assert outcome(history, first) == ("UnknownClaim", 1, ZERO, ZERO)
    venue.send(rollup.depositBond(), "rival", value=rollup.bondWei().call())
    history.propose(1, by="rival")
    result = outcome(history, first)
    assert result == ("UnknownClaim", 1, first["claimHash"], history.claim_hashes[1])


def test_claim_hash_must_be_the_one_that_stands(story: L1History) -> None:
    good = story.challenge(2, 2)
    assert outcome(story, good | {"claimHash": ZERO})[0] == "UnknownClaim"
    assert outcome(story, good | {"number": 1})[0] == "UnknownClaim"
    assert outcome(story, good | {"number": 4})[0] == "UnknownClaim"
    assert outcome(story, good | {"number": 2**64 - 1})[0] == "UnknownClaim"
    genesis = good | {"number": 0, "claimHash": story.claim_hashes[0], "segmentIndex": 0}
    assert outcome(story, genesis) == ("ClaimIsFinal", 0, 0)


# The law's call


@pytest.mark.parametrize(("index", "wrong"), [(0, 1), (1, None)])
def test_little_gas_never_becomes_a_result(
    history: L1History, index: int, wrong: int | None
) -> None:
    """Attack 3: at every amount of gas the verdict is the same, or the transaction fails."""
    venue = history.venue
    force(venue, RICH + op(HASH, (200).to_bytes(4, "big")))
    history.post([RICH + op(HASH, (100).to_bytes(4, "big"))])
    history.propose(1, wrong=wrong)
    call = venue.rollup.challenge(history.challenge(1, index))
    full = outcome(history, history.challenge(1, index))
    expected: set[tuple[Any, ...]]
    expected = {("ClaimIsCorrect", 1, index) if wrong is None else ("deleted",)}
    assert {full} == expected
    seen: set[tuple[Any, ...]] = set()
    # Intrinsic gas is about 40,000; the law takes most of what follows.
    for gas in [*range(60_000, 360_000, 12_000), 2**24]:
        try:
            venue.dry_run(call, "challenger", gas=gas)
            seen.add(("deleted",))
        except Reverted as error:
            ours = error.name != "no error of ours"
            seen.add((error.name, *error.arguments) if ours else ("failed",))
    assert seen <= expected | {("failed",), ("Incomplete", LAW_CALL)}
    assert expected <= seen
    assert ("failed",) in seen or ("Incomplete", LAW_CALL) in seen


def test_law_that_runs_out_of_all_gas_gives_no_result(history: L1History) -> None:
    """Attack 3: 63/64 are gone, and what is left still reverts."""
    history.post([op(BURN), op(REVERT)])
    history.propose(1, wrong=1)
    given = history.challenge(1, 0)
    assert outcome(history, given, gas=1_000_000) == ("Incomplete", LAW_CALL)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        bytes(31),
        bytes(63),
        (32).to_bytes(32, "big") + (0).to_bytes(32, "big"),
        (32).to_bytes(32, "big") + (13).to_bytes(32, "big") + bytes(32),
        (32).to_bytes(32, "big") + (14).to_bytes(32, "big"),
        (32).to_bytes(32, "big") + (2**255).to_bytes(32, "big") + bytes(32),
        (32).to_bytes(32, "big") + (2**256 - 1).to_bytes(32, "big") + bytes(32),
        (64).to_bytes(32, "big") + (14).to_bytes(32, "big") + bytes(32),
        (0).to_bytes(32, "big") + (14).to_bytes(32, "big") + bytes(32),
        # The results' length lies.
        (32).to_bytes(32, "big")
        + (32).to_bytes(32, "big")
        + bytes.fromhex("00010000" + "00" * 8 + "ffff").ljust(32, b"\0"),
    ],
)
def test_result_that_does_not_parse_is_incomplete(history: L1History, raw: bytes) -> None:
    history.post([op(GARBAGE, raw)])
    history.propose(1, wrong=1)
    assert outcome(history, history.challenge(1, 0)) == ("Incomplete", LAW_RESULT)


def test_segment_on_which_the_law_reverts_cannot_be_disproved(history: L1History) -> None:
    """Attack 12: why the law must be total. The claim stands, right or wrong."""
    history.post([op(REVERT)])
    history.propose(1, wrong=1)
    assert outcome(history, history.challenge(1, 0)) == ("Incomplete", LAW_CALL)


def test_rollup_answers_nothing_that_the_law_asks(story: L1History) -> None:
    """Attack 20: there is no function, no fallback and no state that could fill a gap."""
    rollup, relay = story.venue.rollup, story.venue.deploy(harness("Relay"))
    entries = artifact("Rollup").abi
    assert not [entry for entry in entries if entry["type"] in ("fallback", "receive")]
    load = keccak256(b"load(uint64)")[:4] + bytes(32)
    advise = keccak256(b"advise(uint256,uint256,uint256)")[:4] + bytes(96)
    assert not {load[:4], advise[:4]} & set(artifact("Rollup").selectors.values())
    calls = [replace(rollup.claimCount(), data=data) for data in (load, advise, b"", b"\0")]
    assert relay_run(story.venue, relay, calls) == [(False, b"")] * 4


# Several challenges in one transaction


def relay_run(venue: Venue, relay: Any, calls: list[Any]) -> list[tuple[bool, bytes]]:
    """Make calls in one transaction through a contract; return what each came to."""
    arguments = ([each.address for each in calls], [each.data for each in calls], [0] * len(calls))
    sent = venue.send(relay.run(*arguments), "challenger")
    (log,) = [log for log in sent.logs if log.address == bytes.fromhex(relay.address[2:])]
    done, answers = decode(["bool[]", "bytes[]"], log.data)
    return list(zip(done, answers, strict=True))


def test_challenges_of_one_transaction_do_not_see_each_other(story: L1History) -> None:
    """Attack 20: what the first brings fills no gap in the second, in either order."""
    venue, rollup = story.venue, story.venue.rollup
    relay = venue.deploy(harness("Relay"))
    full = story.challenge(2, 2)
    state = story.states[2][2]
    narrow = execute(story.batches[2].inputs()[2], state).touched[:-1]
    gaps = [
        full | {"records": state.witness(narrow), "proof": state.proof(narrow)},
        full | {"records": b""},
        full | {"advice": full["advice"][:4]},
        full | {"proof": b"\0\0"},
        full | {"segment": b""},
    ]
    alone = [outcome(story, gap) for gap in gaps]
    assert all(each[0] == "Incomplete" for each in alone)
    calls = [rollup.challenge(each) for gap in gaps for each in (full, gap, full)]
    results = relay_run(venue, relay, calls)
    assert not any(done for done, _ in results)
    errors = [venue._reverted(answer) for _, answer in results]
    assert {error.name for error in errors[0::3] + errors[2::3]} == {"ClaimIsCorrect"}
    assert [(error.name, *error.arguments) for error in errors[1::3]] == alone


def test_two_lies_are_disproved_in_one_transaction(history: L1History) -> None:
    """Attack 20: the second challenge meets a claim that the first has deleted."""
    venue, rollup = history.venue, history.venue.rollup
    relay = venue.deploy(harness("Relay"))
    for number in (1, 2, 3):
        history.post([RICH, add(A)])
        history.propose(number, wrong=2 if number == 1 else None)
    history.claims[3] = history.claims[3]
    lie = rollup.challenge(history.challenge(1, 1))
    right = rollup.challenge(history.challenge(1, 0))
    results = relay_run(venue, relay, [right, lie, lie, right])
    assert [done for done, _ in results] == [False, True, False, False]
    assert venue._reverted(results[3][1]).name == "UnknownClaim"
    assert rollup.claimCount().call() == 1


def test_path_of_a_longer_list_opens_no_other_root(story: L1History) -> None:
    """Attack 5: paths are those of this claim's count of roots."""
    roots = story.claims[2]
    longer = [*roots, ZERO]
    good = story.challenge(2, 5)
    changes = {"postRootPath": list_path(longer, 6)}
    assert outcome(story, good | changes) == ("Incomplete", ROOTS)
