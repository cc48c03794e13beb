#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Runs the shell examples of README.md, as they stand there, against a real
# daemon on a private socket: $MSYNCD is its program. Each must do what the
# README says, and none may report success where nothing was granted: without
# a daemon, with a busy key, and with servers that hang up, mumble or take
# their word back (liar.py).
#
# An example is the fenced block after a line <!-- example: NAME -->. The
# programs that the examples run (deploy-site, send-mail, make-report) are
# made here. Only times are ever changed in an example, so that a failure
# need not be waited for.
set -u
: "${MSYNCD:?is the daemon to be tested}"
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readme=$here/../../README.md
work=$(mktemp -d "${TMPDIR:-/tmp}/msyncd.XXXXXX") || exit 1
export work S=$work/socket PATH=$work/bin:$PATH
limit_s=60
failures=0 tests=0

fail() {
    printf '    %s\n' "$*"
    failed=1
}

# same WHAT EXPECTED SEEN
same() {
    [[ $2 == "$3" ]] || fail "$1: expected '$2', saw '$3'"
}

# The text of an example; nothing if there is none.
example() {
    awk -v mark="<!-- example: $1 -->" '
        $0 == mark { found = 1; next }
        found && /^```/ { if (inside) exit; inside = 1; next }
        inside { print }' "$readme"
}

# script NAME [SED]: makes a script of an example and prints its path. The
# first line is the shell that the README promises: bash only where it says so.
script() {
    local path shell=/bin/sh
    path=$(mktemp "$work/$1.XXXXXX")
    if grep -A 1 -xF "<!-- example: $1 -->" "$readme" | grep -q '^```bash$'
    then
        shell=$(command -v bash)
    fi
    {
        echo "#!$shell"
        [[ $shell != /bin/sh ]] || example ask
        example "$1" | grep . || echo 'exit 99'
    } | sed -E "$2" >"$path"
    chmod +x "$path"
    echo "$path"
}

# play NAME [SED]: runs an example; leaves its status, output and complaints.
# shellcheck disable=SC2034 # read by those who call it
play() {
    timeout "$limit_s" "$(script "$1" "${2-}")" >"$work/out" 2>"$work/err" \
        </dev/null
    status=$?
    out=$(<"$work/out") err=$(<"$work/err")
}

# ask REQUEST FILTER: asks the daemon and prints what the filter finds in its
# last answer, whatever that is.
ask() {
    jq -nc "$1" | socat -t "$limit_s" - "UNIX-CONNECT:$S" |
        jq -sr ".[-1] | $2"
}

# Waits until the numbers of the daemon are as the filter says.
until_stats() {
    local end=$((SECONDS + limit_s))
    until [[ $(ask '{"op":"stats"}' ".kinds | $1") == true ]]; do
        if ((SECONDS > end)); then
            fail "not seen in $limit_s s: $1"
            return 1
        fi
    done
}

# Makes a program for the examples to run; its body comes from the input and
# may use the functions above.
program() {
    mkdir -p "$work/bin"
    {
        echo '#!/usr/bin/env bash'
        declare -p limit_s
        declare -f ask until_stats fail
        cat
    } >"$work/bin/$1"
    chmod +x "$work/bin/$1"
}

start_daemon() {
    "$MSYNCD" -s "$S" 2>"$work/log" &
    daemon=$!
    if ! timeout "$limit_s" grep -q -m 1 event=ready \
        <(tail -n +1 -F --pid="$daemon" "$work/log" 2>/dev/null); then
        cat "$work/log"
        echo "the daemon did not start"
        exit 1
    fi
}

start_liar() {
    mkdir "$work/liar"
    coproc LIAR { exec python3 "$here/liar.py" "$work/liar"; }
    liar=$LIAR_PID
    IFS= read -r -t "$limit_s" _ <&"${LIAR[0]}" ||
        { echo "liar.py did not start"; exit 1; }
}

# A failed test may leave a make-report behind; it is told to end.
clean_up() {
    kill "${daemon-}" "${liar-}" 2>/dev/null
    { echo 1 >&7 && echo 1 >&8; } 2>/dev/null
    wait "${daemon-}" "${liar-}" 2>/dev/null
    rm -rf "$work"
}

# A lock

