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
    segmentation_offload jumbogram malformed too_large_with_ipsec; do
    equal "$reason" 1
done

# A tunnel takes any complete packet, whatever its extension headers say.
expect 0 "$work/odd/extensions.pcap" --json "$work/json"
clean
equal captured 460
equal packets 460

# More pairs than links, each in its turn: every packet makes its link again.
expect 0 "$work/odd/many-pairs.pcap" --json "$work/json" --quiet
clean
equal packets 30000
equal links 30000
expect 0 "$work/odd/many-pairs.pcap" --json "$work/json" --quiet --links 1200
clean
equal packets 30000
equal links 1200

# Nothing to replay is no mistake of the capture, but is said.
expect 0 "$work/odd/arp-only.pcap" --json "$work/json" --out "$work/arp"
says "nothing was replayed"
clean
equal captured 1
equal packets 0
[ -s "$work/arp/wire.pcapng" ] || fail "no wire of a capture without IP"

# bad CAPTURE WORDS: an error that says WORDS, and nothing written.
bad() {
    expect 2 "$1" --out "$work/bad" --json "$work/bad.json"
    says "$2"
    [ ! -s "$work/stdout" ] || fail "$1: something on standard output"
    [ ! -e "$work/bad" ] || fail "$1: the folder was left"
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
bad "$work/odd/two-links.pcapng" "each interface into a file of its own"
bad "$work/odd/two-snaps.pcapng" "editcap -F pcap"
bad "$work/odd/header-only.pcap" "header-only.pcap' holds no packets"
if command -v editcap >/dev/null; then
    editcap -F pcap "$work/odd/two-snaps.pcapng" "$work/one-snap.pcap"
    expect 0 "$work/one-snap.pcap" --json "$work/json"
    clean
    equal packets 2
fi

# What is whole of a truncated capture, if one asks; never what is broken otherwise.
expect 0 "$work/odd/cut-data.pcap" --json "$work/json" --allow-truncated
says "cut off after packet 4"
clean
equal packets 4
expect 2 "$work/odd/bad-length.pcap" --allow-truncated
expect 2 "$work/odd/cut-first.pcap" --allow-truncated
says "no whole packets"
echo "test_captures: good"
