"""One L1 node behind JSON-RPC, its answers parsed into values.

Requests go through a web3.py provider without its middleware and contract layer: nothing here can
follow an EIP-3668 off-chain look-up (CCIP-Read), and revert data arrives untouched.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

import requests
from web3.exceptions import Web3Exception
from web3.providers.base import BaseProvider
from web3.types import RPCEndpoint

from strikeproof.l1.bounded_provider import BoundedProvider
from strikeproof.l1.l1_failure import CallReverted, EndpointFailed
from strikeproof.l1.l1_values import Block, Log, TransactionReceipt

TIMEOUT_SECONDS = 20.0
RETRIES = 3  # of a request that changes nothing
BACKOFF_SECONDS = 0.25  # doubled at every retry
WORD_MAX: Final = 2**256 - 1
NUMBER_MAX: Final = 2**63 - 1  # of blocks, gas and times: what a store can hold

# What a provider raises when a node does not answer, or answers what is not JSON-RPC.
_NO_ANSWER = (
    requests.RequestException,
    OSError,
    Web3Exception,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    ArithmeticError,
    RecursionError,
)
# What reading a malformed answer raises. StopIteration: fewer topics than the event has.
MALFORMED: Final = (
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    ArithmeticError,
    AssertionError,
    StopIteration,
)

# Words in the error of an eth_call or eth_estimateGas without data: executed, and failed.
_EXECUTION_FAILED = ("revert", "out of gas", "invalid opcode", "gas required exceeds", "stack")

A = TypeVar("A")
T = TypeVar("T")


class Endpoint:
    """One node. Every method raises `EndpointFailed` if no proper answer comes in time."""

    def __init__(
        self,
        name: str,
        provider: BaseProvider,
        *,
        retries: int = RETRIES,
        backoff_seconds: float = BACKOFF_SECONDS,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """`sleep`: how to pause before a retry."""
        self.name = name
        self._provider = provider
        self._provider.global_ccip_read_enabled = False
        self._retries = retries
        self._backoff_seconds = backoff_seconds
        self._sleep = sleep

    @classmethod
    def connect(cls, url: str, *, timeout_seconds: float = TIMEOUT_SECONDS) -> Endpoint:
        """Return the endpoint at `url`. Its name is the host alone: URLs carry access keys."""
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("an L1 endpoint needs an http:// or https:// URL")
        name = f"{parts.hostname}:{parts.port}" if parts.port else parts.hostname
        provider = BoundedProvider(
            url, request_kwargs={"timeout": timeout_seconds}, exception_retry_configuration=None
        )
        return cls(name, provider)

    def request(self, method: str, params: Sequence[Any], *, repeatable: bool = True) -> Any:
        """Return the result of one JSON-RPC request; retried if it is `repeatable`.

        Raises `EndpointFailed`, and `CallReverted` where execution itself failed.
        """
        for attempt in range(self._retries + 1):
            try:
                response = self._provider.make_request(RPCEndpoint(method), list(params))
            except _NO_ANSWER as error:
                # One that made us wait would do so again.
                timed_out = isinstance(error, requests.Timeout)
                if repeatable and attempt < self._retries and not timed_out:
                    self._sleep(self._backoff_seconds * 2**attempt)
                    continue
                # Not the error's text: it may hold the URL, and so an access key.
                raise EndpointFailed(self.name, method, type(error).__name__) from None
            return self._result(method, response)
        raise AssertionError("the last attempt returns or raises")

    def _result(self, method: str, response: Any) -> Any:
        if not isinstance(response, Mapping):
            raise EndpointFailed(self.name, method, "no JSON-RPC response")
        error = response.get("error")
        if error is None:
            if "result" not in response:
                raise EndpointFailed(self.name, method, "a response without result")
            return response["result"]
        message = str(error.get("message", "") if isinstance(error, Mapping) else error)[:200]
        if method in ("eth_call", "eth_estimateGas"):
            data = _revert_data(error)
            if data is not None or any(each in message.lower() for each in _EXECUTION_FAILED):
                raise CallReverted(data or b"", message)
        raise EndpointFailed(self.name, method, message or "an error without message")

    def _ask(self, parse: Callable[[Any], T], method: str, *params: Any) -> T:
        return self.parsed(method, parse, self.request(method, params))

    def parsed(self, method: str, parse: Callable[[A], T], answer: A) -> T:
        """Return what `parse` makes of an answer of this node. Raises `EndpointFailed`."""
        try:
            return parse(answer)
        except MALFORMED as error:
            reason = f"malformed answer ({type(error).__name__})"
            raise EndpointFailed(self.name, method, reason) from None

    # --- reading ---

    def chain_id(self) -> int:
        """Return the chain id of EIP-155."""
        return self._ask(_quantity, "eth_chainId")

    def head_number(self) -> int:
        """Return the number of the newest block that this node knows."""
        return self._ask(_number, "eth_blockNumber")

    def block(self, number: int | str) -> Block | None:
        """Return the block of this number or tag, or None if the node has none."""
        tag = hex(number) if isinstance(number, int) else number
        return self._ask(_optional(_block), "eth_getBlockByNumber", tag, False)

    def logs(self, addresses: Sequence[bytes], first: int, last: int) -> list[Log]:
        """Return all events of the contracts in blocks first to last, both included, in order."""
        query = {
            "address": ["0x" + each.hex() for each in addresses],
            "fromBlock": hex(first),
            "toBlock": hex(last),
        }
        found = self._ask(_logs, "eth_getLogs", query)
        return sorted(found, key=lambda log: (log.block_number, log.log_index))

    def code(self, address: bytes, number: int | str = "latest") -> bytes:
        """Return the runtime code at `address`."""
        return self._ask(_data, "eth_getCode", "0x" + address.hex(), _tag(number))

    def balance_wei(self, address: bytes) -> int:
        """Return the newest balance of `address`."""
        return self._ask(_quantity, "eth_getBalance", "0x" + address.hex(), "latest")

    def transaction_count(self, address: bytes, number: int | str = "latest") -> int:
        """Return how many transactions `address` has sent up to this block: its next nonce."""
        return self._ask(_number, "eth_getTransactionCount", "0x" + address.hex(), _tag(number))

    def call(
        self,
        to: bytes,
        data: bytes,
        *,
        sender: bytes | None = None,
        gas: int | None = None,
        number: int | str = "latest",
    ) -> bytes:
        """Return what the contract answers. Raises `CallReverted` with the revert's data."""
        return self._ask(_data, "eth_call", _message(to, data, sender, gas), _tag(number))

    def estimate_gas(
        self, to: bytes, data: bytes, sender: bytes, gas: int | None = None, value_wei: int = 0
    ) -> int:
        """Return the gas that the transaction needs now. Raises `CallReverted`."""
        message = _message(to, data, sender, gas) | {"value": hex(value_wei)}
        return self._ask(_number, "eth_estimateGas", message)

    def receipt(self, transaction_hash: bytes) -> TransactionReceipt | None:
        """Return the receipt, or None while the transaction is in no block that the node knows."""
        return self._ask(
            _optional(_receipt), "eth_getTransactionReceipt", "0x" + transaction_hash.hex()
        )

    # --- sending ---

    def broadcast(self, raw: bytes) -> bytes:
        """Hand a signed transaction to the node and return its hash. Never retried here."""
        answer = self.request("eth_sendRawTransaction", ["0x" + raw.hex()], repeatable=False)
        return self.parsed("eth_sendRawTransaction", _hash, answer)


