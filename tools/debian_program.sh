#!/usr/bin/env bash
# Print the path of a program that tests or drills run: `debian_program.sh PROGRAM PACKAGE [--install]`.
# It is $STRIKEPROOF_<PROGRAM>, the machine's, or the one that --install put in .<program>: that takes
# the distribution's package and unpacks it there, without root, changing nothing on the machine.
#   etcd etcd-server      standby sequencers, their tests and `bench failover`
#   promtool prometheus   the tests of the alert rules
set -euo pipefail

program="$1" package="$2"
folder="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)/.$program"
variable="STRIKEPROOF_${program^^}"

find_program() {
    local each
    for each in "${!variable-}" "$(command -v "$program" || true)" "$folder/usr/bin/$program"; do
        if [ -n "$each" ] && [ -x "$each" ]; then
            echo "$each"
            return 0
        fi
    done
    return 1
}

if [ "${3-}" = --install ]; then
    if find_program >/dev/null; then
        echo "$program: $(find_program)"
        exit 0
    fi
    if ! command -v apt-get >/dev/null || ! command -v dpkg-deb >/dev/null; then
        echo "no apt-get here: install $program by hand, or set $variable" >&2
        exit 1
    fi
    # Its own user may not read a folder of root's: where that is who runs this, /tmp is open to it.
    work="$(mktemp -d)"
    trap 'rm -rf "$work"' EXIT
    chmod 755 "$work"
    cd "$work"
    if ! apt-get -qq download "$package" 2>/dev/null; then
        apt-get -qq update || true # without root: with the lists that are there
        apt-get -qq download "$package"
    fi
    mkdir -p "$folder"
    dpkg-deb -x "$package"_*.deb "$folder"
fi

if ! find_program; then
    echo "$program is not installed: make $program" >&2
    exit 1
fi
