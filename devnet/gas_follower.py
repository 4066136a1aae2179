"""What each function of the venue's contracts costs on the L1 of the run, by its receipts."""

from __future__ import annotations

import asyncio
from typing import Final

from hexbytes import HexBytes
from web3 import Web3
from web3.types import TxData

from strikeproof.contracts import LAW_FAMILIES
from strikeproof.deployment import Deployment
from strikeproof.devnet.venue_status import GasUse, VenueStatus
from strikeproof.keccak import keccak256

POLL_SECONDS: Final = 1.0


class GasFollower:
    """Reads every block since the first contract, and writes gas on the status."""

    def __init__(self, web3: Web3, deployment: Deployment, status: VenueStatus) -> None:
        self._web3 = web3
        self._status = status
        self._next = deployment.first_block
        self._functions: dict[tuple[str, bytes], str] = {}
        laws = zip(deployment.laws, LAW_FAMILIES, strict=True)
        self._created = {address: f"create {name}" for address, name in laws}
        for name in deployment.addresses:
            contract = deployment.contract(web3, name)
            self._created[contract.address] = f"create {name}"
            for function in contract.all_functions():
                selector = keccak256(function.signature.encode())[:4]
                self._functions[contract.address, selector] = f"{name}.{function.fn_name}"

    async def run(self) -> None:
        """Follow until cancelled."""
        while True:
            await self.catch_up()
            await asyncio.sleep(POLL_SECONDS)

    async def catch_up(self) -> None:
        """Read what is new."""
        for name, gas in await asyncio.to_thread(self._read):
            before = self._status.gas.get(name, GasUse())
            self._status.gas[name] = before.and_one_more(gas)

    def _read(self) -> list[tuple[str, int]]:
        """Return name and gas of each transaction of the new blocks that succeeded."""
        found: list[tuple[str, int]] = []
        head = self._web3.eth.block_number
        while self._next <= head:
            block = self._web3.eth.get_block(self._next, full_transactions=True)
            for transaction in block["transactions"]:
                assert not isinstance(transaction, bytes), "whole transactions were asked for"
                receipt = self._web3.eth.get_transaction_receipt(transaction["hash"])
                name = self._name(transaction, receipt["contractAddress"])
                if name is not None and receipt["status"] == 1:
                    found.append((name, int(receipt["gasUsed"])))
            self._next += 1
        return found

    def _name(self, transaction: TxData, created: str | None) -> str | None:
        if created is not None:
            return self._created.get(Web3.to_checksum_address(created))
        selector = bytes(HexBytes(transaction["input"])[:4])
        return self._functions.get((transaction["to"], selector))
