#!/bin/bash
# SPDX-License-Identifier: MIT
#
# What the shared library gives and takes: exactly the functions of msync.h,
# under one version; from outside only what is on a list, so that it cannot
# end, print, fork, start a thread or touch a signal handler behind the back of
# a program, nor ask for more libraries. Looks at the built library in
# $builddir.
set -u
export LC_ALL=C # for sort and comm
srcdir=${srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
builddir=${builddir:-$srcdir/build}
library=$builddir/client/.libs/libmsync.so
faults=0

fault() {
    printf 'fault: %s\n' "$*"
    faults=$((faults + 1))
}

# Both sides of comm(1), told one by one.
# differ WHAT-ONLY-THE-FIRST-HAS FIRST WHAT-ONLY-THE-SECOND-HAS SECOND
differ() {
    local name
    for name in $(comm -23 <(echo "$2") <(echo "$4")); do
        fault "$1: $name"
    done
    for name in $(comm -13 <(echo "$2") <(echo "$4")); do
        fault "$3: $name"
    done
}

[ -f "$library" ] || {
    echo "fault: there is no $library"
    exit 1
}

# The functions --------------------------------------------------------

# CC may bring flags along. A declaration ends at its semicolon.
# shellcheck disable=SC2086
declarations=$(${CC:-cc} -E -P "$srcdir/client/msync.h" | tr '\n' ' ' |
    tr ';' '\n' | grep -E '\bmsync_[a-z_]+ ?\(')
declared=$(grep -oE '\bmsync_[a-z_]+ ?\(' <<<"$declarations" |
    tr -d ' (' | sort -u)
echo "$(wc -l <<<"$declared") functions in msync.h"
[ "$(wc -l <<<"$declared")" -gt 60 ] || fault 'msync.h has hardly a function'
hidden=$(grep -v 'visibility *( *"default" *)' <<<"$declarations")
[ -z "$hidden" ] || fault "without MSYNC_API: $hidden"

# Name@@VERSION of all that the library defines, but the version itself.
exported=$(nm -D --defined-only --with-symbol-versions "$library" |
    awk '$2 == "T" { print $3 }' | sort -u)
differ 'declared, but not in the library' \
    "$(awk '{ print $1 "@@LIBMSYNC_0" }' <<<"$declared" | sort)" \
    'in the library, but not declared' "$exported"
others=$(nm -D --defined-only "$library" |
    awk '$2 != "T" && $3 != "LIBMSYNC_0"')
[ -z "$others" ] || fault "the library shows data: $others"

# What it takes --------------------------------------------------------

# Memory and text; the socket; the clock; who am I; locks around the list of
# handles; exceptions that pass through. Compilers and the hardened C library
# have names of their own for some; a sanitizer, for much.
allowed='^('
allowed+='malloc|calloc|realloc|free|'
allowed+='mem(cpy|move|set|chr|cmp)|bcmp|str(len|nlen|chr|cmp|ncpy|dup|error)|'
allowed+='v?snprintf|'
allowed+='socket|connect|setsockopt|fcntl|fcntl64|send|recv|poll|close|'
allowed+='clock_gettime|getpid|secure_getenv|__errno_location|'
allowed+='pthread_(mutex_lock|mutex_unlock|once)|__register_atfork|'
allowed+='_Unwind_Resume|__gcc_personality_v0|'
allowed+='__(mem(cpy|move|set)|v?snprintf|strncpy|poll)_chk|__stack_chk_fail|'
allowed+='__cxa_finalize|__gmon_start__|_ITM_(de)?registerTMCloneTable|'
allowed+='__(asan|ubsan|sanitizer)_.*)$'
forbidden='^(_?_?(exit|abort|assert.*)|_exit|raise|kill|signal|sigaction|'
forbidden+='v?printf|v?fprintf|puts|fputs|putchar|fputc|fwrite|perror|write|'
forbidden+='std(out|err)|syslog|fork|vfork|execv.*|system|pthread_create|'
forbidden+='getenv|sleep|alarm|setlocale|srand|rand)(_chk)?$'

taken=$(nm -D -u "$library" | awk '{ sub(/@.*/, "", $2); print $2 }' | sort -u)
# Where a cleanup is itself unwound through, clang calls abort(3), the C for
# std::terminate; nobody else may.
if readelf -p .comment "$library" | grep -q clang; then
    taken=$(grep -vx abort <<<"$taken")
    ! grep -nw abort "$srcdir"/client/*.c || fault 'abort is called'
fi
echo "$(wc -l <<<"$taken") symbols taken from outside"
[ "$(wc -l <<<"$taken")" -gt 20 ] || fault "nm tells nothing of $library"
for symbol in $taken; do
    [[ ! $symbol =~ $forbidden ]] || fault "a library must not need $symbol"
    [[ $symbol =~ $allowed ]] || fault "$symbol is not on the list"
done

# Libraries ------------------------------------------------------------

dynamic=$(readelf -d "$library")
soname=$(sed -n 's/.*SONAME.*\[\(.*\)\]$/\1/p' <<<"$dynamic")
[ "$soname" = libmsync.so.0 ] || fault "its soname is $soname"
! grep -E 'R(UN)?PATH' <<<"$dynamic" || fault 'it has a search path'
# The unwinder is a part of the C library's package wherever there is one.
needed=$(sed -n 's/.*NEEDED.*\[\(.*\)\]$/\1/p' <<<"$dynamic")
for name in $needed; do
    case $name in
    libc.so.* | libgcc_s.so.1 | ld-linux*) ;;
    libasan.so.* | libubsan.so.*) ;;
    *) fault "it needs $name" ;;
    esac
done
echo "it needs ${needed//$'\n'/ }"

echo "$faults faults"
[ "$faults" -eq 0 ]
