"""The verifier's configuration file: every field with its unit, default and reason."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from strikeproof.config import (
    FeesSection,
    FilePath,
    KeySection,
    L1Section,
    LogSection,
    MetricsSection,
    Section,
)

Mode = Literal["observe", "alert", "defend"]
ExecutorName = Literal["auto", "revm", "py-evm"]


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


class VerifierL1Section(L1Section):
    """The chain to verify, and the venue on it."""

    rollup: Address
    first_block: int = Field(default=0, ge=0)
    """The Rollup's deployment, or a block before it."""


class DefendSection(Section):
    """What mode `defend` does with wrong claims."""

    urgent_seconds: int = Field(default=3_600, ge=0)
    """With less time to the deadline than this, challenge without committing first."""
    propose: bool = True
    """Propose the right claims where wrong ones were deleted, if bonded."""
    propose_after_seconds: int = Field(default=600, ge=0)
    """Propose also for a batch that nobody has claimed for this long."""
    bond_max_gwei: int = Field(default=0, ge=0)
    """Deposit a missing bond, up to this sum over all deposits; 0: never."""


class ControlSection(Section):
    """Positive controls: full challenges of right segments, by eth_call alone."""

    every_segments: int = Field(default=500, ge=0)
    """One of this many segments at random, besides the first of every kind; 0: none at all."""
    interval_seconds: float = Field(default=30.0, ge=0)


class WebhookSection(Section):
    """Whom an alarm is posted to."""

    url: Annotated[str, Field(pattern=r"^https?://\S+$")]
    kind: Literal["json", "pagerduty", "slack"] = "json"
    """What the receiver takes: an object of the alarm's fields, an event of PagerDuty's Events API
    v2, or a message of Slack's incoming webhooks."""
    token_env: str | None = None
    """Name of the variable that holds a bearer token, or PagerDuty's routing key."""
    retry_seconds: float = Field(default=86_400.0, gt=0)
    """An alarm that nobody took for this long is given up."""

    @model_validator(mode="after")
    def _has_its_token(self) -> WebhookSection:
        if self.kind == "pagerduty" and self.token_env is None:
            raise ValueError("token_env: PagerDuty needs a routing key")
        return self


class AlertSection(Section):
    """Where alarms go, besides log and metrics."""

    webhook: tuple[WebhookSection, ...] = ()
    """Each gets every alarm by POST, and again until it takes it."""
    stalled_seconds: float = Field(default=600.0, gt=0)
    """An alarm after this long without a new L1 block; sooner if a deadline is near."""
    single_endpoint_seconds: float = Field(default=43_200.0, ge=0)
    """This long before a deadline, or half a window, go on with any single endpoint."""
    upkeep_late_seconds: float = Field(default=60.0, gt=0)
    """An alarm when a liquidation, a funding sample or a deleveraging has been due for this long,
    by the venue's clock, and was not ordered."""


class VerifierConfig(Section):
    """The whole file."""

    data_dir: FilePath
    mode: Mode = "observe"
    executor: ExecutorName = "auto"
    """What runs ahead: `revm` (`strikeproof[revm]`), `py-evm`, or revm where it is installed."""
    workers: int | None = Field(default=None, ge=0, le=1_024)
    """Workers that run py-evm behind it; as many as there are cores if left out; 0: the node itself
    does."""
    executor_pool: Annotated[str, Field(pattern=r"^(local|ray://\S+)$")] = "local"
    """Where the workers are: processes of this machine, or the Ray cluster at `ray://host:port`
    (`strikeproof[cluster]`), on a private network with tokens on."""
    worker_deadline_seconds: float = Field(default=60.0, gt=0)
    """A worker that takes longer for a segment is replaced; the worst takes some 3 s on py-evm."""
    reference_share_min: float = Field(default=0.01, ge=0.01, le=1.0)
    """Share of segments, drawn at random, that py-evm executes even if it does not keep up."""
    keep_final_seconds: int = Field(default=86_400, ge=0)
    """This long after its claim became final a batch is kept; then it is dropped from the store."""
    checkpoint: tuple[str, ...] = ()
    """Files or URLs of checkpoints, tried in order when the store is new: the node begins at that
    final state instead of the genesis. Nothing in them is believed that L1 does not confirm."""
    archive: bool = False
    """Keep every batch and what undoes it: `strikeproof audit` then proves ops however old."""
    l1: VerifierL1Section
    key: KeySection | None = None
    """Challenges and proposes; mode `defend` needs it."""
    fees: FeesSection = FeesSection()
    defend: DefendSection = DefendSection()
    control: ControlSection = ControlSection()
    alert: AlertSection = AlertSection()
    metrics: MetricsSection = MetricsSection()
    log: LogSection = LogSection()

    @model_validator(mode="after")
    def _defends_with_a_key(self) -> VerifierConfig:
        if self.mode == "defend" and self.key is None:
            raise ValueError("key: mode defend needs a key")
        return self

    @property
    def store_path(self) -> Path:
        """Return the path of the verifier's database."""
        return self.data_dir / "verifier.db"

    @property
    def differences_path(self) -> Path:
        """Return the folder for witnesses of segments on which executors differ."""
        return self.data_dir / "differences"

    @property
    def intents_path(self) -> Path:
        """Return the path of the key's intents."""
        return self.data_dir / "intents.db"
