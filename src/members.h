/* SPDX-License-Identifier: MIT */
/* The members of answers and events, by name. */
#ifndef MEMBERS_H
#define MEMBERS_H

/* Members of answers: X(constant, name on the wire). */
#define OUTBOX_MEMBERS(X)                                                      \
	X(REASON, "reason")                                                    \
	X(KIND, "kind")                                                        \
	X(KEY, "key")                                                          \
	X(LEADER, "leader")                                                    \
	X(BORROWED, "borrowed")                                                \
	X(TOKEN, "token")                                                      \
	X(ATTEMPT, "attempt")                                                  \
	X(ABANDONED, "abandoned")                                              \
	X(FOLLOWERS, "followers")                                              \
	X(FORGOTTEN, "forgotten")                                              \
	X(IGNORED, "ignored")                                                  \
	X(CANCELLED, "cancelled")                                              \
	X(CREATE, "create")                                                    \
	X(CAPACITY, "capacity")                                                \
	X(SIZE, "size")                                                        \
	X(IN_USE, "in_use")                                                    \
	X(AVAILABLE, "available")                                              \
	X(WAITING, "waiting")                                                  \
	X(MAX_IDLE_MS, "max_idle_ms")                                          \
	X(ORDER, "order")                                                      \
	X(ON_LOST, "on_lost")                                                  \
	X(AGE_MS, "age_ms")                                                    \
	X(BY_UID, "by_uid")                                                    \
	X(PID, "pid")                                                          \
	X(UID, "uid")                                                          \
	X(HELD_MS, "held_ms")                                                  \
	X(MESSAGE, "message")                                                  \
	X(VALUE, "value")                                                      \
	X(DESTROY, "destroy")                                                  \
	X(MORE, "more")                                                        \
	X(DOCUMENT, "")

#define OUTBOX_MEMBER_ENUM(constant, name) MEMBER_##constant,
enum member_name {
	OUTBOX_MEMBERS(OUTBOX_MEMBER_ENUM) N_MEMBERS
};

#endif
