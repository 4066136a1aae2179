"""The verifier's configuration: one TOML file, parsed once; errors name the field."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from strikeproof.failure import Rejected

Mode = Literal["observe", "alert", "defend"]


class ConfigInvalid(Rejected):
    """The file is missing, no TOML, or a field has no proper value."""


def _address(value: Any) -> bytes:
    text = value.removeprefix("0x") if isinstance(value, str) else ""
    try:
        address = bytes.fromhex(text)
    except ValueError:
        address = b""
    if len(address) != 20:
        raise ValueError("an address has 40 hex digits")
    return address


Address = Annotated[bytes, BeforeValidator(_address)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class L1Section(_Section):
    """Where L1 and the venue on it are."""

    endpoints: list[str] = Field(min_length=1)
    """JSON-RPC URLs; all must agree, or `agreement` of them."""
    agreement: int | None = Field(default=None, ge=1)
    chain_id: int = Field(ge=1)
    rollup: Address
    first_block: int = Field(default=0, ge=0)
    """The Rollup's deployment, or a block before it."""
    timeout_seconds: float = Field(default=20.0, gt=0)
    poll_seconds: float = Field(default=2.0, gt=0)
    start_seconds: float = Field(default=60.0, ge=0)
    """How long a node waits for L1 when it starts."""
    blocks_per_query: int = Field(default=2_000, ge=1)

    @model_validator(mode="after")
    def _agreement_possible(self) -> L1Section:
        if self.agreement is not None and self.agreement > len(self.endpoints):
            raise ValueError(f"agreement {self.agreement} of {len(self.endpoints)} endpoints")
        return self


class KeySection(_Section):
    """The key that challenges: a keystore with its password, or a variable of the environment."""

    keystore: Path | None = None
    password_file: Path | None = None
    password_env: str | None = None
    key_env: str | None = None


class DefendSection(_Section):
    """How mode `defend` spends gas."""

    priority_fee_gwei: float = Field(default=1.0, ge=0)
    max_fee_gwei: float = Field(default=500.0, gt=0)
    bump_after_seconds: float = Field(default=30.0, gt=0)
    confirmations: int = Field(default=12, ge=1)
    urgent_seconds: int = Field(default=3_600, ge=0)
    """With less time to the deadline than this, challenge without committing first."""
    propose: bool = True
    """Propose the right claims where wrong ones were deleted, if bonded."""
    propose_after_seconds: int = Field(default=600, ge=0)
    """Propose also for a batch that nobody has claimed for so long."""


class ControlSection(_Section):
    """Positive controls: full challenges of right segments, by eth_call alone."""

    every_segments: int = Field(default=500, ge=0)
    """One of so many segments at random, besides the first of every kind; 0: none at all."""
    interval_seconds: float = Field(default=30.0, ge=0)


class AlertSection(_Section):
    """Where alarms go, besides log and metrics."""

    webhook: str | None = None
    """URL that gets each alarm as a JSON object by POST."""


class MetricsSection(_Section):
    """The Prometheus endpoint."""

    host: str = "127.0.0.1"
    port: int = Field(default=0, ge=0, le=65_535)
    """0: none."""


class LogSection(_Section):
    """What is logged, and how."""

    format: Literal["json", "console"] = "json"
    level: Literal["debug", "info", "warning", "error"] = "info"


class VerifierConfig(_Section):
    """The whole file."""

    data_dir: Path
    mode: Mode = "observe"
    l1: L1Section
    key: KeySection | None = None
    defend: DefendSection = DefendSection()
    control: ControlSection = ControlSection()
    alert: AlertSection = AlertSection()
    metrics: MetricsSection = MetricsSection()
    log: LogSection = LogSection()

    @property
    def store_path(self) -> Path:
        """Return the path of the verifier's database."""
        return self.data_dir / "verifier.db"

    @property
    def intents_path(self) -> Path:
        """Return the path of the key's intents."""
        return self.data_dir / "intents.db"


def load_config(path: Path, **overrides: Any) -> VerifierConfig:
    """Return the configuration in `path`; overrides that are not None replace top-level fields.

    Relative paths in the file are relative to its folder. Raises `ConfigInvalid`.
    """
    try:
        data = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise ConfigInvalid(f"{path}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigInvalid(f"{path}: {error}") from None
    data |= {name: value for name, value in overrides.items() if value is not None}
    try:
        config = VerifierConfig.model_validate(data)
    except ValidationError as error:
        problems = "; ".join(_problem(each) for each in error.errors())
        raise ConfigInvalid(f"{path}: {problems}") from None
    if config.mode == "defend" and config.key is None:
        raise ConfigInvalid(f"{path}: key: mode defend needs a key")
    folder = path.resolve().parent
    update: dict[str, Any] = {"data_dir": folder / config.data_dir}
    if config.key is not None:
        files = {
            name: folder / value
            for name in ("keystore", "password_file")
            if (value := getattr(config.key, name)) is not None
        }
        update["key"] = config.key.model_copy(update=files)
    return config.model_copy(update=update)


def _problem(error: Any) -> str:
    """Return `section.field: what is wrong`, without the value: it may be a secret."""
    place = ".".join(str(each) for each in error["loc"])
    return f"{place}: {error['msg']}" if place else str(error["msg"])
