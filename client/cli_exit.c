/* SPDX-License-Identifier: MIT */
/* Codes of libmsync to exit statuses; msync(1) has the same table. */
#include "cli.h"

static const struct {
	int code;
	enum cli_exit status;
} exits[] = {
    {MSYNC_E_PARSE, EXIT_IS_BAD_REQUEST},
    {MSYNC_E_BAD_REQUEST, EXIT_IS_BAD_REQUEST},
    {MSYNC_E_UNKNOWN_OP, EXIT_IS_BAD_REQUEST},
    {MSYNC_E_TOO_LONG, EXIT_IS_BAD_REQUEST},
    {MSYNC_E_INVALID, EXIT_IS_BAD_REQUEST},
    {MSYNC_E_DUP_ID, EXIT_IS_INTERNAL},
    {MSYNC_E_BUSY, EXIT_IS_BUSY},
    {MSYNC_E_TIMEOUT, EXIT_IS_TIMEOUT},
    {MSYNC_E_QUEUE_FULL, EXIT_IS_BUSY},
    {MSYNC_E_CANCELLED, EXIT_IS_BUSY},
    {MSYNC_E_DEADLOCK, EXIT_IS_BUSY},
    {MSYNC_E_NOT_HELD, EXIT_IS_LOST},
    {MSYNC_E_STALE_TOKEN, EXIT_IS_LOST},
    {MSYNC_E_UNKNOWN_KEY, EXIT_IS_CONFIG},
    {MSYNC_E_CONFLICT, EXIT_IS_CONFIG},
    {MSYNC_E_FLIGHT_FAILED, EXIT_IS_INTERNAL},
    {MSYNC_E_LEADER_LOST, EXIT_IS_BUSY},
    {MSYNC_E_QUOTA, EXIT_IS_BUSY},
    {MSYNC_E_DENIED, EXIT_IS_DENIED},
    {MSYNC_E_SHUTTING_DOWN, EXIT_IS_UNREACHABLE},
    {MSYNC_E_CONN, EXIT_IS_UNREACHABLE},
    {MSYNC_E_SILENT, EXIT_IS_UNREACHABLE},
    {MSYNC_E_FORKED, EXIT_IS_INTERNAL},
    {MSYNC_E_LOST, EXIT_IS_LOST},
    {MSYNC_E_PROTOCOL, EXIT_IS_PROTOCOL},
    {MSYNC_E_NOMEM, EXIT_IS_SYSTEM},
    {MSYNC_E_FULL, EXIT_IS_INTERNAL},
    {MSYNC_E_CLOSED, EXIT_IS_INTERNAL},
    {MSYNC_E_CALLBACK, EXIT_IS_INTERNAL},
    /* A newer daemon's: not granted, whatever it means. */
    {MSYNC_E_REFUSED, EXIT_IS_BUSY},
};

int cli_exit_of(int code)
{
	for (size_t i = 0; i < sizeof(exits) / sizeof(exits[0]); i++) {
		if (exits[i].code == code)
			return exits[i].status;
	}
	return EXIT_IS_INTERNAL;
}
