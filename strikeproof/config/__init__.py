"""Configuration files: one loader, and the sections that both nodes and the trader share."""

from strikeproof.config.config_file import ConfigInvalid, load_config
from strikeproof.config.fees_section import FeesSection
from strikeproof.config.key_section import KeySection
from strikeproof.config.l1_section import EndpointsSection, L1Section
from strikeproof.config.log_section import LogSection, configure_logging
from strikeproof.config.metrics_section import MetricsSection
from strikeproof.config.section import FilePath, Port, Positive, Section
from strikeproof.config.tls_section import ClientTlsSection, ServerTlsSection, TlsUnusable

__all__ = [
    "ClientTlsSection",
    "ConfigInvalid",
    "EndpointsSection",
    "FeesSection",
    "FilePath",
    "KeySection",
    "L1Section",
    "LogSection",
    "MetricsSection",
    "Port",
    "Positive",
    "Section",
    "ServerTlsSection",
    "TlsUnusable",
    "configure_logging",
    "load_config",
]
