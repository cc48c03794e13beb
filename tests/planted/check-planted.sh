#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Proves the judges: plants one fault after the other into a copy of the
# sources, and lets each judge look for it. Each patch in this folder is one
# fault; its first line says what is wrong with it. The judges are
#
#     unit       the tests in tests/unit that are named after the file with the
#                fault, or after the beginning of its name
#     story      tests/story/test_story
#     random     tests/random/test_random, up to its end or the first difference
#     history    tests/history, T seconds for each of the seeds 1 to SEEDS, up
#                to the first that is not clean
#
# Without a fault none may find anything, and every fault has to be found. Which
# ones only unit tests and stories find is said at the end: these are only about
# what was thought of. README tells more, and shows the table of a run.
#
# usage: check-planted.sh [JUDGES='random history'] [T=SECONDS] [SEEDS=N]
#            [CLIENTS=N] [FAULT...]
#
# The same words may come from the environment. Otherwise: the judges unit,
# story and random, 3 seconds, 8 seeds, 40 clients, all faults. A fault is named as its
# patch, with or without folder and ending.
set -u
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)

while [ $# -gt 0 ]; do
    case $1 in
    JUDGES=* | T=* | SEEDS=* | CLIENTS=*) declare "$1" ;;
    *) break ;;
    esac
    shift
done
judges=${JUDGES:-unit story random}
programs=
for judge in $judges; do
    case $judge in
    unit) ;; # which ones depends on the fault
    story) programs="$programs tests/story/test_story" ;;
    random) programs="$programs tests/random/test_random" ;;
    history)
        programs="$programs msyncd tests/history/history tests/history/judge"
        ;;
    *)
        echo "check-planted: there is no judge $judge" >&2
        exit 2
        ;;
    esac
done
[ $# -gt 0 ] || set -- "$here"/*.patch

work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
cp -R "$top/src" "$top/client" "$top/tests" "$top/man" "$top/systemd" \
    "$top/build-aux" \
    "$top/Makefile.am" "$top/Makefile.in" "$top/configure" \
    "$top/configure.ac" "$top/aclocal.m4" "$top/README.md" "$top/LICENSE" \
    "$top/quickstart" "$work" || exit 1
mkdir "$work/build" && cd "$work/build" || exit 1
../configure -q CFLAGS='-O1 -g' >configure.log 2>&1 || {
    cat configure.log
    exit 1
}

build() {
    # shellcheck disable=SC2086 # one word a program
    make -j"$(nproc)" $programs $units >build.log 2>&1 || {
        tail -20 build.log
        echo 'check-planted: does not build' >&2
        exit 1
    }
}

# The unit tests of the files that are changed by patches.
units_of() {
    local file name
    case " $judges " in *' unit '*) ;; *) return ;; esac
    # shellcheck disable=SC2013 # one word a line
    for file in $(sed -n 's,^+++ b/src/\(.*\)\.c$,\1,p' "$@" | sort -u); do
        name=$file
        until [ -e "../tests/unit/test_$name.c" ]; do
            if [ "$name" = "${name%_*}" ]; then
                echo "check-planted: no unit test for src/$file.c" >&2
                continue 2
            fi
            name=${name%_*}
        done
        (cd .. && ls tests/unit/test_"$name".c tests/unit/test_"$name"_*.c \
            2>/dev/null)
    done | sed 's/\.c$//' | sort -u
}

# Each judge: 1 if it finds something. What it found is in $words then, and all
# that it said in judge.log.

# How many of the tests that judge.log tells of have failed.
failed_tests() {
    sed -n 's/.*Checks: \([0-9]*\), Failures: \([0-9]*\), Errors: \([0-9]*\)$/\2 \3 \1/p' judge.log |
        awk '{ failed += $1 + $2; all += $3 } END { print failed " of " all }'
}

judge_unit() {
    local unit status=0
    : >judge.log
    for unit in $units; do
        srcdir=$work timeout 300 "$unit" >>judge.log 2>&1 || status=1
    done
    [ "$status" -eq 0 ] && return
    words=$(failed_tests)
    return 1
}

judge_story() {
    srcdir=$work timeout 300 tests/story/test_story >judge.log 2>&1 && return
    words=$(failed_tests)
    return 1
}

judge_random() {
    timeout 300 tests/random/test_random >judge.log 2>&1 && return
    words=$(sed -n 's/.* after \([0-9]*\) steps in all$/\1 steps/p' judge.log |
        head -n 1)
    return 1
}

# What says most of what a history is accused of: rather what was wrong than that
# somebody did not come to an end. Without any, the last words of the programs.
accusation() {
    sed -n 's/^VIOLATION: //p' judge.log >accused
    grep -v -e 'never answered' -e 'waited in vain, see' \
        -e 'a client has ended' -e 'has closed a connection' accused |
        head -n 1 | grep . ||
        head -n 1 accused | grep . ||
        grep '^history: ' judge.log | tail -n 1 | grep . ||
        tail -n 1 judge.log
}

judge_history() {
    local seed status
    for ((seed = 1; seed <= ${SEEDS:-8}; seed++)); do
        rm -rf history && mkdir history
        MSYNCD=$work/build/msyncd timeout 300 tests/history/history \
            --seconds "${T:-3}" --clients "${CLIENTS:-40}" --seed "$seed" \
            --patience 20 history >judge.log 2>&1
        status=$?
        timeout 300 tests/history/judge history >>judge.log 2>&1 || status=$?
        [ "$status" -eq 0 ] && continue
        words="seed $seed: $(accusation)"
        return 1
    done
}

# Lets all of them look for it. $found: which of them found it, $row: what they
# said.
judge_all() {
    local judge row=
    build
    found=
    for judge in $judges; do
        words=
        if "judge_$judge"; then
            words=-
        else
            found="$found$judge"
        fi
        if [ "$words" != - ] && [ "$1" = none ]; then
            tail -n 40 judge.log
            echo "check-planted: $judge finds a fault where none was planted" >&2
            exit 1
        fi
        row="$row$(printf ' %-14s' "${words:-?}")"
    done
    printf '%-37s%s\n' "$1" "${row%"${row##*[! ]}"}"
}

# shellcheck disable=SC2086,SC2046 # one word a judge
printf '%-37s%s\n' fault "$(printf ' %-14s' $judges)"
paths=()
for fault in "$@"; do
    paths+=("$here/$(basename "$fault" .patch).patch")
done
units=$(units_of "${paths[@]}")
judge_all none
missed=0
told=
for fault in "$@"; do
    name=$(basename "$fault" .patch)
    patch -d .. -p1 -s <"$here/$name.patch" || {
        echo "check-planted: $name does not apply any more" >&2
        exit 1
    }
    units=$(units_of "$here/$name.patch")
    judge_all "$name"
    case $found in
    '')
        echo "$name: MISSED"
        missed=$((missed + 1))
        ;;
    *random* | *history*) ;;
    *) told="$told $name" ;;
    esac
    patch -d .. -p1 -s -R <"$here/$name.patch"
done
echo "$# faults planted, $missed missed"
case $judges in
*random* | *history*)
    [ -z "$told" ] || echo "only unit tests and stories find:$told"
    ;;
esac
[ "$missed" -eq 0 ]
