"""Bugs of the sequencer's node that a seed of the simulation must find: `make simulate-mutants`.

Each is (name, file, what stands there once, what takes its place). The first seeds find most of
them; where a rarer story is needed, `FIRST_SEEDS` names a seed that shows it.
"""

from __future__ import annotations

from typing import Final

POSTING: Final = "sequencer/posting"

FIRST_SEEDS: Final = {
    "its own earlier batch is somebody else's": 97,
    "ops of an adopted batch are ordered again": 347,
}

MUTATIONS: Final = [
    (
        "it acknowledges before it is durable",
        "sequencer/pipeline/group_commit.py",
        """            await loop.run_in_executor(self._thread, self._journal.commit, payload)
            self.delivery.metrics.commit_seconds.observe(time.perf_counter() - started)
            self.delivery.deliver(group, payload)
""",
        """            self.delivery.deliver(group, payload)
            await loop.run_in_executor(self._thread, self._journal.commit, payload)
            self.delivery.metrics.commit_seconds.observe(time.perf_counter() - started)
""",
    ),
    (
        "it acknowledges whatever waits",
        f"{POSTING}/promise_limits.py",
        "if oldest_ms is not None and outlook.now_ms + younger_ms - oldest_ms > limit_ms:",
        "if oldest_ms is not None and outlook.now_ms + younger_ms - oldest_ms > 9 * limit_ms:",
    ),
    (
        "sealing again makes promises young",
        "sequencer/l1/finality.py",
        "min(each.opened_ms, each.time_ms) for each in waiting",
        "each.time_ms for each in waiting",
    ),
    (
        "it does not see that a batch is too old",
        f"{POSTING}/outdated_batches.py",
        "if oldest is not None and self._rules.is_too_old(oldest.time_ms, view):",
        "if oldest is None and self._rules.is_too_old(0, view):",
    ),
    (
        "batches sealed before the start do not wait",
        "sequencer/run.py",
        "    for batch in batches_from(folder, finality.posted_to + 1):\n",
        "    finality._sealed.clear()\n    for batch in []:\n",
    ),
    (
        "a rewrite leaves out what is due",
        f"{POSTING}/rewrite_layout.py",
        "due, end = self._terms.rules.due_end(lane, start, queue, time_ms), ends[lane]",
        "due, end = start, ends[lane]",
    ),
    (
        "its own earlier batch is somebody else's",
        f"{POSTING}/rewrite_plan.py",
        "AdoptedBatch(each.header, sent_batch(each.header.number, each.hash))",
        "AdoptedBatch(each.header, None)",
    ),
    (
        "ops of an adopted batch are ordered again",
        f"{POSTING}/rewrite_layout.py",
        "if isinstance(entry, OpOrdered) and known[entry.op]:",
        "if isinstance(entry, OpOrdered) and not known:",
    ),
    (
        "changes are not announced",
        "sequencer/recovery/change_log.py",
        'lines = "".join(json.dumps(_line(each)) + "\\n" for each in new)',
        'lines = "".join(json.dumps(_line(each)) + "\\n" for each in new[1:])',
    ),
    (
        "snapshots outlive what they were made from",
        f"{POSTING}/journal_rewrite.py",
        "if int(path.stem) >= number:",
        "if int(path.stem) > number + 500:",
    ),
    (
        "nonces are L1's alone",
        "strikeproof/l1/sender.py",
        "ours = greatest + 1\n        while",
        "ours = count\n        while",
    ),
    (
        "what a reorganization drops is not sent again",
        "strikeproof/l1/sender.py",
        "intent = self._store.set_status(intent, IntentStatus.PENDING)\n"
        "            self._broadcast_at.pop(intent.id, None)\n"
        "        if count",
        "return intent\n        if count",
    ),
    (
        "events of replaced blocks stay",
        "sequencer/l1/l1_watcher.py",
        "self._events = [each for each in self._events if each.block_number <= number]",
        "self._events = [each for each in self._events if each.block_number <= number + 2]",
    ),
]

# No seed breaks by these: gaps of nonces are filled, and a store whose batches do not follow one
# another is made again. Their own tests find them, named behind.
HEALED: Final = [
    (
        "node, alone: a count is believed at once",
        "strikeproof/l1/stable_answer.py",
        "return self._polls >= POLLS_BELIEVED and head.number >= self._first_block + self._blocks",
        "return True",
        "-m pytest -q -x tests/integration/l1/test_sender.py",
    ),
    (
        "node, alone: batches of an earlier order may come back",
        "sequencer/prover/batch_store_repair.py",
        "        _forget_outdated(folder)\n        return",
        "        return",
        "-m pytest -q -x tests/unit/sequencer/prover/test_batch_store_repair.py",
    ),
]
