#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The pages of libmsync are those of its header: each function stands in the
# NAME and, with its very prototype, in the SYNOPSIS of one page, and is told
# of; each code and term has an entry; no page names what is not there. Their
# examples compile without a warning and run against a real daemon.
set -u
: "${builddir:?has the library}"
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$here/../..
header=$top/client/msync.h
# shellcheck source=tests/shell/stage.sh
. "$here/../shell/stage.sh"

# none WHAT LINES: there is no line.
none() {
    [[ -z $2 ]] || fail "$1:" "${2//$'\n'/; }"
}

# What the headers declare, a line each: functions and types of callbacks.
declared() {
    ${CC:-cc} -E -P "$header" | tr '\n' ' ' | tr ';' '\n' |
        sed -n 's/.*__attribute__((visibility("default"))) *//p
            s/.*\(typedef [^{}]*(\*.*\)/\1/p'
    tr '\n' ' ' <"$top/client/msync_libevent.h" |
        grep -o 'static inline [^{;]*' | grep -v _run |
        sed 's/^static inline //'
}

# What the SYNOPSIS of a page says.
synopsis() {
    awk '
        /^\.Sh/ { inside = $2 == "SYNOPSIS" }
        !inside { next }
        /^\.Ft / { type = substr($0, 5) }
        /^\.Fo / { name = $2; arguments = "" }
        /^\.Fa / {
            gsub(/"/, "")
            arguments = arguments (arguments == "" ? "" : ", ") substr($0, 5)
        }
        /^\.Fc/ { print type " " name "(" arguments ")" }
        /^\.Fn / { print type " " $2 "(" $3 ")" }' "$1"
}

# One way to write a prototype.
tidy() {
    sed 's/  */ /g; s/\* /*/g; s/( /(/g; s/^ //; s/ $//' | sort -u
}

# The names of functions in prototypes.
names_in() {
    sed -n 's/^[^(]*[ *]\(msync_[a-z_]*\)(.*/\1/p' | sort -u
}

# The names in the NAME of a page.
names_of() {
    awk '
        /^\.Sh/ { inside = $2 == "NAME" }
        inside && /^\.Nm/ { print $2 }' "$1" | sort
}

# The words behind a macro in the pages, .It included.
words_behind() {
    grep -hoE "^\.(It )?$1 .*" "$top"/man/*.3 | tr ' ' '\n' | sort -u
}

pages_have_the_prototypes_of_the_header() {
    local page known said
    known=$(declared | tidy)
    said=$(for page in "$top"/man/*.3; do
        synopsis "$page"
    done | tidy)
    (($(wc -l <<<"$known") > 80)) || fail "the header declares little"
    none "in no page" "$(comm -23 <(echo "$known") <(echo "$said"))"
    none "in no header" "$(comm -13 <(echo "$known") <(echo "$said"))"
}

functions_are_told_of_in_one_page() {
    local page name
    none "in several pages" \
        "$(for page in "$top"/man/*.3; do
            names_of "$page"
        done | sort | uniq -d)"
    for page in "$top"/man/msync_*.3; do
        none "in NAME or SYNOPSIS of ${page##*/} only" \
            "$(comm -3 <(names_of "$page") \
                <(synopsis "$page" | tidy | names_in | grep -v libevent))"
        for name in $(synopsis "$page" | tidy | names_in); do
            sed '/^\.Sh SYNOPSIS/,/^\.Sh DESCRIPTION/d' "$page" |
                grep -qE "^\.(It )?Fn $name( |\$)|^\.Xr ${name%_start} 3" ||
                fail "${page##*/} does not tell of $name"
        done
    done
}

# entry PAGE CONSTANT: has an entry of its own.
entry() {
    grep -qE "^\.It Dv (.* )?$2( |\$)" "$top/man/$1" ||
        fail "$1 has no entry for $2"
}

codes_and_terms_have_entries() {
    local name codes terms
    codes=$(grep -oE '^	MSYNC_(OK|E_[A-Z_]*)' "$header")
    terms=$(grep -oE '^	MSYNC_TERM_[A-Z_]*' "$header")
    (($(wc -w <<<"$codes $terms") > 35)) ||
        fail "the header has few codes and terms"
    for name in $codes; do
        entry msync_strerror.3 "$name"
    done
    for name in $terms; do
        entry msync_release.3 "$name"
    done
}

pages_name_what_there_is() {
    local name names
    names=$(ls "$top/man"; declared | tidy | names_in)
    for name in $(words_behind Xr | grep msync); do
        grep -qxE "$name(\.[1-8])?" <<<"$names" || fail "there is no $name"
    done
    for name in $(words_behind Fn | grep msync); do
        grep -qx "$name" <<<"$names" || fail "there is no $name()"
    done
    none "constants that there are not, or that no page names" \
        "$(comm -3 <(words_behind '[DE]v' | grep MSYNC_) \
            <(grep -owE 'MSYNC_[A-Z_]*[A-Z]' "$header" | sort -u |
                grep -vxE 'MSYNC_(API|H)'))"
}

