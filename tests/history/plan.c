/* SPDX-License-Identifier: MIT */
/*
 * The keys that the clients of a history run quarrel about, three of each kind,
 * and the words of the protocol: see record.h.
 */
#include "record.h"

const struct plan plan[PLAN_N] = {
    {.kind = KIND_LOCK, .name = "lock/plain"},
    {.kind = KIND_LOCK, .name = "lock/leased", .leases = true},
    {.kind = KIND_LOCK, .name = "lock/third", .leases = true},
    {.kind = KIND_LIMIT,
	.name = "limit/set",
	.capacity = 3,
	.low = 1,
	.high = 4,
	.max_permits = 1},
    {.kind = KIND_LIMIT,
	.name = "limit/use",
	.capacity = 3,
	.max_permits = 2,
	.by_use = true},
    {.kind = KIND_LIMIT,
	.name = "limit/wide",
	.capacity = 8,
	.low = 3,
	.high = 10,
	.max_permits = 5},
    {.kind = KIND_FLIGHT, .name = "flight/plain"},
    {.kind = KIND_FLIGHT, .name = "flight/kept", .keeps = true},
    {.kind = KIND_FLIGHT,
	.name = "flight/forgotten",
	.keeps = true,
	.forgets = true},
    {.kind = KIND_POOL,
	.name = "pool/items",
	.capacity = 4,
	.items = true,
	.requeues = true},
    {.kind = KIND_POOL,
	.name = "pool/use",
	.capacity = 3,
	.max_idle_ms = PLAN_IDLE_MS,
	.by_use = true},
    {.kind = KIND_POOL,
	.name = "pool/set",
	.capacity = 3,
	.low = 1,
	.high = 4,
	.requeues = true,
	.fifo = true},
};

const char *const kind_names[KIND_N] = {"lock", "limit", "flight", "pool"};

const char *const op_names[OP_N] = {
    [OP_NONE] = "nothing",
    [OP_PING] = "ping",
    [OP_HELLO] = "hello",
    [OP_CANCEL] = "cancel",
    [OP_RENEW] = "renew",
    [OP_ACQUIRE] = "lock.acquire",
    [OP_RELEASE] = "lock.release",
    [OP_BORROW] = "limit.borrow",
    [OP_TRY] = "limit.try_borrow",
    [OP_RETURN] = "limit.return",
    [OP_LIMIT_SET] = "limit.set",
    [OP_BEGIN] = "flight.begin",
    [OP_FINISH] = "flight.finish",
    [OP_FAIL] = "flight.fail",
    [OP_ABANDON] = "flight.abandon",
    [OP_FORGET] = "flight.forget",
    [OP_GET] = "pool.get",
    [OP_PUT] = "pool.put",
    [OP_DROP] = "pool.drop",
    [OP_CLEAR] = "pool.clear",
    [OP_POOL_SET] = "pool.set",
    [OP_POOL_INFO] = "pool.info",
};

const char *const code_names[CODE_N] = {
    [CODE_OK] = "ok",
    [CODE_BUSY] = "busy",
    [CODE_TIMEOUT] = "timeout",
    [CODE_QUEUE_FULL] = "queue_full",
    [CODE_CANCELLED] = "cancelled",
    [CODE_DEADLOCK] = "deadlock",
    [CODE_NOT_HELD] = "not_held",
    [CODE_STALE_TOKEN] = "stale_token",
    [CODE_CONFLICT] = "conflict",
    [CODE_BAD_REQUEST] = "bad_request",
    [CODE_FLIGHT_FAILED] = "flight_failed",
    [CODE_LEADER_LOST] = "leader_lost",
    [CODE_OTHER] = "another code",
};

bool op_asks(enum op op)
{
	return op == OP_ACQUIRE || op == OP_BORROW || op == OP_TRY ||
	       op == OP_BEGIN || op == OP_GET;
}

bool op_ends(enum op op)
{
	return op == OP_RELEASE || op == OP_RETURN || op == OP_FINISH ||
	       op == OP_FAIL || op == OP_ABANDON || op == OP_PUT ||
	       op == OP_DROP;
}
