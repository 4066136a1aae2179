"""`[key]`: where the key is. The key itself is in no configuration file and on no command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import model_validator

from strikeproof.config.section import FilePath, Section

if TYPE_CHECKING:
    from strikeproof.keystore import Signer


class KeySection(Section):
    """A keystore file with its password, an environment variable that holds the key in hex, or a
    key in AWS KMS, which never leaves there."""

    keystore: FilePath | None = None
    password_file: FilePath | None = None
    """Its first line is the keystore's password."""
    password_env: str | None = None
    """Or the name of the variable that holds the password."""
    key_env: str | None = None
    """The name of the variable that holds the key, instead of a keystore."""
    kms_key: str | None = None
    """Or the id, ARN or alias of a key in AWS KMS: for nodes that send L1 transactions alone."""
    kms_region: str | None = None
    """Absent: as boto3 finds it."""
    kms_endpoint: str | None = None
    """URL of KMS, for a private endpoint; absent: Amazon's."""

    @model_validator(mode="after")
    def _has_one_source(self) -> KeySection:
        given = (self.keystore, self.key_env, self.kms_key)
        if sum(each is not None for each in given) != 1:
            raise ValueError("give one of keystore, key_env and kms_key")
        if self.kms_key is None and (self.kms_region or self.kms_endpoint):
            raise ValueError("kms_region and kms_endpoint go with kms_key")
        passwords = (self.password_file is not None) + (self.password_env is not None)
        if passwords != (0 if self.keystore is None else 1):
            raise ValueError("give either password_file or password_env, with a keystore only")
        return self

    def private_key(self) -> bytes:
        """Return the 32 bytes of the key. Raises `KeyUnavailable`, which names the source only."""
        # Imported here: a command that signs nothing must not load the keystore's cryptography.
        from strikeproof.keystore import KeyUnavailable, load_private_key

        if self.kms_key is not None:
            raise KeyUnavailable(f"KMS key {self.kms_key}", "does not leave KMS: use a keystore")
        return load_private_key(
            keystore=self.keystore,
            password_file=self.password_file,
            password_env=self.password_env,
            key_env=self.key_env,
        )

    def signer(self) -> Signer:
        """Return what signs L1 transactions with the key. Raises `KeyUnavailable`."""
        if self.kms_key is not None:
            from strikeproof.kms_signer import KmsSigner

            return KmsSigner(self.kms_key, region=self.kms_region, endpoint=self.kms_endpoint)
        from strikeproof.keystore import signer_of_key

        return signer_of_key(self.private_key())
