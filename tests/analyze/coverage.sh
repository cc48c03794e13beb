#!/bin/bash
# SPDX-License-Identifier: MIT
#
# make coverage: builds with gcc --coverage, runs TESTS, and prints lines and
# branches of each file of src. Fails where fewer than LEAST of a hundred
# branches of CORE (the core and the scanner) were taken; those of assertions,
# and of the macros of uthash and utlist, are not counted: the one branch of an
# assertion ends the process, and the others are not ours.
set -eu -o pipefail
LEAST=98
top=$(cd "$(dirname "$0")/../.." && pwd)
not_ours='.*\b(HASH_\w+|(DL|LL)_\w+|assert) ?\(.*'

mkdir -p "$builddir/coverage"
cd "$builddir/coverage"
[ -e Makefile ] || "$top/configure" -q CC=gcc CFLAGS='-O0 -g --coverage'
find . -name '*.gcda' -delete
# Only these are built. Without optimisation they need patience.
CK_TIMEOUT_MULTIPLIER=20 make -j"$(nproc)" check check_PROGRAMS= \
    TESTS="$TESTS" MSYNC_TEST_MEMORY=0 >check.log 2>&1 || {
    tail -n 60 check.log
    exit 1
}
grep -E '^# (TOTAL|PASS|FAIL):' check.log
# What the library and msync have of the scanner, too, is theirs.
find . -name '*msync*-scan*.gc*' -delete

report() {
    gcovr -r "$top" --object-directory . --exclude-throw-branches \
        --exclude-unreachable-branches \
        --exclude-branches-by-pattern "$not_ours" "$@" src
}
report -f "$top/src/" --txt lines.txt
report -f "$top/src/" --txt branches.txt -b
cat lines.txt branches.txt

core=()
for file in $CORE; do
    core+=(-f "$top/$file")
done
printf '\nThe core and the scanner:\n'
report "${core[@]}" -b --fail-under-branch "$LEAST" | tail -n 3
