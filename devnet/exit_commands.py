"""What the stories of a venue that stopped share: `strikeproof exit`, and what is left to leave."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from web3 import Web3

from strikeproof.deployment import Deployment
from strikeproof.devnet.child_process import ChildProcess
from strikeproof.devnet.node_files import NodeFiles
from strikeproof.devnet.seeded_keys import Keys
from strikeproof.devnet.venue_deployment import Trader
from strikeproof.failure import Broken
from strikeproof.wire.errors import FailureCode

POLL_SECONDS: Final = 0.5


class ExitFailed(Broken):
    """A step of an exit was refused, or somebody was paid something else."""

    code = FailureCode.EXIT_FAILED

    def __init__(self, step: str, reason: str) -> None:
        super().__init__(f"{step}: {reason}")
        self.step, self.reason = step, reason


@dataclass(frozen=True, slots=True)
class StoppedVenue:
    """What is left of a venue: its contracts, its owners, and the nodes that are killed."""

    web3: Web3
    deployment: Deployment
    keys: Keys
    traders: Sequence[Trader]
    nodes: Mapping[str, ChildProcess]


class ExitCommands:
    """Runs `strikeproof exit` with the configuration of the trader `you`."""

    def __init__(self, files: NodeFiles) -> None:
        self._files = files

    async def report(self) -> dict[str, Any]:
        """Return what `exit status --all` says."""
        return await self.run("status", "--all")

    async def run(self, *arguments: str) -> dict[str, Any]:
        """Run a command; return its JSON. Raises `ExitFailed`."""
        sends = arguments[0] != "status"
        command = ["-m", "strikeproof", "exit", *arguments, "--config", str(self._files.exit)]
        command += ["--json", *(["--yes"] if sends else [])]
        with self._files.log("exit").open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                *command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
            )
            output, _ = await process.communicate()
        if process.returncode != 0:
            raise ExitFailed(" ".join(arguments), output.decode("utf-8", "replace").strip())
        answer: dict[str, Any] = json.loads(output)
        return answer


async def until_l1_time(web3: Web3, seconds: int) -> None:
    """Return once L1's time is past this."""
    while (await asyncio.to_thread(web3.eth.get_block, "latest"))["timestamp"] <= seconds:
        await asyncio.sleep(POLL_SECONDS)