lock_is_held_during_the_work_and_free_after_it() {
    program deploy-site <<'END'
ask '{"op":"lock.acquire","key":"deploy","wait_ms":0}' .error >"$work/seen"
exit 3
END
    play lock
    same "status of the work" 3 "$status"
    same "what another one was told" busy "$(<"$work/seen")"
    same "locks held after it" 0 "$(ask '{"op":"stats"}' .kinds.lock.holds)"
}

lock_that_is_busy_stops_the_script() {
    local token
    program deploy-site <<<'echo worked'
    token=$(ask '{"op":"lock.acquire","key":"deploy","lease_ms":600000,
        "detached":true}' .token)
    same "somebody holds it" true \
        "$(ask '{"op":"stats"}' '.kinds.lock.holds == 1')"
    play lock 's/"wait_ms":[0-9]+/"wait_ms":100/'
    same "status" 75 "$status"
    same "output" "" "$out"
    same "complaint" "somebody else deploys" "$err"
    same "release by token" true \
        "$(ask '{"op":"lock.release","key":"deploy","token":'"$token"'}' .ok)"
}

lock_that_was_lost_on_the_way_is_reported() {
    program deploy-site <<<'until_stats ".lock.lease_expired == 1"'
    play lock 's/"lease_ms":[0-9]+/"lease_ms":1/'
    same "status" 74 "$status"
    same "complaint" "the lock was lost on the way" "$err"
}

lock_that_is_not_detached_is_not_taken_for_granted() {
    program deploy-site <<<'echo worked'
    play lock 's/,"detached":true//'
    same "status" 75 "$status"
    same "output" "" "$out"
}

# A limit

limit_counts_the_work_while_it_runs() {
    program send-mail <<'END'
ask '{"op":"limit.info","key":"mail"}' .in_use >"$work/seen"
exit 4
END
    play limit
    same "status of the work" 4 "$status"
    same "permits in use meanwhile" 1 "$(<"$work/seen")"
    same "permits in use after it" 0 \
        "$(ask '{"op":"stats"}' .kinds.limit.holds)"
}

limit_that_is_full_stops_the_script() {
    local token
    program send-mail <<<'echo worked'
    token=$(ask '{"op":"limit.borrow","key":"mail","capacity":10,"permits":10,
        "lease_ms":600000,"detached":true}' .token)
    play limit 's/"wait_ms":[0-9]+/"wait_ms":100/'
    same "status of limit" 75 "$status"
    same "output of limit" "" "$out"
    play try
    same "status of try" 75 "$status"
    same "output of try" "" "$out"
    same "complaint of try" "not now" "$err"
    same "return by token" 0 \
        "$(ask '{"op":"limit.return","key":"mail","token":'"$token"'}' .in_use)"
}

