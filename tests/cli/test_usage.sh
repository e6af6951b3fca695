#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# Wrong usage, places that cannot be written, and files that must not be replaced.
set -euo pipefail
# shellcheck source=tests/cli/lib.sh
. "$2/tests/cli/lib.sh"

# wrong WORDS ARGUMENT...: exit status 64, names the culprit and the way out, writes nothing.
wrong() {
    local words=$1
    shift
    expect 64 "$@"
    says "$words"
    says "--help"
    [ ! -s "$work/stdout" ] || fail "something on standard output"
}

wrong "capture"
wrong "second" "$office" second
wrong "--nonsense" "$office" --nonsense
wrong "-z" "$office" -z
wrong "needs an argument" "$office" --seed
wrong "is no number" "$office" --seed five
wrong "out of range" "$office" --capacity 0
wrong "out of range" "$office" --wish-fill 101
wrong "rot13" "$office" --algorithm rot13
wrong "--out" "$office" --write-keys

status=0
"$tool" frobnicate 2>"$work/stderr" || status=$?
[ "$status" -eq 64 ] || fail "unknown command: $status"
says "frobnicate"
status=0
"$tool" 2>"$work/stderr" || status=$?
[ "$status" -eq 64 ] || fail "no command: $status"
"$tool" --help | grep -q replay || fail "help"
"$tool" --version | grep -q '^saoffload [0-9]' || fail "version"
"$tool" replay --help | grep -q -e '--write-keys' || fail "help of replay"

# Every option that the help names is taken.
"$tool" replay --help | grep -o -E -e '^ +(-., )?--[a-z-]+' | grep -o -E -e '--[a-z-]+' |
    sort >"$work/named"
[ "$(wc -l <"$work/named")" -gt 15 ] || fail "the help names too few options"
while read -r option; do
    "$tool" replay "$option" 2>"$work/stderr" >/dev/null || true
    ! grep -q unknown "$work/stderr" || fail "the help names $option, which is unknown"
done <"$work/named"

# Places that cannot be written.
echo text >"$work/file"
expect 74 "$office" --out "$work/file"
says "$work/file"
expect 74 "$office" --out "$work/file/below"
expect 74 "$office" --json "$work/no/such/folder/json"
says "$work/no/such/folder/json"
expect 74 "$office" --json "$work"
if [ -c /dev/full ]; then
    # Through links of our own: a broken tool must not replace the machine's devices.
    ln -s /dev/full "$work/disk"
    expect 74 "$office" --json "$work/disk" --out "$work/full"
    [ -z "$(find "$work/full" -type f)" ] || fail "half of the results were left"
    status=0
    "$tool" replay "$office" >/dev/full 2>"$work/stderr" || status=$?
    [ "$status" -eq 74 ] || fail "a full disk behind standard output: $status"
fi
[ "$(cat "$work/file")" = text ] || fail "a file was replaced"

# Pipes and links stay what they are.
mkfifo "$work/pipe"
cat "$work/pipe" >"$work/json" &
expect 0 "$office" --quiet --json "$work/pipe"
wait
[ -p "$work/pipe" ] || fail "a pipe was replaced"
clean
touch "$work/target"
ln -s target "$work/link"
expect 0 "$office" --quiet --json "$work/link"
[ -L "$work/link" ] || fail "a symbolic link was replaced"
[ -s "$work/target" ] || fail "nothing came through a symbolic link"

# The capture is not replaced by its own replay, a user's keys are not replaced at all.
mkdir "$work/mine"
cp "$office" "$work/mine/wire.pcapng"
wrong "is the capture itself" "$work/mine/wire.pcapng" --out "$work/mine"
wrong "is the capture itself" "$work/mine/wire.pcapng" --json "$work/mine/wire.pcapng"
cmp "$office" "$work/mine/wire.pcapng" || fail "the capture was replaced"
rm "$work/mine/wire.pcapng"
echo '"IPv4","*","*","*","NULL","","NULL",""' >"$work/mine/esp_sa"
expect 74 "$office" --out "$work/mine" --write-keys
says "left alone"
expect 0 "$office" --out "$work/mine" --quiet
grep -q '^"IPv4"' "$work/mine/esp_sa" || fail "a user's keys were replaced"

# An interrupt leaves nothing half done.
"$tool" replay - --out "$work/stopped" <"$work/pipe" 2>"$work/stderr" &
process=$!
exec 3>"$work/pipe"
head -c 100000 "$office" >&3
for _ in $(seq 100); do
    [ -n "$(find "$work/stopped" -type f 2>/dev/null)" ] && break
    sleep 0.1
done
kill -TERM "$process"
status=0
wait "$process" || status=$?
exec 3>&-
[ "$status" -eq 130 ] || fail "interrupted: $status"
[ -z "$(find "$work/stopped" -type f)" ] || fail "an interrupted run left files"
echo "test_usage: good"