def _tag(number: int | str) -> str:
    return hex(number) if isinstance(number, int) else number


def _message(to: bytes, data: bytes, sender: bytes | None, gas: int | None) -> dict[str, str]:
    message = {"to": "0x" + to.hex(), "data": "0x" + data.hex()}
    if sender is not None:
        message["from"] = "0x" + sender.hex()
    if gas is not None:
        message["gas"] = hex(gas)
    return message


def _quantity(value: str, limit: int = WORD_MAX) -> int:
    if not value.startswith("0x") or len(value) > 2 + 64:
        raise ValueError("no quantity")
    number = int(value[2:], 16)
    if not 0 <= number <= limit:
        raise ValueError("a quantity out of bounds")
    return number


def _number(value: str) -> int:
    return _quantity(value, NUMBER_MAX)


def _data(value: str) -> bytes:
    if not value.startswith("0x"):
        raise ValueError("no hex data")
    return bytes.fromhex(value[2:])


def _sized(value: str, size: int) -> bytes:
    data = _data(value)
    if len(data) != size:
        raise ValueError(f"{len(data)} bytes, not {size}")
    return data


def _hash(value: str) -> bytes:
    return _sized(value, 32)


def _optional(parse: Callable[[Any], T]) -> Callable[[Any], T | None]:
    return lambda value: None if value is None else parse(value)


def _block(value: Mapping[str, str]) -> Block:
    return Block(
        number=_number(value["number"]),
        hash=_hash(value["hash"]),
        parent_hash=_hash(value["parentHash"]),
        timestamp_seconds=_number(value["timestamp"]),
        base_fee_wei=_quantity(value.get("baseFeePerGas", "0x0")),
    )


def _logs(value: Any) -> list[Log]:
    if not isinstance(value, list):
        raise TypeError("no list of logs")
    return [_log(each) for each in value]


def _log(value: Mapping[str, Any]) -> Log:
    if value.get("removed"):
        raise ValueError("a removed log")
    return Log(
        address=_sized(value["address"], 20),
        topics=tuple(_hash(each) for each in value["topics"]),
        data=_data(value["data"]),
        block_number=_number(value["blockNumber"]),
        block_hash=_hash(value["blockHash"]),
        transaction_hash=_hash(value["transactionHash"]),
        log_index=_number(value["logIndex"]),
    )


def _receipt(value: Mapping[str, Any]) -> TransactionReceipt:
    return TransactionReceipt(
        transaction_hash=_hash(value["transactionHash"]),
        block_number=_number(value["blockNumber"]),
        block_hash=_hash(value["blockHash"]),
        succeeded=_quantity(value["status"]) == 1,
        gas_used=_number(value["gasUsed"]),
        gas_price_wei=_quantity(value.get("effectiveGasPrice", "0x0")),
        logs=tuple(_logs(value.get("logs", []))),
    )


def _revert_data(error: object) -> bytes | None:
    """Return the revert data of a JSON-RPC error in the shapes that nodes use, or None."""
    data = error.get("data") if isinstance(error, Mapping) else None
    if isinstance(data, Mapping):
        data = data.get("data", data.get("result"))
    if not isinstance(data, str):
        return None
    text = data.removeprefix("Reverted ").removeprefix("0x")
    try:
        return bytes.fromhex(text)
    except ValueError:
        return None
