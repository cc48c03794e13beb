#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Runs the programs of client/examples against a real daemon, and looks
# whether they do what they are to show: a page is made once for all who ask,
# jobs keep to their limit, backends are shared, replaced and ended, one
# process leads. Also when processes are killed, and while the daemon is away.
set -u
: "${builddir:?has the examples}"
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
examples=$builddir/client/examples
# shellcheck source=tests/shell/stage.sh
. "$here/../shell/stage.sh"

# Whatever a failed test left is told to end: jobs and pages by their pipes,
# the backends of a pool by the pool, for they are nobody's children.
clean_up() {
    { printf '1\n%.0s' {1..20} >&6; } 2>/dev/null
    { echo 1 >&7 && echo 1 >&8; } 2>/dev/null
    [[ -z $daemon || ! -d $work/backends ]] ||
        timeout "$limit_s" "$examples/pool" "$work/backends" 1 2>/dev/null
    # shellcheck disable=SC2046 # a list
    kill $(jobs -p) 2>/dev/null
    wait
    rm -rf "$work"
}

# ended PID STATUS WHAT: waits for one of our own.
ended() {
    until_gone "$1" || kill -KILL "$1"
    wait "$1" 2>/dev/null
    same "status of $3" "$2" "$?"
}

lines_are() {
    # Processes that write at once may share a line.
    [[ $(grep -os "$2" "$1" | wc -l) == "$3" ]]
}

# until_lines FILE PATTERN COUNT
until_lines() {
    until_true "$3 times $2 in ${1##*/}" lines_are "$@"
}

# prefork: slow_program is its command.

start_server() {
    slow_program make-page '{"page":N}'
    rm -f "$work/server" # or the one before is heard listening
    "$examples/prefork" 0 "$1" make-page 2>"$work/server" &
    server=$!
    until_line "$work/server" listening
    port=$(sed -n 's/.*listening on .*://p' "$work/server")
}

stop_server() {
    kill "$server"
    wait "$server" 2>/dev/null
}

