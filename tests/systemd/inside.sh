#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Runs inside the container of check-systemd.sh, as root, in a real systemd:
# what an administrator of msyncd does and sees, line by line.
set -u
faults=0
token=0

# so WHAT: shows whether the command before it has succeeded.
so() {
    local status=$?
    if [ "$status" -eq 0 ]; then
        printf 'ok    %s\n' "$*"
    else
        printf 'FAULT %s (status %s)\n' "$*" "$status"
        faults=$((faults + 1))
    fi
}

show() {
    sed 's/^/        | /'
}

main_pid() {
    systemctl show -P MainPID msyncd.service
}

# rises: a token is given, and it is higher than all before.
rises() {
    local before=$token
    token=$(timeout 60 msync call '{"op":"lock.acquire","key":"token"}' |
        sed -n 's/.*"token": *\([0-9]*\).*/\1/p')
    printf '        | token %s\n' "$token"
    [ -n "$token" ] && [ "$token" -gt "$before" ]
}

# journal_says TEXT: now or later.
journal_says() {
    timeout 60 journalctl -u msyncd.service --no-tail -f -o cat |
        grep -qm1 -F -- "$1"
}

# status_shows TEXT: now, or when systemd has heard of it.
status_shows() {
    local n
    for ((n = 0; n < 3000; n++)); do
        systemctl show -P StatusText msyncd.service | grep -qF "$1" && return
    done
    return 1
}

socket_stamp() {
    systemctl show -P ActiveEnterTimestampMonotonic msyncd.socket
}

# hold AS-WHOM KEY [COMMAND]: holds the lock until let_go.
hold() {
    as "$1" "${3:-msync}" lock "$2" -- cat /tmp/hold &
    holder=$!
    status_shows "1 hold,"
}

let_go() {
    timeout 10 sh -c ': >/tmp/hold'
    wait "$holder"
}

as() {
    local user=$1
    shift
    setpriv --reuid="$user" --regid="$user" --init-groups -- "$@"
}

