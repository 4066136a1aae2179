"""Python processes that begin with their libraries loaded (docs/adr/0180).

`start_python(module, arguments, …)` runs what `python -m module arguments…` runs, with the
environment, folder and output that it is given, as a process of its own: a fork of one that has
imported web3, py-evm and gRPC, so that not every node spends 2 s of processor time on that. The
process that forks, `python -m tests.preloaded_process SOCKET`, starts with the first of them and
ends with the tests. It has no threads. What reads the environment at its import is `READ_AGAIN`.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import importlib
import json
import os
import runpy
import select
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any, Final

PRELOADED: Final = (
    "strikeproof.sequencer.run",
    "strikeproof.devnet.embedded_l1.rpc_server",
    "strikeproof.cli.sequencer",
    "strikeproof.gateway.server",
)
READ_AGAIN: Final = ("strikeproof.sequencer.crash_point",)
ROOT: Final = Path(__file__).resolve().parent.parent
REQUEST_BYTES_MAX: Final = 1 << 17
NUMBER: Final = struct.Struct("!q")


class PreloadedProcess:
    """A process as `subprocess.Popen` shows one."""

    def __init__(self, arguments: Sequence[str], connection: socket.socket) -> None:
        """Use `start_python`."""
        self.args = list(arguments)
        self.returncode: int | None = None
        self._connection = connection
        self.pid = self._number()

    def _number(self) -> int:
        data = self._connection.recv(NUMBER.size, socket.MSG_WAITALL)
        assert len(data) == NUMBER.size, "the process that forks has ended"
        return int(NUMBER.unpack(data)[0])

    def poll(self) -> int | None:
        """Return its status if it has ended."""
        return self._ended(0)

    def _ended(self, timeout: float | None) -> int | None:
        if self.returncode is None:
            waiting = select.poll()
            waiting.register(self._connection, select.POLLIN)
            if waiting.poll(None if timeout is None else timeout * 1_000):
                self.returncode = self._number()
                self._connection.close()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Return its status. Raises `subprocess.TimeoutExpired`."""
        if (status := self._ended(timeout)) is None:
            raise subprocess.TimeoutExpired(self.args, timeout or 0)
        return status

    def send_signal(self, number: int) -> None:
        """Send a signal, unless it has ended."""
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def terminate(self) -> None:
        """SIGTERM."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL."""
        self.send_signal(signal.SIGKILL)


class _Forker:
    """The tests' side of the process that forks."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._control: socket.socket | None = None

    def start(
        self, request: dict[str, Any], stdout: IO[Any] | int, stderr: IO[Any] | int
    ) -> PreloadedProcess:
        with self._lock:
            control = self._control = self._control or _begin()
            ours, theirs = socket.socketpair()
            outputs = [
                each if isinstance(each, int) else each.fileno() for each in (stdout, stderr)
            ]
            with theirs:
                text = json.dumps(request).encode()
                assert len(text) < REQUEST_BYTES_MAX
                socket.send_fds(control, [text], [theirs.fileno(), *outputs])
        return PreloadedProcess([request["module"], *request["arguments"]], ours)


_forker: Final = _Forker()


def start_python(
    module: str,
    arguments: Sequence[str],
    *,
    stdout: IO[Any] | int,
    stderr: IO[Any] | int,
    env: Mapping[str, str] | None = None,
) -> PreloadedProcess:
    """Run what `python -m module arguments…` runs, with nothing on its standard input."""
    request = {
        "module": module,
        "arguments": [str(each) for each in arguments],
        "environment": dict(os.environ if env is None else env),
        "folder": os.getcwd(),
    }
    return _forker.start(request, stdout, stderr)


def run_python(
    module: str, arguments: Sequence[str], *, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run it to its end, and return its status with what it wrote."""
    with tempfile.TemporaryFile("w+") as stdout, tempfile.TemporaryFile("w+") as stderr:
        process = start_python(module, arguments, stdout=stdout, stderr=stderr, env=env)
        status = process.wait()
        for each in (stdout, stderr):
            each.seek(0)
        return subprocess.CompletedProcess(process.args, status, stdout.read(), stderr.read())


def _begin() -> socket.socket:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-m", __name__, str(theirs.fileno())],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            pass_fds=[theirs.fileno()],
            cwd=ROOT,
        )

    def end() -> None:
        ours.close()
        process.wait()

    atexit.register(end)
    return ours


# The process that forks


class _Children:
    """The processes that run, with the connections that hear of their end."""

    def __init__(self) -> None:
        self._running: dict[int, socket.socket] = {}

    def add(self, pid: int, connection: socket.socket) -> None:
        self._running[pid] = connection
        connection.sendall(NUMBER.pack(pid))

    def reap(self) -> None:
        """Report the ends of all that have ended."""
        while self._running:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            with self._running.pop(pid) as connection, contextlib.suppress(OSError):
                connection.sendall(NUMBER.pack(os.waitstatus_to_exitcode(status)))

    def forget(self) -> None:
        """In a new process: close what is not its own."""
        for each in self._running.values():
            each.close()


def _serve(control: socket.socket) -> dict[str, Any]:
    """Fork at each request; return it, in the new process alone."""
    children = _Children()
    awake, wake = os.pipe()
    for end in (awake, wake):
        os.set_blocking(end, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the tests stop their processes themselves
    signal.set_wakeup_fd(wake)
    waiting = select.poll()  # not select: descriptors of the tests may be beyond its 1,024
    for descriptor in (control.fileno(), awake):
        waiting.register(descriptor, select.POLLIN)
    while True:
        ready = [descriptor for descriptor, _ in waiting.poll()]
        if awake in ready:
            os.read(awake, 4_096)
            children.reap()
        if control.fileno() not in ready:
            continue
        text, files, _, _ = socket.recv_fds(control, REQUEST_BYTES_MAX, 3)
        if not text:
            sys.exit()
        connection = socket.socket(fileno=files[0])
        pid = os.fork()
        if pid == 0:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.default_int_handler)
            children.forget()
            for each in (control, connection):
                each.close()
            for number, file in ((1, files[1]), (2, files[2])):
                os.dup2(file, number)
            for descriptor in (*files[1:], awake, wake):
                os.close(descriptor)
            request: dict[str, Any] = json.loads(text)
            return request
        for descriptor in files[1:]:
            os.close(descriptor)
        children.add(pid, connection)


def main() -> None:
    """Fork until the tests close their end; in each new process, run what was asked for."""
    for name in PRELOADED:
        importlib.import_module(name)
    assert threading.active_count() == 1
    gc.collect()
    gc.freeze()
    request = _serve(socket.socket(fileno=int(sys.argv[1])))
    os.environ.clear()
    os.environ.update(request["environment"])
    time.tzset()
    os.chdir(request["folder"])
    sys.path[0] = request["folder"]
    importlib.invalidate_caches()
    for name in READ_AGAIN:
        importlib.reload(sys.modules[name])
    gc.unfreeze()
    sys.argv = [request["module"], *request["arguments"]]
    runpy.run_module(request["module"], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
