#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Runs the examples of README.md, as they stand there, against a real daemon
# on a private socket: $MSYNCD is its program, and $builddir has the library
# for the one in C. Each must do what the README says, and none may report
# success where nothing was granted: without a daemon, with a busy key, and
# with servers that hang up, mumble or take their word back (liar.py).
#
# An example is the fenced block after a line <!-- example: NAME -->. What the
# examples call (deploy-site, send-mail, make-report, deposit) is made here.
# Only times are ever changed in an example, so that a failure need not be
# waited for.
set -u
: "${builddir:?has the library}"
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readme=$here/../../README.md
# shellcheck source=tests/shell/stage.sh
. "$here/stage.sh"

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

# A flight

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
    slow_program make-report 'report N, all of it'
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
    slow_program make-report 'report N, all of it'
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
    slow_program make-report 'report N, all of it'
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
    slow_program make-report 'report N, all of it'
    begin leader
    until_run 1 || return
    begin second 's/"wait_ms":[0-9]+/"wait_ms":100/'
    ended second 75 ""
    echo 0 >&7
    ended leader 0 "report 1, all of it"
}

# Python and PHP. The examples call deposit(), which runs our program of that
# name.

# words LANGUAGE USE: the program that makes use of the example.
words() {
    [[ $1 == python ]] || echo '<?php'
    example "$1"
    # shellcheck disable=SC2016 # a variable of PHP
    case $1 in
    python) echo 'def deposit(n): os.system(f"deposit {n}")' ;;
    php) echo 'function deposit($n) { system("deposit $n"); }' ;;
    esac
    echo "$2"
}

# speak LANGUAGE USE [SED]: runs it; leaves its status, output and complaints.
speak() {
    local interpreter=$1
    [[ $1 != python ]] || interpreter=python3
    words "$1" "$2" | sed -E "${3-}" >"$work/program"
    timeout "$limit_s" "$interpreter" "$work/program" >"$work/out" \
        2>"$work/err" </dev/null
    status=$?
    out=$(<"$work/out") err=$(<"$work/err")
}

# So that nobody waits long for a no.
hurry='s/(wait_ms[^0-9]*)[0-9]+/\1100/; s/5 \+/1 +/'

language_holds_its_lock_while_it_works() {
    program deposit <<'END'
echo "$1" >"$work/seen"
ask '{"op":"lock.acquire","key":"account/7","wait_ms":0}' .error >>"$work/seen"
END
    speak "$1" "$(example "$1-use")"
    same "status of $1" 0 "$status"
    same "complaint of $1" "" "$out$err"
    same "deposit, and what another one was told" "100 busy" \
        "$(xargs <"$work/seen")"
    same "locks held after it" 0 "$(ask '{"op":"stats"}' .kinds.lock.holds)"
}

language_says_why_it_does_not_work() {
    local token
    program deposit <<<'echo worked'
    token=$(ask '{"op":"lock.acquire","key":"account/7","lease_ms":600000,
        "detached":true}' .token)
    speak "$1" "$(example "$1-use")" "$hurry"
    ((status != 0 && status != 124)) || fail "status of $1: $status"
    same "output of $1" "" "$out"
    [[ $err == *'lock "account/7": waited '*' ms; held for '* ]] ||
        fail "$1 says: $err"
    same "release by token" true "$(ask \
        '{"op":"lock.release","key":"account/7","token":'"$token"'}' .ok)"
}

# Events come in between, and a long answer comes in parts. The value of a
# flight is longer than any socket's buffer.
# shellcheck disable=SC2034 # both are used by name
use_for_python='with Msync() as m:
    m.ask("hello", events=["lost"])
    before = m.ask("stats")["kinds"]["lock"]["lease_expired"]
    m.ask("lock.acquire", key="short", lease_ms=1)
    while m.ask("stats")["kinds"]["lock"]["lease_expired"] == before:
        pass
    long = "x" * 1000000
    m.ask("flight.begin", key="long")
    m.ask("flight.finish", key="long", value=long, keep_ms=60000)
    print(m.ask("flight.begin", key="long")["value"] == long)
    m.ask("flight.forget", key="long")'
# shellcheck disable=SC2016,SC2034
use_for_php='$m = new Msync;
$m->ask("hello", ["events" => ["lost"]]);
$before = $m->ask("stats")["kinds"]["lock"]["lease_expired"];
$m->ask("lock.acquire", ["key" => "short", "lease_ms" => 1]);
while ($m->ask("stats")["kinds"]["lock"]["lease_expired"] == $before);
$long = str_repeat("x", 1000000);
$m->ask("flight.begin", ["key" => "long"]);
$m->ask("flight.finish", ["key" => "long", "value" => $long,
    "keep_ms" => 60000]);
