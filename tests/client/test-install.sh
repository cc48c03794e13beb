#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# What make install puts where, into a folder of its own: man finds a page by
# the name of each function, the line of the README compiles its program
# against what is installed, and make uninstall leaves nothing behind.
set -u
: "${builddir:?is to be installed}"
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$here/../..
# shellcheck source=tests/shell/stage.sh
. "$here/../shell/stage.sh"
root=$work/root

make_target() {
    MAKEFLAGS='' make -C "$builddir" DESTDIR="$root" "$1" >"$work/$1" 2>&1 &&
        return
    tail -n 20 "$work/$1"
    fail "make $1 fails"
}

# example NAME: of the README.
example() {
    awk -v mark="<!-- example: $1 -->" '
        $0 == mark { found = 1; next }
        found && /^```/ { if (inside) exit; inside = 1; next }
        inside { print }' "$top/README.md"
}

each_function_has_its_page() {
    local name pages n=0
    make_target install
    pages=$(find "$root" -path '*/man3/libmsync.3')
    pages=${pages%/*}
    for name in $(${CC:-cc} -E -P "$top/client/msync.h" |
        grep -oE '\bmsync_[a-z_]+\(' | tr -d '('); do
        grep -qs "^\.Nm $name\( ,\)\?$" "$pages/$name.3" ||
            fail "no page for $name"
        n=$((n + 1))
    done
    ((n > 80)) || fail "the header has $n functions only"
}

installed_library_is_found_by_pkg_config() {
    local pc
    pc=$(find "$root" -name libmsync.pc)
    example c >"$work/deposit.c"
    echo 100 >"$work/account"
    (
        # CC and CFLAGS may be several words. The example calls it.
        # shellcheck disable=SC2086,SC2317
        cc() { ${CC:-gcc} ${CFLAGS-} "$@"; }
        export PKG_CONFIG_PATH=${pc%/*} PKG_CONFIG_SYSROOT_DIR=$root
        cd "$work" && eval "$(example c-build)"
    ) || fail "it does not compile"
    (cd "$work" && LD_LIBRARY_PATH=${pc%/pkgconfig/*} ./deposit)
    same "status" 0 "$?"
    same "account" 200 "$(<"$work/account")"
}

uninstall_leaves_nothing() {
    make_target uninstall
    same "what is left" "" "$(find "$root" ! -type d)"
}

own_configuration_is_left_alone() {
    local file
    make_target install
    file=$(find "$root" -path '*/etc/msyncd/msyncd.conf')
    same "a sample" "$(<"$top/conf/msyncd.conf")" "$(<"$file")"
    echo 'limit "db" { capacity = 3 }' >"$file"
    make_target install
    make_target uninstall
    same "what is left" "$file" "$(find "$root" ! -type d)"
    same "the file" 'limit "db" { capacity = 3 }' "$(<"$file")"
}

clean_up() {
    kill "${daemon-}" 2>/dev/null
    wait
    rm -rf "$work"
}

trap clean_up EXIT
start_daemon
run each_function_has_its_page
run installed_library_is_found_by_pkg_config
run uninstall_leaves_nothing
run own_configuration_is_left_alone
stop_daemon
verdict
