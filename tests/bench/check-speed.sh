#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Counts what each operation costs the daemon, in instructions and system
# calls, and fails where that is 10 % more than tests/bench/speed.expected
# says; then it shows which functions grew. The figures are the same in each
# run with the same compiler, flags and libraries; the record names those it
# was made with.
#
# usage: MSYNCD=./msyncd check-speed.sh [--record] [--expected FILE]
#            [OPERATION...]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
for tool in valgrind python3 readelf ldd; do
    command -v "$tool" >/dev/null || {
        echo "check-speed: $tool is missing" >&2
        exit 1
    }
done
PYTHONDONTWRITEBYTECODE=1 exec python3 "$here/speed.py" "$@"
