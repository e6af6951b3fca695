# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# lib.sh: what the tool's tests share. Each is called with the tool's path and the source folder.

tool=$1
source_folder=$2
here=$source_folder/tests/cli
# shellcheck disable=SC2034 # for the tests
office=$source_folder/examples/captures/office.pcap
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
    printf 'FAILED: %s\n' "$*" >&2
    if [ -s "$work/stderr" ]; then
        sed 's/^/    stderr: /' "$work/stderr" >&2
    fi
    exit 1
}

skip() {
    printf 'skipped: %s\n' "$*"
    exit 77 # ctest knows it
}

# expect STATUS ARGUMENT...: runs `saoffload replay`, its output in $work/stdout and stderr.
expect() {
    local wanted=$1 status=0
    shift
    "$tool" replay "$@" >"$work/stdout" 2>"$work/stderr" || status=$?
    [ "$status" -eq "$wanted" ] || fail "exit status $status, not $wanted: replay $*"
}

# says WORDS: the last run said this on standard error.
says() {
    grep -q -F -e "$*" "$work/stderr" || fail "standard error does not say '$*'"
}

# number KEY FILE: a number of the JSON summary.
number() {
    sed -n "s/^[[:space:]]*\"$1\":[[:space:]]*\([0-9]*\),\{0,1\}\$/\1/p" "$2"
}

# equal KEY NUMBER: of the JSON that the last run wrote to $work/json.
equal() {
    local found
    found=$(number "$1" "$work/json")
    [ "$found" = "$2" ] || fail "$1 is '$found', not $2"
}

# clean: that run delivered every packet, and lost, leaked and violated nothing.
clean() {
    equal lost 0
    equal leaked 0
    equal violations 0
    equal delivered_identical "$(number packets "$work/json")"
    equal bundles_deleted "$(number bundles_added "$work/json")"
}

# make_captures: the captures of make_captures.py, in $work.
make_captures() {
    command -v python3 >/dev/null || skip "no python3 to make captures with"
    python3 "$here/make_captures.py" "$work" "$office"
}
