"""`strikeproof gateway`: JSON, WebSocket and pages beside a sequencer."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import click

from strikeproof.failure import Broken, Rejected, Transient

if TYPE_CHECKING:
    from strikeproof.config import ServerTlsSection

_FILE: Final = click.Path(path_type=Path, exists=True, dir_okay=False)
EXIT_OF: Final = ((Rejected, 2), (Broken, 3), (Transient, 4))


@click.command()
@click.option(
    "--sequencer",
    required=True,
    metavar="HOST:PORT",
    help="The node's API; several with commas: the one that leads is found.",
)
@click.option(
    "--listen",
    default="127.0.0.1:8080",
    show_default=True,
    metavar="HOST:PORT",
    help="Port 0: any.",
)
@click.option(
    "--l1",
    multiple=True,
    metavar="URL",
    help="JSON-RPC of L1, for batches, claims and proofs; several must agree.",
)
@click.option("--ca", type=_FILE, help="Who signed the sequencer's certificate: TLS.")
@click.option("--cert", type=_FILE, help="Your certificate, if the sequencer asks for one.")
@click.option("--key", type=_FILE, help="The key of --cert.")
@click.option(
    "--evidence",
    metavar="URL",
    default="",
    help="`strikeproof verifier evidence`: effects of ops, prices of disputes, verdicts.",
)
@click.option("--tls-cert", type=_FILE, help="Speak TLS: the certificate, with its chain.")
@click.option("--tls-key", type=_FILE, help="The key of --tls-cert.")
@click.option("--client-ca", type=_FILE, help="Let in only clients whose certificate it signed.")
@click.option("--metrics-port", default=0, metavar="PORT", help="Prometheus metrics, on that host.")
@click.option("--log", "log_format", type=click.Choice(["json", "console"]), default="json")
def group(
    sequencer: str,
    listen: str,
    l1: tuple[str, ...],
    ca: Path | None,
    cert: Path | None,
    key: Path | None,
    evidence: str,
    tls_cert: Path | None,
    tls_key: Path | None,
    client_ca: Path | None,
    metrics_port: int,
    log_format: str,
) -> None:
    """Serve JSON over HTTP and WebSocket, and the venue's pages, until SIGTERM.

    The gateway holds no key and is trusted with nothing: ops come signed, receipts and proofs are
    checked by whoever reads them. Prints `listening http://…` once it serves. A certificate that is
    renewed is shown from the next handshake on.

    Exit status: 0 stopped, 2 an option is wrong, 3 a port is taken.
    """
    from strikeproof.cli.trade_session import TlsOptions
    from strikeproof.client import Tls
    from strikeproof.client.connection import check_endpoint, check_endpoints
    from strikeproof.config.log_section import LogSection, configure_logging
    from strikeproof.gateway.server import run
    from strikeproof.gateway.settings import GatewaySettings

    try:
        check_endpoints(sequencer)
        host, _, port = listen.rpartition(":")
        if port != "0":
            check_endpoint(listen)
        configure_logging(LogSection(format="json" if log_format == "json" else "console"))
        files = TlsOptions(ca, cert, key).fields
        tls = Tls(**files) if files else None
        settings = GatewaySettings(
            sequencer,
            host.strip("[]"),
            int(port),
            l1,
            tls=tls,
            evidence=_checked_url(evidence),
            serve_tls=_served(tls_cert, tls_key, client_ca),
            metrics_port=metrics_port,
        )
        run(settings)
    except (Rejected, Broken, Transient) as failure:
        click.echo(f"{type(failure).__name__} ({failure.code.name}): {failure}", err=True)
        raise SystemExit(
            next(code for kind, code in EXIT_OF if isinstance(failure, kind))
        ) from None


def _served(cert: Path | None, key: Path | None, client_ca: Path | None) -> ServerTlsSection | None:
    from strikeproof.config import ServerTlsSection

    if cert is None and key is None and client_ca is None:
        return None
    if cert is None or key is None:
        raise click.UsageError("--tls-cert and --tls-key go together, --client-ca with both")
    authority = None if client_ca is None else client_ca.resolve()
    return ServerTlsSection(
        cert_file=cert.resolve(), key_file=key.resolve(), client_ca_file=authority
    )


def _checked_url(url: str) -> str:
    try:
        parts = urlsplit(url)
        is_address = parts.scheme == "http" and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_address = False
    if url and not is_address:
        raise click.UsageError("--evidence: an http:// address")
    return url
