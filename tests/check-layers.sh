#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Holds the sources to the map: a file includes its own layer and those below,
# never above; the core (layers 0 to 2) needs no clock, no socket, no file, no
# thread and no standard output; one file reads the clock; nothing is longer
# than a reader's patience. The library and the command line are held to the
# same. Reads $srcdir/src, $srcdir/client and the objects in $builddir.
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
    wire | mtime | table | xalloc | cell | heap | blob | histogram | sip | ident) echo 0 ;;
    outbox | outbuf | members | quota* | session | rules | object | roster | page | claim* | chore | core | check | tally | deadlock | watch) echo 1 ;;
    lock | limit | flight* | pool*) echo 2 ;;
    scan* | args | suggest | reply* | ops* | verbs | admin | openmetrics) echo 3 ;;
    clock | conf* | http | log | listener | rights | mark | metrics* | notify | conn* | reload | report | server | turn | main) echo 4 ;;
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

# Clients share the scanner and the constants, so those know nothing else.
strangers=$(grep -hE '^#include "' "$srcdir"/src/scan*.c \
    "$srcdir"/src/scan*.h "$srcdir/src/wire.h" | grep -vE '"(scan[a-z_]*|wire)\.h"')
[ -z "$strangers" ] || fault "the scanner knows $strangers"

