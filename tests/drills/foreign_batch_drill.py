"""S3 on real processes: a stranger's batch takes the place of ours."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from strikeproof.client import Ack, Client
from strikeproof.client.client_failure import Overloaded
from strikeproof.client.operation import Place
from strikeproof.client.receipt_check import Receipt
from strikeproof.devnet.l1_wallet import L1Wallet
from strikeproof.keccak import keccak256
from strikeproof.ordered_form import ordered_op
from strikeproof.sequencer.batch.batch_bytes import Batch, BatchHeader
from strikeproof.sequencer.recovery.change_log import ChangeLog
from strikeproof.wire.operation_pb2 import SignedOp
from strikeproof.wire.trading_pb2 import SubmitRequest
from strikeproof.wire.trading_pb2_grpc import TradingStub
from tests.integration.faulty_rpc import FaultyRpc, fail
from tests.integration.sequencer.chain import (
    USD,
    Chain,
    SequencerProcess,
    l1_account,
    running_chain,
    start_sequencer,
    write_config,
)
from tests.integration.sequencer.test_reorganization import deposit, wait
from tests.integration.sequencer.venue import wallet

PROMISES = 40
BATCH_MS = 8_000
TERMS = {"max_lag_seconds": 30, "force_inclusion_seconds": 60, "grace_seconds": 3}


def promises(sequencer: SequencerProcess, ops: list[bytes]) -> dict[bytes, Receipt]:
    """Submit ops side by side; return the answer to each."""
    stub: Any = TradingStub(sequencer.channel)

    def submit(op: bytes) -> Receipt:
        answer = stub.Submit(SubmitRequest(op=SignedOp(raw=op)), timeout=20)
        return Receipt.of_message(answer.accepted.receipt)

    with ThreadPoolExecutor(len(ops)) as pool:
        return dict(zip(ops, pool.map(submit, ops), strict=True))


def post_messages(chain: Chain) -> int:
    """Post the overdue inbox as anybody may; return the batch's number."""
    rollup = chain.rollup()
    inbox = chain.deployment.contract(chain.web3, "Inbox").functions
    number, end = rollup.batchCount().call() + 1, inbox.count().call()
    time_ms = int(chain.web3.eth.get_block("latest")["timestamp"]) * 1000
    header = BatchHeader(
        law_id=rollup.lawAt(time_ms).call(),
        number=number,
        parent_hash=rollup.batch(number - 1).call()[0],
        sequencer_epoch=rollup.sequencerEpoch().call(),
        time_ms=time_ms,
        inbox_end=end,
        inbox_rolling=inbox.rolling(end).call(),
        segment_count=0,
    )
    stranger = L1Wallet(chain.web3, l1_account("trader 1"))
    stranger.call(rollup.postBatch(Batch.seal(header, []).encode()))
    stranger.settle()
    return int(number)


@pytest.mark.timeout(600)
def test_forty_promises_move_up_behind_a_strangers_batch_in_the_same_order(tmp_path: Path) -> None:
    """S3: it adopts the batch, announces what changed, and goes on by itself."""
    with running_chain(tmp_path, **TERMS) as chain, FaultyRpc(chain.url) as proxy:
        config = write_config(
            tmp_path, replace(chain, url=proxy.url), check_ppm=0, batch_ms=BATCH_MS
        )
        sequencer = start_sequencer(config)
        try:
            with Client(sequencer.endpoint, wallet("trader 2")) as trader:
                trader.submit(chain.index_price())
                first = trader.place(1, sell=False, price=990, lots=1)
                wait(lambda: trader.finality(first).state != "accepted", 60)
                proxy.faults = [fail("eth_sendRawTransaction")]
                deposit(chain, 2, 5 * USD)
                ops = [chain.bundle(1, n, Place(1, False, 900 + n, 1)) for n in range(PROMISES)]
                told = promises(sequencer, ops)
                assert len({each.batch for each in told.values()}) == 1, "one batch has them all"
                (number,) = {each.batch for each in told.values()}
                wait(lambda: _is_overdue(chain), 2 * sum(TERMS.values()))
                assert post_messages(chain) == number
                proxy.faults = []
                wait(lambda: len(ChangeLog(sequencer.data).read()) >= PROMISES, 60)
                sequencer.connect()
            with Client(sequencer.endpoint, wallet("trader 2")) as trader:
                found = {op: trader.finality(keccak256(ordered_op(op))) for op in ops}
                assert all(each.change is not None for each in found.values()), "40 are broken"
                assert {each.batch for each in found.values()} == {number + 1}
                before = sorted(ops, key=lambda op: (told[op].segment, told[op].index))
                after = sorted(ops, key=lambda op: (found[op].segment, found[op].index))
                assert before == after
                later = place_once_it_accepts(trader)
                wait(lambda: trader.finality(later).state != "accepted", 90)
                wait(lambda: chain.rollup().batchCount().call() > number, 60)
            assert sequencer.process.poll() is None, "the same process"
        finally:
            assert sequencer.terminate() == 0, sequencer.log.read_text()[-3000:]


def place_once_it_accepts(trader: Client) -> Ack:
    """Place an order as soon as the backlog lets the node promise again."""
    deadline = time.monotonic() + 120
    while True:
        try:
            return trader.place(1, sell=False, price=980, lots=1)
        except Overloaded:
            assert time.monotonic() < deadline, "it never accepts again"
            time.sleep(0.5)


def _is_overdue(chain: Chain) -> bool:
    """Whether the oldest message that no batch holds may be posted by anybody."""
    inbox = chain.deployment.contract(chain.web3, "Inbox").functions
    sent_ms = inbox.timeMs(chain.rollup().inboxEnd().call()).call()
    head = int(chain.web3.eth.get_block("latest")["timestamp"])
    due = TERMS["force_inclusion_seconds"] + TERMS["grace_seconds"]
    return bool(head > sent_ms // 1000 + due + 1)