# The n-th program of the EXAMPLES of a page.
example() {
    awk -v n="$2" '
        /^\.Sh/ { inside = $2 == "EXAMPLES" }
        !inside { next }
        /^\.Ed/ { code = 0 }
        code && i == n { print }
        /^\.Bd -literal/ { i++; code = 1 }' "$1" |
        sed 's/\\(aq/'\''/g; s/\\-/-/g; s/\\&//g; s/\\e/\\/g'
}

# example_says PAGE N OUTPUT: it compiles without a warning, and runs.
example_says() {
    local name=$1-$2 libs=
    example "$top/man/$1.3" "$2" >"$work/$name.c"
    ! grep -q msync_libevent "$work/$name.c" || libs=-levent_core
    # CC and CFLAGS may be several words.
    # shellcheck disable=SC2086
    ${CC:-cc} ${CFLAGS-} -Wall -Wextra -Werror -I"$top/client" \
        -o "$work/$name" "$work/$name.c" \
        "$builddir/client/.libs/libmsync.a" -pthread $libs ||
        { fail "$name does not compile"; return; }
    out=$(cd "$work" && timeout "$limit_s" "./$name" 2>&1)
    same "status of $name" 0 "$?"
    # shellcheck disable=SC2053 # a pattern
    [[ $out == $3 ]] || fail "$name says: $out"
    run_so_far+=("$name")
}

examples_run() {
    local out run_so_far=() there
    example_says libmsync 1 $'asking for orders\n\[17,4]'
    example_says msync_ask 1 \
        $'{"id":*,"ok":true}\n{"id":*,"ok":true,*"uptime_ms":*}'
    example_says msync_flight 1 '{"sum":"1204.50"}, fresh'
    example_says msync_flight 1 '{"sum":"1204.50"}, shared'
    example_says msync_limit 1 'mail to alice'
    example_says msync_lock 1 ''
    example_says msync_lock 1 ''
    same "the counter" 2 "$(sed 's/ .*//' "$work/counter")"
    example_says msync_open 1 ''
    example_says msync_pool 1 ''
    ask '{"op":"pool.clear","key":"scratch"}' '.destroy[0]' >"$work/scratch"
    same "what a scratch file has" hello "$(cat "$(<"$work/scratch")")"
    rm -f "$(<"$work/scratch")"
    example_says msync_process 1 'the lock is ours'
    example_says msync_process 2 success
    example_says msync_release 1 $'step 1\nstep 2\nstep 3'
    example_says msync_strerror 1 ''
    there=$(cd "$top/man" && grep -c '^\.Bd -literal' ./*msync*.3 |
        sed 's/^\.\///; s/\.3:/ /' | while read -r page n; do
            seq -f "$page-%.0f" "$n"
        done)
    same "examples of the pages" "$(sort <<<"$there" | xargs)" \
        "$(printf '%s\n' "${run_so_far[@]}" | sort -u | xargs)"
}

clean_up() {
    kill "${daemon-}" 2>/dev/null
    wait
    rm -rf "$work"
}

trap clean_up EXIT
start_daemon
run pages_have_the_prototypes_of_the_header
run functions_are_told_of_in_one_page
run codes_and_terms_have_entries
run pages_name_what_there_is
run examples_run
stop_daemon
verdict
