"""Ethereum's JSON-RPC methods over an `EmbeddedChain`: parameters decoded, answers encoded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from eth_utils.address import to_checksum_address

from strikeproof.devnet.embedded_l1.chain import (
    FINALITY_BLOCKS,
    ChainLog,
    EmbeddedChain,
    MinedTransaction,
    RefusedTransaction,
    RevertedCall,
)

METHOD_NOT_FOUND: Final = -32601
INVALID_PARAMS: Final = -32602
INTERNAL_ERROR: Final = -32603
SERVER_ERROR: Final = -32000
EXECUTION_REVERTED: Final = 3
PRIORITY_FEE_WEI: Final = 10**8


class RpcError(Exception):
    """An error object of JSON-RPC: code, message, and data if a call reverted."""

    def __init__(self, code: int, message: str, data: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.data = data


class Rpc:
    """Dispatches JSON-RPC methods to one chain."""

    def __init__(self, chain: EmbeddedChain, mines_at_once: bool) -> None:
        """`mines_at_once`: a block for each transaction, instead of one each interval."""
        self.chain = chain
        self.mines_at_once = mines_at_once
        self._methods: dict[str, Callable[..., Any]] = {
            "web3_clientVersion": lambda: "Strikeproof-embedded-L1/py-evm",
            "net_version": lambda: str(chain.chain_id),
            "eth_chainId": lambda: hex(chain.chain_id),
            "eth_blockNumber": lambda: hex(chain.head_number),
            "eth_syncing": lambda: False,
            "eth_accounts": list,
            "eth_getBlockByNumber": self.get_block_by_number,
            "eth_getBlockByHash": self.get_block_by_hash,
            "eth_getLogs": self.get_logs,
            "eth_getTransactionReceipt": self.get_receipt,
            "eth_getTransactionByHash": self.get_transaction,
            "eth_getTransactionCount": self.get_transaction_count,
            "eth_getBalance": self.get_balance,
            "eth_getCode": self.get_code,
            "eth_getStorageAt": self.get_storage_at,
            "eth_call": self.call,
            "eth_estimateGas": self.estimate_gas,
            "eth_gasPrice": lambda: hex(self._base_fee() * 2 + PRIORITY_FEE_WEI),
            "eth_maxPriorityFeePerGas": lambda: hex(PRIORITY_FEE_WEI),
            "eth_feeHistory": self.fee_history,
            "eth_sendRawTransaction": self.send_raw_transaction,
            "evm_mine": self.mine,
            "evm_increaseTime": lambda seconds: hex(chain.skip_time(_integer(seconds))),
            "evm_rewind": self.rewind,
        }

    def handle(self, method: str, params: list[Any]) -> Any:
        """Return the method's result. Raises `RpcError`."""
        function = self._methods.get(method)
        if function is None:
            raise RpcError(METHOD_NOT_FOUND, f"the method {method} does not exist")
        try:
            return function(*params)
        except RefusedTransaction as error:
            raise RpcError(SERVER_ERROR, str(error)) from error
        except RevertedCall as error:
            code = EXECUTION_REVERTED if str(error) == "Revert" else SERVER_ERROR
            message = "execution reverted" if code == EXECUTION_REVERTED else str(error)
            raise RpcError(code, message, "0x" + error.data.hex()) from error
        except (TypeError, ValueError, KeyError) as error:
            raise RpcError(INVALID_PARAMS, f"invalid params of {method}: {error!r}") from error

    def _base_fee(self) -> int:
        return int(self.chain.header(self.chain.head_number).base_fee_per_gas)

    def _block_number(self, identifier: Any) -> int:
        head = self.chain.head_number
        if isinstance(identifier, dict):  # EIP-1898
            if "blockHash" in identifier:
                return self.chain.number_of(_bytes(identifier["blockHash"]))
            identifier = identifier["blockNumber"]
        match identifier:
            case "latest" | "pending" | None:
                return head
            case "safe" | "finalized":
                return max(0, head - FINALITY_BLOCKS)
            case "earliest":
                return 0
        number = _integer(identifier)
        self.chain.header(number)
        return number

    # Blocks and transactions

    def get_block_by_number(self, identifier: Any, full: bool = False) -> Any:
        try:
            number = self._block_number(identifier)
        except KeyError:
            return None
        return self._block(number, full)

    def get_block_by_hash(self, block_hash: str, full: bool = False) -> Any:
        try:
            number = self.chain.number_of(_bytes(block_hash))
        except KeyError:
            return None
        return self._block(number, full)

    def _block(self, number: int, full: bool) -> dict[str, Any]:
        header = self.chain.header(number)
        mined = self.chain.transactions(number)
        return {
            "number": hex(number),
            "hash": _hex(header.hash),
            "parentHash": _hex(header.parent_hash),
            "sha3Uncles": _hex(header.uncles_hash),
            "miner": to_checksum_address(header.coinbase),
            "stateRoot": _hex(header.state_root),
            "transactionsRoot": _hex(header.transaction_root),
            "receiptsRoot": _hex(header.receipt_root),
            "logsBloom": _hex(header.bloom.to_bytes(256, "big")),
            "difficulty": hex(header.difficulty),
            "totalDifficulty": "0x0",
            "nonce": _hex(header.nonce),
            "mixHash": _hex(header.mix_hash),
            "gasLimit": hex(header.gas_limit),
            "gasUsed": hex(header.gas_used),
            "timestamp": hex(header.timestamp),
            "extraData": _hex(header.extra_data),
            "baseFeePerGas": hex(header.base_fee_per_gas),
            "size": "0x0",
            "uncles": [],
            "transactions": [
                self._transaction(each) if full else _hex(each.transaction.hash) for each in mined
            ],
        }

    def get_transaction(self, transaction_hash: str) -> Any:
        wanted = _bytes(transaction_hash)
        if wanted in self.chain.mined:
            return self._transaction(self.chain.mined[wanted])
        pending = self.chain.pending(wanted)
        return None if pending is None else _pending_transaction(pending)

    def _transaction(self, mined: MinedTransaction) -> dict[str, Any]:
        return _pending_transaction(mined.transaction) | {
            "from": to_checksum_address(mined.sender),
            "blockHash": _hex(mined.block_hash),
            "blockNumber": hex(mined.block_number),
            "transactionIndex": hex(mined.index),
            "gasPrice": hex(mined.gas_price),
        }

    def get_receipt(self, transaction_hash: str) -> Any:
        mined = self.chain.mined.get(_bytes(transaction_hash))
        if mined is None:
            return None
        transaction = mined.transaction
        return {
            "transactionHash": _hex(transaction.hash),
            "transactionIndex": hex(mined.index),
            "blockHash": _hex(mined.block_hash),
            "blockNumber": hex(mined.block_number),
            "from": to_checksum_address(mined.sender),
            "to": to_checksum_address(transaction.to) if transaction.to else None,
            "cumulativeGasUsed": hex(mined.cumulative_gas_used),
            "gasUsed": hex(mined.gas_used),
            "effectiveGasPrice": hex(mined.gas_price),
            "contractAddress": to_checksum_address(mined.contract) if mined.contract else None,
            "logs": [_log(log) for log in mined.logs],
            "logsBloom": "0x" + "00" * 256,
            "status": hex(int(mined.succeeded)),
            "type": hex(getattr(transaction, "type_id", None) or 0),
        }

    def get_logs(self, query: dict[str, Any]) -> list[dict[str, Any]]:
        if "blockHash" in query:
            first = last = self.chain.number_of(_bytes(query["blockHash"]))
        else:
            first = self._clamped(query.get("fromBlock", "latest"))
            last = self._clamped(query.get("toBlock", "latest"))
        addresses = query.get("address") or []
        if isinstance(addresses, str):
            addresses = [addresses]
        wanted_addresses = {_bytes(address) for address in addresses}
        wanted_topics = [
            None
            if topic is None
            else {_bytes(one) for one in ([topic] if isinstance(topic, str) else topic)}
            for topic in query.get("topics") or []
        ]
        return [
            _log(log)
            for number in range(first, min(last, self.chain.head_number) + 1)
            for log in self.chain.logs(number)
            if (not wanted_addresses or log.address in wanted_addresses)
            and _topics_match(log.topics, wanted_topics)
        ]

    def _clamped(self, identifier: Any) -> int:
        try:
            return self._block_number(identifier)
        except KeyError:
            return _integer(identifier)

    # State

    def get_transaction_count(self, address: str, identifier: Any = "latest") -> str:
        number = self._block_number(identifier)
        return hex(self.chain.nonce(_bytes(address), number, identifier == "pending"))

    def get_balance(self, address: str, identifier: Any = "latest") -> str:
        state = self.chain.state_at(self._block_number(identifier))
        return hex(state.get_balance(_bytes(address)))

    def get_code(self, address: str, identifier: Any = "latest") -> str:
        return _hex(self.chain.state_at(self._block_number(identifier)).get_code(_bytes(address)))

    def get_storage_at(self, address: str, slot: str, identifier: Any = "latest") -> str:
        state = self.chain.state_at(self._block_number(identifier))
        return _hex(state.get_storage(_bytes(address), _integer(slot)).to_bytes(32, "big"))

    def call(self, call: dict[str, Any], identifier: Any = "latest", *_: Any) -> str:
        return _hex(self.chain.call(_call(call), self._block_number(identifier)).output)

    def estimate_gas(self, call: dict[str, Any], identifier: Any = "latest", *_: Any) -> str:
        return hex(self.chain.estimate_gas(_call(call), self._block_number(identifier)))

    def fee_history(
        self, count: Any, newest: Any, percentiles: list[float] | None = None
    ) -> dict[str, Any]:
        last = self._block_number(newest)
        first = max(0, last - _integer(count) + 1)
        headers = [self.chain.header(number) for number in range(first, last + 1)]
        fees = [hex(header.base_fee_per_gas) for header in headers]
        return {
            "oldestBlock": hex(first),
            "baseFeePerGas": [*fees, fees[-1]],
            "gasUsedRatio": [header.gas_used / header.gas_limit for header in headers],
            "reward": [[hex(PRIORITY_FEE_WEI)] * len(percentiles or []) for _ in headers],
        }

    # Changing

    def send_raw_transaction(self, raw: str) -> str:
        transaction_hash = self.chain.submit(_bytes(raw))
        if self.mines_at_once:
            self.chain.mine()
        return _hex(transaction_hash)

    def mine(self, timestamp: Any = None) -> str:
        return _hex(self.chain.mine(None if timestamp is None else _integer(timestamp)))

    def rewind(self, number: Any) -> bool:
        self.chain.rewind(_integer(number))
        return True


