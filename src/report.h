/* SPDX-License-Identifier: MIT */
/* What the log says of holds: how they ended when it was not by their holder's
 * doing. */
#ifndef REPORT_H
#define REPORT_H

#include "server.h"

/* Whatever is held when the daemon ends, a line each. */
void report_held_at_stop(const struct server *server);
/* What the core has noted. */
void report_notes(const struct server *server);

#endif
