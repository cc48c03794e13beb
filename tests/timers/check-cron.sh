#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The crontab line that msync(1) shows, run by a real cron, which sees nothing
# but this one table: what comes while one runs is left out. Needs root, for
# namespaces, and three minutes, since cron looks once a minute; so it is run
# by hand: make check-cron.
#
# Only times are changed: each minute, not each fifth.
set -eu
: "${MSYNCD:?is the daemon to be tested}" "${builddir:?has msync}"
here=$(cd "$(dirname "$0")" && pwd)
limit_s=200

if [ -z "${INSIDE-}" ]; then
    work=$(mktemp -d "${TMPDIR:-/tmp}/msyncd.XXXXXX")
    trap 'rm -rf "$work"' EXIT
    INSIDE=$work unshare --mount --pid --fork --mount-proc \
        --kill-child "$0"
    exit
fi
work=$INSIDE

# A spool, a pid file and tables of our own.
mount -t tmpfs none /var/spool/cron
mount -t tmpfs none /run
mkdir -m 1730 /var/spool/cron/crontabs
chgrp crontab /var/spool/cron/crontabs
: >"$work/empty"
[ ! -e /etc/crontab ] || mount --bind "$work/empty" /etc/crontab
[ ! -e /etc/cron.d ] || mount -t tmpfs none /etc/cron.d

mkdir "$work/bin"
mkfifo "$work/go" "$work/begun"
exec 7<>"$work/go" 8<>"$work/begun"
cat >"$work/bin/import-orders" <<END
#!/bin/sh
echo run >>$work/runs
echo >$work/begun
read -r line <$work/go
END
chmod +x "$work/bin/import-orders"

export MSYNC_SOCKET=$work/socket PATH=$builddir:$PATH
"$MSYNCD" -s "$MSYNC_SOCKET" 2>"$work/log" &
timeout 60 grep -q -m 1 event=ready <(tail -n +1 -F "$work/log" 2>/dev/null)

line=$(PYTHONDONTWRITEBYTECODE=1 python3 "$here/../cli/examples.py" cron)
crontab - <<END
MAILTO=""
MSYNC_SOCKET=$MSYNC_SOCKET
PATH=$work/bin:$builddir:/usr/bin:/bin
${line/#\*\/5/*}
END
crontab -l | tail -n 1
cron -f &

until_begun() {
    read -r -t "$limit_s" -u 8 || { echo "$1 does not begin"; exit 1; }
    echo "$(date +%T) $1 begins"
}

# What msyncd has counted of locks under a name.
count() {
    msync --json stats | jq ".kinds.lock.$1"
}

until_begun "the first run"
until [ "$(count busy)" != 0 ]; do
    ((SECONDS < limit_s)) || { echo "cron does not start a second one"; exit 1; }
done
echo "$(date +%T) a second one came while it ran, and was left out"
[ "$(wc -l <"$work/runs")" = 1 ] || { echo "it ran"; exit 1; }
echo >&7
until_begun "the next run"
[ "$(wc -l <"$work/runs")" = 2 ] || { echo "too many runs"; exit 1; }
echo "all as it should be"
