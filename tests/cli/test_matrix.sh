#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# The matrix: every cell is run, or named as impossible; and each form by itself, as a user runs it.
set -euo pipefail
# shellcheck source=tests/cli/lib.sh
. "$2/tests/cli/lib.sh"

# row FORM ESP AH CELL: the table has this row, and this in its only provider's column.
row() {
    grep -q -E "^\| $1 +\| $2 +\| $3 +\| $4 +\|\$" "$work/stdout" || fail "no row '$*'"
}

# One provider that is always there. Every row has as many columns as the head.
expect 0 "$office" --matrix --provider libsodium --limit 30
row esp-tunnel null-hmac-sha-256 '' '4    6'
row ah-transport '' hmac-sha-256 '4    6'
row ah-tunnel '' aes-128-gmac '\(1\)  \(1\)'
row esp-ah-transport null-hmac-sha-256 hmac-sha-256 '4    6'
row udp-over-esp-ah chacha20-poly1305 hmac-sha-256 '4    6'
row esp-over-udp des-cbc-hmac-md5 '' '\(1\)  \(1\)'
grep -q '^(1) impossible: the provider has not' "$work/stdout" || fail "no reason"
! grep -q FAIL "$work/stdout" || fail "something failed"
[ "$(grep '^|' "$work/stdout" | tr -cd '|\n' | sort -u)" = "|||||" ] || fail "columns differ"
[ "$(grep '^|' "$work/stdout" | awk '{ print length }' | sort -u | wc -l)" -eq 1 ] ||
    fail "the table is not aligned"
[ "$(grep -c '^| [a-z]*-' "$work/stdout")" -gt 500 ] || fail "too few rows"
grep -q -E '^[0-9]+ cells of 30 packets: [0-9]+ passed, 0 failed, [0-9]+ impossible\.$' \
    "$work/stdout" || fail "no sum"

# Each axis can be held; what is held is what is run.
expect 0 "$office" --matrix --provider libsodium --form esp-over-ah --algorithm chacha20-poly1305 \
    --ah hmac-sha-256 --ip 6
grep -q '^1 cells of 80 packets: 1 passed' "$work/stdout" || fail "more than one cell"
row esp-over-ah chacha20-poly1305 hmac-sha-256 6
expect 0 "$office" --matrix --provider libsodium --form ah-tunnel
[ "$(grep -c '^| ah-tunnel' "$work/stdout")" -eq 6 ] || fail "not every algorithm of AH"
expect 0 "$office" --matrix --quiet --provider libsodium --form ah-tunnel
[ ! -s "$work/stdout" ] || fail "--quiet is not"

# ESP that only encrypts goes where AH authenticates (ADD-14).
expect 0 "$office" --matrix --provider null --algorithm aes-256-cbc
row esp-ah-tunnel aes-256-cbc aes-256-gmac '4    6'
row esp-ah-over-ah aes-256-cbc hmac-sha-256 '4    6'
row esp-tunnel aes-256-cbc '' '\([1-9]\)  \([1-9]\)'
row esp-over-ah aes-256-cbc hmac-sha-256 '\([1-9]\)  \([1-9]\)'
grep -q 'impossible: ESP that only encrypts' "$work/stdout" || fail "no word on ADD-14"
expect 64 "$office" --form esp-tunnel --provider null --algorithm aes-256-cbc
says "ADD-14"

# A matrix of nothing does not pass.
expect 64 "$office" --matrix --provider libsodium --form esp-tunnel --algorithm des-cbc-hmac-md5
says "has not this algorithm"
expect 64 "$office" --matrix --limit 0
says "--limit"
make_captures
printf 'nothing' >"$work/no.pcap"
expect 2 "$work/no.pcap" --matrix

# Of a capture of one version, transport mode over the other is impossible.
tool_form() {
    expect 0 "$office" --quiet --json "$work/json" --form "$1" --algorithm null-hmac-sha-256
    clean
    equal packets "$(($(number captured "$work/json") - $2))"
}

# Each form by itself; fragments do not go in transport mode.
for form in esp-tunnel esp-ah-tunnel udp-tunnel; do
    tool_form "$form" 9
done
for form in esp-transport esp-ah-transport udp-transport esp-over-esp ah-over-udp udp-over-esp-ah; do
    tool_form "$form" 101
done
expect 0 "$office" --quiet --json "$work/json" --form ah-transport --ip 6
clean
grep -q '"other_ip_version":' "$work/json" || fail "IPv4 went in IPv6's transport mode"

# Packets that are IPsec themselves go in every form, too.
for inner in esp-tunnel ah-tunnel esp-ah-tunnel; do
    expect 0 "$office" --quiet --out "$work/$inner" --form $inner --limit 100
    for form in esp-transport ah-transport esp-ah-transport ah-over-ah esp-tunnel; do
        expect 0 "$work/$inner/wire.pcapng" --quiet --json "$work/json" --form $form
        clean
        equal packets 95
    done
done

# The keys of ESP in every form are enough for Wireshark's table; AH has no line.
expect 0 "$office" --quiet --out "$work/out" --write-keys --form esp-ah-over-esp-ah --limit 20 \
    --algorithm null-hmac-sha-256
[ "$(grep -c '^"IPv' "$work/out/esp_sa")" -gt 7 ] || fail "keys are missing"
expect 0 "$office" --out "$work/ah" --write-keys --form ah-tunnel --limit 20
[ "$(grep -c '^"IPv' "$work/ah/esp_sa")" -eq 0 ] || fail "AH's keys are in ESP's table"
grep -q 'There is no ESP' "$work/stdout" || fail "no word on AH"
echo "test_matrix: good"
