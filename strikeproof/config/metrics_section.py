"""`[metrics]`: where Prometheus reads a node's metrics."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from strikeproof.config.section import Section


class MetricsSection(Section):
    """The endpoint; none if `port` is absent."""

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65_535)] | None = None