def _hex(data: bytes) -> str:
    return "0x" + bytes(data).hex()


def _bytes(text: str) -> bytes:
    if not isinstance(text, str) or not text.startswith("0x"):
        raise ValueError(f"hex data expected: {text!r}")
    digits = text[2:]
    return bytes.fromhex(digits if len(digits) % 2 == 0 else "0" + digits)


def _integer(value: Any) -> int:
    return value if isinstance(value, int) else int(value, 16)


def _call(call: dict[str, Any]) -> dict[str, Any]:
    """Decode a call object. Fees are ignored: calls cost nothing here."""
    decoded: dict[str, Any] = {"from": _bytes(call.get("from", "0x" + "00" * 20))}
    if call.get("to"):
        decoded["to"] = _bytes(call["to"])
    data = call.get("input", call.get("data"))
    if data:
        decoded["data"] = _bytes(data)
    for name in ("gas", "value"):
        if call.get(name) is not None:
            decoded[name] = _integer(call[name])
    return decoded


def _pending_transaction(transaction: Any) -> dict[str, Any]:
    return {
        "hash": _hex(transaction.hash),
        "nonce": hex(transaction.nonce),
        "from": to_checksum_address(transaction.sender),
        "to": to_checksum_address(transaction.to) if transaction.to else None,
        "value": hex(transaction.value),
        "gas": hex(transaction.gas),
        "gasPrice": hex(transaction.max_fee_per_gas),
        "maxFeePerGas": hex(transaction.max_fee_per_gas),
        "maxPriorityFeePerGas": hex(transaction.max_priority_fee_per_gas),
        "input": _hex(transaction.data),
        "chainId": None if transaction.chain_id is None else hex(transaction.chain_id),
        "type": hex(getattr(transaction, "type_id", None) or 0),
        "blockHash": None,
        "blockNumber": None,
        "transactionIndex": None,
    }


def _log(log: ChainLog) -> dict[str, Any]:
    return {
        "address": to_checksum_address(log.address),
        "topics": [_hex(topic) for topic in log.topics],
        "data": _hex(log.data),
        "blockNumber": hex(log.block_number),
        "blockHash": _hex(log.block_hash),
        "transactionHash": _hex(log.transaction_hash),
        "transactionIndex": hex(log.transaction_index),
        "logIndex": hex(log.index),
        "removed": False,
    }


def _topics_match(topics: list[bytes], wanted: list[set[bytes] | None]) -> bool:
    if len(wanted) > len(topics):
        return False
    return all(
        choice is None or topic in choice for topic, choice in zip(topics, wanted, strict=False)
    )
