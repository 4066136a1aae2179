"""`[key]`: where the key is. The key itself is in no configuration file and on no command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import model_validator

from strikeproof.config.section import FilePath, Section

if TYPE_CHECKING:
    from strikeproof.keystore import Signer


class KeySection(Section):
    """A keystore file with its password, or an environment variable that holds the key in hex."""

    keystore: FilePath | None = None
    password_file: FilePath | None = None
    """Its first line is the keystore's password."""
    password_env: str | None = None
    """Or the name of the variable that holds the password."""
    key_env: str | None = None
    """The name of the variable that holds the key, instead of a keystore."""

    @model_validator(mode="after")
    def _has_one_source(self) -> KeySection:
        if (self.keystore is None) == (self.key_env is None):
            raise ValueError("give either keystore or key_env")
        passwords = (self.password_file is not None) + (self.password_env is not None)
        if passwords != (0 if self.keystore is None else 1):
            raise ValueError("give either password_file or password_env, with a keystore only")
        return self

    def private_key(self) -> bytes:
        """Return the 32 bytes of the key. Raises `KeyUnavailable`, which names the source only."""
        # Imported here: a command that signs nothing must not load the keystore's cryptography.
        from strikeproof.keystore import load_private_key

        return load_private_key(
            keystore=self.keystore,
            password_file=self.password_file,
            password_env=self.password_env,
            key_env=self.key_env,
        )

    def signer(self) -> Signer:
        """Return what signs L1 transactions with the key. Raises `KeyUnavailable`."""
        from strikeproof.keystore import signer_of_key

        return signer_of_key(self.private_key())
