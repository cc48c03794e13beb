/* SPDX-License-Identifier: MIT */
/* A page of the list of keys: see page.h. */
#include "page.h"

#include "core.h"

#include <string.h>

static bool is_wanted(const struct core *core, const struct page_query *query,
    const struct object *object)
{
	if (query->waiting && object->n_waiters == 0)
		return false;
	if (object->is_owed && object->holders == NULL && !object->listed)
		return false; /* over, but not all have been told */
	if (query->prefix_len > 0 &&
	    (object->key_len < query->prefix_len ||
		memcmp(object_key_bytes(object), query->prefix,
		    query->prefix_len) != 0))
		return false;
	return rules_show(&core->rules, &query->session->peer,
	    object_key_bytes(object), object->key_len);
}

/* The picture of an object ----------------------------------------- */

/* Room for n more items at the end of the array. */
static void *grown(void *array, size_t used, size_t n, size_t *cap, size_t size)
{
	if (used + n <= *cap)
		return array;
	*cap = 2 * *cap > used + n ? 2 * *cap : used + n;
	return xrealloc(array, *cap * size);
}

static void add_claim(
    struct page *page, const struct core *core, const struct claim *claim)
{
	struct page_claim *shown;
	bool is_held = claim->state == CLAIM_HELD;
	bool is_leased = is_held && claim->lease_ms > 0;

	page->claims = grown(page->claims, page->n_claims, 1, &page->cap_claims,
	    sizeof(*page->claims));
	shown = &page->claims[page->n_claims++];
	*shown = (struct page_claim){
	    .who = claim_holder(core, claim),
	    .token = is_held ? claim->token : 0,
	    .lease_left_ms =
		is_leased ? claim->deadline.item.at - core->now : -1,
	    .permits = claim->permits,
	    .detached = claim->session == NULL,
	};
}

static size_t shown_of(size_t n)
{
	return n < PAGE_MAX_OF_KEY ? n : PAGE_MAX_OF_KEY;
}

static size_t n_shown(const struct object *object)
{
	return shown_of(object->n_holders) + shown_of(object->n_waiters);
}

static void add_claims(struct page *page, const struct core *core,
    const struct object *object, struct page_key *row)
{
	const struct claim *claim = object_oldest_holder(object);

	row->n_holders = object->n_holders;
	row->n_waiters = object->n_waiters;
	row->first_claim = page->n_claims;
	row->n_holders_shown = shown_of(object->n_holders);
	row->n_waiters_shown = shown_of(object->n_waiters);
	for (size_t i = 0; i < row->n_holders_shown; i++) {
		add_claim(page, core, claim);
		claim = claim->prev; /* newest first */
	}
	claim = object->waiters;
	for (size_t i = 0; i < row->n_waiters_shown; i++) {
		add_claim(page, core, claim);
		claim = claim->next;
	}
}

/* What its kind has to say of the object, which may be its state, too. */
static void add_members(struct page *page, const struct core *core,
    const struct object *object, struct page_key *row)
{
	struct answer said = {.n_members = 0};
	size_t n;

	row->state = object->holders != NULL ? "held" : "idle";
	if (object->kind->describe != NULL)
		row->state =
		    object->kind->describe(core, object, &said, row->state);
	n = (size_t)said.n_members;
	page->members = grown(page->members, page->n_members, n,
	    &page->cap_members, sizeof(*page->members));
	row->first_member = page->n_members;
	row->n_members = n;
	if (n > 0)
		memcpy(page->members + page->n_members, said.members,
		    n * sizeof(*page->members));
	page->n_members += n;
}

static void add_key(
    struct page *page, const struct core *core, const struct object *object)
{
	struct page_key *row;

	page->keys = grown(
	    page->keys, page->n_keys, 1, &page->cap_keys, sizeof(*page->keys));
	page->texts = grown(
	    page->texts, page->n_texts, object->key_len, &page->cap_texts, 1);
	row = &page->keys[page->n_keys++];
	row->at = (struct page_cursor){object->kind->number, object->place};
	row->key_at = page->n_texts;
	row->key_len = object->key_len;
	memcpy(page->texts + page->n_texts, object_key_bytes(object),
	    object->key_len);
	page->n_texts += object->key_len;
	add_members(page, core, object, row);
	add_claims(page, core, object, row);
}

/* Whether the page has room for the object. An empty one always has. */
static bool has_room(const struct page *page, const struct page_query *query,
    const struct object *object)
{
	return page->n_keys < query->max &&
	       page->n_claims + n_shown(object) <= PAGE_MAX_CLAIMS;
}

/* Which objects ---------------------------------------------------- */

/* Goes on from page->next until the kind ends; false: until the page does. */
static bool walk_kind(
    struct page *page, const struct core *core, const struct page_query *query)
{
	const struct roster *roster = &core->rosters[page->next.kind];
	struct page_cursor *at = &page->next;

	for (; at->place < roster_end(roster); at->place++) {
		const struct object *object = roster_at(roster, at->place);

		if (page->n_looked == PAGE_MAX_PLACES)
			return false;
		page->n_looked++;
		if (object == NULL || !is_wanted(core, query, object))
			continue;
		if (!has_room(page, query, object))
			return false;
		add_key(page, core, object);
	}
	return true;
}

static void walk(
    struct page *page, const struct core *core, const struct page_query *query)
{
	page->next = query->from;
	for (; page->next.kind < WIRE_N_KINDS; page->next.kind++) {
		if (query->kinds[page->next.kind] != NULL &&
		    !walk_kind(page, core, query)) {
			page->has_more = true;
			return;
		}
		page->next.place = 0;
	}
}

/* The object of this key, and those that hang from it. */
static void look_up_kind(struct page *page, const struct core *core,
    const struct page_query *query, const struct kind *kind)
{
	const struct key key = {kind, query->key, query->key_len};
	const struct object *object = object_find(core, &key);

	while (object != NULL) {
		if (page->n_looked++ == PAGE_MAX_PLACES ||
		    (is_wanted(core, query, object) &&
			!has_room(page, query, object))) {
			page->has_more = true;
			return;
		}
		if (is_wanted(core, query, object))
			add_key(page, core, object);
		object = kind->older == NULL ? NULL : kind->older(object);
	}
}

static void look_up(
    struct page *page, const struct core *core, const struct page_query *query)
{
	page->is_look_up = true;
	for (int i = 0; i < WIRE_N_KINDS && !page->has_more; i++) {
		if (query->kinds[i] != NULL)
			look_up_kind(page, core, query, query->kinds[i]);
	}
}

struct page *page_new(const struct core *core, const struct page_query *query)
{
	struct page *page = xcalloc(1, sizeof(*page));

	page->max_bytes = core->max_line_bytes;
	if (query->key != NULL)
		look_up(page, core, query);
	else
		walk(page, core, query);
	return page;
}

void page_free(struct page *page)
{
	if (page == NULL)
		return;
	free(page->keys);
	free(page->claims);
	free(page->members);
	free(page->texts);
	free(page);
}
