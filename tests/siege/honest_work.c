/* SPDX-License-Identifier: MIT */
/* What honest clients ask, and what must be true of the answers: see
 * honest.h. The keys are of this process: what earlier ones have left in their
 * pools is not ours. */
#include "honest.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int capacity_of(const struct honest_group *group)
{
	bool is_shared =
	    group->kind == HONEST_LIMIT || group->kind == HONEST_POOL;

	return is_shared ? HONEST_CAPACITY : 1;
}

size_t honest_ask(
    const struct honest *honest, struct honest_client *client, char *to)
{
	static const char *const wants[] = {
	    "lock.acquire", "limit.borrow", "pool.get", "flight.begin"};
	static const char *const lets_go[] = {
	    "lock.release", "limit.return", "pool.put", "flight.finish"};
	const struct honest_group *group = client->group;
	bool is_wanted = client->state == HONEST_WANTS;
	char more[64] = "";

	if (is_wanted && capacity_of(group) > 1)
		(void)snprintf(
		    more, sizeof(more), ",\"capacity\":%d", HONEST_CAPACITY);
	else if (!is_wanted && group->kind == HONEST_POOL)
		(void)snprintf(
		    more, sizeof(more), ",\"value\":%d", client->object);
	else if (!is_wanted && group->kind == HONEST_FLIGHT)
		(void)snprintf(more, sizeof(more), ",\"value\":%" PRId64,
		    group->n_results + 1);
	client->n_results = group->n_results;
	return (size_t)snprintf(to, HONEST_LINE,
	    "{\"id\":%" PRId64 ",\"op\":\"%s\",\"key\":\"honest/%d/%d\"%s}\n",
	    ++client->id, is_wanted ? wants[group->kind] : lets_go[group->kind],
	    (int)getpid(), (int)(group - honest->groups), more);
}

static void take_object(struct honest_client *client,
    const struct load_answer *answer, const char *line)
{
	struct honest_group *group = client->group;

	if (answer->create == 1) {
		if (group->n_objects == HONEST_N_CLIENTS)
			honest_fail("too many objects", line);
		client->object = ++group->n_objects;
	} else {
		client->object =
		    answer->value == NULL ? 0 : atoi(answer->value);
	}
	if (client->object < 1 || client->object > group->n_objects ||
	    group->is_lent[client->object])
		honest_fail("the object is another one's", line);
	group->is_lent[client->object] = true;
}

static void follow(const struct honest_client *client,
    const struct load_answer *answer, const char *line)
{
	int64_t number = answer->value == NULL ? 0 : atoll(answer->value);

	if (number <= client->n_results || number > client->group->n_results)
		honest_fail("the result is of another flight", line);
}

void honest_judge(struct honest_client *client,
    const struct load_answer *answer, const char *line)
{
	struct honest_group *group = client->group;

	if (client->state != HONEST_WANTS)
		return;
	if (group->kind == HONEST_FLIGHT && answer->leader != 1) {
		follow(client, answer, line);
		return;
	}
	if (group->n_holders >= capacity_of(group))
		honest_fail("somebody else has it", line);
	/* Where one at a time has it, answers come in the order of grants. */
	if (capacity_of(group) == 1 && answer->token <= group->last_token)
		honest_fail("tokens do not rise", line);
	group->last_token = answer->token;
	group->n_holders++;
	client->is_holding = true;
	if (group->kind == HONEST_POOL)
		take_object(client, answer, line);
}

void honest_let_go(struct honest_client *client)
{
	struct honest_group *group = client->group;

	if (!client->is_holding)
		return;
	client->is_holding = false;
	group->n_holders--;
	if (group->kind == HONEST_POOL)
		group->is_lent[client->object] = false;
	if (group->kind == HONEST_FLIGHT)
		group->n_results++;
}
