#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The manual is complete and well-formed: each operation, member, error code,
# counter and option that the sources know is named in its page, and mandoc has
# nothing to say. msync(1) names just the commands, options, exit statuses and
# variables that there are, and none besides.
set -u
srcdir=${srcdir:-$(cd "$(dirname "$0")/.." && pwd)}
MSYNCD=${MSYNCD:-$srcdir/build/msyncd}
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

for table in ops.h args.h members.h wire.h tally.h; do
    words=$(words_of $table)
    [ -n "$words" ] || {
        echo "fault: no words found in $table"
        faults=$((faults + 1))
    }
    for word in $words; do
        in_page "$protocol" "$word"
    done
done

# entry MACRO WORD: the word has an entry of its own in the page on the protocol.
entry() {
    looked=$((looked + 1))
    grep -qE "^\.It $1 (.* )?${2//./\\.}( ,|$)" "$protocol" && return
    echo "fault: $(basename "$protocol") has no entry .It $1 $2"
    faults=$((faults + 1))
}

codes=$(sed -n '/WIRE_CODES(X)/,/^$/s/.*X(.*, "\(.*\)").*/\1/p' \
    "$srcdir/src/wire.h")
[ -n "$codes" ] || faults=$((faults + 1))
for code in $codes; do
    [ "$code" = ok ] || entry Er "$code"
done
for counter in $(words_of tally.h); do
    entry Va "$counter"
done

# Each operation's entry lists its members, just these: "name" where it is
# required and "[name]" where it may be left out.
documented() {
    awk -v op="$1" '
        $0 == ".It Ic " op { inside = 1; next }
        inside && /^\.(Pp|Bl|It)/ { exit }
        inside && /^\.Va / { print $2 }
        inside && /^\.Op Va / { print "[" $3 "]" }' "$protocol" | sort
}
operations=$(${CC:-cc} -E -P -std=gnu11 -D_GNU_SOURCE -I"$srcdir/src" - <<'END' |
#include "ops.h"
#undef ARG_BIT
#define ARG_BIT(member) member
#define ROW(function, name, kind, required, optional, flags) \
	OP name : required : optional : END
OPS(ROW)
END
    sed 's/END/\n/g' | sed -n 's/^ *OP "\([^"]*\)"/\1/p')
