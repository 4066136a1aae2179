"""List the packages of the wheel: found in four folders, named for the two that ship data."""

from setuptools import find_packages, setup

setup(
    packages=[
        *find_packages(include=["strikeproof*", "sequencer*", "verifier*", "devnet*"]),
        "strikeproof_contracts",
        "strikeproof_proto",
    ]
)
