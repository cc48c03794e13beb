#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The units are such as systemd wants them, and the service can do no more than
# it has to: systemd-analyze gives it an exposure of 0.5 at most, of 10.
set -u
srcdir=${srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
builddir=${builddir:-$srcdir/build}
MSYNCD=${MSYNCD:-$builddir/msyncd}
units=(msyncd.service msyncd.socket)
faults=0

fault() {
    printf 'fault: %s\n' "$*"
    faults=$((faults + 1))
}

command -v systemd-analyze >/dev/null || {
    echo "fault: no systemd-analyze; on Debian: apt-get install systemd"
    exit 1
}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cp "$builddir/systemd/msyncd.service" "$srcdir/systemd/msyncd.socket" "$folder"

command=$(sed -n 's/^ExecStart=//p' "$folder/msyncd.service")
[[ $command == /*/msyncd ]] || fault "ExecStart=$command"
[ "$(grep -c @ "$folder/msyncd.service")" = "$(grep -c '=~\?@' "$folder/msyncd.service")" ] ||
    fault "something was not filled in"
# It is not installed yet.
sed -i "s|^ExecStart=.*|ExecStart=${MSYNCD##* }|" "$folder/msyncd.service"

exposed=$(systemd-analyze security --offline=true "$folder/msyncd.service" |
    sed -n 's/.*Overall exposure level for .*: \([0-9.]*\) .*/\1/p')
echo "exposure: $exposed"
awk -v exposed="$exposed" 'BEGIN { exit !(exposed != "" && exposed <= 0.5) }' ||
    fault "exposure is above 0.5, or not told"

for unit in "${units[@]}"; do
    words=$(systemd-analyze verify --man=no "$folder/$unit" 2>&1)
    status=$?
    # About units of this machine nothing is to be said here.
    words=$(grep -F msyncd <<<"$words")
    [ "$status" -eq 0 ] && [ -z "$words" ] || fault "$unit: status $status, $words"
done

# The example that opens a port is good, and opens no more than that.
mkdir "$folder/port"
cp "$folder/msyncd.s"* "$folder/port"
mkdir "$folder/port/msyncd.service.d"
cp "$srcdir/systemd/metrics-port.conf" "$folder/port/msyncd.service.d"
words=$(systemd-analyze verify --man=no "$folder/port/msyncd.service" 2>&1 |
    grep -F msyncd)
[ -z "$words" ] || fault "metrics-port.conf: $words"
cat "$folder/msyncd.service" "$srcdir/systemd/metrics-port.conf" \
    >"$folder/port.service"
exposed_by() {
    systemd-analyze security --offline=true --json=short "$1" |
        jq -r '.[] | select(.set == false) | .name' | sort
}
opened=$(comm -13 <(exposed_by "$folder/msyncd.service") \
    <(exposed_by "$folder/port.service") | tr '\n' ' ')
[ "$opened" = 'IPAddressDeny= PrivateNetwork= RestrictAddressFamilies=~AF_(INET|INET6) ' ] ||
    fault "metrics-port.conf opens: $opened"

# A unit with a mistake is found: so the words above mean something.
sed 's/^Type=.*/Type=nonsense/' "$folder/msyncd.service" >"$folder/wrong.service"
systemd-analyze verify --man=no "$folder/wrong.service" 2>&1 |
    grep -q nonsense || fault "systemd-analyze finds no mistakes"

# What the daemon does not try again when it ends with it.
grep -qx 'RestartPreventExitStatus=2 78' "$folder/msyncd.service" ||
    fault "a wrong configuration is tried again and again"

words=$(systemd-sysusers --root="$folder" --dry-run \
    "$srcdir/systemd/sysusers.d/msyncd.conf" 2>&1) || fault "sysusers: $words"

echo "$faults faults"
[ "$faults" -eq 0 ]
