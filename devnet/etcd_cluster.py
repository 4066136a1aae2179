"""An etcd cluster on this machine: for the devnet's standbys, their tests and benchmarks.

Members listen on loopback alone, without TLS, and keep their data in a folder of their own. Timers
are shorter than etcd's defaults, which are made for machines far apart: with these a cluster of
three has a new leader of its own within half a second.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from strikeproof.devnet.ports import free_ports
from strikeproof.failure import Rejected
from strikeproof.wire.errors import FailureCode

HEARTBEAT_MS: Final = 50
ELECTION_MS: Final = 500
READY_SECONDS: Final = 20.0
ROOT: Final = Path(__file__).resolve().parent.parent


class EtcdNotInstalled(Rejected):
    """There is no etcd on this machine."""

    code = FailureCode.ETCD_NOT_INSTALLED

    def __init__(self) -> None:
        super().__init__("etcd is not installed: `make etcd`, or set STRIKEPROOF_ETCD")


def find_etcd() -> Path:
    """Return the program: $STRIKEPROOF_ETCD, the machine's, or what `make etcd` unpacked. Raises
    `EtcdNotInstalled`."""
    candidates = [os.environ.get("STRIKEPROOF_ETCD"), shutil.which("etcd")]
    for each in (*candidates, str(ROOT / ".etcd" / "usr" / "bin" / "etcd")):
        if each and os.access(each, os.X_OK):
            return Path(each)
    raise EtcdNotInstalled()


@dataclass(slots=True)
class Member:
    """One etcd process. It can be killed, stopped, continued, started again."""

    name: str
    client_port: int
    command: list[str]
    log: Path
    process: subprocess.Popen[bytes] | None = None

    @property
    def endpoint(self) -> str:
        """Where it answers."""
        return f"127.0.0.1:{self.client_port}"

    def start(self) -> None:
        """Start the process; `EtcdCluster.wait` returns when it serves."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(self.command, stdout=log, stderr=log)

    def kill(self) -> None:
        """End it at once."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def signal(self, number: int) -> None:
        """Send a signal, SIGSTOP or SIGCONT; return once a SIGSTOP has stopped all of it."""
        assert self.process is not None
        self.process.send_signal(number)
        if number == signal.SIGSTOP:
            os.waitid(os.P_PID, self.process.pid, os.WSTOPPED)


class EtcdCluster:
    """Members on loopback. Use it as a context manager."""

    def __init__(self, folder: Path, count: int = 3, *, options: tuple[str, ...] = ()) -> None:
        """`options`: further ones of etcd's. Raises `EtcdNotInstalled`."""
        program = find_etcd()
        folder.mkdir(parents=True, exist_ok=True)
        ports = free_ports(2 * count)
        names = [f"etcd{number}" for number in range(count)]
        peers = [f"http://127.0.0.1:{port}" for port in ports[count:]]
        initial = ",".join(f"{name}={peer}" for name, peer in zip(names, peers, strict=True))
        self.members = []
        for name, port, peer in zip(names, ports, peers, strict=False):
            client = f"http://127.0.0.1:{port}"
            command = [str(program), "--name", name, "--data-dir", str(folder / name)]
            command += ["--listen-client-urls", client, "--advertise-client-urls", client]
            command += ["--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer]
            command += ["--initial-cluster", initial, "--initial-cluster-state", "new"]
            command += ["--heartbeat-interval", str(HEARTBEAT_MS)]
            command += ["--election-timeout", str(ELECTION_MS), "--log-level", "error", *options]
            self.members.append(Member(name, port, command, folder / f"{name}.log"))

    @property
    def endpoints(self) -> list[str]:
        """Where the members answer."""
        return [each.endpoint for each in self.members]

    def __enter__(self) -> EtcdCluster:
        for each in self.members:
            each.start()
        self.wait()
        return self

    def __exit__(self, *error: object) -> None:
        for each in self.members:
            if each.process is not None:
                each.process.send_signal(signal.SIGCONT)
            each.kill()

    def wait(self) -> None:
        """Return once every member that runs serves."""
        deadline = time.monotonic() + READY_SECONDS
        for each in self.members:
            while each.process is not None and not _is_healthy(each.endpoint):
                if time.monotonic() > deadline or each.process.poll() is not None:
                    raise TimeoutError(f"{each.name} does not serve: {each.log}")
                time.sleep(0.05)


def _is_healthy(endpoint: str) -> bool:
    try:
        with urllib.request.urlopen(f"http://{endpoint}/health", timeout=1) as answer:
            return b'"true"' in answer.read()
    except OSError:
        return False
