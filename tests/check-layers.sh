#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Holds the sources to the map: a file includes its own layer and those below,
# never above; the core (layers 0 to 2) needs no clock, no socket, no file, no
# thread and no standard output; one file reads the clock; nothing is longer
# than a reader's patience. Reads $srcdir/src and the objects in $builddir.
set -u
srcdir=${srcdir:-$(cd "$(dirname "$0")/.." && pwd)}
builddir=${builddir:-$srcdir/build}
faults=0

fault() {
    printf 'fault: %s\n' "$*"
    faults=$((faults + 1))
}

# The layer of a source file, from the ground up.
layer_of() {
    case $1 in
    wire | mtime | table | xalloc | heap | blob | sip | ident | outbuf) echo 0 ;;
    outbox | quota | session | object | claim* | core | check | tally | deadlock) echo 1 ;;
    lock | limit | flight | pool*) echo 2 ;;
    scan* | args | suggest | reply | ops* | verbs | admin) echo 3 ;;
    clock | log | listener | conn* | server | turn | main) echo 4 ;;
    *) echo unknown ;;
    esac
}

# Layer 1 reaches the primitives only through struct kind; the operations of
# layer 3 name all four.
files=0
includes=0
for file in "$srcdir"/src/*.[ch]; do
    base=$(basename "${file%.*}")
    layer=$(layer_of "$base")
    files=$((files + 1))
    if [ "$layer" = unknown ]; then
        fault "$base has no layer; put it into the table of $0"
        continue
    fi
    while read -r included; do
        includes=$((includes + 1))
        below=$(layer_of "${included%.h}")
        [ "$below" = unknown ] || [ "$below" -gt "$layer" ] &&
            fault "$(basename "$file") (layer $layer) includes $included (layer $below)"
    done < <(sed -n 's/^#include "\(.*\)"$/\1/p' "$file")
done
echo "$files files, $includes includes looked at"

# No primitive knows another one.
for kind in lock limit flight pool; do
    for other in lock limit flight pool; do
        [ "$kind" = "$other" ] ||
            ! grep -l "#include \"$other.h\"" "$srcdir/src/$kind"*.[ch] ||
            fault "$kind knows $other"
    done
done

# What the core may have from outside: memory, text into memory, aborting.
# The rest of its undefined symbols it must define itself. Sanitizers and the
# hardened C library have names of their own for the same things.
allowed='^(_?_?(malloc|calloc|realloc|free|abort|__assert_fail|__stack_chk_fail)|'
allowed+='mem(cpy|cmp|move|set|chr)|str(len|cmp|chr|ncmp)|v?snprintf|'
allowed+='__(mem(cpy|move|set)|v?snprintf|str[a-z]+)_chk|'
allowed+='__(asan|ubsan|sanitizer|sanitize)_.*|_GLOBAL_OFFSET_TABLE_)$'
core=$builddir/libcore.a
defined=$(nm --defined-only -g "$core" | awk 'NF == 3 { print $3 }' | sort -u)
object=
symbols=0
while read -r line; do
    case $line in
    *.o:) object=${line%.o:} ;;
    'U '*)
        symbol=${line#U }
        symbols=$((symbols + 1))
        [[ $symbol =~ $allowed ]] && continue
        grep -qx "$symbol" <<<"$defined" && continue
        # The last words of a process that has no memory left.
        [ "$object $symbol" = 'xalloc write' ] && continue
        fault "$object needs $symbol, which the core must not have"
        ;;
    esac
done < <(nm -u "$core" | sed 's/^ *//')
echo "$symbols undefined symbols of libcore looked at"
[ "$symbols" -gt 100 ] || fault "nm tells nothing of $core"

# libproto may have jansson on top, but neither libevent nor system calls.
if nm -u "$builddir/libproto.a" | grep -E ' (event_|evutil_|socket|read|write|clock_gettime)'; then
    fault 'libproto knows the server'
fi

# Data that changes and belongs to nobody: none in the core.
# (Constants with pointers are in .data.rel.ro; a sanitizer's own begin with _
# or a dot.)
data=$(objdump -t "$core" | awk '
    ($4 == ".data" || $4 == ".bss" || $3 == "*COM*") && $NF !~ /^[._]/')
[ -z "$data" ] || fault "the core has data that changes: $data"

readers=$(grep -lE '\b(clock_gettime|gettimeofday|time)\(' "$srcdir"/src/*.c)
[ "$readers" = "$srcdir/src/clock.c" ] || fault "these read the clock: $readers"

sleeps=$(grep -nE '\b(usleep|nanosleep|sleep) *\(|\bsleep +[0-9.]' -r \
    "$srcdir/tests" --include='*.[ch]' --include='*.sh' |
    grep -v "check-layers.sh") && fault "tests sleep: $sleeps"

# VLAs are a warning of the compiler; alloca is not.
alloca=$(grep -n 'alloca(' "$srcdir"/src/*.c) && fault "alloca: $alloca"

for file in "$srcdir"/src/*.c; do
    lines=$(wc -l <"$file")
    [ "$lines" -le 400 ] || fault "$(basename "$file") has $lines lines"
done

functions=$(ctags -x --kinds-C=f --_xformat='%{end} %{line} %N %{input}' \
    "$srcdir"/src/*.c | awk '{ print $1 - $2 + 1, $3, $4 }' | sort -n)
n=$(wc -l <<<"$functions")
long=$(awk '$1 > 60' <<<"$functions")
[ -z "$long" ] || fault "longer than 60 lines: $long"
[ "$n" -gt 200 ] || fault "ctags found $n functions only"
awk -v n="$n" '
    NR == int((n + 1) / 2) { median = $1 }
    NR == int(n * 0.95) { most = $1 }
    END { printf "%d functions: median %d lines, 19 of 20 have at most %d, the longest %d\n", n, median, most, $1 }
' <<<"$functions"

echo "$faults faults"
[ "$faults" -eq 0 ]
