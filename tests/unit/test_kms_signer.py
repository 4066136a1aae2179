"""Keys in AWS KMS, against a local endpoint that speaks its JSON protocol; the real service cannot
be reached from a test."""

from __future__ import annotations

import json
import threading
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from coincurve import PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from eth_account import Account
from eth_utils.address import to_checksum_address

from strikeproof import kms_signer
from strikeproof.config import ConfigInvalid, KeySection, load_config
from strikeproof.keccak import keccak256
from strikeproof.keystore import KeyUnavailable, signer_of_key
from strikeproof.kms_signer import KmsSigner, SignerSilent
from strikeproof.sequencer.config import SequencerConfig
from strikeproof.verifier.inspection.challenge_by_hand import salt_of

ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
KEY = keccak256(b"kms")
SPKI_HEAD = bytes.fromhex("3056301006072a8648ce3d020106052b8104000a034200")
TRANSACTION = {
    "type": 2,
    "chainId": 1,
    "nonce": 7,
    "to": to_checksum_address("0x" + "ab" * 20),
    "value": 5,
    "data": b"\x01\x02",
    "gas": 21_000,
    "maxFeePerGas": 100,
    "maxPriorityFeePerGas": 1,
}


class FakeKms:
    """One key; `high` answers signatures with a high s, as KMS does half of the time."""

    def __init__(self) -> None:
        self.key = PrivateKey(KEY)
        self.spec, self.high, self.calls = "ECC_SECG_P256K1", False, list[str]()
        self.answer: Callable[[str, dict[str, Any]], tuple[int, Any]] = self.honest
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                action = self.headers["X-Amz-Target"].removeprefix("TrentService.")
                outer.calls.append(action)
                status, body = outer.answer(action, asked)
                encoded = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/x-amz-json-1.1")
                self.send_header("Content-Length", str(len(encoded)))
                self.end_headers()
                self.wfile.write(encoded)

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def honest(self, action: str, asked: dict[str, Any]) -> tuple[int, Any]:
        if asked["KeyId"] != "alias/verifier":
            return 400, {"__type": "NotFoundException", "message": "no such key"}
        if action == "GetPublicKey":
            spki = SPKI_HEAD + self.key.public_key.format(compressed=False)
            shown = {"KeyId": asked["KeyId"], "KeySpec": self.spec, "KeyUsage": "SIGN_VERIFY"}
            return 200, {**shown, "PublicKey": b64encode(spki).decode()}
        assert (asked["MessageType"], asked["SigningAlgorithm"]) == ("DIGEST", "ECDSA_SHA_256")
        signed = self.key.sign_recoverable(b64decode(asked["Message"]), hasher=None)
        r, s = (int.from_bytes(signed[at : at + 32], "big") for at in (0, 32))
        der = encode_dss_signature(r, ORDER - s if self.high else s)
        return 200, {"KeyId": asked["KeyId"], "Signature": b64encode(der).decode()}

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def kms(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeKms]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setattr(kms_signer, "ATTEMPTS_MAX", 1)
    monkeypatch.setattr(kms_signer, "READ_SECONDS", 0.5)
    fake = FakeKms()
    yield fake
    fake.close()


def signer(kms: FakeKms, key: str = "alias/verifier") -> KmsSigner:
    return KmsSigner(key, region="eu-central-1", endpoint=kms.url)


@pytest.mark.parametrize("high", [False, True])
def test_signatures_are_those_of_the_key_with_a_low_s(kms: FakeKms, high: bool) -> None:
    kms.high = high
    ours, plain = signer(kms), signer_of_key(KEY)
    assert (ours.address, ours.checksum_address) == (plain.address, plain.checksum_address)
    for text in (b"one", b"two", b"three", b"four"):
        assert ours.sign_digest(keccak256(text)) == plain.sign_digest(keccak256(text))
    raw = ours.sign_transaction(TRANSACTION)
    assert raw == plain.sign_transaction(TRANSACTION)
    assert Account.recover_transaction(raw) == plain.checksum_address


def test_key_that_is_not_there_or_of_another_kind_is_reported_at_the_start(kms: FakeKms) -> None:
    with pytest.raises(KeyUnavailable, match="no such key"):
        signer(kms, "alias/other")
    kms.spec = "ECC_NIST_P256"
    with pytest.raises(KeyUnavailable, match="ECC_NIST_P256"):
        signer(kms)
    with pytest.raises(KeyUnavailable):
        KmsSigner("alias/verifier", region="eu-central-1", endpoint="http://127.0.0.1:9")


def test_service_that_fails_later_or_lies_is_tried_again(kms: FakeKms) -> None:
    ours = signer(kms)
    other = PrivateKey(keccak256(b"another")).sign_recoverable(bytes(32), hasher=None)
    r, s = (int.from_bytes(other[at : at + 32], "big") for at in (0, 32))
    lies = [
        (500, {"__type": "KMSInternalException"}),
        (400, {"__type": "AccessDeniedException", "message": "no"}),
        (200, {"Signature": b64encode(encode_dss_signature(r, s)).decode()}),
        (200, {"Signature": b64encode(b"\x30\x02\x02\x00").decode()}),
        (200, {"Signature": ""}),
        (200, {}),
    ]
    for lie in lies:
        kms.answer = lambda *_, lie=lie: lie
        with pytest.raises(SignerSilent):
            ours.sign_digest(bytes(32))
    kms.answer = kms.honest
    assert ours.sign_digest(bytes(32))


def test_file_names_the_key_and_a_sequencer_refuses_it(kms: FakeKms, tmp_path: Path) -> None:
    section = KeySection(kms_key="alias/verifier", kms_region="eu-central-1", kms_endpoint=kms.url)
    assert section.signer().address == signer_of_key(KEY).address
    with pytest.raises(KeyUnavailable, match="does not leave KMS"):
        section.private_key()
    for wrong in ({"kms_key": "x", "key_env": "Y"}, {"key_env": "Y", "kms_region": "z"}, {}):
        with pytest.raises(ValueError):
            KeySection(**wrong)
    path = tmp_path / "sequencer.toml"
    path.write_text(
        'data_dir = "data"\n[key]\nkms_key = "alias/x"\n[l1]\nendpoints = ["http://x"]\n'
        'chain_id = 1\ndeployment = "d.json"\n'
    )
    with pytest.raises(ConfigInvalid, match="KMS answers too slowly"):
        load_config(path, SequencerConfig)


def test_salt_is_kept_where_signatures_differ(kms: FakeKms, tmp_path: Path) -> None:
    ours, plain = signer(kms), signer_of_key(KEY)
    first = salt_of(ours, bytes(32), tmp_path)
    assert first == salt_of(signer(kms), bytes(32), tmp_path) != salt_of(ours, b"\1" * 32, tmp_path)
    assert len(list(tmp_path.iterdir())) == 2
    assert salt_of(plain, bytes(32), tmp_path) == salt_of(plain, bytes(32), tmp_path / "nowhere")
