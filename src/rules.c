/* SPDX-License-Identifier: MIT */
/* Who may do what: see rules.h. */
#include "rules.h"

#include <stdlib.h>
#include <string.h>

static bool has_group(const struct peer *peer, gid_t gid)
{
	for (size_t i = 0; i < peer->n_groups; i++) {
		if (peer->groups[i] == gid)
			return true;
	}
	return false;
}

static bool is_about_peer(const struct rule *rule, const struct peer *peer)
{
	if (rule->n_uids == 0 && rule->n_gids == 0)
		return true;
	for (size_t i = 0; i < rule->n_uids; i++) {
		if (rule->uids[i] == peer->uid)
			return true;
	}
	for (size_t i = 0; i < rule->n_gids; i++) {
		if (has_group(peer, rule->gids[i]))
			return true;
	}
	return false;
}

static bool is_about_key(const struct rule *rule, const char *key, size_t len)
{
	for (size_t i = 0; i < rule->n_prefixes; i++) {
		size_t n = strlen(rule->prefixes[i]);

		if (n <= len && memcmp(rule->prefixes[i], key, n) == 0)
			return true;
	}
	return rule->n_prefixes == 0;
}

bool rules_allow(const struct rules *rules, const struct peer *peer,
    const char *key, size_t len, const struct rule **denies_out)
{
	*denies_out = NULL;
	for (size_t i = 0; i < rules->n_allow; i++) {
		const struct rule *rule = &rules->allow[i];

		if (!is_about_key(rule, key, len))
			continue;
		if (is_about_peer(rule, peer))
			return true;
		if (*denies_out == NULL)
			*denies_out = rule;
	}
	return rules->n_allow == 0;
}

bool rules_make_admin(const struct rules *rules, const struct peer *peer)
{
	for (size_t i = 0; i < rules->n_admin; i++) {
		if (is_about_peer(&rules->admin[i], peer))
			return true;
	}
	return false;
}

bool rules_show(const struct rules *rules, const struct peer *peer,
    const char *key, size_t len)
{
	const struct rule *denies;

	/* Watches ask this of everything that happens. */
	return rules->n_allow == 0 ||
	       rules_allow(rules, peer, key, len, &denies) ||
	       rules_make_admin(rules, peer);
}

static void free_all(struct rule *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		for (size_t j = 0; j < list[i].n_prefixes; j++)
			free(list[i].prefixes[j]);
		free(list[i].prefixes);
		free(list[i].uids);
		free(list[i].gids);
		free(list[i].where);
	}
	free(list);
}

void rules_deinit(struct rules *rules)
{
	free_all(rules->allow, rules->n_allow);
	free_all(rules->admin, rules->n_admin);
	*rules = (struct rules){0};
}