[ -n "$operations" ] || faults=$((faults + 1))
while IFS=: read -r op required optional; do
    op=${op// /}
    entry Ic "$op"
    known=$(for member in $(tr -c '[:alnum:]_' ' ' <<<"$required"); do
        [ "$member" = 0 ] || echo "${member,,}"
    done
    for member in $(tr -c '[:alnum:]_' ' ' <<<"$optional"); do
        [ "$member" = 0 ] || echo "[${member,,}]"
    done)
    said=$(documented "$op")
    [ "$(sort <<<"$known")" = "$said" ] && continue
    echo "fault: members of $op:" "${known//$'\n'/ }" "and in the manual:" \
        "${said//$'\n'/ }"
    faults=$((faults + 1))
done <<<"$operations"

options=$(sed -n 's/.*{"\([a-z-]*\)", [a-z]*_argument.*/\1/p' \
    "$srcdir/src/main.c")
[ -n "$options" ] || faults=$((faults + 1))
for option in $options; do
    in_page "$daemon" "-$option"
done

letters=$(sed -n 's/.*getopt_long([^"]*"\([a-z:]*\)".*/\1/p' \
    "$srcdir/src/main.c" | tr -d : | sed 's/./& /g')
[ -n "$letters" ] || faults=$((faults + 1))
for letter in $letters; do
    looked=$((looked + 1))
    grep -q "^\.It Fl $letter\>" "$daemon" && continue
    echo "fault: $(basename "$daemon") has no entry .It Fl $letter"
    faults=$((faults + 1))
done

# Each setting has an entry under its block in msyncd.conf(5) and a line in the
# sample, and there are no others: "BLOCK NAME", "- NAME" outside of blocks.
known=$(${CC:-cc} -E -P -std=gnu11 -I"$srcdir/src" - <<'END' |
#include "conf_settings.h"
#define ROW(constant, section, name, type, least, most, standard, when) \
	SETTING section name END
CONF_SETTINGS(ROW)
END
    sed 's/END/\n/g' | sed -n 's/^ *SETTING \([A-Z_]*\) "\(.*\)" *$/\L\1 \2/p' |
    sed 's/^root /- /' | sort)
documented=$(awk '
    $1 == ".Sh" { block = "-" }
    $1 == ".Ss" { block = $2 }
    /^\.It Va / { print block, $3 }' "$srcdir/man/msyncd.conf.5" | sort)
sample=$(sed -n 's/^#\([^ ]\)/\1/p' "$srcdir/conf/msyncd.conf")
shown=$(awk '
    BEGIN { block = "-" }
    $NF == "{" { block = $1; next }
    $1 == "}" { block = "-"; next }
    { print block, $1 }' <<<"$sample" | sort -u)
for list in "$documented" "$shown"; do
    looked=$((looked + $(wc -l <<<"$known")))
    [ -n "$known" ] && [ "$known" = "$list" ] && continue
    echo "fault: settings known and in the manual or the sample:"
    diff <(echo "$known") <(echo "$list")
    faults=$((faults + 1))
done

# The sample is good, as it is and with all that it shows. (Users and groups
# are those of some other machine.)
folder=$(mktemp -d)
cp "$srcdir/conf/msyncd.conf" "$folder/as-it-is"
sed 's/\(group = \)"[^"]*"/\10/; s/\(user = \).*/\1"root"/' <<<"$sample" \
    >"$folder/all"
for file in "$folder"/*; do
    $MSYNCD -c "$file" --check-config && continue
    echo "fault: the sample configuration is wrong"
    faults=$((faults + 1))
done
$MSYNCD -c "$folder/as-it-is" --print-config | grep -v 'default$' |
    grep -q = && {
    echo "fault: the sample configuration changes something"
    faults=$((faults + 1))
}
rm -r "$folder"

# Each family has an entry in msyncd-metrics(7), by the name of its samples, and
# there are no others.
known=$(sed -n \
    -e 's/^    {"\([a-z_]*\)", [^ ]*, COUNTER.*/msyncd_\1_total/p' \
    -e 's/^    {"\([a-z_]*\)", [^ ]*, GAUGE.*/msyncd_\1/p' \
    "$srcdir/src/openmetrics.c" | sort)
documented=$(sed -n 's/^\.It Va //p' "$srcdir/man/msyncd-metrics.7" |
    grep -vx msyncd_build_info | sort)
looked=$((looked + $(wc -l <<<"$known")))
[ "$(wc -l <<<"$known")" -gt 25 ] && [ "$known" = "$documented" ] || {
    echo "fault: families of the sources and in the manual:"
    diff <(echo "$known") <(echo "$documented")
    faults=$((faults + 1))
}

events=$(sed -n 's/.*LOG_LEVEL_[A-Z]*, "\([a-z_]*\)".*/\1/p' \
    "$srcdir"/src/*.c | sort -u)
for event in $events; do
    in_page "$daemon" "$event"
done

# msync(1) and the program: agree WHAT KNOWN SAID, both a word a line.
agree() {
    local known said
    known=$(sort -u <<<"$2")
    said=$(sort -u <<<"$3")
    looked=$((looked + $(wc -l <<<"$known")))
    [ -n "$known" ] && [ "$known" = "$said" ] && return
    echo "fault: msync.1 and the program differ in $1 (< program, > page):"
    diff <(echo "$known") <(echo "$said") | grep '^[<>]'
    faults=$((faults + 1))
}

# The lines of a section of the page.
section() {
    awk -v name="$1" '/^\.Sh / { inside = $0 == ".Sh " name } inside' \
        "$srcdir/man/msync.1"
}

# Those without a summary are for programs. Of pool each action is one.
agree "commands" "$(
    for file in "$srcdir"/client/cmd_*.c; do
        awk -F '"' '/^    \.name = / { name = $2 }
            /^    \.summary = "/ { print name }' "$file"
    done | grep -vx pool
    sed -n 's/^    \[POOL_[A-Z]*\] = {"\([a-z]*\)".*/pool \1/p' \
        "$srcdir/client/cmd_pool.c")" "$(
    section COMMANDS | awk '
        /^\.It Ic / || (/^\.Ic / && after) {
            sub(/^\.(It )?Ic /, "")
            # The names end where the arguments begin.
            n = split($0, words, " ")
            for (i = 1; i <= n && words[i] ~ /^([a-z]+|\|)$/; i++) {
                if (words[i] == "pool")
                    print "pool " words[++i]
                else if (words[i] != "|")
                    print words[i]
            }
        }
        { after = /^\.It Xo$/ }')"

agree "long options" "$(sed -n \
    's/^.*"\([a-z-]*\)", [a-z]*_argument, NULL, .*/\1/p' \
    "$srcdir"/client/msync.c "$srcdir"/client/c{li,md}_*.[ch])" "$(
    grep -E '^\..*\<Fl ' "$srcdir/man/msync.1" |
        grep -oE ' -[a-z][a-z-]+' | sed 's/^ -//')"

# -h is --help to those who try it.
agree "letters of options" "$(sed -n '
    /getopt_long($/N
    s/^.*getopt_long([^"]*"+*\([A-Za-z:]*\)".*/\1/p
    s/^#define TURN_LETTERS "\(.*\)"/\1/p' \
    "$srcdir"/client/msync.c "$srcdir"/client/c{li,md}_*.[ch] |
    grep -o '[A-Za-z]' | grep -vx h)" "$(
    grep -oE '\<Fl [A-Za-z]( \| [A-Za-z])?\>' "$srcdir/man/msync.1" |
        sed 's/^Fl //' | grep -o '[A-Za-z]')"

# That of a signal has no number of its own.
agree "exit statuses" "$(sed -n \
    '/EXIT_IS_SIGNAL/d; s/^.*EXIT_IS_[A-Z_]* = \([0-9]*\),.*/\1/p' \
    "$srcdir/client/cli.h")" "$(
    section "EXIT STATUS" | sed -n 's/^\.It //p' | grep -o '[0-9]*')"

agree "variables" "$(cat "$srcdir"/client/c{li,md}_*.c |
    grep -oE 'env\("MSYNC_[A-Z]*"' | grep -o 'MSYNC_[A-Z]*')" "$(
    section ENVIRONMENT | sed -n 's/^\.It Ev //p' | grep -o 'MSYNC_[A-Z]*')"

for page in "$srcdir"/man/*.[1-8]; do
    words=$(mandoc -T lint -W warning "$page" 2>&1)
    [ -z "$words" ] && continue
    printf 'fault: %s\n' "$words"
    faults=$((faults + 1))
done

echo "$looked words looked for, $faults faults"
[ "$faults" -eq 0 ]
