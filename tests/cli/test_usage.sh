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
wrong "rot13" "$office" --provider rot13
wrong "--out" "$office" --write-keys

status=0
"$tool" frobnicate 2>"$work/stderr" || status=$?
[ "$status" -eq 64 ] || fail "unknown command: $status"
says "frobnicate"
status=0
"$tool" 2>"$work/stderr" || status=$?
[ "$status" -eq 64 ] || fail "no command: $status"
wrong "is ambiguous" "$office" --wish 5
wrong "takes no argument" "$office" --quiet=yes

# prints WORDS ARGUMENT...: on standard output; a full or closed one is an error.
prints() {
    local words=$1
    shift
    "$tool" "$@" >"$work/stdout" || fail "$*"
    grep -q -e "$words" "$work/stdout" || fail "$* does not print $words"
    status=0
    "$tool" "$@" 2>"$work/stderr" >&- || status=$?
    [ "$status" -eq 74 ] || fail "$* with standard output closed: $status"
    says "cannot write standard output"
    if [ -c /dev/full ]; then
        status=0
        "$tool" "$@" 2>"$work/stderr" >/dev/full || status=$?
        [ "$status" -eq 74 ] || fail "$* with standard output full: $status"
    fi
}

prints replay --help
prints '^saoffload [0-9]' --version
prints '--write-keys' replay --help
prints '^| HMAC-SHA-256-128 | 16 ' algorithms
status=0
"$tool" algorithms all 2>"$work/stderr" || status=$?
[ "$status" -eq 64 ] || fail "algorithms with an argument: $status"
says "all"

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
    [ ! -e "$work/full" ] || fail "half of the results were left"
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
cp "$work/target" "$work/before"
expect 2 "$work/file" --quiet --json "$work/link"
head -c 100000 "$office" >"$work/cut.pcap"
expect 2 "$work/cut.pcap" --quiet --json "$work/link"
cmp "$work/target" "$work/before" || fail "a run that failed changed its target"

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

# --json names no other result of --out; the summary it may.
cp -r "$work/mine" "$work/theirs"
for name in wire.pcapng esp_sa; do
    wrong "the place of --out's $name" "$office" --out "$work/fresh" --json "$work/fresh/$name"
    [ ! -e "$work/fresh" ] || fail "a refused run left its folder"
    ln -s "mine/$name" "$work/alias"
    wrong "the place of --out's $name" "$office" --out "$work/mine" --json "$work/alias"
    wrong "the place of --out's $name" "$office" --out "$work/mine" \
        --json "$work/mine/../mine//$name"
    rm "$work/alias"
done
diff -r "$work/mine" "$work/theirs" || fail "a refused run changed files"
expect 0 "$office" --quiet --out "$work/fresh" --json "$work/fresh/summary.json"
[ "$(number captured "$work/fresh/summary.json")" -gt 1000 ] || fail "no summary by two names"
rm -r "$work/fresh"

# A closed descriptor is not that of the first file opened. The capture comes by standard input:
# the wire is the first file, and the note goes to standard error before its end.
expect 0 - --allow-truncated --out "$work/fresh" <"$work/cut.pcap"
says "cut off"
status=0
"$tool" replay - --allow-truncated --out "$work/closed" <"$work/cut.pcap" >"$work/stdout" 2>&- ||
    status=$?
[ "$status" -eq 0 ] || fail "standard error closed: $status"
cmp "$work/fresh/wire.pcapng" "$work/closed/wire.pcapng" || fail "a note got into the wire"
status=0
"$tool" replay - --allow-truncated --out "$work/closed" <"$work/cut.pcap" >&- \
    2>"$work/stderr" || status=$?
[ "$status" -eq 74 ] || fail "standard output closed: $status"
cmp "$work/fresh/wire.pcapng" "$work/closed/wire.pcapng" || fail "the table got into the wire"
status=0
"$tool" replay - --out "$work/none" <&- 2>"$work/stderr" || status=$?
[ "$status" -eq 2 ] || fail "standard input closed: $status"

# The command that it prints is for the shell, whatever the folder is called.
odd="$work/it's \$HOME"
expect 0 "$office" --out "$odd" --write-keys --algorithm null-hmac-sha-256
sed -n 's/^  WIRESHARK_CONFIG_DIR=/set -- /p' "$work/stdout" >"$work/command"
(
    # shellcheck disable=SC1091 # made by the line above
    . "$work/command"
    [ "$1" = "$odd" ] && [ "$4" = "$odd/wire.pcapng" ]
) || fail "the command is not quoted: $(cat "$work/command")"

# JSON is UTF-8, whatever the capture is called (where a file may be called so).
if cp "$office" "$work/"$'not-\xff-utf8.pcap' 2>/dev/null; then
    expect 0 "$work/"$'not-\xff-utf8.pcap' --limit 10 --quiet --json -
    grep -q -F $'not-\xef\xbf\xbd-utf8.pcap' "$work/stdout" || fail "JSON with bytes not UTF-8"
fi

# A file that may not grow, or a reader that goes, is an error of a write; nothing is left.
status=0
(
    ulimit -f 8
    exec "$tool" replay "$office" --quiet --out "$work/limit"
) 2>"$work/stderr" || status=$?
[ "$status" -eq 74 ] || fail "a file that may not grow: $status"
says "wire.pcapng"
[ ! -e "$work/limit" ] || fail "a file that may not grow left something"
status=0
# The reader is gone by then.
{ sleep 0.5; "$tool" replay "$office" --json "$work/json" 2>"$work/stderr" || echo $? >"$work/status"; } |
    exec true
[ "$(cat "$work/status")" -eq 74 ] || fail "a reader that went: $(cat "$work/status")"

# A signal leaves nothing half done, before the first byte and later.
set -m # a background process of a script ignores INT and QUIT otherwise
for signal in INT TERM HUP QUIT; do
    for bytes in 0 100000; do
        "$tool" replay - --out "$work/stopped" --json "$work/stopped.json" <"$work/pipe" \
            2>"$work/stderr" &
        process=$!
        exec 3>"$work/pipe"
        head -c $bytes "$office" >&3
        for _ in $(seq 50); do
            [ $bytes -gt 0 ] || break
            [ -n "$(find "$work/stopped" -type f 2>/dev/null)" ] && break
            sleep 0.1
        done
        [ $bytes -gt 0 ] || sleep 0.3
        kill -$signal "$process"
        status=0
        wait "$process" || status=$?
        exec 3>&-
        [ "$status" -eq 130 ] || fail "$signal after $bytes bytes: $status"
        [ -z "$(find "$work" -name 'stopped*')" ] || fail "$signal after $bytes bytes left files"
    done
done
set +m
echo "test_usage: good"
