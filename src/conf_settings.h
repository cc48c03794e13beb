/* SPDX-License-Identifier: MIT */
/* The table of settings: a row for each, and nothing else knows of all. */
#ifndef CONF_SETTINGS_H
#define CONF_SETTINGS_H

#include "wire.h"

#include <stdint.h>

/* What kinds of blocks there are: X(constant, name, has a title). */
#define CONF_SECTIONS(X)                                                       \
	X(ROOT, "", false)                                                     \
	X(UID_SHARE, "uid_share", false)                                       \
	X(LIMIT, "limit", true)                                                \
	X(POOL, "pool", true)                                                  \
	X(ALLOW, "allow", false)                                               \
	X(ADMIN, "admin", false)

#define CONF_SECTION_ENUM(constant, name, titled) CONF_IN_##constant,
enum conf_section {
	CONF_SECTIONS(CONF_SECTION_ENUM) CONF_N_SECTIONS
};

enum conf_type {
	CONF_IS_COUNT, /* a whole number */
	CONF_IS_SIZE,  /* bytes: 512, 64K, 1M, 1G */
	CONF_IS_TIME,  /* 0, 500ms, 10s, 5m, 1h, 1d; in milliseconds */
	CONF_IS_MODE,  /* octal */
	CONF_IS_PATH,  /* absolute */
	CONF_IS_GROUP, /* a name or a number */
	CONF_IS_LEVEL, /* one of some words, like the next two: its place */
	CONF_IS_ORDER,
	CONF_IS_ON_LOST,
	/* Lists, or just one: */
	CONF_IS_UIDS,
	CONF_IS_USERS,  /* names */
	CONF_IS_GROUPS, /* names or numbers */
	CONF_IS_PREFIXES,
	CONF_IS_ITEMS,
};

/* When a changed value is taken over. */
enum conf_when {
	CONF_NOW, /* on SIGHUP */
	CONF_RESTART
};

#define CONF_K (INT64_C(1024))
#define CONF_M (1024 * CONF_K)
#define CONF_G (1024 * CONF_M)

#define CONF_DAY_MS (INT64_C(24) * 60 * 60 * 1000)

/* X(constant, section, name, type, smallest, largest, default, when): numbers
 * by their range, texts by their length in bytes. A default of NULL: none, or
 * (max_output) it follows from another setting. */
#define CONF_SETTINGS(X)                                                       \
	X(SOCKET, ROOT, "socket", PATH, 1, 107, WIRE_DEFAULT_SOCKET, RESTART)  \
	X(SOCKET_MODE, ROOT, "socket_mode", MODE, 0, 0777, "0660", RESTART)    \
	X(SOCKET_GROUP, ROOT, "socket_group", GROUP, 1, 256, NULL, RESTART)    \
	X(STATE_DIRECTORY, ROOT, "state_directory", PATH, 1, 1024, NULL,       \
	    RESTART)                                                           \
	X(METRICS_SOCKET, ROOT, "metrics_socket", PATH, 0, 107, "", RESTART)   \
	X(METRICS_MODE, ROOT, "metrics_mode", MODE, 0, 0777, "0660", RESTART)  \
	X(METRICS_GROUP, ROOT, "metrics_group", GROUP, 1, 256, NULL, RESTART)  \
	X(METRICS_PORT, ROOT, "metrics_port", COUNT, 0, 65535, "0", RESTART)   \
	X(LOG_LEVEL, ROOT, "log_level", LEVEL, 0, 0, "info", NOW)              \
	X(MAX_LINE, ROOT, "max_line", SIZE, 4 * CONF_K, 64 * CONF_M, "1M",     \
	    RESTART)                                                           \
	X(MAX_CONNECTIONS, ROOT, "max_connections", COUNT, 1, 1000000,         \
	    "10000", NOW)                                                      \
	X(LINE_TIMEOUT, ROOT, "line_timeout", TIME, 100, CONF_DAY_MS, "10s",   \
	    NOW)                                                               \
	X(MAX_OUTPUT, ROOT, "max_output", SIZE, 64 * CONF_K, 4 * CONF_G, NULL, \
	    NOW)                                                               \
	X(UID_CONNECTIONS, UID_SHARE, "connections", COUNT, 1, 1000000,        \
	    "5000", NOW)                                                       \
	X(UID_WAITS, UID_SHARE, "waits", COUNT, 0, WIRE_MAX_COUNT, "100000",   \
	    NOW)                                                               \
	X(UID_KEYS, UID_SHARE, "keys", COUNT, 1, WIRE_MAX_COUNT, "250000",     \
	    NOW)                                                               \
	X(UID_BYTES, UID_SHARE, "bytes", SIZE, 0, 1024 * CONF_G, "64M", NOW)   \
	X(LIMIT_CAPACITY, LIMIT, "capacity", COUNT, 1, WIRE_MAX_COUNT, NULL,   \
	    NOW)                                                               \
	X(POOL_CAPACITY, POOL, "capacity", COUNT, 1, WIRE_MAX_COUNT, NULL,     \
	    NOW)                                                               \
	X(POOL_ITEMS, POOL, "items", ITEMS, 1, 4096, NULL, RESTART)            \
	X(POOL_MAX_IDLE, POOL, "max_idle", TIME, 0, 1000 * CONF_DAY_MS, "0",   \
	    NOW)                                                               \
	X(POOL_ORDER, POOL, "order", ORDER, 0, 0, "lifo", NOW)                 \
	X(POOL_ON_LOST, POOL, "on_lost", ON_LOST, 0, 0, NULL, NOW)             \
	X(ALLOW_UID, ALLOW, "uid", UIDS, 0, UINT32_MAX - 1, NULL, NOW)         \
	X(ALLOW_USER, ALLOW, "user", USERS, 1, 256, NULL, NOW)                 \
	X(ALLOW_GROUP, ALLOW, "group", GROUPS, 1, 256, NULL, NOW)              \
	X(ALLOW_PREFIX, ALLOW, "prefix", PREFIXES, 1, WIRE_MAX_KEY_BYTES,      \
	    NULL, NOW)                                                         \
	X(ADMIN_UID, ADMIN, "uid", UIDS, 0, UINT32_MAX - 1, NULL, NOW)         \
	X(ADMIN_USER, ADMIN, "user", USERS, 1, 256, NULL, NOW)                 \
	X(ADMIN_GROUP, ADMIN, "group", GROUPS, 1, 256, NULL, NOW)

#define CONF_ENUM(constant, section, name, type, least, most, standard, when)  \
	CONF_##constant,
enum conf_name {
	CONF_SETTINGS(CONF_ENUM) CONF_N_SETTINGS
};

struct conf_setting {
	enum conf_section section;
	const char *name;
	enum conf_type type;
	int64_t smallest, largest;
	const char *standard; /* the default, as it would be written */
	enum conf_when when;
};

extern const struct conf_setting conf_settings[CONF_N_SETTINGS];
extern const char *const conf_section_names[CONF_N_SECTIONS];

#endif
