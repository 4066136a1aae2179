"""`make drill-operating`: the commands of docs/operating.md, one after another, as they stand.

The shell blocks of the page's first section become one script; only ports differ. Anything that
fails ends it. Takes minutes, most of them of waiting for L1; `make test` does the same.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from strikeproof.devnet.l1_node import anvil_path
from strikeproof.devnet.ports import free_port

ROOT = Path(__file__).resolve().parents[3]
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


def follow(folder: Path) -> tuple[bool, str]:
    """Follow the page; return whether it led to the paid withdrawals, and what was printed."""
    status = run(folder)
    output = (folder / "drill.out").read_text("utf-8", "replace")
    paid = all(output.count(each) == 1 for each in PAID)
    return status == 0 and paid and "Traceback" not in output, output


def main() -> None:
    """Run the drill in a new folder, which stays."""
    started = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="strikeproof-drill-"))
    done, output = follow(folder)
    print(output, flush=True)
    print(f"drill {'done' if done else 'FAILED'} in {time.monotonic() - started:.0f} s: {folder}")
    sys.exit(0 if done else 1)


if __name__ == "__main__":
    main()
