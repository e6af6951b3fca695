#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# tshark decrypts the wire, finds every ICV good, and sees the packets of the capture inside.
set -euo pipefail
# shellcheck source=tests/cli/lib.sh
. "$2/tests/cli/lib.sh"

command -v tshark >/dev/null || skip "no tshark"

# read_wire FOLDER ARGUMENT...: as the tool tells its user to.
read_wire() {
    local folder=$1
    shift
    WIRESHARK_CONFIG_DIR=$folder tshark -r "$folder/wire.pcapng" \
        -o esp.enable_encryption_decode:TRUE -o esp.enable_authentication_check:TRUE "$@" \
        2>/dev/null
}

check() {
    local folder=$work/$1 packets
    expect 0 "$office" --out "$folder" --write-keys --algorithm "$1" --json "$work/json"
    packets=$(number packets "$work/json")
    [ "$(read_wire "$folder" -T fields -e esp.icv_good | grep -c '^1$')" -eq "$packets" ] ||
        fail "$1: not every ICV is good"
    [ -z "$(read_wire "$folder" -Y 'esp.icv_bad == 1 or _ws.malformed')" ] ||
        fail "$1: bad packets"
    # Inner against original, in the fields that tell packets apart; the outer header comes first.
    read_wire "$folder" -T fields -E occurrence=l -e ip.src -e ip.dst -e ip.id -e ip.ttl \
        -e ip.frag_offset -e ipv6.src -e ipv6.dst -e ipv6.hlim -e tcp.seq_raw -e icmp.seq \
        -e icmpv6.echo.sequence_number -e dns.id | sort >"$work/inner"
    tshark -r "$office" -Y 'not arp and not (eth.dst.ig == 1)' -T fields -E occurrence=l \
        -e ip.src -e ip.dst -e ip.id -e ip.ttl -e ip.frag_offset -e ipv6.src -e ipv6.dst \
        -e ipv6.hlim -e tcp.seq_raw -e icmp.seq -e icmpv6.echo.sequence_number -e dns.id \
        2>/dev/null | sort >"$work/original"
    diff "$work/original" "$work/inner" >"$work/stderr" || fail "$1: other packets inside"
}

if "$tool" replay "$office" --limit 1 --quiet --algorithm aes-256-gcm 2>/dev/null; then
    check aes-256-gcm
fi
check null-hmac-sha-256

# Small windows, many SAs: each has its line.
expect 0 "$office" --out "$work/many" --write-keys --algorithm null-hmac-sha-256 --links 1 \
    --rekey 5 --wish-packets 3 --json "$work/json"
[ "$(read_wire "$work/many" -T fields -e esp.icv_good | grep -c '^1$')" -eq \
    "$(number packets "$work/json")" ] || fail "many SAs: not every ICV is good"

# Frames have the times of the capture's packets, to the nanosecond.
make_captures
expect 0 "$work/links/nanoseconds.pcap" --out "$work/times"
tshark -r "$work/links/nanoseconds.pcap" -T fields -e frame.time_epoch 2>/dev/null |
    sort -u >"$work/captured"
read_wire "$work/times" -T fields -e frame.time_epoch | sort -u >"$work/written"
[ -z "$(comm -13 "$work/captured" "$work/written")" ] || fail "times that are not the capture's"
tail -n 1 "$work/captured" | cmp - <(tail -n 1 "$work/written") || fail "the last time is missing"

# What Wireshark cannot read is said.
expect 0 "$office" --out "$work/extension" --write-keys --algorithm chacha20-poly1305
grep -q 'Wireshark cannot decrypt' "$work/stdout" || fail "no word on the extension"
echo "test_tshark: good"
