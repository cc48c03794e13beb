#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The manual is complete and well-formed: each operation, member, error code,
# counter and option that the sources know is named in its page, and mandoc has
# nothing to say.
set -u
srcdir=${srcdir:-$(cd "$(dirname "$0")/.." && pwd)}
protocol=$srcdir/man/msyncd-protocol.7
daemon=$srcdir/man/msyncd.8
faults=0
looked=0

# in_page PAGE WORD: the word stands in the page, as a word.
in_page() {
    looked=$((looked + 1))
    grep -qE "(^|[^a-z_.])${2//./\\.}($|[^a-z_])" "$1" && return
    echo "fault: $(basename "$1") does not name $2"
    faults=$((faults + 1))
}

# The second words of the rows of a table of X(constant, "word", ...).
words_of() {
    sed -n 's/^.*X([A-Za-z_]*, "\([^"]*\)".*/\1/p' "$srcdir/src/$1" | sort -u
}

for table in ops.h args.h outbox.h wire.h tally.h; do
    words=$(words_of $table)
    [ -n "$words" ] || {
        echo "fault: no words found in $table"
        faults=$((faults + 1))
    }
    for word in $words; do
        in_page "$protocol" "$word"
    done
done

options=$(sed -n 's/.*{"\([a-z]*\)", [a-z]*_argument.*/\1/p' \
    "$srcdir/src/main.c")
[ -n "$options" ] || faults=$((faults + 1))
for option in $options; do
    in_page "$daemon" "-$option"
done

events=$(sed -n 's/.*LOG_LEVEL_[A-Z]*, "\([a-z_]*\)".*/\1/p' \
    "$srcdir"/src/*.c | sort -u)
for event in $events; do
    in_page "$daemon" "$event"
done

for page in "$srcdir"/man/*.[1-8]; do
    words=$(mandoc -T lint -W warning "$page" 2>&1)
    [ -z "$words" ] && continue
    printf 'fault: %s\n' "$words"
    faults=$((faults + 1))
done

echo "$looked words looked for, $faults faults"
[ "$faults" -eq 0 ]
