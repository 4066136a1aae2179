"""Run the embedded L1 as a process.

`python -m strikeproof.devnet.embedded_l1 --port 8545 --fund 0x…`
"""

from __future__ import annotations

import asyncio
import signal

import click

from strikeproof.devnet.embedded_l1.chain import EmbeddedChain
from strikeproof.devnet.embedded_l1.rpc_server import EmbeddedL1

FUNDED_WEI = 10**24


@click.command()
@click.option("--port", default=8545, show_default=True, help="0 takes a free one.")
@click.option("--chain-id", default=31337, show_default=True)
@click.option("--block-seconds", type=float, help="One block each interval, not each transaction.")
@click.option("--fund", multiple=True, help="Address that starts with a million ether.")
def main(port: int, chain_id: int, block_seconds: float | None, fund: tuple[str, ...]) -> None:
    """Serve an embedded L1 on loopback until SIGTERM; prints its URL once it answers."""
    balances = {bytes.fromhex(address.removeprefix("0x")): FUNDED_WEI for address in fund}
    asyncio.run(_serve(EmbeddedChain(chain_id, balances), port, block_seconds))


async def _serve(chain: EmbeddedChain, port: int, block_seconds: float | None) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    async with EmbeddedL1(chain, port, block_seconds) as l1:
        click.echo(l1.url)
        await stopped.wait()


if __name__ == "__main__":
    main()
