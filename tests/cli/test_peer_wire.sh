#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# saoffload peer on its wire: what it answers, refuses and counts.
set -euo pipefail
# shellcheck source=tests/cli/lib.sh
. "$2/tests/cli/lib.sh"

command -v python3 >/dev/null || skip "no python3 to talk to the peer"
python3 "$here/peer_wire.py" "$tool" "$work"