# get NAME...: each asks for the page beside us; what comes is in NAME.page.
get() {
    local name
    clients=()
    rm -f "$work"/*.page
    for name; do
        get_one "$name" &
        clients+=($!)
    done
}

get_one() {
    exec 3<>"/dev/tcp/127.0.0.1/$port"
    printf 'GET / HTTP/1.0\r\n\r\n' >&3
    exec timeout "$limit_s" cat <&3 >"$work/$1.page"
}

# get_all COUNT: so many clients; returns when one makes the page and the
# others wait for it.
get_all() {
    # shellcheck disable=SC2046 # a list
    get $(seq "$1")
    until_run 1 && until_stats ".flight.waits == $(($1 - 1))"
}

# came COUNT PATTERN: so many clients got something like that.
came() {
    wait "${clients[@]}"
    same "answers like $2" "$1" \
        "$(grep -lzP "$2" "$work"/*.page | wc -l)"
}

# The server has five workers, and this process is none of them.
has_workers_without() {
    local workers
    read -r -a workers <"/proc/$server/task/$server/children"
    [[ ${#workers[@]} == 5 && " ${workers[*]} " != *" $1 "* ]]
}

prefork_makes_the_page_once_for_fifty() {
    start_server 50
    get_all 50
    echo 0 >&7
    came 50 '^HTTP/1.0 200 OK\r\n\r\n\{"page":1\}\s*$'
    same "runs of make-page" 1 "$(wc -l <"$work/runs")"
    stop_server
}

prefork_shares_a_failure() {
    start_server 5
    get_all 5
    echo 9 >&7
    came 5 '^HTTP/1.0 503 '
    same "runs of make-page" 1 "$(wc -l <"$work/runs")"
    until_lines "$work/server" 'no page' 5
    stop_server
}

prefork_goes_on_when_a_worker_is_killed() {
    local leader
    start_server 5
    get_all 5
    leader=$(ask '{"op":"flight.begin","key":"prefork.page","wait_ms":0}' \
        .holder.pid)
    kill -KILL "$leader"
    until_run 2 || return
    echo 0 >&8
    came 4 '^HTTP/1.0 200 OK\r\n\r\n\{"page":2\}\s*$'
    until_true "a successor" has_workers_without "$leader"
    echo 0 >&7
    stop_server
}

prefork_serves_while_the_daemon_is_away() {
    start_server 2
    stop_daemon
    # Each makes a page of its own, one begun after the other.
    get 1
    until_run 1 || return
    get_one 2 &
    clients+=($!)
    until_run 2 || return
    echo 0 >&7
    echo 0 >&8
    came 1 '\{"page":1\}\s*$'
    came 1 '\{"page":2\}\s*$'
    start_daemon
    stop_server
}

prefork_comes_back_to_the_daemon() {
    start_server 1
    program make-page <<<'echo {}'
    stop_daemon
    get 1
    came 1 '200 OK'
    start_daemon
    until_true "a flight" asks_the_daemon
    stop_server
}

asks_the_daemon() {
    get 1
    wait "${clients[@]}"
    stats_are '.flight.fresh > 0'
}

# workers: each job says begin and end in the file "jobs", and ends when it is
# given a line.

make_job() {
    rm -f "$work/jobs" "$work/go"
    : >"$work/jobs"
    mkfifo "$work/go"
    exec 6<>"$work/go"
    program job <<'END'
echo "begin $1 $$ of $PPID" >>"$work/jobs"
# A shell reads a pipe byte by byte: one at a time, or two share a line.
exec 9>>"$work/reading"
flock 9
read -r status <"$work/go"
exec 9>&-
echo "end $1" >>"$work/jobs"
exit "$status"
END
}

# The most jobs that ran at a time.
peak() {
    awk '/^begin/ { if (++n > most) most = n }
        /^end/ { n-- }
        END { print most + 0 }' "$work/jobs"
}

workers_keep_to_their_limit_also_together() {
    local first second
    make_job
    "$examples/workers" 4 3 job a b c d e f 2>"$work/first" &
    first=$!
    "$examples/workers" 4 3 job g h i j k l 2>"$work/second" &
    second=$!
    until_stats '.limit | .holds == 3 and .waits == 5' || return
    until_lines "$work/jobs" begin 3
    printf '0\n%.0s' {1..12} >&6
    ended "$first" 0 "the first workers"
    ended "$second" 0 "the second workers"
    same "jobs done" 12 "$(grep -o end "$work/jobs" | wc -l)"
    same "at a time" 3 "$(peak)"
    same "the first ones say" "workers: 6 of 6 jobs done" "$(<"$work/first")"
}

workers_name_the_job_that_failed() {
    local pid
    make_job
    "$examples/workers" 1 1 job a b c 2>"$work/first" &
    pid=$!
    printf '0\n7\n0\n' >&6
    ended "$pid" 1 "workers"
    same "they say" "workers: b: failed with status 7
workers: 2 of 3 jobs done" "$(<"$work/first")"
}

workers_that_are_killed_take_their_job_along() {
    local pid job worker
    make_job
    "$examples/workers" 2 1 job a b c 2>"$work/first" &
    pid=$!
    until_stats '.limit | .holds == 1 and .waits == 1' || return
    until_line "$work/jobs" begin
    read -r _ _ job _ worker <"$work/jobs"
    kill -KILL "$worker"
    until_gone "$job"
    until_lines "$work/jobs" begin 2
    printf '0\n0\n' >&6
    ended "$pid" 1 "workers"
    same "they say" "workers: 2 of 3 jobs done" "$(<"$work/first")"
    same "jobs done" 2 "$(grep -o end "$work/jobs" | wc -l)"
}

workers_without_a_daemon_run_nothing() {
    make_job
    MSYNC_SOCKET=$work/nobody "$examples/workers" 2 1 job a b \
        2>"$work/first"
    same "status" 1 "$?"
    same "jobs" "" "$(<"$work/jobs")"
    same "workers that say why" 2 \
        "$(grep -o "cannot connect to $work/nobody" "$work/first" | wc -l)"
}

# pool

# talk TEXT [IDLE_MS]: a backend answers; its pid is left.
talk() {
    out=$(timeout "$limit_s" "$examples/pool" "$work/backends" \
        "${2-600000}" "$1" 2>&1)
    same "status for $1" 0 "$?"
    backend=${out%%:*}
    same "answer to $1" "$backend: $1" "$out"
}

n_backends() {
    find "$work/backends" -type s | wc -l
}

pool_keeps_a_backend_for_the_next_one() {
    local before
    mkdir "$work/backends"
    talk "good morning"
    before=$backend
    talk "good evening"
    same "backend" "$before" "$backend"
}

# Two of the three places are ours, so that there is one backend for eight.
pool_shares_what_there_is() {
    local n get='{"op":"pool.get","key":"backends","capacity":3,
        "max_idle_ms":600000,"detached":true,"lease_ms":600000}' idle new
    local pids=()
    idle=$(ask "$get" 'select(.create == false) | .token')
    new=$(ask "$get" 'select(.create) | .token')
    for ((n = 1; n <= 8; n++)); do
        "$examples/pool" "$work/backends" 600000 "$n" >"$work/$n.text" 2>&1 &
        pids+=($!)
    done
    for n in "${pids[@]}"; do
        ended "$n" 0 "a borrower"
    done
    same "answers" "1 2 3 4 5 6 7 8" \
        "$(sed 's/.*: //' "$work"/?.text | xargs)"
    same "backends that gave them" 1 \
        "$(sed 's/:.*//' "$work"/?.text | sort -u | wc -l)"
    same "put" true "$(ask \
        '{"op":"pool.put","key":"backends","token":'"$idle"'}' .ok)"
    same "drop" true "$(ask \
        '{"op":"pool.drop","key":"backends","token":'"$new"'}' .ok)"
    same "backends" 2 "$(n_backends)"
}

