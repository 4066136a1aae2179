"""`python check_compose.py FILE`: exit code 1 unless FILE is a compose file whose networks and
volumes exist. Runs in the environment of tools/deploy_checks.txt, which has nothing else."""

import sys
from pathlib import Path

import compose_spec  # type: ignore[import-not-found]

options = compose_spec.PyOptions()
options.apply_merge = True
try:
    found = options.from_yaml(Path(sys.argv[1]).read_text())
    for check in (found.validate_networks, found.validate_volumes, found.validate_secrets):
        check()
except ValueError as error:
    sys.exit(f"{sys.argv[1]}: {error}")
print(len(found.service_names()), "services")
