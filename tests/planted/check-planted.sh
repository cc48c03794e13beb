#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Proves the judges: plants one fault after the other into a copy of the
# sources and expects the stories or the random run to find it. Each patch in
# this folder is one fault; its first line says what is wrong with it. Without
# a fault both must pass.
#
# usage: check-planted.sh [PATCH...]
set -u
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
judges='tests/story/test_story tests/random/test_random'

if [ $# -eq 0 ]; then
    set -- "$here"/*.patch
fi

cp -R "$top/src" "$top/client" "$top/tests" "$top/man" "$top/build-aux" \
    "$top/Makefile.am" \
    "$top/Makefile.in" "$top/configure" "$top/configure.ac" "$top/aclocal.m4" \
    "$top/README.md" "$top/LICENSE" "$work" || exit 1
mkdir "$work/build" && cd "$work/build" || exit 1
../configure -q CFLAGS='-O1 -g' >configure.log 2>&1 || {
    cat configure.log
    exit 1
}

# Builds, and runs the judges up to the first that finds something; its name is
# in $by then, and its words are in judge.log.
judge() {
    # shellcheck disable=SC2086 # one word a judge
    make -j"$(nproc)" $judges >build.log 2>&1 || {
        tail -20 build.log
        echo 'check-planted: does not build' >&2
        exit 1
    }
    for by in $judges; do
        srcdir=$work timeout 300 "$by" >judge.log 2>&1 || return 1
    done
}

if ! judge; then
    tail -40 judge.log
    echo 'check-planted: the judges find a fault where none was planted' >&2
    exit 1
fi
echo 'no fault planted: the judges find nothing'

missed=0
for patch in "$@"; do
    name=$(basename "$patch" .patch)
    patch -d .. -p1 -s <"$patch" || {
        echo "check-planted: $name does not apply any more" >&2
        exit 1
    }
    if judge; then
        echo "$name: MISSED"
        missed=$((missed + 1))
    else
        echo "$name: found by ${by#tests/}"
    fi
    patch -d .. -p1 -s -R <"$patch"
done
echo "$# faults planted, $missed missed"
[ "$missed" -eq 0 ]
