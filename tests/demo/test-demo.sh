#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The demonstration keeps its promises with the real daemon, and notices when
# they are not kept: a liar that grants everything at once must make each
# part fail, and fail for the reason it is there to find.
#
# MSYNCD names the daemon (default: ./msyncd, as in the build folder).

set -u

here=$(cd "$(dirname "$0")" && pwd) || exit 1
msyncd=${MSYNCD:-./msyncd}
limit=60  # seconds to wait for a server to be ready

dir=$(mktemp -d "${TMPDIR:-/tmp}/msyncd-test-demo.XXXXXX") || exit 1
pid=

fail()
{
    echo "FAIL: $*"
    exit 1
}

stop_server()
{
    [ -z "$pid" ] || { kill "$pid" 2>/dev/null; wait "$pid" 2>/dev/null; }
    pid=
}

cleanup()
{
    stop_server
    rm -rf "$dir"
}

# wait_for TEXT FD: read lines until one contains TEXT.
wait_for()
{
    local line
    while read -r -t "$limit" -u "$2" line; do
        echo "$line"
        case $line in
        *"$1"*) return 0 ;;
        esac
    done
    return 1
}

the_demonstration_keeps_its_promises_with_msyncd()
{
    mkfifo "$dir/log" || fail "no pipe for the log"
    "$msyncd" -s "$dir/socket" 2>"$dir/log" </dev/null &
    pid=$!
    exec 3<"$dir/log"
    wait_for event=ready 3 || fail "$msyncd did not get ready"
    cat <&3 >"$dir/rest-of-log" &

    python3 "$here/demo.py" --socket "$dir/socket" ||
        { cat "$dir/rest-of-log"; fail "the demonstration, status $?"; }
    exec 3<&-
    stop_server
}

# refuses_the_liar LETTER REASON
refuses_the_liar()
{
    local status=0
    python3 "$here/demo.py" --socket "$dir/liar" --only "$1" \
        >"$dir/out" 2>&1 || status=$?
    cat "$dir/out"
    [ "$status" -eq 1 ] || fail "($1) with the liar: status $status, not 1"
    grep -q "^demo: FAILED: ($1) .*: $2" "$dir/out" ||
        fail "($1) with the liar: the reason is not \"$2\""
    ! grep -q Traceback "$dir/out" || fail "($1) with the liar: a crash"
}

each_part_fails_when_everything_is_granted_at_once()
{
    # The liar lives as long as its input, so that it cannot stay behind.
    coproc LIAR { exec python3 "$here/liar.py" "$dir/liar"; }
    pid=$LIAR_PID
    wait_for ready "${LIAR[0]}" || fail "the liar did not get ready"

    refuses_the_liar a 'the query ran 100 times, not once$'
    refuses_the_liar b '99 of 100 deposits were lost$'
    refuses_the_liar c 'calls of one key ran at the same time on '
    refuses_the_liar d '100 jobs ran at the same time, not 10$'
    refuses_the_liar e '45 times a port was lent that another worker had '
    refuses_the_liar f '99 processes took over, not exactly one$'
    stop_server
}

trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

command -v python3 >/dev/null || fail "python3 is needed"
[ -x "$msyncd" ] || fail "no daemon at $msyncd (set MSYNCD)"
each_part_fails_when_everything_is_granted_at_once
the_demonstration_keeps_its_promises_with_msyncd
echo "PASS"
