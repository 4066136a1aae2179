"""List the packages of the wheel: everything in the one namespace `strikeproof`.

The folders at the top level are linked into `strikeproof/`, so their import names here and in the
wheel are the same (docs/adr/0080).
"""

from setuptools import find_packages, setup

setup(packages=find_packages(include=["strikeproof", "strikeproof.*"]))
