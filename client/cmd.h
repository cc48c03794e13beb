/* SPDX-License-Identifier: MIT */
/* The commands of msync(1), one file and one entry each. */
#ifndef CMD_H
#define CMD_H

#include "cli.h"

extern const struct command cmd_lock, cmd_limit, cmd_flight, cmd_pool,
    cmd_release, cmd_renew, cmd_ping, cmd_stats, cmd_call, cmd_doctor, cmd_help,
    cmd_top, cmd_keys, cmd_metrics, cmd_ls, cmd_show, cmd_monitor, cmd_latency;

#endif
