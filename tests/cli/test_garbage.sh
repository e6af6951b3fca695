#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# Captures full of changed and random bytes: replayed clean, or refused; never a crash.
set -euo pipefail
# shellcheck source=tests/cli/lib.sh
. "$2/tests/cli/lib.sh"

make_captures

for capture in "$work"/garbage/*; do
    status=0
    "$tool" replay "$capture" --allow-truncated --quiet --json "$work/json" \
        --algorithm null-hmac-sha-256 2>"$work/stderr" || status=$?
    case $status in
    0) clean ;;
    2) [ -s "$work/stderr" ] || fail "$capture: refused without a word" ;;
    *) fail "$capture: exit status $status" ;;
    esac
done
echo "test_garbage: good"
