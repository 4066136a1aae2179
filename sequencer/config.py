"""The node's configuration file: TOML, every field checked, errors name the field."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from strikeproof.failure import Rejected
from strikeproof.sequencer.order.orderer import OPEN_MS_MAX

Positive = Annotated[int, Field(ge=1)]
Port = Annotated[int, Field(ge=0, le=65_535)]


class ConfigInvalid(Rejected):
    """The file cannot be used; the text names file and field."""


class Section(BaseModel):
    """A table of the file. Unknown keys are errors: a misspelt one must not be ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ApiConfig(Section):
    """Where clients reach the node."""

    host: str = "127.0.0.1"
    port: Port = 7450
    """0: any free one, which the log and the file `endpoint` in the data folder tell."""
    metrics_port: Port | None = None
    """Prometheus metrics over HTTP on the same host; none if absent."""
    streams_max: Positive = 1_024
    host_streams_max: Positive = 256
    """Of one client host."""
    ops_waiting_max: Positive = 16_384
    source_ops_waiting_max: Positive = 4_096
    """Of one stream or connection."""
    message_bytes_max: Positive = 1 << 18


class L1Config(Section):
    """How the node reaches L1."""

    endpoints: Annotated[list[str], Field(min_length=1)]
    agreement: Positive | None = None
    """How many endpoints must give the same answer; absent: all."""
    poll_seconds: Annotated[float, Field(gt=0, le=60)] = 1.0
    inbox_confirmations: Annotated[int, Field(ge=0)] = 0
    """Blocks upon an inbox message before it is consumed: a reorganization below makes the node
    execute its open batches anew."""
    confirmations: Annotated[int, Field(ge=0)] = 12
    """Blocks upon a transaction of ours before it counts as settled."""
    priority_fee_wei: Annotated[int, Field(ge=0)] = 10**9
    max_fee_wei: Positive = 500 * 10**9
    bump_after_seconds: Annotated[float, Field(gt=0)] = 30.0
    blocks_of_query: Positive = 1_000
    """Most blocks whose events are asked for at once."""


class KeyConfig(Section):
    """One key: a keystore file with its password, or the name of a variable."""

    keystore: Path | None = None
    password_file: Path | None = None
    password_env: str | None = None
    env: str | None = None

    @model_validator(mode="after")
    def _one_source(self) -> KeyConfig:
        if (self.keystore is None) == (self.env is None):
            raise ValueError("give either keystore or env")
        return self


class BatchConfig(Section):
    """When segments and batches end, in milliseconds."""

    batch_ms: Annotated[int, Field(ge=50, le=OPEN_MS_MAX)] = 2_000
    segment_ms: Annotated[int, Field(ge=1, le=OPEN_MS_MAX)] = 250
    post_within_ms: Positive = 300_000
    """Posting deadline that receipts promise, after a batch's opening."""


class ClaimsConfig(Section):
    """Whether and how the node proposes claims."""

    propose: bool = True
    deposit_bond: bool = True
    """Deposit what the bond lacks, at the start."""
    check_ppm: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    """Share of segments that the law re-executes before their claim is posted, in millionths."""


class NodeConfig(Section):
    """Processes and files."""

    signature_workers: Positive = 1
    snapshot_batches: Positive = 500
    sweep_seconds: Annotated[float, Field(ge=0)] = 5.0
    """How often dead orders are swept out of the books; 0: never."""


class SequencerConfig(Section):
    """The whole file. Relative paths are relative to it."""

    data: Path
    deployment: Path
    key: KeyConfig
    l1: L1Config
    api: ApiConfig = ApiConfig()
    batch: BatchConfig = BatchConfig()
    claims: ClaimsConfig = ClaimsConfig()
    node: NodeConfig = NodeConfig()


def load_config(path: Path) -> SequencerConfig:
    """Return the configuration. Raises `ConfigInvalid`."""
    try:
        table = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise ConfigInvalid(f"{path}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigInvalid(f"{path}: {error}") from None
    try:
        config = SequencerConfig.model_validate(table)
    except ValidationError as error:
        raise ConfigInvalid(f"{path}: {_told(error)}") from None
    folder = path.resolve().parent
    key = config.key.model_copy(
        update={
            "keystore": config.key.keystore and folder / config.key.keystore,
            "password_file": config.key.password_file and folder / config.key.password_file,
        }
    )
    return config.model_copy(
        update={
            "data": folder / config.data,
            "deployment": folder / config.deployment,
            "key": key,
        }
    )


def _told(error: ValidationError) -> str:
    """Return `field: what is wrong` for each mistake; values are left out: they may be secrets."""
    return "; ".join(
        f"{'.'.join(map(str, each['loc'])) or 'file'}: {each['msg']}" for each in error.errors()
    )
