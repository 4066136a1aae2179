"""`[log]`: events with fields on standard error, one JSON object a line or readable text."""

from __future__ import annotations

import logging
import sys
from typing import Literal, TextIO

import structlog

from strikeproof.config.section import Section


class LogSection(Section):
    """What is logged, and how."""

    format: Literal["json", "console"] = "json"
    level: Literal["debug", "info", "warning", "error"] = "info"


def configure_logging(section: LogSection, stream: TextIO = sys.stderr) -> None:
    """Set up structlog for this process, which logs to a stream."""
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if section.format == "json"
        else structlog.dev.ConsoleRenderer(colors=stream.isatty())
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(
            getattr(logging, section.level.upper())
        ),
        logger_factory=structlog.PrintLoggerFactory(stream),
    )
