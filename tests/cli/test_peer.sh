#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# saoffload peer: wrong usage, configurations that are wrong, places that cannot be used, and that
# no key shows in what it says.
set -euo pipefail
# shellcheck source=tests/cli/lib.sh
. "$2/tests/cli/lib.sh"

key=00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff
config=$work/peer.json
wire=(--local "unix:$work/peer" --remote "unix:$work/other" --seconds 2)

# peer STATUS ARGUMENT...: runs `saoffload peer`; whatever it says, it names no key.
peer() {
    local wanted=$1 status=0
    shift
    "$tool" peer "$@" >"$work/stdout" 2>"$work/stderr" || status=$?
    [ "$status" -eq "$wanted" ] || fail "exit status $status, not $wanted: peer $*"
    ! grep -q -e "${key:0:12}" "$work/stdout" "$work/stderr" || fail "a key shows: peer $*"
}

# wrong WORDS ARGUMENT...: wrong usage, and it names the culprit and the way out.
wrong() {
    local words=$1
    shift
    peer 64 "$@"
    says "$words"
    says "saoffload peer --help"
}

# write_config [SED-COMMAND]: a configuration that is good, or what the command makes of it.
write_config() {
    sed -e "${1:-}" >"$config" <<EOF
{
  "mac": "02:00:00:00:00:01",
  "associations": [
    {
      "name": "one", "local": "192.0.2.1", "remote": "192.0.2.2", "address": "10.0.0.1",
      "esn": true,
      "esp": {
        "encryption": "NULL", "authentication": "hmac-sha-256-128",
        "inbound": {"spi": "0x1000", "authentication_key": "$key"},
        "outbound": {"spi": "4097", "authentication_key": "$key"}
      }
    }
  ]
}
EOF
}

# edit SED-COMMAND FILE: in place, as not every sed can.
edit() {
    sed "$1" "$2" >"$2.edited"
    mv "$2.edited" "$2"
}

# refused WORDS SED-COMMAND: such a configuration cannot be used, and the message says where.
refused() {
    write_config "$2"
    peer 2 "$config" "${wire[@]}"
    says "$config"
    says "$1"
    [ ! -e "$work/peer" ] || fail "a socket is left: $1"
}

write_config
wrong "which configuration" "${wire[@]}"
wrong "second" "$config" second "${wire[@]}"
wrong "--local is missing" "$config"
wrong "--remote is missing" "$config" --local unix:here
wrong "--nonsense" "$config" --nonsense
wrong "-z" "$config" -z
wrong "is no number" "$config" "${wire[@]}" --packets five
wrong "out of range" "$config" "${wire[@]}" --capacity 5000
wrong "out of range" "$config" "${wire[@]}" --offload-again 0
wrong "is ambiguous" "$config" "${wire[@]}" --re
wrong "takes no argument" "$config" "${wire[@]}" --quiet=yes
wrong "needs an argument" "$config" --local
wrong "rot13" "$config" "${wire[@]}" --provider rot13
wrong "'nowhere'" "$config" --local nowhere --remote 127.0.0.1:9
wrong "'127.0.0.1'" "$config" --local 127.0.0.1:9 --remote 127.0.0.1
wrong "two kinds" "$config" --local unix:here --remote 127.0.0.1:9
wrong "'unix:'" "$config" --local unix: --remote unix:there

peer 0 --help
grep -q -e '--wish-packets' "$work/stdout" || fail "the help names no --wish-packets"

# Every option that the help names is taken.
grep -o -E -e '^ +(-., )?--[a-z-]+' "$work/stdout" | grep -o -E -e '--[a-z-]+' >"$work/named"
[ "$(wc -l <"$work/named")" -gt 12 ] || fail "the help names too few options"
while read -r option; do
    "$tool" peer "$option" 2>"$work/stderr" >/dev/null || true
    ! grep -q unknown "$work/stderr" || fail "the help names $option, which is unknown"
done <"$work/named"

refused "line 5 is not JSON" '5 s/"name"/name/'
refused "no JSON object" '1 s/{/[{/; $ s/}/}]/'
refused "'mac' is no MAC address" 's/02:00:00:00:00:01/02:00:00:00:00/'
refused "'mac' is no string" 's/"02:00:00:00:00:01"/7/'
refused "association 'one': 'nick' is no member" 's/"esn"/"nick"/'
refused "association 1: 'name' is missing" 's/"name": "one", //'
refused "association 1: 'name' is longer" "s/\"one\"/\"$key$key$key\"/"
refused "'associations' is no list" '3 s/\[/[]}/; 4,$ d'
refused "'mac' is there twice" '2 p'
refused "association 'one': 'local' is no IP address" 's/192.0.2.1"/192.0.2.300"/'
refused "association 'one': 'remote' is missing" 's/"remote": "192.0.2.2", //'
refused "two versions of IP" 's/192.0.2.2/2001:db8::2/'
refused "'esn' is neither true nor false" 's/true/"yes"/'
refused "association 'one', esp: 'encryption' names no algorithm" 's/"NULL"/"ROT13"/'
refused "association 'one', esp, inbound: 'spi'" 's/0x1000/255/'
refused "association 'one', esp, inbound: 'spi'" 's/0x1000/0x100000000/'
refused "association 'one', esp, outbound: 'spi' is missing" 's/"spi": "4097", //'
refused "esp, inbound: 'authentication_key' is not 32 bytes" "s/$key\"},/${key:2}\"},/"
refused "esp, inbound: 'authentication_key' is not 32 bytes" "s/$key\"},/${key:2}0g\"},/"
refused "esp, outbound: 'authentication_key' is missing" '/4097/ s/, "auth[^}]*//'
refused "no such key" "s/\"authentication_key\"/\"encryption_key\": \"00\", &/"

