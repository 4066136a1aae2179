"""A key that sends many L1 transactions in a row, and checks them together."""

from __future__ import annotations

from typing import Any, Final

from eth_account.signers.local import LocalAccount
from eth_typing import HexStr
from hexbytes import HexBytes
from web3 import Web3
from web3.contract.contract import ContractFunction
from web3.exceptions import ContractLogicError, Web3RPCError
from web3.types import Nonce, TxParams, TxReceipt, Wei

from strikeproof.failure import Broken
from strikeproof.l1.gas_estimate import with_margin
from strikeproof.wire.errors import FailureCode

TIP_WEI: Final = 10**9
RECEIPT_SECONDS: Final = 60.0
POLL_SECONDS: Final = 0.1


class TransactionFailed(Broken):
    """A transaction of the set-up reverted, or would."""

    code = FailureCode.TRANSACTION_FAILED

    def __init__(self, what: str, detail: str) -> None:
        super().__init__(f"{what} reverted: {detail}")
        self.what, self.detail = what, detail


class L1Wallet:
    """Sends without waiting, as long as L1 can estimate; `settle` waits for all."""

    def __init__(self, web3: Web3, account: LocalAccount) -> None:
        self._web3 = web3
        self._account = account
        self._chain_id = web3.eth.chain_id
        self._nonce = int(web3.eth.get_transaction_count(account.address, "pending"))
        base_fee = web3.eth.get_block("latest").get("baseFeePerGas", Wei(0))
        self._fee = Wei(4 * base_fee + TIP_WEI)
        self._sent: list[tuple[str, HexBytes]] = []
        self._receipts: list[TxReceipt] = []

    def call(self, function: ContractFunction, *, value_wei: int = 0) -> None:
        """Send a call of a contract. It waits if the call rests on one that is in no block yet.

        Raises `TransactionFailed` if it would revert.
        """
        what, data = function.fn_name, HexStr(function._encode_transaction_data())
        part: TxParams = {"to": function.address, "data": data, "value": Wei(value_wei)}
        self._send(what, {**part, "gas": self._gas(what, part)})

    def _gas(self, what: str, part: TxParams) -> int:
        call: TxParams = {"from": self._account.address, **part}
        try:
            return with_margin(self._web3.eth.estimate_gas(call))
        except (ContractLogicError, Web3RPCError):
            self._wait()
        try:
            return with_margin(self._web3.eth.estimate_gas(call))
        except (ContractLogicError, Web3RPCError) as error:
            raise TransactionFailed(what, str(error)) from error

    def _send(self, what: str, part: TxParams) -> None:
        full: dict[str, Any] = {
            "chainId": self._chain_id,
            "nonce": Nonce(self._nonce),
            "maxFeePerGas": self._fee,
            "maxPriorityFeePerGas": TIP_WEI,
            **part,
        }
        signed = self._account.sign_transaction(full)
        self._sent.append((what, self._web3.eth.send_raw_transaction(signed.raw_transaction)))
        self._nonce += 1

    def _wait(self) -> None:
        for what, transaction_hash in self._sent:
            receipt = self._web3.eth.wait_for_transaction_receipt(
                transaction_hash, RECEIPT_SECONDS, POLL_SECONDS
            )
            if receipt["status"] != 1:
                raise TransactionFailed(what, transaction_hash.to_0x_hex())
            self._receipts.append(receipt)
        self._sent.clear()

    def settle(self) -> list[TxReceipt]:
        """Wait for all that was sent; return the receipts. Raises `TransactionFailed`."""
        self._wait()
        receipts, self._receipts = self._receipts, []
        return receipts
