"""etcd with TLS, etcd without room, and two nodes with one key (attack 57)."""

from __future__ import annotations

import asyncio
import secrets
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from strikeproof.devnet.etcd_cluster import EtcdCluster, EtcdNotInstalled, find_etcd
from strikeproof.devnet.ports import free_ports
from strikeproof.sequencer.cluster.cluster_member import KeyShared, check_own_key
from strikeproof.sequencer.cluster.etcd_client import EtcdClient, EtcdTls, EtcdUnavailable
from strikeproof.sequencer.cluster.etcd_log import EtcdLog
from strikeproof.sequencer.cluster.leader_records import Leadership
from strikeproof.sequencer.cluster.log_writer import LogWriter
from strikeproof.sequencer.journal.journal_entry import encode_op


def leadership() -> Leadership:
    return Leadership("one", "aa" * 20, 1, "", secrets.token_hex(8))


def test_two_nodes_with_one_key_do_not_start(etcd: EtcdCluster) -> None:
    """Attack 57: L1 could not tell them apart."""

    async def story() -> None:
        client = EtcdClient(etcd.endpoints, timeout_seconds=1.0)
        log = EtcdLog(client, secrets.token_bytes(32))
        try:
            check_own_key("a", "11", await log.register("a", "11"))
            check_own_key("b", "22", await log.register("b", "22"))
            check_own_key("a", "11", await log.register("a", "11"))
            with pytest.raises(KeyShared):
                check_own_key("c", "22", await log.register("c", "22"))
        finally:
            await client.close()

    asyncio.run(story())


def test_full_etcd_takes_nothing_and_what_was_taken_stays(tmp_path: Path) -> None:
    """Attack 57: NOSPACE. The writer waits, so nothing is acknowledged."""
    try:
        cluster = EtcdCluster(tmp_path, 1, options=("--quota-backend-bytes", str(8 << 20)))
    except EtcdNotInstalled as missing:
        pytest.skip(f"NOT TESTED: standby sequencers: {missing}")

    async def story() -> None:
        client = EtcdClient(cluster.endpoints, timeout_seconds=2.0)
        log = EtcdLog(client, secrets.token_bytes(32))
        try:
            term = await log.take(await log.view(), 1, leadership())
            assert term is not None
            writer = LogWriter(log, term, None, 1)
            while not writer.waits_for_etcd:
                waiting = asyncio.create_task(writer.append(encode_op(bytes(50_000), ())))
                while not (waiting.done() or writer.waits_for_etcd):
                    await asyncio.sleep(0.01)
            taken = writer.next_index - 1
            await asyncio.sleep(0.5)
            assert not waiting.done()
            waiting.cancel()
            found = 0
            while frames := await log.frames_from(found + 1):
                found += len(frames)
            # etcd applies the frame that passes its quota, and answers that it has no space: it
            # is in the log and was not acknowledged, as after any answer that is lost.
            assert taken <= found <= taken + 1
            assert found > 50
        finally:
            await client.close()

    with cluster:
        asyncio.run(story())


def openssl(*arguments: str) -> None:
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)


def certificates(folder: Path) -> None:
    """A CA, and a certificate of each side."""
    days = ("-days", "1", "-nodes", "-newkey", "rsa:2048")
    ca, key = str(folder / "ca.pem"), str(folder / "ca-key.pem")
    openssl("req", "-x509", *days, "-subj", "/CN=ca", "-keyout", key, "-out", ca)
    (folder / "san").write_text("subjectAltName=IP:127.0.0.1\n")
    for name in ("etcd", "node"):
        request, own = str(folder / "request"), str(folder / f"{name}-key.pem")
        openssl(
            *("req", "-new", "-nodes", "-newkey", "rsa:2048", "-subj", f"/CN={name}"),
            *("-keyout", own, "-out", request),
        )
        openssl(
            *("x509", "-req", "-in", request, "-CA", ca, "-CAkey", key, "-CAcreateserial"),
            *("-days", "1", "-extfile", str(folder / "san"), "-out", str(folder / f"{name}.pem")),
        )


@pytest.mark.skipif(shutil.which("openssl") is None, reason="makes certificates by openssl")
def test_log_is_reached_by_tls_and_only_with_a_certificate(tmp_path: Path) -> None:
    try:
        program = find_etcd()
    except EtcdNotInstalled as missing:
        pytest.skip(f"NOT TESTED: standby sequencers: {missing}")
    certificates(tmp_path)
    port, peer = free_ports(2)
    client_url, peer_url = f"https://127.0.0.1:{port}", f"http://127.0.0.1:{peer}"
    command = [str(program), "--name", "one", "--data-dir", str(tmp_path / "data")]
    command += ["--listen-client-urls", client_url, "--advertise-client-urls", client_url]
    command += ["--listen-peer-urls", peer_url, "--initial-advertise-peer-urls", peer_url]
    command += ["--initial-cluster", f"one={peer_url}", "--client-cert-auth"]
    command += ["--trusted-ca-file", str(tmp_path / "ca.pem")]
    command += ["--cert-file", str(tmp_path / "etcd.pem")]
    command += ["--key-file", str(tmp_path / "etcd-key.pem"), "--log-level", "error"]

    async def story() -> None:
        ca = tmp_path / "ca.pem"
        endpoints = [f"127.0.0.1:{port}"]
        tls = EtcdTls(ca, tmp_path / "node.pem", tmp_path / "node-key.pem")
        deadline = time.monotonic() + 20
        ours = EtcdClient(endpoints, timeout_seconds=1.0, tls=tls)
        log = EtcdLog(ours, secrets.token_bytes(32))
        while True:
            try:
                term = await log.take(await log.view(), 1, leadership())
                break
            except EtcdUnavailable:
                assert time.monotonic() < deadline
                await asyncio.sleep(0.1)
        assert term is not None
        await log.append(term, None, 1, b"a frame")
        stranger = EtcdClient(endpoints, timeout_seconds=1.0, tls=EtcdTls(ca))
        plain = EtcdClient(endpoints, timeout_seconds=1.0)
        for each in (stranger, plain):
            with pytest.raises(EtcdUnavailable):
                await each.range(b"\0")
            await each.close()
        await ours.close()

    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as etcd:
        try:
            asyncio.run(story())
        finally:
            etcd.kill()
