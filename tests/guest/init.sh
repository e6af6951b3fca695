#!/bin/busybox sh
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=dash disable=SC3043,SC3037,SC2154
# init.sh: the guest's first and only process: sets up IPsec for each case, tries it, switches off.
#
# /cases/list names the cases in order, one a line: NAME OUR-ADDRESS PEER'S-ADDRESS. /cases/NAME.ip
# is for `ip -batch`, and /cases/settings says how much is tried. The host reads what this prints on the console: lines that begin with "=".

/bin/busybox --install -s /bin
export PATH=/bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
exec </dev/null >/dev/console 2>&1

# busybox has an ip of its own, which knows no xfrm.
ip() {
    /bin/ip "$@"
}

fail() {
    echo "= broken $*"
    poweroff -f
}

load_modules() {
    while read -r module; do
        insmod "/modules/$module" || fail "module $module"
    done </modules/order
}

set_up_network() {
    for family in ipv4 ipv6; do
        echo 0 >/proc/sys/net/$family/conf/all/accept_redirects
    done
    echo 0 >/proc/sys/net/ipv6/conf/all/accept_dad
    echo 0 >/proc/sys/net/ipv6/conf/default/accept_dad
    echo 0 >/proc/sys/net/ipv6/conf/default/accept_ra
    echo 0 >/proc/sys/net/ipv6/conf/default/router_solicitations
    ip link set lo up
    ip link set eth0 up || fail "no network device"
    udp_encap &
}

# Every counter of what is wrong: NAME COUNT. TCP would mend a wrong byte, but not without a trace.
counters() {
    cat /proc/net/xfrm_stat
    grep -E 'CsumErrors|HdrErrors' /proc/net/snmp6
    awk '
        NR % 2 == 1 { split($0, names) }
        NR % 2 == 0 {
            for (i = 2; i <= NF; i++)
                if (names[i] ~ /CsumErrors|HdrErrors/)
                    print $1 names[i], $i
        }' /proc/net/snmp
}

# What was counted since the last call: "0", or NAME=COUNT,...
errors_since() {
    counters >/tmp/counters
    awk '
        NR == FNR { before[$1] = $2; next }
        $2 != before[$1] { printf "%s%s=%d", comma, $1, $2 - before[$1]; comma = "," }
        END { print comma == "" ? 0 : "" }' /tmp/counters.before /tmp/counters
    mv /tmp/counters /tmp/counters.before
}

# The share of pings that were lost, in percent.
try_ping() {
    ping -A -q -c "$pings" -s 400 -W "$wait" -w "$seconds" -I "$1" "$2" 2>&1 | sed -n 's/.* \([0-9]*\)% packet loss.*/\1/p'
}

# Moves the file through the peer to ourselves: "ok", or what is wrong.
try_file() {
    rm -f /tmp/got
    nc -l -p 7000 <>/tmp/never >/tmp/got &
    server=$!
    # Until somebody listens at port 7000 = 0x1B58.
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        grep -q ':1B58 .* 0A ' /proc/net/tcp /proc/net/tcp6 && break
        usleep 20000
    done
    timeout 120 nc "$1" 7000 </tmp/file || echo -n "nc-failed,"
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        kill -0 $server 2>/dev/null || break
        usleep 20000
    done
    kill -9 $server 2>/dev/null
    wait $server
    if [ "$(sha256sum </tmp/got)" = "$file_sum" ]; then
        echo ok
    else
        echo "$(wc -c </tmp/got)-bytes"
    fi
}

try_case() {
    local name=$1 ours=$2 peers=$3 lost file errors
    echo "= begin $name"
    if ! ip -batch "/cases/$name.ip"; then
        echo "= end $name refused"
        return
    fi
    lost=$(try_ping "$ours" "$peers")
    file=skipped
    if [ "$lost" = 0 ]; then
        file=$(try_file "$peers")
    fi
    errors=$(errors_since)
    if [ "$lost $file $errors" != "0 ok 0" ]; then
        failed=$((failed + 1))
        [ "$errors" = 0 ] || ip -s xfrm state
    fi
    ip xfrm policy flush
    ip xfrm state flush
    echo "= end $name tried ${lost:-?} $file $errors"
}

load_modules
set_up_network
# shellcheck disable=SC1091
. /cases/settings
head -c "$bytes" /dev/urandom >/tmp/file
mkfifo /tmp/never # a server whose input ended would hang up
file_sum=$(sha256sum </tmp/file)
counters >/tmp/counters.before
failed=0
while read -r name ours peers; do
    [ "$failed" -lt "$patience" ] || fail "$failed cases failed, no more are tried"
    try_case "$name" "$ours" "$peers"
done </cases/list
echo "= xfrm_stat $(awk '{ sum += $2 } END { print sum }' /proc/net/xfrm_stat)"
echo "= done"
poweroff -f
