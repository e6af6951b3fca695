#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# Captures of every link type, and captures that are bad, in every way that a file can be.
set -euo pipefail
# shellcheck source=tests/cli/lib.sh
. "$2/tests/cli/lib.sh"

make_captures

for capture in "$work"/links/*.pcap; do
    expect 0 "$capture" --json "$work/json" --quiet
    clean
    equal packets 4
done

# Bypassed packets, each for its reason.
expect 0 "$work/odd/bypassed.pcap" --json "$work/json"
clean
equal captured 11
equal packets 1
for reason in arp not_ip multicast unspecified_address same_address cut_by_snaplen \
    segmentation_offload jumbogram malformed too_large_with_esp; do
    equal "$reason" 1
done

# An empty capture is one; it is said.
expect 0 "$work/odd/header-only.pcap" --json "$work/json" --out "$work/empty"
says "no packets"
equal packets 0
[ -s "$work/empty/wire.pcapng" ] || fail "no wire of an empty capture"

# bad CAPTURE WORDS: an error that says WORDS, and nothing written.
bad() {
    expect 2 "$1" --out "$work/bad" --json "$work/bad.json"
    says "$2"
    [ ! -s "$work/stdout" ] || fail "$1: something on standard output"
    [ -z "$(find "$work/bad" -type f 2>/dev/null)" ] || fail "$1: something in the folder"
    [ ! -e "$work/bad.json" ] || fail "$1: JSON"
}

bad "$work/odd/missing.pcap" "No such file"
bad "$work/odd" "is a directory"
bad "$work/odd/zero.pcap" "empty file"
bad "$work/odd/text.pcap" "text.pcap"
bad "$work/odd/cut-header.pcap" "cut-header.pcap"
bad "$work/odd/cut-record.pcap" "packet 5"
bad "$work/odd/cut-data.pcap" "packet 5"
bad "$work/odd/bad-length.pcap" "packet 1"
bad "$work/odd/radiotap.pcap" "IEEE802_11_RADIO (127)"
bad "$work/odd/unknown-link.pcap" "9999"
bad "$work/odd/two-links.pcapng" "type"

# What is whole of a truncated capture, if one asks; never what is broken otherwise.
expect 0 "$work/odd/cut-data.pcap" --json "$work/json" --allow-truncated
says "cut off after packet 4"
clean
equal packets 4
expect 2 "$work/odd/bad-length.pcap" --allow-truncated
echo "test_captures: good"
