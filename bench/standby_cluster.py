"""Nodes of a cluster as processes, on an etcd of three members: for tests and benchmarks."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from strikeproof.devnet.etcd_cluster import EtcdCluster
from strikeproof.devnet.ports import free_ports

START_SECONDS: Final = 120.0
STOP_SECONDS: Final = 40.0


@dataclass(slots=True)
class StandbyNode:
    """One node. It can be killed, stopped, continued, started again on its folder."""

    name: str
    folder: Path
    command: list[str]
    process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> Path:
        """Its log."""
        return self.folder.with_suffix(".log")

    @property
    def endpoint(self) -> str | None:
        """Where it answers; None while it does not."""
        try:
            return (self.folder / "endpoint").read_text().strip() or None
        except OSError:
            return None

    def start(self) -> None:
        """Start the process, in a group of its own: its workers are killed with it."""
        (self.folder / "endpoint").unlink(missing_ok=True)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command, stdout=log, stderr=log, start_new_session=True
            )

    def wait(self) -> str:
        """Return where it answers, once it does."""
        deadline = time.monotonic() + START_SECONDS
        while (endpoint := self.endpoint) is None:
            ended = self.process is None or self.process.poll() is not None
            if ended or time.monotonic() > deadline:
                said = self.log.read_text(errors="replace")[-2_000:]
                raise TimeoutError(f"{self.name} {'ended' if ended else 'does not serve'}: {said}")
            time.sleep(0.05)
        return endpoint

    def signal(self, number: int) -> None:
        """Send a signal to the node's own process."""
        assert self.process is not None
        self.process.send_signal(number)

    def kill(self) -> None:
        """End the node and its workers at once."""
        if self.process is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.process = None

    def stop(self) -> int:
        """End it in good order; return its exit code."""
        assert self.process is not None
        self.process.send_signal(signal.SIGCONT)
        self.process.terminate()
        code = self.process.wait(STOP_SECONDS)
        self.process = None
        return code


class StandbyCluster:
    """An etcd and nodes `a`, `b`, … on it. Use it as a context manager."""

    def __init__(self, folder: Path, *, nodes: int = 3, traders: int, instruments: int) -> None:
        """Raises `EtcdNotInstalled`."""
        self.etcd = EtcdCluster(folder / "etcd")
        module = [sys.executable, "-m", "strikeproof.bench.standby_node"]
        self.nodes = []
        for name, port in zip("abcdefgh", free_ports(nodes), strict=False):
            arguments = [str(folder / name), str(traders), str(instruments)]
            command = [*module, *arguments, ",".join(self.etcd.endpoints), name, str(port)]
            self.nodes.append(StandbyNode(name, folder / name, command))

    def __enter__(self) -> StandbyCluster:
        self.etcd.__enter__()
        try:
            for each in self.nodes:
                each.folder.mkdir(parents=True, exist_ok=True)
                each.start()
            for each in self.nodes:
                each.wait()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *error: object) -> None:
        for each in self.nodes:
            each.kill()
        self.etcd.__exit__()

    @property
    def endpoints(self) -> list[str]:
        """Where the nodes answer that run."""
        return [each.endpoint for each in self.nodes if each.process and each.endpoint]
