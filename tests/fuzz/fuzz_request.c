/* SPDX-License-Identifier: MIT */
/*
 * One request on a core in which there is something of everything. The first
 * byte says whose it is: A to D live, a to d unread when their connection
 * ends; the rest is the line.
 */
#include "fuzz.h"

#include "stand.h"

#include <string.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

static const struct {
	int who;
	const char *line;
} before[] = {
    {0, "{\"op\":\"hello\",\"client\":\"a\",\"events\":[\"lost\"]}"},
    {0, "{\"op\":\"lock.acquire\",\"key\":\"l\"}"},              /* token 1 */
    {1, "{\"op\":\"lock.acquire\",\"key\":\"l\",\"id\":1}"},     /* waits */
    {1, "{\"op\":\"lock.acquire\",\"key\":\"m\"}"},              /* 2 */
    {2, "{\"op\":\"lock.acquire\",\"key\":\"m\",\"id\":\"c\"}"}, /* waits */
    {2, "{\"op\":\"hello\",\"multiplexed\":true}"},
    {0, "{\"op\":\"lock.acquire\",\"key\":\"d\",\"lease_ms\":900,"
	"\"detached\":true}"},                      /* 3 */
    {0, "{\"op\":\"flight.begin\",\"key\":\"f\"}"}, /* 4 */
    {1, "{\"op\":\"flight.begin\",\"key\":\"f\",\"id\":2}"},
    {0, "{\"op\":\"flight.begin\",\"key\":\"k\"}"}, /* 5 */
    {0, "{\"op\":\"flight.finish\",\"key\":\"k\",\"value\":[1],"
	"\"keep_ms\":900}"},
    {0, "{\"op\":\"limit.borrow\",\"key\":\"n\",\"capacity\":3,"
	"\"permits\":2}"}, /* 6 */
    {1, "{\"op\":\"limit.borrow\",\"key\":\"n\",\"permits\":2,\"id\":3}"},
    {0, "{\"op\":\"pool.set\",\"key\":\"p\",\"items\":[1,\"b\",{}]}"},
    {0, "{\"op\":\"pool.get\",\"key\":\"p\"}"},                /* 7 */
    {1, "{\"op\":\"pool.get\",\"key\":\"q\",\"capacity\":1}"}, /* 8 */
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *line = (const char *)data + 1;
	struct stand stand;

	if (size == 0)
		return 0;
	stand_open(&stand);
	stand.is_quiet = true;
	for (size_t i = 0; i < COUNT(before); i++)
		stand_line(&stand, before[i].who, before[i].line,
		    strlen(before[i].line));
	stand.is_quiet = false;
	if (data[0] >= 'a')
		stand_hang_up(
		    &stand, (data[0] - 'a') % STAND_N_CLIENTS, line, size - 1);
	else
		stand_line(&stand, data[0] % STAND_N_CLIENTS, line, size - 1);
	stand_advance(&stand, 1000);
	stand_close(&stand);
	return 0;
}
