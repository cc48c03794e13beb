#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Has the daemon been optimised as one program where configure says so (and only
# there)? Whatever goes wrong with that leaves a daemon that is as good, only
# slower, so nothing else would notice. As one program nobody outside calls what
# its modules give each other, so such a function is no longer to be seen.
set -u
msyncd=${MSYNCD:?tells where the daemon is}
for_others=scan_member # of src/scan.h

visible=$(nm -g --defined-only "$msyncd") || exit 1
grep -q ' T main$' <<<"$visible" || {
    echo "fault: nm does not even see main in $msyncd"
    exit 1
}
if grep -q " T $for_others\$" <<<"$visible"; then
    is="module by module"
else
    is="as one program"
fi
if [ -n "${LTO_CFLAGS-}" ]; then
    wanted="as one program"
else
    wanted="module by module"
fi
[ "$is" = "$wanted" ] || {
    echo "fault: $msyncd is optimised $is, configure wants it $wanted"
    exit 1
}
echo "$msyncd is optimised $is, as configure wants it"
