# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# What the tests in bash have in common: a daemon on a private socket ($MSYNCD
# is its program), questions to it, and who failed. To be sourced. Every wait
# is for the thing itself, and fails after a minute.

: "${MSYNCD:?is the daemon to be tested}"
work=$(mktemp -d "${TMPDIR:-/tmp}/msyncd.XXXXXX") || exit 1
export work S=$work/socket MSYNC_SOCKET=$work/socket PATH=$work/bin:$PATH
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

# ask REQUEST FILTER: asks the daemon and prints what the filter finds in its
# last answer, whatever that is.
ask() {
    jq -nc "$1" | socat -t "$limit_s" - "UNIX-CONNECT:$S" |
        jq -sr ".[-1] | $2"
}

# until_true WHAT COMMAND...: waits until the command succeeds.
until_true() {
    local what=$1 end=$((SECONDS + limit_s))
    shift
    until "$@"; do
        if ((SECONDS > end)); then
            fail "not seen in $limit_s s: $what"
            return 1
        fi
    done
}

stats_are() {
    [[ $(ask '{"op":"stats"}' ".kinds | $1") == true ]]
}

# Waits until the numbers of the daemon are as the filter says.
until_stats() {
    until_true "$1" stats_are "$1"
}

# Waits until the file has a line like that.
until_line() {
    until_true "$2 in ${1##*/}" grep -qs -e "$2" "$1"
}

# It has ended, though perhaps nobody has heard of that yet.
is_gone() {
    ! grep -qs '^State:[[:space:]]*[^ZX]' "/proc/$1/status"
}

until_gone() {
    until_true "the end of process $1" is_gone "$1"
}

# Makes a program for the tested ones to run; its body comes from the input and
# may use the functions above.
program() {
    mkdir -p "$work/bin"
    {
        echo '#!/usr/bin/env bash'
        declare -p limit_s
        declare -f ask until_true stats_are until_stats fail
        cat
    } >"$work/bin/$1"
    chmod +x "$work/bin/$1"
}

# slow_program NAME TEXT: makes one that is slow. Run number N says N on pipe 9
# when it begins, and ends when it is told its status: the first on pipe 7, the
# second on pipe 8. Then it prints the text, with its number for N.
slow_program() {
    rm -f "$work"/go.* "$work/began" "$work/runs"
    mkfifo "$work/go.1" "$work/go.2" "$work/began"
    exec 7<>"$work/go.1" 8<>"$work/go.2" 9<>"$work/began"
    program "$1" <<END
echo run >>"\$work/runs"
n=\$(wc -l <"\$work/runs")
echo "\$n" >"\$work/began"
read -r status <"\$work/go.\$n"
sed "s/N/\$n/" <<<'$2'
exit "\$status"
END
}

# Waits until the slow program has begun for the Nth time.
until_run() {
    local n=
    IFS= read -r -t "$limit_s" n <&9
    same "a slow program begins" "$1" "$n"
    [[ $n == "$1" ]]
}

start_daemon() {
    rm -f "$work/log" # or the one before is heard being ready
    "$MSYNCD" -s "$S" 2>"$work/log" &
    daemon=$!
    if ! timeout "$limit_s" grep -q -m 1 event=ready \
        <(tail -n +1 -F --pid="$daemon" "$work/log" 2>/dev/null); then
        cat "$work/log"
        echo "the daemon did not start"
        exit 1
    fi
}

stop_daemon() {
    kill "$daemon"
    wait "$daemon"
    same "status of the daemon" 0 "$?"
    daemon=
}

# run TEST [ARGUMENT]
run() {
    local failed=0 name="${1//_/ }${2:+ ($2)}"
    tests=$((tests + 1))
    declare -F "$1" >/dev/null || fail "there is no such test"
    "$@"
    if ((failed)); then
        failures=$((failures + 1))
        echo "FAILED $name"
    else
        echo "ok $name"
    fi
}

verdict() {
    echo "$tests tests, $failures failed"
    ((failures == 0))
}
