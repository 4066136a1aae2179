"""`python -m tests.deploy_files FOLDER`: the chart rendered, and the compose file with its
variables set, for tools that know Kubernetes and Compose (`make check-deploy`).
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Final

import yaml

from tests.unit.test_container_files import FOLDER
from tests.unit.test_helm_chart import CASES, documents

# What compose-spec does not know yet, though the specification has it.
UNKNOWN_TO_PARSER: Final = ("on-failure:10", "on-failure")


def write(folder: Path) -> int:
    """Write the files; return how many documents the chart has."""
    (folder / "chart").mkdir(parents=True, exist_ok=True)
    count = 0
    for case in CASES:
        for each in documents(case):
            name = f"{case}-{each['kind']}-{each['metadata']['name']}.yaml"
            (folder / "chart" / name).write_text(yaml.safe_dump(each))
            count += 1
    compose = (FOLDER / "compose.yaml").read_text().replace(*UNKNOWN_TO_PARSER)
    (folder / "compose.yaml").write_text(re.sub(r"\$\{L1_URL:[^}]*\}", "http://l1", compose))
    return count


if __name__ == "__main__":
    print(write(Path(sys.argv[1])), "documents")
