#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The timer and the service that msync(1) shows, under a real systemd: it is
# booted in a container, from a Debian that is made here (debootstrap, which
# needs the network) or stands in the folder $ROOT already, with the packages
# named below; that is changed. Needs root and systemd-nspawn, so it is run by
# hand: make check-timer.
#
# Only times are changed: the timer elapses each second, not each hour.
set -eu
: "${MSYNCD:?is the daemon to be tested}" "${builddir:?has msync}"
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/msyncd.XXXXXX")
trap 'rm -rf --one-file-system "$work"' EXIT
root=${ROOT:-$work/root}

example() {
    PYTHONDONTWRITEBYTECODE=1 python3 "$here/../cli/examples.py" "$1"
}

# What was built here has to run there.
[ -e "$root/usr" ] || debootstrap --variant=minbase \
    --include=systemd,dbus,libconfuse2,libevent-core-2.1-7,libjansson4 \
    "$(. /etc/os-release && echo "$VERSION_CODENAME")" "$root" \
    >"$work/debootstrap.log" || { tail "$work/debootstrap.log"; exit 1; }
units=$root/etc/systemd/system
install "$builddir/msync" "$MSYNCD" "$root/usr/bin/"
example unit >"$units/nightly.service"
example timer | sed 's/=hourly$/=*:*:*/' >"$units/nightly.timer"
mkdir -p "$units/nightly.timer.d" "$units/multi-user.target.wants"
printf '[Timer]\nAccuracySec=10ms\n' >"$units/nightly.timer.d/accuracy.conf"
# Many starts in a short time are what is wanted here.
mkdir -p "$units/nightly.service.d"
printf '[Unit]\nStartLimitBurst=1000000\n' >"$units/nightly.service.d/often.conf"

cat >"$units/msyncd.service" <<'END'
[Service]
ExecStart=/usr/bin/msyncd
RuntimeDirectory=msyncd
END
cat >"$units/check.service" <<'END'
[Unit]
After=dbus.service
SuccessAction=poweroff-force
FailureAction=poweroff-force
[Service]
Type=oneshot
ExecStart=/bin/bash /check.sh
StandardOutput=file:/result
StandardError=file:/result
END
ln -sf ../check.service "$units/multi-user.target.wants/"
install "$here/in-timer.sh" "$root/check.sh"
: >"$root/result"

# How the container ends says nothing; what counts is in its result, below.
timeout 300 systemd-nspawn --register=no --keep-unit -q -b -D "$root" \
    </dev/null >"$work/console" 2>&1 || true
cat "$root/result"
grep -qx 'all as it should be' "$root/result" || { cat "$work/console"; exit 1; }
