"""Renders templates under a policy that lets nothing in but this gateway's own files."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Mount
from starlette.staticfiles import StaticFiles

from strikeproof.gateway.pages import formats

HERE: Final = Path(__file__).resolve().parent.parent
TEMPLATES: Final = HERE / "templates"
STATIC: Final = HERE / "static"
MODULES: Final = HERE / "web" / "node_modules"
# What pages load of others, by the folder that is served for it (`gateway/web/package.json`).
VENDORED: Final = {
    "htmx": MODULES / "htmx.org" / "dist",
    "charts": MODULES / "lightweight-charts" / "dist",
    "hashes": MODULES / "@noble" / "hashes" / "esm",
    "curves": MODULES / "@noble" / "curves" / "esm",
}
POLICY: Final = (
    "default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self'; img-src 'self';"
    " connect-src 'self' {socket}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


class Pages:
    """Templates with what every page knows."""

    def __init__(self, has_evidence: bool = False) -> None:
        """`has_evidence`: whether a verifier is asked."""
        loader = FileSystemLoader(TEMPLATES)
        self._environment = Environment(
            loader=loader,
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.globals["has_evidence_pages"] = has_evidence
        names = (
            *("grouped", "money", "percent", "ether", "counted"),
            *("when", "short", "span", "words", "micro_usd"),
            *("ether_brief", "gwei", "field_value", "brief"),
        )
        self._environment.filters.update({name: getattr(formats, name) for name in names})

    def page(
        self, request: Request, template: str, status_code: int = 200, **values: Any
    ) -> Response:
        """Return a page."""
        nonce = secrets.token_urlsafe(16)
        known = {"nonce": nonce, "path": request.url.path, **values}
        body = self._environment.get_template(template).render(known)
        policy = POLICY.format(nonce=nonce, socket=_socket_origin(request))
        headers = {"content-security-policy": policy, "cache-control": "no-store"}
        return HTMLResponse(body, status_code, headers)


def _socket_origin(request: Request) -> str:
    """Return where the page's WebSocket is: 'self' does not cover it in every browser."""
    host = request.url.netloc
    if not all(each.isalnum() or each in ".-:[]" for each in host):
        return ""  # no host that a browser has sent
    return f"{'wss' if request.url.scheme == 'https' else 'ws'}://{host}"


def static_routes() -> list[BaseRoute]:
    """Return the routes of files. What is not installed is not served; pages work without."""
    routes: list[BaseRoute] = [
        Mount("/static", StaticFiles(directory=STATIC, follow_symlink=True), name="static")
    ]
    routes += [
        Mount(f"/vendor/{name}", StaticFiles(directory=folder), name=name)
        for name, folder in VENDORED.items()
        if folder.is_dir()
    ]
    return routes
