"""One key's transactions on L1, one after another, with the contracts' own words for refusals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from typing import Any, Final
from urllib.parse import urlsplit

from eth_account import Account
from eth_account.signers.local import LocalAccount
from requests import ConnectionError as RequestConnectionError
from requests import HTTPError, RequestException, Timeout
from web3 import Web3
from web3.contract import Contract
from web3.contract.contract import ContractFunction
from web3.exceptions import ContractLogicError, TimeExhausted, Web3Exception
from web3.providers.rpc.utils import ExceptionRetryConfiguration
from web3.types import TxReceipt

from strikeproof.config import EndpointsSection
from strikeproof.failure import Rejected, Transient
from strikeproof.l1.bounded_provider import BoundedProvider
from strikeproof.l1.gas_estimate import with_margin
from strikeproof.l1.revert_reason import errors_of, revert_reason
from strikeproof.wire.errors import FailureCode

RECEIPT_SECONDS: Final = 180
# A connection that breaks is tried again; one that is silent for the whole timeout is not: five
# times that, web3's default, looks like a command that hangs.
RETRIES: Final = ExceptionRetryConfiguration(errors=(RequestConnectionError,), retries=3)


class L1Refused(Rejected):
    """A transaction reverts, or the address lacks the money for it."""

    code = FailureCode.L1_REFUSED

    def __init__(self, what: str, reason: str) -> None:
        super().__init__(f"{what}: {reason}")
        self.what, self.reason = what, reason


class L1Unreachable(Transient):
    """L1 does not answer, or has not included the transaction yet."""

    code = FailureCode.L1_UNREACHABLE

    def __init__(self, endpoint: str, reason: str) -> None:
        super().__init__(f"{endpoint}: {reason}")
        self.endpoint, self.reason = endpoint, reason


def host_of(url: str) -> str:
    """Return the host of an endpoint's URL: the rest may hold an access key."""
    parts = urlsplit(url)
    return f"{parts.hostname}:{parts.port}" if parts.port else str(parts.hostname)


def ether_text(wei: int) -> str:
    """Return an amount in ether, exactly."""
    return f"{Decimal(wei).scaleb(-18).normalize():f}"


def _said(error: Exception) -> str:
    """Return the words of an endpoint's refusal, not its whole answer."""
    response = getattr(error, "rpc_response", None)
    found = response.get("error") if isinstance(response, dict) else None
    text = found.get("message") if isinstance(found, dict) else None
    return str(text or error) or type(error).__name__


def _network_trouble(error: Exception) -> str:
    """Return what went wrong, without the URL: it may hold an access key."""
    if isinstance(error, Timeout | TimeoutError):
        return "no answer in time"
    if isinstance(error, HTTPError) and error.response is not None:
        return f"HTTP status {error.response.status_code}"
    if isinstance(error, RequestConnectionError | ConnectionError):
        return "no connection"
    return type(error).__name__


class L1Account:
    """Sends a key's transactions, and waits for each."""

    def __init__(self, l1: EndpointsSection, key: bytes | None) -> None:
        """`key`: 32 bytes, it pays; None reads only. The first endpoint is used."""
        url = l1.endpoints[0]
        self._host = host_of(url)
        provider = BoundedProvider(
            url,
            request_kwargs={"timeout": l1.timeout_seconds},
            exception_retry_configuration=RETRIES,
        )
        provider.global_ccip_read_enabled = False
        self.web3 = Web3(provider)
        self._chain_id = l1.chain_id
        self._account: LocalAccount | None = None if key is None else Account.from_key(key)
        self._errors: list[Any] = []

    @property
    def address(self) -> str:
        """Return the key's checksum address."""
        assert self._account is not None, "an account that reads only has no address"
        return str(self._account.address)

    def knows_errors_of(self, contracts: Sequence[Contract]) -> None:
        """Report refusals of these contracts by name and values."""
        self._errors = errors_of(each.abi for each in contracts)

    def check_chain(self) -> None:
        """Raise `L1Refused` unless the endpoint serves the chain of the configuration."""
        with self.failures("endpoint"):
            found = self.web3.eth.chain_id
        if found != self._chain_id:
            raise L1Refused("endpoint", f"it serves chain {found}, not {self._chain_id}")

    @contextmanager
    def failures(self, what: str) -> Iterator[None]:
        """Raise `L1Refused` and `L1Unreachable` for what web3 and its HTTP raise."""
        try:
            yield
        except ContractLogicError as error:
            raise L1Refused(what, f"reverts: {revert_reason(error, self._errors)}") from None
        except TimeExhausted as error:
            raise L1Unreachable(self._host, str(error)) from None
        except (RequestException, ConnectionError, TimeoutError) as error:
            raise L1Unreachable(self._host, _network_trouble(error)) from None
        except (Web3Exception, ValueError, TypeError) as error:
            raise L1Refused(what, _said(error)) from None

    def estimate(self, call: ContractFunction, *, value_wei: int = 0) -> int:
        """Return the gas that a call needs now. Raises what web3 raises where it would revert."""
        return int(call.estimate_gas({"from": self.address, "value": value_wei}))  # type: ignore

    def _check_balance(self, what: str, needed_wei: int) -> None:
        """Raise `L1Refused` unless the key can pay this much."""
        held = int(self.web3.eth.get_balance(Web3.to_checksum_address(self.address)))
        if held < needed_wei:
            needed = f"{ether_text(needed_wei)} is needed"
            raise L1Refused(what, f"{self.address} holds {ether_text(held)} ether, and {needed}")

    def send(self, call: ContractFunction, *, value_wei: int = 0) -> TxReceipt:
        """Send a call and wait for its block. Raises `L1Refused`, and what web3 raises."""
        assert self._account is not None, "an account that reads only sends nothing"
        web3, address = self.web3, self._account.address
        base: dict[str, Any] = {"from": address, "value": value_wei}
        self._check_balance(call.fn_name, value_wei)  # or no estimate says what is missing
        gas = call.estimate_gas(base)  # type: ignore[arg-type]
        tip = web3.eth.max_priority_fee
        base_fee = web3.eth.get_block("latest").get("baseFeePerGas", 0)
        transaction = call.build_transaction(
            {  # type: ignore[arg-type]
                **base,
                "gas": with_margin(gas),
                "nonce": web3.eth.get_transaction_count(address, "pending"),
                "maxPriorityFeePerGas": tip,
                "maxFeePerGas": 2 * base_fee + tip,
                "chainId": self._chain_id,
            }
        )
        fee_wei = transaction["gas"] * int(transaction["maxFeePerGas"])
        self._check_balance(call.fn_name, fee_wei + value_wei)
        signed = self._account.sign_transaction(transaction)  # type: ignore[arg-type]
        sent = web3.eth.send_raw_transaction(signed.raw_transaction)
        try:
            receipt = web3.eth.wait_for_transaction_receipt(sent, RECEIPT_SECONDS, poll_latency=0.2)
        except TimeExhausted:
            raise L1Unreachable(
                self._host,
                f"{call.fn_name}, {sent.to_0x_hex()}, is in no block after {RECEIPT_SECONDS} s. It "
                "may be later: look for it on L1 before you give the command again",
            ) from None
        if receipt["status"] != 1:
            raise L1Refused(call.fn_name, f"reverted in {sent.to_0x_hex()}")
        return receipt