echo "== the packages"
dpkg -i /packages/*_0.1.0_*.deb >/inside.log 2>&1
so "dpkg installs $(cd /packages && echo *_0.1.0_*.deb)"
getent passwd msyncd >/dev/null && getent group msyncd >/dev/null
so "there are a user and a group msyncd"
[ "$(stat -c '%U %a' /run/msyncd)" = "msyncd 755" ]
so "there is /run/msyncd"
! systemctl -q is-active msyncd.socket && ! systemctl -q is-active msyncd.service
so "nothing runs before the administrator says so"
msyncd --check-config
so "the configuration that comes along is good"

echo "== the socket"
systemctl -q enable --now msyncd.socket
so "systemctl enable --now msyncd.socket"
[ "$(stat -c '%U %G %a %F' /run/msyncd/msyncd.sock)" = "root msyncd 660 socket" ]
so "the socket belongs to root and the group msyncd, mode 660"
! systemctl -q is-active msyncd.service
so "the daemon does not run yet"
rises
so "the first client starts the daemon"
began=$(socket_stamp)
[ "$(systemctl show -P SubState msyncd.service)" = running ] &&
    [ "$(systemctl show -P Type msyncd.service)" = notify ]
so "it has said that it is ready"
[ "$(ps -o user= -p "$(main_pid)" 2>/dev/null ||
    stat -c %U "/proc/$(main_pid)")" = msyncd ]
so "it runs as msyncd"

mkfifo /tmp/hold
hold root seen && status_shows "1 connection, 1 hold, 0 waits"
so "systemctl status shows connections, holds and waits"
systemctl status --no-pager -n 0 msyncd.service | show
let_go
status_shows "0 connections, 0 holds, 0 waits"
so "and that they are gone"
journalctl -u msyncd.service -o json | grep -q '"PRIORITY":"6".*event=ready\|event=ready.*"PRIORITY":"6"'
so "the journal knows the priority of its lines"

echo "== after each end the next client is served"
systemctl stop msyncd.service 2>&1 | show
! systemctl -q is-active msyncd.service
so "systemctl stop"
rises
so "the next client starts it; tokens rise"
systemctl restart msyncd.service
so "systemctl restart"
rises
so "tokens rise"
before=$(main_pid)
kill -KILL "$before"
rises && [ "$(main_pid)" != "$before" ]
so "kill -9: another daemon serves; tokens rise"
before=$(main_pid)
kill -STOP "$before"
rises && [ "$(main_pid)" != "$before" ]
so "kill -STOP: the watchdog ends it, another daemon serves; tokens rise"
journal_says "Watchdog timeout"
so "the journal says that it was the watchdog"
[ "$(socket_stamp)" = "$began" ] && systemctl -q is-active msyncd.socket
so "nobody has touched the socket unit"

echo "== the configuration"
before=$(main_pid)
echo 'limit "db" { capacity = 3 }' >>/etc/msyncd/msyncd.conf
systemctl reload msyncd.service && journal_says event=reloaded
so "systemctl reload takes a good file"
msync call '{"op":"limit.info","key":"db"}' | show
echo 'limit "db" { capacity = many }' >/etc/msyncd/msyncd.conf
systemctl reload msyncd.service
journal_says event=not_reloaded
so "a broken one is refused"
journalctl -u msyncd.service -o cat | grep not_reloaded | show
msync call '{"op":"limit.info","key":"db"}' | grep -q '"capacity": *3' &&
    [ "$(main_pid)" = "$before" ]
so "the old settings are in force, in the same daemon"
status_shows " holds" && systemctl -q is-active msyncd.service
so "it is ready again"
systemctl stop msyncd.service 2>/dev/null
timeout 60 msync ping 2>&1 | show
systemctl status --no-pager -n 0 msyncd.service | grep -q 'status=2'
so "started with the broken file it ends with status 2"
timeout 60 sh -c 'until systemctl is-failed msyncd.socket; do :; done' | show
so "after twenty tries systemd gives up, and clients hear so"
echo 'limit "db" { capacity = 3 }' >/etc/msyncd/msyncd.conf
# The tries of two seconds count.
for ((n = 0; n < 300; n++)); do
    systemctl reset-failed msyncd.service msyncd.socket
    systemctl start msyncd.socket && msync -q ping >/inside.log 2>&1 && break
done
rises
so "mended, and the socket started, it serves again; tokens rise"

echo "== metrics"
scrape() {
    exec 3<>/dev/tcp/127.0.0.1/19464 || return
    printf 'GET /metrics HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n' >&3
    timeout 60 grep '^# TYPE msyncd_' <&3
    local status=$?
    exec 3>&-
    return "$status"
}
drop=/etc/systemd/system/msyncd.service.d/metrics-port.conf
install -D -m 0644 /usr/share/doc/msyncd/metrics-port.conf "$drop"
echo 'metrics_port = 19464' >>/etc/msyncd/msyncd.conf
systemctl daemon-reload && systemctl restart msyncd.service
scrape >/tmp/page
so_far=$?
head -n 2 /tmp/page | show
[ "$so_far" -eq 0 ]
so "with metrics-port.conf and metrics_port, the port tells metrics"
rm "$drop"
sed -i /metrics_port/d /etc/msyncd/msyncd.conf
systemctl daemon-reload && systemctl restart msyncd.service
! scrape 2>/dev/null
so "without them nobody listens there"
rises
so "tokens rise"

echo "== who may"
useradd -m alice && useradd -m -G msyncd bob && useradd -m -G msyncd carol
as alice msync -v lock k -- true >/inside.log 2>&1
status=$?
show </inside.log
[ "$status" -ne 0 ]
so "alice, who is not in the group, is refused"
as bob msync lock k -- true
so "bob, who is, gets a lock"
# It holds under a name of its own.
install -m 755 /usr/bin/msync /usr/local/bin/nightly
hold bob job nightly
answer=$(as carol msync call '{"op":"lock.acquire","key":"job","wait_ms":0}')
echo "$answer" | show
[[ $answer == *busy*"by pid "*nightly* ]]
so "carol hears that it is busy, and that bob's command nightly holds it"
let_go

echo "== an upgrade"
before=$(main_pid)
hold bob job
dpkg -i /packages/*_0.1.0+1_*.deb >/inside.log 2>&1
so "dpkg installs the next version"
[ "$(main_pid)" = "$before" ] && status_shows "1 hold,"
so "the daemon runs on, and the hold is there"
let_go
so "the command under msync has ended well"
systemctl restart msyncd.service && rises
so "restarted, tokens rise"
systemctl restart msyncd.socket && rises
so "the socket unit may be restarted, too"
systemctl stop msyncd.socket 2>&1 | show
! systemctl -q is-active msyncd.service && ! msync -q ping
so "and stopped: the daemon goes with it"
systemctl start msyncd.service && rises
so "and comes with the daemon"
dpkg --purge msyncd >/inside.log 2>&1 && ! systemctl -q is-active msyncd.service &&
    [ ! -e /var/lib/msyncd ] && [ ! -e /etc/msyncd ]
so "purged, nothing runs and nothing is left"
show </inside.log

echo "$faults faults"
[ "$faults" -eq 0 ] && echo "all of it is so"
