"""Compiled contracts as data: `from strikeproof.contracts import artifact`.

The artifacts are committed and shipped in the wheel, so nothing here needs the compiler.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

LAW_FAMILIES: Final = ("TradeLaw", "KeeperLaw", "UpkeepLaw", "AccountLaw", "InboxLaw")
"""The contracts of the law, in the order of the families' bytes, from 1 on."""
LAW_MODULES: Final = ("MarginModule", "PricingModule", "PortfolioModule")
"""What every family calls, in the order of `modules()`."""


class UnknownContract(LookupError):
    """No artifact has this name."""

    def __init__(self, name: str, known: Sequence[str]) -> None:
        super().__init__(f"no artifact is named {name}; there are {', '.join(known) or 'none'}")
        self.name = name


@dataclass(frozen=True, slots=True)
class Artifact:
    """One compiled contract."""

    name: str
    abi: Sequence[Mapping[str, Any]]
    bytecode: bytes
    """Creation code, without constructor arguments."""
    deployed_bytecode: bytes
    """Runtime code, zeros where the constructor writes immutables."""
    immutable_references: Mapping[str, Sequence[tuple[int, int]]]
    """Each immutable by its name: (start, length) of its places in `deployed_bytecode`."""
    link_references: Mapping[str, Any]
    selectors: Mapping[str, bytes]
    """Signature, e.g. `finalize(uint256)`, to its 4-byte selector."""
    storage_layout: Mapping[str, Any]
    transient_storage_layout: Mapping[str, Any]

    def with_immutables(self, values: Mapping[str, int]) -> bytes:
        """Return the runtime code as deployed with these immutables.

        Raises KeyError unless `values` names exactly the immutables of the contract.
        """
        if values.keys() != self.immutable_references.keys():
            raise KeyError(f"{self.name} has the immutables {sorted(self.immutable_references)}")
        code = bytearray(self.deployed_bytecode)
        for name, places in self.immutable_references.items():
            for start, length in places:
                code[start : start + length] = values[name].to_bytes(length, "big")
        return bytes(code)


def load_artifact(path: Path) -> Artifact:
    """Return the artifact that the file `path` holds."""
    data = json.loads(path.read_text("utf-8"))
    return Artifact(
        name=data["contractName"],
        abi=data["abi"],
        bytecode=bytes.fromhex(data["bytecode"][2:]),
        deployed_bytecode=bytes.fromhex(data["deployedBytecode"][2:]),
        immutable_references={
            name: [(place["start"], place["length"]) for place in places]
            for name, places in data["immutableReferences"].items()
        },
        link_references=data["linkReferences"],
        selectors={name: bytes.fromhex(each) for name, each in data["selectors"].items()},
        storage_layout=data["storageLayout"],
        transient_storage_layout=data["transientStorageLayout"],
    )


def artifact_names() -> list[str]:
    """Return the names of all shipped contracts, sorted."""
    names = (each.name for each in files(__name__).joinpath("artifacts").iterdir())
    return sorted(
        name.removesuffix(".json")
        for name in names
        if name.endswith(".json") and name != "manifest.json"
    )


@cache
def artifact(name: str) -> Artifact:
    """Return the artifact of contract `name`. Raises `UnknownContract`."""
    path = files(__name__).joinpath("artifacts", f"{name}.json")
    if name == "manifest" or not path.is_file():
        raise UnknownContract(name, artifact_names())
    return load_artifact(Path(str(path)))
