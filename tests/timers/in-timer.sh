#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Run inside of the container of check-timer.sh: the timer starts the service,
# which runs, is left out while somebody else has the lock, and fails.
set -u

# nightly SCRIPT: the program that the service is for.
nightly() {
    printf '#!/bin/sh\necho run >>/runs\n%s\n' "$1" >/usr/local/bin/nightly.new
    chmod +x /usr/local/bin/nightly.new
    mv /usr/local/bin/nightly.new /usr/local/bin/nightly
}

# until_service STATUS RESULT STATE: waits for a run that ended so.
until_service() {
    local seen end=$((SECONDS + 60))
    until seen=$(for property in ExecMainStatus Result ActiveState; do
        systemctl show -P "$property" nightly.service
    done | xargs) && [ "$seen" = "$*" ]; do
        if ((SECONDS > end)); then
            echo "expected $*, saw $seen"
            exit 1
        fi
    done
    echo "nightly.service: status $1, result $2, $3"
}

systemctl --version | head -n 1
rm -f /runs
nightly 'exit 0'
systemctl start msyncd.service
until msync -q ping >/dev/null; do
    ((SECONDS < 60)) || { msync ping; systemctl status msyncd; exit 1; }
done
systemctl start nightly.timer
until [ -s /runs ]; do
    ((SECONDS < 60)) || { echo "the timer starts nothing"; exit 1; }
done
echo "the timer has started it"

token=$(msync lock --detach --lease 10m nightly) || exit 1
until_service 75 success inactive
before=$(wc -l </runs)
# A start that is asked for is left out as well, and is none that failed.
systemctl start nightly.service || { echo "systemctl says it failed"; exit 1; }
[ "$before" = "$(wc -l </runs)" ] || { echo "it ran"; exit 1; }
echo "left out while the lock is held, which is no failure"

nightly 'exit 4'
msync release lock nightly "$token" || exit 1
until_service 4 exit-code failed
systemctl is-failed nightly.service
echo "all as it should be"
