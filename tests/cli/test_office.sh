#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# The main job on the capture that comes with the project.
set -euo pipefail
# shellcheck source=tests/cli/lib.sh
. "$2/tests/cli/lib.sh"

# above PERCENT PART WHOLE
above() {
    [ $((100 * $2)) -gt $(($1 * $3)) ] || fail "$2 of $3 is not above $1 %"
}

expect 0 "$office" --out "$work/new/folder" --write-keys --json "$work/json"
clean
packets=$(number packets "$work/json")
equal captured $((packets + 9))
equal arp 4
equal multicast 5
equal ipsec_packets "$packets"
above 80 "$(number offloaded_tx "$work/json")" "$packets"
above 80 "$(number offloaded_rx "$work/json")" "$packets"
[ $(($(number offloaded_tx "$work/json") + $(number software_tx "$work/json"))) -eq "$packets" ] ||
    fail "sent packets do not add up"
for key in pairs sa_delete_requests deletes_inbound deletes_outbound rekeys software_tx; do
    [ "$(number "$key" "$work/json")" -gt 0 ] || fail "no $key"
done
cmp "$work/json" "$work/new/folder/summary.json" || fail "two summaries differ"
[ "$(find "$work/new/folder" -type f | wc -l)" -eq 3 ] || fail "not three files"
grep -q 'One delete, between' "$work/stdout" || fail "no timeline"
grep -q 'bundle-freed' "$work/stdout" || fail "no freed bundle in the timeline"
[ ! -s "$work/stderr" ] || fail "a run without a terminal says something"

# The same seed gives the same bytes, another one another wire; keys of before are not left.
expect 0 "$office" --out "$work/again" --json - --seed 1
cmp "$work/new/folder/wire.pcapng" "$work/again/wire.pcapng" || fail "the same seed, another wire"
cmp "$work/json" "$work/stdout" || fail "the same seed, another summary"
expect 0 "$office" --out "$work/new/folder" --quiet --seed 2
cmp -s "$work/new/folder/wire.pcapng" "$work/again/wire.pcapng" && fail "another seed, the same wire"
[ ! -e "$work/new/folder/esp_sa" ] || fail "keys of an earlier run were left"
[ ! -s "$work/stdout" ] || fail "--quiet is not"

# Every provider delivers; whoever computes, the wire is the same, but for the one that does not.
"$tool" algorithms | sed -n 1p | tr -d ' ' | tr '|' '\n' | sed -e 1,2d -e '/^$/d' >"$work/providers"
grep -q -x libsodium "$work/providers" || fail "libsodium is no provider"
while read -r provider; do
    expect 0 "$office" --out "$work/$provider" --json "$work/json" --quiet --provider "$provider"
    clean
    same=0
    cmp -s "$work/$provider/wire.pcapng" "$work/libsodium/wire.pcapng" || same=1
    [ "$same" -eq "$([ "$provider" = null ] && echo 1 || echo 0)" ] || fail "the wire of $provider"
done <"$work/providers"

# Every engine option, far from its default.
while read -r options; do
    # shellcheck disable=SC2086 # options are words
    expect 0 "$office" --json "$work/json" --quiet $options
    clean
done <<'OPTIONS'
--capacity 1
--capacity 2 --rekey 10
--refuse 1
--refuse 2 --wish-packets 3
--rekey 1 --wish-packets 1 --add-latency 0 --remove-latency 0 --send-latency 0 --receive-latency 0
--add-latency 40 --remove-latency 30 --send-latency 20 --receive-latency 10
--send-latency 1000 --receive-latency 1000
--wish-fill 1 --offload-again 0
--wish-bytes 1
--profile 6.1 --rekey 20
--profile 6.30 --wish-packets 2
--links 1
--links 2 --algorithm null-hmac-sha-256
--algorithm chacha20-poly1305
--provider null --wish-packets 2
--limit 100
--reset-every 1 --reset-latency 0
--reset-every 3 --profile 6.1 --refuse 3
--reset-every 7 --profile 6.20 --send-latency 5 --receive-latency 3 --reset-latency 30
--reset-every 7 --profile 6.30 --send-latency 5 --receive-latency 3 --reset-latency 30
--reset-every 20 --profile 6.30 --refuse 2 --rekey 30 --wish-packets 9 --reset-latency 200
OPTIONS
expect 0 "$office" --json "$work/json" --quiet --refuse 1
equal offloaded_tx 0
equal offloaded_rx 0
equal resets 0

# Every replayed packet is one of a link; a link of fewer than N resets nothing.
expect 0 "$office" --json "$work/json" --quiet --reset-every 100 --reset-latency 1
clean
[ "$(number resets "$work/json")" -ge 10 ] || fail "too few resets"
equal bundles_lost 0
expect 0 "$office" --json "$work/json" --reset-every 100 --refuse 2
[ "$(number bundles_lost "$work/json")" -gt 0 ] || fail "no bundle is lost"
grep -q "  resets  *$(number resets "$work/json")$" "$work/stdout" || fail "no resets in the table"

# From standard input, too.
"$tool" replay - --json "$work/json" --quiet <"$office" || fail "standard input"
clean
equal packets "$packets"

# The script makes the capture that is here (where it finds the scapy that made it).
for python in python3 /usr/bin/python3; do
    if [ "$($python -c 'import scapy; print(scapy.VERSION)' 2>/dev/null)" = 2.5.0 ]; then
        $python "$source_folder/examples/captures/make" "$work/made.pcap"
        cmp "$work/made.pcap" "$office" || fail "examples/captures/make makes another capture"
        break
    fi
done
echo "test_office: good"