limit_lets_try_in_while_there_is_room() {
    play try
    same "status" 0 "$status"
    same "output" "sending, permit" "${out% *}"
    same "return by token" 0 "$(ask \
        '{"op":"limit.return","key":"mail","token":'"${out##* }"'}' .in_use)"
}

# A flight. Run number N of make-report says N on pipe 9 when it begins, and
# ends when it is told its status: the first on pipe 7, the second on 8.

make_flight_programs() {
    rm -f "$work"/go.* "$work/began" "$work/runs"
    mkfifo "$work/go.1" "$work/go.2" "$work/began"
    exec 7<>"$work/go.1" 8<>"$work/go.2" 9<>"$work/began"
    program make-report <<'END'
echo run >>"$work/runs"
n=$(wc -l <"$work/runs")
echo "$n" >"$work/began"
read -r status <"$work/go.$n"
echo "report $n, all of it"
exit "$status"
END
}

# Waits until make-report has begun for the Nth time.
until_run() {
    local n=
    IFS= read -r -t "$limit_s" n <&9
    same "make-report begins" "$1" "$n"
    [[ $n == "$1" ]]
}

# begin NAME [SED]: runs the example beside us; its output is in NAME.out.
begin() {
    "$(script flight "${2-}")" >"$work/$1.out" 2>"$work/$1.err" </dev/null &
    declare -g "$1=$!"
}

# ended NAME STATUS OUTPUT: waits for it and says how it should have ended.
ended() {
    timeout "$limit_s" tail -f -s 0.1 --pid="${!1}" /dev/null ||
        { fail "$1 does not end"; kill "${!1}"; }
    wait "${!1}" 2>/dev/null
    same "status of $1" "$2" "$?"
    same "output of $1" "$3" "$(<"$work/$1.out")"
}

flight_makes_one_report_for_all() {
    make_flight_programs
    begin leader
    until_run 1 || return
    begin second
    begin third
    until_stats '.flight.waits == 2' || return
    echo 0 >&7
    ended leader 0 "report 1, all of it"
    ended second 0 "report 1, all of it"
    ended third 0 "report 1, all of it"
    same "runs of make-report" 1 "$(wc -l <"$work/runs")"
    cmp -s "$work/leader.out" "$work/third.out" || fail "not the same bytes"
}

flight_that_fails_fails_for_all() {
    make_flight_programs
    begin leader
    until_run 1 || return
    begin second
    until_stats '.flight.waits == 1' || return
    echo 9 >&7
    ended leader 1 ""
    ended second 75 ""
    same "complaint of second" "no report: make-report failed" \
        "$(<"$work/second.err")"
}

flight_goes_on_when_its_leader_is_killed() {
    make_flight_programs
    begin leader
    until_run 1 || return
    begin second
    until_stats '.flight.waits == 1' || return
    # shellcheck disable=SC2154 # set by begin
    kill -KILL "$leader"
    until_run 2 || return
    echo 0 >&8
    ended second 0 "report 2, all of it"
    ended leader 137 ""
    echo 0 >&7
}

flight_that_takes_too_long_is_not_waited_for() {
    make_flight_programs
    begin leader
    until_run 1 || return
    begin second 's/"wait_ms":[0-9]+/"wait_ms":100/'
    ended second 75 ""
    echo 0 >&7
    ended leader 0 "report 1, all of it"
}

# No answer is not a yes

# fails_on SOCKET NAME: the example neither succeeds nor begins its work.
fails_on() {
    local S=$1
    play "$2" 's/(ask|hear) [0-9]+/\1 1/g; s/-t 5/-t 1/'
    ((status != 0 && status != 99 && status != 124)) || fail "status $status"
    same "output" "" "$out"
    # Who leads a flight works, and hears only at the end that it was lost.
    [[ $2 == flight && $S == */take_back || ! -e $work/worked ]] ||
        fail "it works"
    rm -f "$work/worked"
}

no_example_succeeds_where_nothing_is_granted() {
    local name socket before
    for name in deploy-site send-mail make-report; do
        program "$name" <<'END'
echo worked | tee "$work/worked"
END
    done
    for socket in "$work/nobody" "$work"/liar/*; do
        for name in lock limit try flight; do
            before=$failed failed=0
            fails_on "$socket" "$name"
            ((!failed)) || fail "$name with ${socket##*/}"
            ((failed |= before))
        done
    done
}

# The page itself

page_has_the_examples_that_are_tested_here() {
    # The first one is for tests/cli/test-readme-first.py.
    same "examples" "first ask lock limit try flight" \
        "$(sed -n 's/^<!-- example: \(.*\) -->$/\1/p' "$readme" | xargs)"
    same "blocks of shell, each with its mark" 6 \
        "$(grep -cE '^```(sh|bash)$' "$readme")"
}

daemon_is_as_before() {
    same "what is held or waits" 0 "$(ask '{"op":"stats"}' \
        '[.kinds[] | .holds, .waits] | add')"
    kill -TERM "$daemon"
    wait "$daemon"
    same "status of the daemon" 0 "$?"
}

run() {
    local failed=0
    tests=$((tests + 1))
    "$1"
    if ((failed)); then
        failures=$((failures + 1))
        echo "FAILED ${1//_/ }"
    else
        echo "ok ${1//_/ }"
    fi
}

trap clean_up EXIT
start_daemon
start_liar
run page_has_the_examples_that_are_tested_here
run lock_is_held_during_the_work_and_free_after_it
run lock_that_is_busy_stops_the_script
run lock_that_was_lost_on_the_way_is_reported
run lock_that_is_not_detached_is_not_taken_for_granted
run limit_counts_the_work_while_it_runs
run limit_that_is_full_stops_the_script
run limit_lets_try_in_while_there_is_room
run flight_makes_one_report_for_all
run flight_that_fails_fails_for_all
run flight_goes_on_when_its_leader_is_killed
run flight_that_takes_too_long_is_not_waited_for
run no_example_succeeds_where_nothing_is_granted
run daemon_is_as_before
echo "$tests tests, $failures failed"
((failures == 0))
