#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The public headers are fit for any C and C++ that people use: alone in a
# file, behind a header that has a function msync of its own, with both
# compilers, without a warning. And C++ links by the plain names of C.
set -u
srcdir=${srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
faults=0
compiled=0

fault() {
    printf 'fault: %s\n' "$*"
    faults=$((faults + 1))
}

# compile COMPILER STANDARD FILE [FLAG...]
compile() {
    local compiler=$1 standard=$2 file=$3
    shift 3
    compiled=$((compiled + 1))
    "$compiler" -std="$standard" -Wall -Wextra -pedantic -Werror \
        -I"$srcdir/client" "$@" -c "$file" -o "$tmp/object.o" ||
        fault "$compiler -std=$standard: $(tr '\n' ' ' <"$file")"
}

# each_case SUFFIX: the ways to include, as files of that suffix.
each_case() {
    local suffix=$1
    echo '#include <msync.h>' >"$tmp/alone.$suffix"
    printf '#include <%s>\n' sys/mman.h msync.h >"$tmp/mman.$suffix"
    echo '#include <msync_libevent.h>' >"$tmp/libevent.$suffix"
    printf '#include <%s>\n' msync_libevent.h msync.h msync.h \
        msync_libevent.h >"$tmp/twice.$suffix"
}

libevent=$(pkg-config --cflags libevent_core) || fault 'no libevent_core'
each_case c
each_case cc
for case in alone mman libevent twice; do
    flags=()
    case $case in
    libevent | twice) read -ra flags <<<"$libevent" ;;
    esac
    for standard in c99 c11 c17 c2x; do
        for compiler in gcc clang; do
            compile "$compiler" "$standard" "$tmp/$case.c" "${flags[@]}"
        done
    done
    for standard in c++11 c++17 c++20; do
        for compiler in g++ clang++; do
            compile "$compiler" "$standard" "$tmp/$case.cc" "${flags[@]}"
        done
    done
done
echo "$compiled files compiled"
[ "$compiled" -eq 56 ] || fault "4 cases * (4 * 2 + 3 * 2) are 56"

# The functions are C's, and nothing else comes along.
cat >"$tmp/call.cc" <<'END'
#include <msync.h>
const char *version() { return msync_version(); }
END
compile g++ c++11 "$tmp/call.cc"
undefined=$(nm -u "$tmp/object.o" | grep -v _GLOBAL_OFFSET_TABLE_)
[[ $undefined =~ ^\ +U\ msync_version$ ]] ||
    fault "a C++ program that asks for the version needs $undefined"
compile gcc c99 "$tmp/alone.c"
[ -z "$(nm "$tmp/object.o")" ] || fault 'msync.h defines something'

echo "$faults faults"
[ "$faults" -eq 0 ]
