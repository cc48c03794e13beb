#!/bin/bash
# SPDX-License-Identifier: MIT
#
# allowed.sh UNIT: the system calls that SystemCallFilter= of the unit leaves,
# one a line.
set -eu

# What a name stands for: of a set, that of its members.
expand() {
    local name
    for name; do
        case $name in
        @*)
            # shellcheck disable=SC2046 # a list
            expand $(systemd-analyze syscall-filter "$name" |
                sed -n 's/^ \+\([^ #]*\)$/\1/p')
            ;;
        *) echo "$name" ;;
        esac
    done
}

filters=$(sed -n 's/^SystemCallFilter=//p' "$1")
allowed=$(
    # Always there: systemd.exec(5).
    expand @default
    # shellcheck disable=SC2046 # a list
    expand $(grep -v '^~' <<<"$filters")
)
# shellcheck disable=SC2046 # a list
denied=$(expand $(sed -n 's/^~//p' <<<"$filters"))
comm -23 <(sort -u <<<"$allowed") <(sort -u <<<"$denied")