refused "neither 'esp' nor 'ah'" '/"esp": {/,/^      }/ d; s/true,/true/'
refused "'mode' is neither" 's/"name"/"mode": "beet", &/'
refused "'icv_length' is no number" 's/"encryption":/"icv_length": 8.5, &/'
refused "'icv_length' is no number" 's/"encryption":/"icv_length": 17, &/'
write_config 's/"encryption":/"icv_length": 8, &/'
peer 2 "$config" "${wire[@]}"
says "association 'one' cannot be"
refused "association 'one', ah: 'encryption' is no member" 's/"esp"/"ah"/'
refused "UDP encapsulates ESP alone" 's/"esp"/"ah"/; s/"encryption": "NULL", //; s/"esn"/"udp"/'
refused "'tunnel' names no association before it" 's/"name"/"tunnel": "one", &/'

# Two of a name, of an address, of an SPI; over a tunnel, what does not go over it.
double='/^    }$/ { s/$/,/; r '"$work/second"'
}'
write_config
sed -n '4,12 p' "$config" >"$work/first"
sed 's/10.0.0.1/10.0.0.2/' "$work/first" >"$work/second"
refused "another association has its name" "$double"
sed 's/"one"/"two"/' "$work/first" >"$work/second"
refused "association 'one' has the same address" "$double"
sed 's/"one"/"two"/; s/10.0.0.1/10.0.0.2/' "$work/first" >"$work/second"
write_config "$double"
peer 2 "$config" "${wire[@]}"
says "association 'two' cannot be"

sed 's/"one"/"two"/; s/10.0.0.1/10.0.0.2/; s/"name"/"tunnel": "one", &/' "$work/first" >"$work/second"
refused "association 'two': only transport mode runs over a tunnel" "$double"
edit 's/"name"/"mode": "transport", &/; s/0x1000/0x2000/' "$work/second"
edit 's/"esn"/"udp"/' "$work/second"
refused "association 'two': UDP in UDP" "$double; s/\"esn\"/\"udp\"/"
edit 's/"udp"/"esn"/' "$work/second"
sed 's/"two"/"three"/; s/10.0.0.2/10.0.0.3/' "$work/second" >"$work/third"
cat "$work/third" >>"$work/second"
edit 's/^    }$/    },/; $ s/,$//' "$work/second"
refused "association 'three': another association runs over its tunnel" "$double"

write_config
peer 2 "$work/none" "${wire[@]}"
says "$work/none"
peer 2 "$work" "${wire[@]}"
says "$work"
peer 2 "$config" --local "unix:$work/no/such/folder" --remote "unix:$work/other"
says "$work/no/such/folder"
peer 2 "$config" --local 203.0.113.77:9 --remote 127.0.0.1:9
says "203.0.113.77"
peer 74 "$config" "${wire[@]}" --json "$work/no/such/folder"
says "$work/no/such/folder"
echo text >"$work/file"
peer 2 "$config" --local "unix:$work/file" --remote "unix:$work/other"
[ "$(cat "$work/file")" = text ] || fail "a file was taken for a socket"

# The configuration that the page shows is one, where its algorithm is to be had.
# shellcheck disable=SC2016
sed -n '/^```json/,/^```/ p' "$source_folder/docs/peer.md" | grep -v '^```' >"$config"
status=0
"$tool" peer "$config" "${wire[@]}" --seconds 1 >"$work/stdout" 2>"$work/stderr" || status=$?
[ "$status" -eq 0 ] || says "does not have its algorithms"

# It ends by itself, leaves no socket, and nothing is wrong with doing nothing.
write_config
peer 0 "$config" "${wire[@]}" --seconds 1 --json "$work/json"
[ ! -e "$work/peer" ] || fail "its socket is left"
grep -q '^  one ' "$work/stdout" || fail "the table has no line for the association"
equal bundles_added 2
equal bundles_deleted 2
equal leaked 0
! grep -q "${key:0:12}" "$work/json" || fail "a key shows in the figures"
