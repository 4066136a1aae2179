"""Hooks of mkdocs: pages outside docs/ come along, and what is not a page is named, not linked.

Pages are written for readers of the repository, so their links are relative to it. The site keeps
those to pages, takes other pages of the repository in under `repository/`, and turns links to
source files and folders into their paths.
"""

from __future__ import annotations

import posixpath
import re
import shutil
from pathlib import Path
from typing import Any, Final

from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files

ROOT: Final = Path(__file__).resolve().parent.parent
TAKEN_IN: Final = "repository"
MERMAID: Final = ROOT / "gateway/web/node_modules/@mermaid-js/tiny/dist/mermaid.tiny.js"
_BESIDE: Final = "document.querySelector(\"script[src*='javascripts/bundle']\").src"
# What the theme's bundle would load of others, and what it loads instead. Every browser that draws
# the site has the second.
OWN_SCRIPTS: Final = {
    '"https://unpkg.com/mermaid@11/dist/mermaid.min.js"': f'new URL("mermaid.js",{_BESIDE}).href',
    '"https://unpkg.com/resize-observer-polyfill"': '"data:,"',
}
_LINK: Final = re.compile(r"(?<!!)\[([^\]]*)\]\(([^)\s#]+)(#[^)\s]*)?\)")
_FENCED: Final = re.compile(r"(^```.*?^```[^\n]*$)", re.DOTALL | re.MULTILINE)


def on_config(config: Any) -> Any:
    """Let a folder in the navigation stand for its pages, in the order of its README."""
    config.nav = [_expanded(each) for each in config.nav]
    return config


def _expanded(entry: Any) -> Any:
    if isinstance(entry, dict):
        ((title, inner),) = entry.items()
        if isinstance(inner, list):
            return {title: [_expanded(each) for each in inner]}
        return {title: _pages(inner)} if inner.endswith("/") else entry
    return entry


def _pages(folder: str) -> list[str]:
    """Return the pages of a folder of docs/: its README, those that it links to, the others."""
    here = ROOT / "docs" / folder
    readme = (here / "README.md").read_text("utf-8")
    linked = [target for _, target, _ in _LINK.findall(readme) if (here / target).is_file()]
    present = sorted(each.name for each in here.glob("*.md"))
    order = dict.fromkeys(["README.md", *linked, *present])
    return [f"{folder}{name}" for name in order if name in present]


def on_files(files: Files, config: Any) -> Files:
    """Add the repository's pages that a page links to, and those that they link to."""
    waiting = [each for each in files if each.is_documentation_page()]
    while waiting:
        file = waiting.pop()
        for _, target, _ in _LINK.findall(_prose(file.content_string)):
            place = _place(file.src_uri, target)
            if place is None or not place.endswith(".md") or place.startswith("docs/"):
                continue
            uri = f"{TAKEN_IN}/{place}"
            if files.get_file_from_path(uri) is None and (ROOT / place).is_file():
                taken = File.generated(config, uri, content=(ROOT / place).read_text("utf-8"))
                files.append(taken)
                waiting.append(taken)
    return files


def on_post_build(config: Any) -> None:
    """Put our own copy of mermaid beside the site's scripts, and have the theme load that one: by
    itself it asks a foreign host. Where the copy is not installed (`make setup`), diagrams stay
    text."""
    scripts = Path(config.site_dir) / "assets" / "javascripts"
    if MERMAID.is_file():
        shutil.copyfile(MERMAID, scripts / "mermaid.js")
    (bundle,) = scripts.glob("bundle.*.min.js")
    text = bundle.read_text("utf-8")
    for foreign, own in OWN_SCRIPTS.items():
        if text.count(foreign) != 1:
            raise PluginError(f"{bundle.name} no longer loads {foreign}: see OWN_SCRIPTS")
        text = text.replace(foreign, own)
    bundle.write_text(text, "utf-8")
    for each in scripts.glob("*.js.map"):
        each.unlink()  # they describe the bundle as it was


def on_page_markdown(markdown: str, page: Any, config: Any, files: Files) -> str:
    """Point each link of a page at where the site has it; name what the site does not have."""

    def pointed(found: re.Match[str]) -> str:
        text, target, anchor = found[1], found[2], found[3] or ""
        place = _place(page.file.src_uri, target)
        if place is None:
            return found[0]
        uri = place.removeprefix("docs/") if place.startswith("docs/") else f"{TAKEN_IN}/{place}"
        for each in (uri, f"{uri}/README.md"):
            if files.get_file_from_path(each) is not None:
                here = posixpath.dirname(page.file.src_uri)
                return f"[{text}]({posixpath.relpath(each, here or '.')}{anchor})"
        return f"{text} (`{place}`)" if place.strip("`") not in text else text

    parts = _FENCED.split(markdown)
    return "".join(part if at % 2 else _LINK.sub(pointed, part) for at, part in enumerate(parts))


def _prose(markdown: str) -> str:
    return _FENCED.sub("", markdown)


def _place(source: str, target: str) -> str | None:
    """Return which path of the repository a page's link means; None: it leads elsewhere."""
    if re.match(r"[a-z]+:", target) or target.startswith("/"):
        return None
    taken = source.startswith(f"{TAKEN_IN}/")
    own = source.removeprefix(f"{TAKEN_IN}/") if taken else f"docs/{source}"
    place = posixpath.normpath(posixpath.join(posixpath.dirname(own), target))
    return None if place.startswith("..") else place
