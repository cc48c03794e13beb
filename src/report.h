/* SPDX-License-Identifier: MIT */
/* What the log says of holds: how they ended when it was not by their holder's
 * doing. */
#ifndef REPORT_H
#define REPORT_H

#include "server.h"

/* Whatever is held when the daemon ends, a line each. */
void report_held_at_stop(const struct server *server);
/* What ends with the session's connection, which has gone without giving it
 * back: some lines a second at most, and how many more there were. */
void report_vanished(struct server *server, uint64_t session);
/* What the core has noted. */
void report_notes(const struct server *server);

#endif
