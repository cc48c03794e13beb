#!/bin/bash
# SPDX-License-Identifier: MIT
#
# msyncd in a real systemd, from nothing: builds the Debian packages, lets
# lintian look at them, makes a small Debian in a folder, boots it in a
# container, installs the packages and runs inside.sh there. Wants root,
# debootstrap, systemd-container, dpkg-dev, debhelper, lintian and a mirror,
# which is the one that apt uses; takes a few minutes.
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
srcdir=${srcdir:-$(cd "$here/../.." && pwd)}
boot_limit=600 # seconds in which all is done in the container
machine=       # the process of the container

die() {
    printf 'check-systemd: %s\n' "$*" >&2
    exit 1
}

say() {
    printf 'check-systemd: %s\n' "$*"
}

# step WHAT COMMAND...: shows what it has printed only if it fails.
step() {
    local what=$1
    shift
    say "$what"
    "$@" >"$work/log" 2>&1 || {
        tail -n 40 "$work/log" >&2
        die "failed: $what"
    }
}

clean_up() {
    [ -z "$machine" ] || kill -KILL "$machine" 2>/dev/null
    wait
    rm -rf --one-file-system "$work"
}

[ "$(id -u)" -eq 0 ] || die "root is needed, to boot a container"
for tool in debootstrap systemd-nspawn dpkg-buildpackage dh lintian; do
    command -v "$tool" >/dev/null || die "$tool is missing; on Debian:" \
        "apt-get install debootstrap systemd-container dpkg-dev debhelper" \
        "lintian"
done
read -r mirror suite < <(apt-get indextargets \
    --format '$(SITE) $(CODENAME)' 'Created-By: Packages' 'Component: main' |
    grep -vE -- '-(updates|security|backports)$')
[ -n "$suite" ] || die "apt names no mirror"

work=$(mktemp -d "${TMPDIR:-/tmp}/msyncd-systemd.XXXXXX")
trap clean_up EXIT
trap 'exit 130' INT TERM
root=$work/root

# build_packages VERSION: of these sources, into $work/VERSION.
build_packages() {
    local tree=$work/$1/msyncd
    mkdir -p "$tree"
    tar -C "$srcdir" --exclude=./build --exclude='./build-*' \
        --exclude=./.git -cf - . | tar -C "$tree" -xf - --no-same-owner
    sed -i "1s/(.*)/($1)/" "$tree/debian/changelog"
    (cd "$tree" && DEB_BUILD_OPTIONS="nocheck noautodbgsym parallel=$(nproc)" \
        dpkg-buildpackage -us -uc -Pnocheck)
    rm -rf "$tree"
    ls "$work/$1"/msyncd_*.deb
}

make_root() {
    debootstrap --variant=minbase --include="systemd,systemd-sysv,dbus,\
libconfuse2,libevent-core-2.1-7,libjansson4,libncursesw6" "$suite" "$root" "$mirror"
}

step "building the packages" build_packages 0.1.0
step "lintian has no error and no warning for them" \
    lintian --fail-on error,warning "$work"/0.1.0/msyncd_0.1.0_*.changes
step "building them once more, for an upgrade" build_packages 0.1.0+1
step "making a Debian $suite" make_root

mkdir "$root/packages"
cp "$work"/0.1.0*/*_0.1.0*.deb "$root/packages"
cp "$here/inside.sh" "$root/inside.sh"
cat >"$root/etc/systemd/system/inside.service" <<'END'
[Unit]
After=multi-user.target

[Service]
Type=oneshot
ExecStart=/bin/bash /inside.sh
StandardOutput=file:/inside.out
StandardError=inherit
ExecStopPost=/bin/sh -c 'systemctl --no-block exit $EXIT_STATUS'
END
mkdir -p "$root/etc/systemd/system/default.target.wants"
ln -s ../inside.service "$root/etc/systemd/system/default.target.wants"
: >"$root/inside.out"

say "booting it"
timeout --foreground -k 10 "$boot_limit" systemd-nspawn --register=no \
    --keep-unit --quiet --console=pipe -b -D "$root" \
    </dev/null >"$work/console" 2>&1 &
machine=$!
tail -n +1 -f --pid="$machine" "$root/inside.out" &
wait "$machine"
status=$?
machine=
wait
if [ "$status" -ne 0 ] || ! grep -q '^all of it is so$' "$root/inside.out"; then
    tail -n 20 "$work/console" >&2
    die "failed, status $status"
fi