# The libraries are cut where the layers are.
listed=$(awk '
    /_SOURCES *=/ { list = $1 }
    list != "" {
        for (i = 1; i <= NF; i++)
            if ($i ~ /^src\//)
                print list, $i
        if (!/\\$/)
            list = ""
    }' "$srcdir/Makefile.am")
for file in "$srcdir"/src/*.[ch]; do
    base=$(basename "$file")
    case $(layer_of "${base%.*}") in
    [012]) list=libcore_a_SOURCES ;;
    3) list=libproto_a_SOURCES ;;
    *) list=libserver_a_SOURCES ;;
    esac
    [ "$base" != main.c ] || list=msyncd_SOURCES
    [ "$(grep " src/$base\$" <<<"$listed")" = "$list src/$base" ] ||
        fault "$base is not, or not only, in $list of Makefile.am"
done
echo "$(wc -l <<<"$listed") files of Makefile.am looked at"

# What the core may have from outside: memory, text into memory, aborting.
# The rest of its undefined symbols it must define itself. Sanitizers and the
# hardened C library have names of their own for the same things.
allowed='^(_?_?(malloc|calloc|realloc|free|abort|__assert_fail|__stack_chk_fail)|'
allowed+='mem(cpy|cmp|move|set|chr)|bcmp|str(len|cmp|chr|ncmp)|v?snprintf|'
allowed+='__(mem(cpy|move|set)|v?snprintf|str[a-z]+)_chk|'
allowed+='__(asan|ubsan|sanitizer|sanitize)_.*|_GLOBAL_OFFSET_TABLE_)$'
core=$builddir/libcore.a
proto=$builddir/libproto.a

# What the libraries define for each other.
defined_in() {
    nm --defined-only -g "$@" | awk 'NF == 3 { print $3 }' | sort -u
}

# look_at LIBRARY MORE DEFINED: its undefined symbols are allowed, or match the
# pattern "object symbol", or are defined.
look_at() {
    local name symbols=0 object='' line symbol
    name=$(basename "$1")
    while read -r line; do
        case $line in
        *.o:)
            object=${line%.o:}
            object=${object##*-}
            ;;
        'U '*)
            symbol=${line#U }
            symbols=$((symbols + 1))
            [[ $symbol =~ $allowed || "$object $symbol" =~ $2 ]] && continue
            grep -qx "$symbol" <<<"$3" && continue
            fault "$object needs $symbol, which $name must not have"
            ;;
        esac
    done < <(nm -u "$1" | sed 's/^ *//')
    echo "$symbols undefined symbols of $name looked at"
    [ "$symbols" -gt 100 ] || fault "nm tells nothing of $1"
}

# xalloc writes the last words of a process that has no memory left, and asks
# for memory in one more way.
look_at "$core" '^xalloc (write|aligned_alloc)$' "$(defined_in "$core")"
# Documents are made with jansson; no libevent, no system call. One is written
# as a stream of memory.
written='json_.*|open_memstream|fclose|fputs|fwrite|_*(fprintf|fputc|putc)(_chk)?'
look_at "$proto" "^(admin json_.*|openmetrics ($written)|.* qsort)$" "$(defined_in "$core" "$proto")"

# Data that changes and belongs to nobody: none in the core.
# (Constants with pointers are in .data.rel.ro; a sanitizer's own begin with _
# or a dot.)
data=$(objdump -t "$core" | awk '
    ($4 == ".data" || $4 == ".bss" || $3 == "*COM*") && $NF !~ /^[._]/')
[ -z "$data" ] || fault "the core has data that changes: $data"

# One object asks for the time, whatever the function is called.
readers=$(nm -A -u "$builddir/libserver.a" "$builddir"/src/*main.o |
    grep -E ' U (clock_gettime|gettimeofday|time|clock|timespec_get|ftime|.*gettimeofday.*|.*gettime_mono.*)$' |
    grep -v '[:-]clock\.o:')
[ -z "$readers" ] || fault "these read the clock: $readers"
readers=$(grep -lE '\b(clock_gettime|gettimeofday|time) *\(' "$srcdir"/src/*.[ch])
[ "$readers" = "$srcdir/src/clock.c" ] || fault "these read the clock: $readers"

# The library knows itself, the scanner and the constants; the command line
# knows itself, the same two, how metrics are written, and of the library what
# everybody knows.
sources_of() {
    awk -v list="$1" '
        $1 == list && $2 == "=" { inside = 1 }
        inside {
            for (i = 1; i <= NF; i++)
                if ($i ~ /^(client|src)\/.*\.[ch]$/)
                    print $i
            if (!/\\$/)
                exit
        }' "$srcdir/client/local.mk"
}
library=$(sources_of client_libmsync_la_SOURCES)
command=$(sources_of msync_SOURCES)
# The screen knows neither of them; only two of its files are linked with
# ncurses.
top=$(sources_of libtop_a_SOURCES; sources_of msync_top_SOURCES)
public='client/msync.h client/msync_libevent.h'
includes=0

# knows FILE LIST: it includes only headers of the list.
knows() {
    local included
    while read -r included; do
        includes=$((includes + 1))
        grep -qxE "(client|src)/$included" <<<"$2" ||
            fault "$1 includes $included"
    done < <(sed -n 's/^#include "\(.*\)"$/\1/p' "$srcdir/$1")
}

for file in "$srcdir"/client/*.[ch]; do
    file=client/$(basename "$file")
    lists=0
    if grep -qx "$file" <<<"$library"; then
        lists=$((lists + 1))
        knows "$file" "$(printf '%s\n' src/wire.h src/scan.h \
            client/msync.h; grep '^client/' <<<"$library")"
    fi
    if grep -qx "$file" <<<"$command"; then
        lists=$((lists + 1))
        knows "$file" "$(printf '%s\n' src/wire.h src/scan.h \
            src/openmetrics.h client/msync.h; grep '^client/' <<<"$command")"
    fi
    if grep -qx "$file" <<<"$top"; then
        lists=$((lists + 1))
        knows "$file" "$top"
    fi
    [[ " $public " != *" $file "* ]] || lists=$((lists + 1))
    [ "$lists" -eq 1 ] ||
        fault "$file is in $lists lists of client/local.mk, not in one"
done
echo "$includes includes of client looked at"
[ "$includes" -gt 50 ] || fault 'nothing is included in client'

strangers=$(nm -u "$builddir/libtop.a" |
    grep -E ' U (clock_gettime|time|newterm|initscr|.*add_wch|wrefresh)$')
[ -z "$strangers" ] || fault "libtop.a has a clock or a screen: $strangers"

# In the library, one file reads the clock.
readers=$(nm -A -u "$builddir/client/.libs/libmsync.a" |
    grep -E ' U (clock_gettime|gettimeofday|time|clock|timespec_get|ftime|.*gettimeofday.*|.*gettime_mono.*)$')
[[ $readers == *-sock.o:*clock_gettime && $readers != *$'\n'* ]] ||
    fault "these read the clock: $readers"

# Tests wait for the thing itself. (The work of one demonstration is a pause of
# 10 ms: it stands for a slow device.)
# shellcheck disable=SC2016
sleeps=$(grep -nE '\b(usleep|nanosleep|sleep) *\(|(^|[^-_[:alnum:]])sleep +["$0-9.]' -r \
    "$srcdir/tests" --include='*.[ch]' --include='*.sh' --include='*.py' |
    grep -vE '/check-layers\.sh:|/demo/calls\.py:[0-9]+: *time\.sleep\(WORK\)')
[ -z "$sleeps" ] || fault "tests sleep: $sleeps"

# Memory on the stack has one size.
sources=("$srcdir"/src/*.[ch] "$srcdir"/client/*.[ch])
alloca=$(grep -n 'alloca *(' "${sources[@]}")
[ -z "$alloca" ] || fault "alloca: $alloca"
for file in "$srcdir"/src/*.c "$srcdir"/client/*.c; do
    # CC may bring flags along.
    # shellcheck disable=SC2086
    ${CC:-cc} -std=gnu11 -D_GNU_SOURCE -DPACKAGE_VERSION='""' \
        -DSYSCONFDIR='""' -DLIBEXECDIR='""' -Wvla -Werror=vla -fsyntax-only \
        -I"$srcdir/src" -I"$srcdir/client" "$file" ||
        fault "$(basename "$file") has an array of variable length, or does not compile"
done

for file in "${sources[@]}"; do
    lines=$(wc -l <"$file")
    case $file in
    *.c) most=400 ;;
    */claim.h) most=160 ;; # what all four primitives have in common
    */msync.h) continue ;; # the reference of the library
    *) most=150 ;;
    esac
    [ "$lines" -le "$most" ] || fault "$(basename "$file") has $lines lines"
done

functions=$(ctags -x --kinds-C=f --_xformat='%{end} %{line} %N %{input}' \
    "${sources[@]}" | awk '{ print $1 - $2 + 1, $3, $4 }' | sort -n)
n=$(wc -l <<<"$functions")
long=$(awk '$1 > 60' <<<"$functions")
[ -z "$long" ] || fault "longer than 60 lines: $long"
[ "$n" -gt 400 ] || fault "ctags found $n functions only"
awk -v n="$n" '
    NR == int((n + 1) / 2) { median = $1 }
    NR == int(n * 0.95) { most = $1 }
    END { printf "%d functions: median %d lines, 19 of 20 have at most %d, the longest %d\n", n, median, most, $1 }
' <<<"$functions"

echo "$faults faults"
[ "$faults" -eq 0 ]
