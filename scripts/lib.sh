# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# lib.sh: what the scripts share: where the project is, what it needs, how it is built.
# To be sourced; works in bash 3.2 too, which macOS brings.

# An exported CDPATH would have cd look elsewhere first, and print where it went.
unset CDPATH
root=$(cd -- "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

say() {
    printf '==> %s\n' "$*"
}

# step COMMAND...: runs it; if it fails, says how to repeat just that.
step() {
    say "$*"
    "$@" && return 0
    local status=$?
    printf '\nfailed with status %d; to repeat it:\n  cd %q && %s\n' "$status" "$PWD" "$*" >&2
    exit "$status"
}

# Runs a command as root, through sudo where needed.
as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        printf 'neither root nor sudo: install these yourself, then run this again:\n  %s\n' "$*" >&2
        return 1
    fi
}

apt_get() {
    as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get -q -y -o DPkg::Lock::Timeout=240 "$@"
}

# Prints those of the packages that are not installed.
missing_packages() {
    local package
    for package in "$@"; do
        # One line for each architecture that it is installed for.
        dpkg-query -W -f '${Status}\n' "$package" 2>/dev/null | grep -qx 'install ok installed' ||
            printf '%s\n' "$package"
    done
}

# install_packages PACKAGE...: Debian packages, those that are not there yet.
install_packages() {
    local missing
    if ! command -v apt-get >/dev/null; then
        say "no apt-get here; needed are: $*"
        return 0
    fi
    missing=$(missing_packages "$@")
    [ -n "$missing" ] || return 0
    # shellcheck disable=SC2086 # one word a package
    set -- $missing
    say "installing: $*"
    # The lists may be absent or too old for the packages that the mirror still has.
    apt_get install --no-install-recommends "$@" >/dev/null 2>&1 && return 0
    # One list that cannot be had need not be the one that is wanted: installing decides.
    apt_get update || say "not every package list could be had; going on with those that are here"
    step apt_get install --no-install-recommends "$@"
}

install_brew() {
    local package missing=()
    for package in "$@"; do
        brew list --versions "$package" >/dev/null 2>&1 || missing+=("$package")
    done
    [ "${#missing[@]}" -eq 0 ] || step brew install "${missing[@]}"
}

# install_needs build|test: installs what that needs and is not there.
install_needs() {
    local debian=(gcc libc6-dev cmake ninja-build pkg-config libcmocka-dev libsodium-dev
        libssl-dev libpcap-dev libcjson-dev uthash-dev)
    local brew=(cmake ninja pkg-config cmocka libsodium openssl@3 libpcap cjson uthash)

    if [ "$1" = test ]; then
        debian+=(g++ tshark python3-scapy python3-cryptography)
        [ "$(uname -m)" != x86_64 ] || debian+=(libipsec-mb-dev)
        brew+=(wireshark scapy)
    fi
    if command -v apt-get >/dev/null; then
        install_packages "${debian[@]}"
    elif command -v brew >/dev/null; then
        install_brew "${brew[@]}"
        # Homebrew keeps these out of the way of the system's.
        PKG_CONFIG_PATH="$(brew --prefix)/opt/openssl@3/lib/pkgconfig:${PKG_CONFIG_PATH:-}"
        PKG_CONFIG_PATH="$(brew --prefix)/opt/libpcap/lib/pkgconfig:$PKG_CONFIG_PATH"
        export PKG_CONFIG_PATH
    else
        say "neither apt-get nor brew is here: needed are ${brew[*]}"
    fi
}

# build PRESET: configures and builds in build/PRESET.
build() {
    cd "$root" || exit
    step cmake --preset "$1"
    step cmake --build --preset "$1"
}