echo $m->ask("flight.begin", ["key" => "long"])["value"] === $long
    ? "True" : "False";
$m->ask("flight.forget", ["key" => "long"]);'

language_skips_events_and_reads_to_the_end() {
    local use=use_for_$1
    speak "$1" "${!use}"
    same "status of $1" 0 "$status"
    same "the whole value" True "$out"
    same "complaint of $1" "" "$err"
}

# C

# compile_example [SED]
compile_example() {
    example c | sed "${1-}" >"$work/deposit.c"
    # CC and CFLAGS may be several words.
    # shellcheck disable=SC2086
    ${CC:-cc} ${CFLAGS-} -Wall -Wextra -Werror -I"$here/../../client" \
        -o "$work/deposit" "$work/deposit.c" \
        "$builddir/client/.libs/libmsync.a" -pthread
}

c_program_loses_no_deposit() {
    local n pids=()
    compile_example || { fail "it does not compile"; return; }
    echo 0 >"$work/account"
    for ((n = 0; n < 20; n++)); do
        (cd "$work" && exec timeout "$limit_s" ./deposit) &
        pids+=($!)
    done
    for n in "${pids[@]}"; do
        wait "$n" || fail "a deposit ends with $?"
    done
    same "account" 2000 "$(<"$work/account")"
}

c_program_says_why_it_does_not_run() {
    local token
    token=$(ask '{"op":"lock.acquire","key":"account/7","lease_ms":600000,
        "detached":true}' .token)
    compile_example 's/5000/100/' || { fail "it does not compile"; return; }
    err=$(cd "$work" && ./deposit 2>&1)
    same "status" 1 "$?"
    [[ $err == 'no deposit: lock "account/7": waited '*' ms; held for '* ]] ||
        fail "it says: $err"
    same "release by token" true "$(ask \
        '{"op":"lock.release","key":"account/7","token":'"$token"'}' .ok)"
    err=$(cd "$work" && MSYNC_SOCKET=$work/nobody ./deposit 2>&1)
    same "status without a daemon" 1 "$?"
    [[ $err == "no deposit: cannot connect to $work/nobody: "* ]] ||
        fail "it says: $err"
    same "account" 2000 "$(<"$work/account")"
}

# No answer is not a yes

# fails_on SOCKET NAME: the example neither succeeds nor begins its work.
fails_on() {
    local S=$1 MSYNC_SOCKET=$1
    case $2 in
    python | php) speak "$2" "$(example "$2-use")" "$hurry" ;;
    *) play "$2" 's/(ask|hear) [0-9]+/\1 1/g; s/-t 5/-t 1/' ;;
    esac
    ((status != 0 && status != 99 && status != 124)) || fail "status $status"
    # Who keeps the connection works, and hears only then that all was lost.
    [[ $2 =~ flight|python|php && $S == */take_back ]] || {
        same "output" "" "$out"
        [[ ! -e $work/worked ]] || fail "it works"
    }
    rm -f "$work/worked"
}

no_example_succeeds_where_nothing_is_granted() {
    local name socket before
    for name in deploy-site send-mail make-report deposit; do
        program "$name" <<'END'
echo worked | tee "$work/worked"
END
    done
    for socket in "$work/nobody" "$work"/liar/*; do
        for name in lock limit try flight python php; do
            # jq sees an object, and does not ask for the end of its line.
            [[ $name =~ lock|limit|try && $socket == */unended ]] && continue
            before=$failed failed=0
            fails_on "$socket" "$name"
            ((!failed)) || fail "$name with ${socket##*/}"
            ((failed |= before))
        done
    done
}

# The page itself

page_has_the_examples_that_are_tested_here() {
    same "examples" "first ask lock limit try flight c c-build python \
python-use php php-use" \
        "$(sed -n 's/^<!-- example: \(.*\) -->$/\1/p' "$readme" | xargs)"
    same "blocks of code, each with its mark" 12 \
        "$(grep -cE '^```(sh|bash|c|python|php)$' "$readme")"
}

daemon_is_as_before() {
    same "what is held or waits" 0 "$(ask '{"op":"stats"}' \
        '[.kinds[] | .holds, .waits] | add')"
    stop_daemon
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
for language in python php; do
    run language_holds_its_lock_while_it_works "$language"
    run language_says_why_it_does_not_work "$language"
    run language_skips_events_and_reads_to_the_end "$language"
done
run c_program_loses_no_deposit
run c_program_says_why_it_does_not_run
run no_example_succeeds_where_nothing_is_granted
run daemon_is_as_before
verdict
