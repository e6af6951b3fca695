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

# fields FILTER ARGUMENT...: the fields that tell packets apart, of the innermost headers.
fields() {
    local filter=$1
    shift
    "$@" -Y "$filter" -T fields -E occurrence=l -e ip.src -e ip.dst -e ip.id -e ip.ttl \
        -e ip.frag_offset -e ipv6.src -e ipv6.dst -e ipv6.hlim -e tcp.seq_raw -e icmp.seq \
        -e icmpv6.echo.sequence_number -e dns.id 2>/dev/null | sort
}

# check HEADERS FILTER ARGUMENT...: of a replay with these arguments tshark finds so many ESP headers
# a packet, every ICV good, and inside the packets of the capture that the filter lets through.
check() {
    local headers=$1 filter=$2 folder=$work/checked packets good
    shift 2
    rm -rf "$folder"
    expect 0 "$office" --out "$folder" --write-keys "$@" --json "$work/json"
    packets=$(number packets "$work/json")
    good=$(read_wire "$folder" -T fields -e esp.icv_good | tr , '\n' | grep -c '^1$')
    [ "$good" -eq $((packets * headers)) ] || fail "$*: not every ICV is good"
    [ -z "$(read_wire "$folder" -Y 'esp.icv_bad == 1 or _ws.malformed')" ] || fail "$*: bad packets"
    fields '' read_wire "$folder" >"$work/inner"
    fields "$filter" tshark -r "$office" >"$work/original"
    diff "$work/original" "$work/inner" >"$work/stderr" || fail "$*: other packets inside"
}

replayed='not arp and not (eth.dst.ig == 1)'
whole="$replayed and not (ip.flags.mf == 1 or ip.frag_offset > 0 or ipv6.fraghdr)"

if "$tool" replay "$office" --limit 1 --quiet --algorithm aes-256-gcm 2>/dev/null; then
    check 1 "$replayed" --algorithm aes-256-gcm
fi
check 1 "$replayed" --algorithm null-hmac-sha-256
check 1 "$whole" --algorithm null-hmac-sha-256 --form udp-transport
check 1 "$whole" --algorithm null-hmac-sha-256 --form esp-ah-transport
check 2 "$whole" --algorithm null-hmac-sha-256 --form esp-over-esp

# Every algorithm that Wireshark has, in forms that differ.
if "$tool" algorithms | sed -n 1p | grep -q openssl; then
    while read -r headers filter form algorithm; do
        check "$headers" "${!filter}" --provider openssl --form "$form" --algorithm "$algorithm"
    done <<'FORMS'
1 whole esp-transport aes-128-cbc-hmac-sha-1
1 replayed udp-tunnel 3des-cbc-hmac-md5
1 whole udp-transport aes-256-cbc-hmac-sha-256
1 replayed esp-ah-tunnel aes-192-gcm-12
1 whole esp-ah-transport aes-128-gcm-8
1 whole esp-over-ah aes-192-cbc-hmac-sha-256
2 whole esp-over-udp null-hmac-sha-1
2 whole udp-over-esp aes-256-gcm
FORMS
fi

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
