#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Makes histories of the daemon and judges them: many client processes quarrel
# about a few keys for T seconds, while some are killed and others stopped, and
# the judge tells from their journals whether what they were granted was right.
# One line per run says what there was, the next one that it was clean, or what
# was wrong.
#
# usage: check-history.sh [T=SECONDS] [RUNS=N] [SEED=N] [CLIENTS=N] [KEEP=FOLDER]
#
# The same words may come from the environment. Run n has the seed SEED + n - 1.
# The journals of a run that is not clean are kept, in FOLDER if it is given.
# PATIENCE is how many seconds of silence count as for ever (60).
set -u
for word in "$@"; do
    case $word in
    T=* | RUNS=* | SEED=* | CLIENTS=* | KEEP=* | PATIENCE=*)
        declare "$word"
        ;;
    *)
        echo "check-history: what is $word? T=, RUNS=, SEED=, CLIENTS=, KEEP=" >&2
        exit 2
        ;;
    esac
done
builddir=${builddir:-.}
history=${HISTORY:-$builddir/tests/history/history}
judge=${JUDGE:-$builddir/tests/history/judge}
MSYNCD=${MSYNCD:-$builddir/msyncd}
export MSYNCD
for program in "$history" "$judge" "${MSYNCD##* }"; do
    if [ ! -x "$program" ]; then
        echo "check-history: there is no $program; build it first" >&2
        exit 2
    fi
done
seed=${SEED:-1}
runs=${RUNS:-1}
tmp=${TMPDIR:-/tmp}
work=$(mktemp -d "$tmp/msyncd-history-XXXXXX") || exit 2
trap 'rm -rf "$work"' EXIT
unclean=0

# Where the journals of a bad run stay.
keep() {
    local kept=${KEEP:-}
    if [ -z "$kept" ]; then
        kept=$(mktemp -d "$tmp/msyncd-history-kept-XXXXXX") || return
    fi
    mkdir -p "$kept" && rm -rf "$kept/seed-$1" &&
        mv "$2" "$kept/seed-$1" &&
        echo "seed $1: the journals are in $kept/seed-$1"
}

for ((i = 0; i < runs; i++)); do
    folder=$work/$i
    mkdir "$folder" || exit 2
    status=0
    "$history" --seconds "${T:-60}" --clients "${CLIENTS:-40}" \
        --seed $((seed + i)) --patience "${PATIENCE:-60}" "$folder" ||
        status=$?
    printf 'seed %d: ' $((seed + i))
    "$judge" "$folder" || status=$?
    if [ "$status" -ne 0 ]; then
        unclean=$((unclean + 1))
        tail -n 3 "$folder/daemon.log"
        keep $((seed + i)) "$folder"
    fi
    rm -rf "$folder"
done
echo "$runs runs, $unclean not clean"
[ "$unclean" -eq 0 ]
