"""Keys come from keystores or the environment, and never show."""

import json
import pickle

import pytest

from strikeproof.keccak import keccak256
from strikeproof.keystore import (
    KeyFileExists,
    KeystoreMalformed,
    KeyUnavailable,
    WrongPassword,
    load_private_key,
    save_keystore,
    signer_of_key,
)

KEY = keccak256(b"a key")


def test_keystore_opens_with_its_password_alone(tmp_path, monkeypatch):
    path = tmp_path / "key.json"
    save_keystore(KEY, "secret", path, iterations=2)
    assert path.stat().st_mode & 0o077 == 0
    password = tmp_path / "password"
    password.write_text("secret\n")
    assert load_private_key(keystore=path, password_file=password) == KEY
    monkeypatch.setenv("PASSWORD", "secret")
    assert load_private_key(keystore=path, password_env="PASSWORD") == KEY
    monkeypatch.setenv("PASSWORD", "wrong-password")
    with pytest.raises(KeyUnavailable) as caught:
        load_private_key(keystore=path, password_env="PASSWORD")
    assert "wrong-password" not in str(caught.value)
    with pytest.raises(KeyFileExists):
        save_keystore(KEY, "secret", path, iterations=2)


def test_missing_file_wrong_password_and_malformed_file_are_distinguished(tmp_path, monkeypatch):
    path = tmp_path / "key.json"
    monkeypatch.setenv("PASSWORD", "secret")

    def refused() -> KeyUnavailable:
        with pytest.raises(KeyUnavailable) as caught:
            load_private_key(keystore=path, password_env="PASSWORD")
        return caught.value

    missing = refused()
    assert type(missing) is KeyUnavailable
    assert "No such file" in str(missing)
    save_keystore(KEY, "other", path, iterations=2)
    whole = path.read_text()
    assert type(refused()) is WrongPassword
    broken = json.loads(whole)
    broken["crypto"]["kdfparams"]["salt"] = "not hex"
    unknown = json.loads(whole)
    unknown["crypto"]["kdf"] = "guesswork"
    texts = [whole[:-9], "", "[]", "{}", '{"crypto": 7, "version": 3}']
    for text in [*texts, json.dumps(broken), json.dumps(unknown), whole.replace("3}", "9}")]:
        path.write_text(text)
        assert type(refused()) is KeystoreMalformed, text[:80]
    path.write_bytes(b"\xff\xfe")
    assert type(refused()) is KeystoreMalformed
    path.unlink()
    path.mkdir()
    assert "directory" in str(refused())


@pytest.mark.parametrize("text", ["", "0x12", "zz" * 32, "00" * 32])
def test_variable_without_a_key_is_named_and_its_content_not_shown(monkeypatch, text):
    monkeypatch.setenv("A_KEY", text)
    with pytest.raises(KeyUnavailable) as caught:
        load_private_key(key_env="A_KEY")
    assert len(text) < 6 or text not in str(caught.value)


def test_one_source_is_needed(tmp_path):
    with pytest.raises(KeyUnavailable):
        load_private_key()
    with pytest.raises(KeyUnavailable):
        load_private_key(keystore=tmp_path / "key.json", key_env="A_KEY")
    with pytest.raises(KeyUnavailable):
        load_private_key(keystore=tmp_path / "missing.json", password_env="HOME")


def test_signer_shows_its_address_and_no_key():
    signer = signer_of_key(KEY)
    assert KEY.hex() not in f"{signer!r}{signer}"
    assert signer.checksum_address in repr(signer)
    with pytest.raises(TypeError):
        pickle.dumps(signer)
