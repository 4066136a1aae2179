"""The first section of docs/operating.md leads from nothing to a paid withdrawal, on anvil.

The page's shell blocks become one script; only ports differ. Anything that fails ends it.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from strikeproof.devnet.l1_node import anvil_path
from strikeproof.devnet.ports import free_port

ROOT = Path(__file__).resolve().parents[2]
SECTION = "## A venue, from nothing to a paid withdrawal"
BLOCK = re.compile(r"^```sh\n(.*?)^```", re.DOTALL | re.MULTILINE)
TIMEOUT_SECONDS = 900
PAID = ("The Vault paid 400 USD", "The Vault paid 300 USD")


def script() -> str:
    """Return the section's commands with ports of this machine."""
    page = (ROOT / "docs/operating.md").read_text("utf-8")
    section = page.split(SECTION)[1].split("\n## ")[0]
    text = "\n".join(BLOCK.findall(section))
    l1, api = free_port(), free_port()
    text = text.replace(":8545", f":{l1}").replace("anvil --", f"anvil --port {l1} --", 1)
    return text.replace(":7450", f":{api}").replace("port = 7450", f"port = {api}")


def run(folder: Path) -> int:
    """Follow the page in a folder; return the exit status."""
    binaries = f"{Path(sys.executable).parent}:{anvil_path().parent}"
    environment = os.environ | {"PATH": f"{binaries}:{os.environ['PATH']}", "COLUMNS": "160"}
    head = "set -euo pipefail; trap 'kill $(jobs -p) 2> /dev/null' EXIT; set -x\n"
    path = folder / "drill.sh"
    path.write_text(head + script(), "utf-8")
    with (folder / "drill.out").open("w") as output:
        process = subprocess.Popen(
            ["bash", str(path)],
            cwd=folder,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            return process.wait(TIMEOUT_SECONDS)
        finally:
            # The nodes too: they are of the script's session.
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)


@pytest.mark.timeout(TIMEOUT_SECONDS + 60)
def test_commands_of_the_page_lead_to_paid_withdrawals(tmp_path: Path) -> None:
    status = run(tmp_path)
    output = (tmp_path / "drill.out").read_text("utf-8", "replace")
    assert status == 0, output[-6_000:]
    assert all(output.count(each) == 1 for each in PAID), output[-6_000:]
    assert "Traceback" not in output, output[-6_000:]
