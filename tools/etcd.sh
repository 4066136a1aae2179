#!/usr/bin/env bash
# Print the path of etcd: $STRIKEPROOF_ETCD, the machine's, or the one that --install put in .etcd.
# `etcd.sh --install` takes the distribution's package etcd-server and unpacks it there: no root, and
# nothing on the machine is changed. Standby sequencers, their tests and `bench failover` need it.
set -euo pipefail

folder="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)/.etcd"

find_etcd() {
    local each
    for each in "${STRIKEPROOF_ETCD-}" "$(command -v etcd || true)" "$folder/usr/bin/etcd"; do
        if [ -n "$each" ] && [ -x "$each" ]; then
            echo "$each"
            return 0
        fi
    done
    return 1
}

if [ "${1-}" = --install ]; then
    if find_etcd >/dev/null; then
        echo "etcd: $(find_etcd)"
        exit 0
    fi
    if ! command -v apt-get >/dev/null || ! command -v dpkg-deb >/dev/null; then
        echo "no apt-get here: install etcd 3.4 or newer by hand, or set STRIKEPROOF_ETCD" >&2
        exit 1
    fi
    # Its own user may not read a folder of root's: where that is who runs this, /tmp is open to it.
    work="$(mktemp -d)"
    trap 'rm -rf "$work"' EXIT
    chmod 755 "$work"
    cd "$work"
    if ! apt-get -qq download etcd-server 2>/dev/null; then
        apt-get -qq update || true # without root: with the lists that are there
        apt-get -qq download etcd-server
    fi
    mkdir -p "$folder"
    dpkg-deb -x etcd-server_*.deb "$folder"
fi

if ! find_etcd; then
    echo "etcd is not installed: make etcd" >&2
    exit 1
fi
