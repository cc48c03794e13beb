/* SPDX-License-Identifier: MIT */
/*
 * The operations of the protocol and the ways in which a hold ends, as the
 * reference model and the table at the end of the random run list them.
 */
#ifndef MODEL_OPS_H
#define MODEL_OPS_H

#include "wire.h"

/* The operations: X(constant, name). */
#define MODEL_OPS(X)                                                           \
	X(FLIGHT_BEGIN, "flight.begin")                                        \
	X(FLIGHT_FINISH, "flight.finish")                                      \
	X(FLIGHT_FAIL, "flight.fail")                                          \
	X(FLIGHT_ABANDON, "flight.abandon")                                    \
	X(FLIGHT_FORGET, "flight.forget")                                      \
	X(LOCK_ACQUIRE, "lock.acquire")                                        \
	X(LOCK_RELEASE, "lock.release")                                        \
	X(LIMIT_BORROW, "limit.borrow")                                        \
	X(LIMIT_TRY_BORROW, "limit.try_borrow")                                \
	X(LIMIT_RETURN, "limit.return")                                        \
	X(LIMIT_SET, "limit.set")                                              \
	X(LIMIT_INFO, "limit.info")                                            \
	X(LIMIT_DELETE, "limit.delete")                                        \
	X(POOL_GET, "pool.get")                                                \
	X(POOL_PUT, "pool.put")                                                \
	X(POOL_DROP, "pool.drop")                                              \
	X(POOL_SIZE, "pool.size")                                              \
	X(POOL_AVAILABLE, "pool.available")                                    \
	X(POOL_CLEAR, "pool.clear")                                            \
	X(POOL_SET, "pool.set")                                                \
	X(POOL_INFO, "pool.info")                                              \
	X(POOL_DELETE, "pool.delete")                                          \
	X(PING, "ping")                                                        \
	X(HELLO, "hello")                                                      \
	X(CANCEL, "cancel")                                                    \
	X(RENEW, "renew")                                                      \
	X(RESET, "reset")                                                      \
	X(LIST, "list")                                                        \
	X(STATS, "stats")                                                      \
	X(ADMIN_RELEASE, "admin.release")

#define MODEL_OP_ENUM(constant, name) MODEL_##constant,
enum model_op {
	MODEL_OPS(MODEL_OP_ENUM) MODEL_N_OPS
};

/* How a hold ends: X(constant, name in the table). */
#define MODEL_ENDS(X)                                                          \
	X(RELEASED, "released")                                                \
	X(GIVEN_UP, "given up by abandon")                                     \
	X(EXPIRED, "lease expired")                                            \
	X(LOST, "connection lost")                                             \
	X(RESET, "reset")                                                      \
	X(UNDELIVERED, "undelivered")                                          \
	X(ADMIN, "by an admin")

#define MODEL_END_ENUM(constant, name) MODEL_END_##constant,
enum model_end {
	MODEL_ENDS(MODEL_END_ENUM) MODEL_N_ENDS
};

const char *model_op_name(enum model_op op);
const char *model_end_name(enum model_end end);
const char *model_code_name(enum wire_code code);

#endif