pool_does_without_a_backend_that_died() {
    local dead
    talk "are you there"
    dead=$backend
    kill -KILL "$dead"
    until_gone "$dead"
    talk "and you"
    [[ $backend != "$dead" ]] || fail "the dead answer"
    same "backends" 1 "$(n_backends)"
}

# The next program starts later than a millisecond after the last one's end.
pool_ends_what_was_idle_for_too_long() {
    local old
    talk "and now"
    old=$backend
    talk "much later" 1
    [[ $backend != "$old" ]] || fail "the old one answers"
    until_gone "$old"
    same "backends" 1 "$(n_backends)"
}

pool_is_cleared() {
    talk "once more" 600000
    "$examples/pool" "$work/backends" 600000
    same "status" 0 "$?"
    until_gone "$backend"
    same "backends" 0 "$(n_backends)"
    same "objects" unknown_key \
        "$(ask '{"op":"pool.size","key":"backends"}' .error)"
}

# loop

# Starts one that would lead; it says so in NAME.says.
one='' two='' three=''
stand() {
    "$examples/loop" service >"$work/$1.says" 2>&1 &
    declare -g "$1=$!"
}

one_leads_until_it_ends() {
    stand one
    until_line "$work/one.says" leading || return
    stand two
    until_stats '.lock.waits == 1' || return
    kill -USR1 "$two"
    until_line "$work/two.says" 'standing by' || return
    kill -TERM "$one"
    ended "$one" 0 "the first leader"
    until_line "$work/two.says" leading
    same "what the first one said" 1 "$(wc -l <"$work/one.says")"
}

one_leads_when_another_is_killed() {
    stand three
    until_stats '.lock.waits == 1' || return
    kill -KILL "$two"
    ended "$two" 137 "the second leader"
    until_line "$work/three.says" leading
}

one_leads_again_when_the_daemon_comes_back() {
    stop_daemon
    until_line "$work/three.says" 'lost: conn' || return
    until_line "$work/three.says" 'standing by'
    start_daemon
    until_lines "$work/three.says" leading 2
    kill -TERM "$three"
    ended "$three" 0 "the last leader"
    same "tokens" "$(tokens | sort -n)" "$(tokens)"
    same "different tokens" 4 "$(tokens | sort -u | wc -l)"
}

# As they were given.
tokens() {
    cat "$work"/{one,two,three}.says | sed -n 's/^leading, token //p'
}

trap clean_up EXIT
start_daemon
run prefork_makes_the_page_once_for_fifty
run prefork_shares_a_failure
run prefork_goes_on_when_a_worker_is_killed
run prefork_serves_while_the_daemon_is_away
run prefork_comes_back_to_the_daemon
run workers_keep_to_their_limit_also_together
run workers_name_the_job_that_failed
run workers_that_are_killed_take_their_job_along
run workers_without_a_daemon_run_nothing
run pool_keeps_a_backend_for_the_next_one
run pool_shares_what_there_is
run pool_does_without_a_backend_that_died
run pool_ends_what_was_idle_for_too_long
run pool_is_cleared
run one_leads_until_it_ends
run one_leads_when_another_is_killed
run one_leads_again_when_the_daemon_comes_back
stop_daemon
verdict
