"""Bodies of worker processes that do their job badly. A file in the folder says who did so before:
only the first worker misbehaves, its successors do their job."""

import os
import time
from dataclasses import replace
from pathlib import Path

from strikeproof.verifier.execution.process_worker import READY, serve
from strikeproof.verifier.execution.witness_job import JobRunner


def first(folder: Path) -> bool:
    """Return whether no other worker has been here; remembers this one."""
    try:
        os.close(os.open(folder / "first", os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return False
    return True


def dies(folder, connection) -> None:
    if not first(folder):
        serve(connection)
    connection.send(READY)
    connection.recv()
    os._exit(9)


def hangs(folder, connection) -> None:
    if not first(folder):
        serve(connection)
    connection.send(READY)
    connection.recv()
    time.sleep(3600)


def always_dies(folder, connection) -> None:
    connection.send(READY)
    connection.recv()
    os._exit(9)


def answers_another_job(folder, connection) -> None:
    """Answers its first job truly, and every later one with that answer."""
    if not first(folder):
        serve(connection)
    connection.send(READY)
    runner, kept = JobRunner(), None
    while True:
        job, law = connection.recv()
        if law is not None:
            runner.learn(law)
        kept = kept or runner.run(job)
        connection.send(kept)


def answers_another_law(folder, connection) -> None:
    if not first(folder):
        serve(connection)
    connection.send(READY)
    job, law = connection.recv()
    runner = JobRunner()
    runner.learn(law)
    connection.send(replace(runner.run(job), law_id=bytes(32)))
    connection.recv()


def answers_nonsense(folder, connection) -> None:
    if not first(folder):
        serve(connection)
    connection.send(READY)
    connection.recv()
    connection.send({"result": "fine"})
    connection.recv()


def lies(folder, connection) -> None:
    """Changes a byte of a record."""
    if not first(folder):
        serve(connection)
    connection.send(READY)
    runner = JobRunner()
    while True:
        job, law = connection.recv()
        if law is not None:
            runner.learn(law)
        answer = runner.run(job)
        assert answer.result is not None
        changed = {key: record[:-1] + b"\x77" for key, record in answer.result.changed.items()}
        connection.send(replace(answer, result=replace(answer.result, changed=changed)))
