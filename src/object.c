/* SPDX-License-Identifier: MIT */
/* Named things and their tables: see object.h. */
#include "core.h"
#include "sip.h"

#include <assert.h>
#include <string.h>

#define KIND_NAME(constant, name) [WIRE_KIND_##constant] = name,

const char *object_kind_name(enum wire_kind kind)
{
	static const char *const names[WIRE_N_KINDS] = {WIRE_KINDS(KIND_NAME)};

	return names[kind];
}

static uint64_t hash_of(const struct core *core, const struct key *key)
{
	return sip_hash(core->hash_key, key->bytes, key->len);
}

static struct object *owner_of(const struct table_item *item)
{
	return TABLE_OWNER(item, struct object, item);
}

static uint64_t hash_of_item(const void *core, const struct table_item *item)
{
	const struct key key = object_key(owner_of(item));

	return hash_of(core, &key);
}

void object_init_table(struct core *core, enum wire_kind kind)
{
	table_init(&core->objects[kind], hash_of_item, core);
}

static void list_object(struct core *core, struct object *object, uint64_t hash)
{
	table_add(&core->objects[object->kind->number], &object->item, hash);
	object->listed = true;
}

static void unlist_object(
    struct core *core, struct object *object, uint64_t hash)
{
	table_remove(&core->objects[object->kind->number], &object->item, hash);
}

static struct object *object_new(struct core *core, const struct key *key)
{
	const struct kind *kind = key->kind;
	struct object *object =
	    cell_take_size(&core->cells, kind->size + key->len + 1);

	memset(object, 0, kind->size);
	object->kind = kind;
	memcpy((char *)object + kind->size, key->bytes, key->len);
	((char *)object)[kind->size + key->len] = '\0';
	object->key_len = (uint16_t)key->len;
	roster_add(&core->rosters[kind->number], object);
	core->tally.counts[kind->number][TALLY_KEYS]++;
	return object;
}

struct key object_key(const struct object *object)
{
	return (struct key){
	    object->kind, object_key_bytes(object), object->key_len};
}

static struct object *find_hashed(
    const struct core *core, const struct key *key, uint64_t hash)
{
	const struct table_item *item =
	    table_first(&core->objects[key->kind->number], hash);

	for (; item != NULL; item = item->next) {
		struct object *object = owner_of(item);

		if (object->key_len == key->len &&
		    memcmp(object_key_bytes(object), key->bytes, key->len) == 0)
			return object;
	}
	return NULL;
}

struct object *object_find(const struct core *core, const struct key *key)
{
	return find_hashed(core, key, hash_of(core, key));
}

struct object *object_get(struct core *core, const struct key *key)
{
	uint64_t hash = hash_of(core, key);
	struct object *object = find_hashed(core, key, hash);

	if (object == NULL) {
		object = object_new(core, key);
		list_object(core, object, hash);
	}
	return object;
}

struct object *object_replace(struct core *core, struct object *old)
{
	const struct key key = object_key(old);
	struct object *object = object_new(core, &key);
	uint64_t hash = hash_of(core, &key);

	assert(old->listed);
	unlist_object(core, old, hash);
	old->listed = false;
	list_object(core, object, hash);
	return object;
}

bool object_is_idle(const struct object *object)
{
	const struct kind *kind = object->kind;

	return object->holders == NULL && object->waiters == NULL &&
	       (kind->is_idle == NULL || kind->is_idle(object));
}

void object_free(struct core *core, struct object *object)
{
	assert(object->holders == NULL && object->waiters == NULL);
	if (object->listed)
		unlist_object(core, object, hash_of_item(core, &object->item));
	chore_forget(core, object);
	if (object->kind->deinit != NULL)
		object->kind->deinit(core, object);
	roster_remove(&core->rosters[object->kind->number], object);
	core->tally.counts[object->kind->number][TALLY_KEYS]--;
	cell_give_size(
	    &core->cells, object, object->kind->size + object->key_len + 1u);
}

void object_settle(struct core *core, struct object *object)
{
	/* One that is owed has had its portion of this turn. */
	if (object->waiters != NULL && !object->is_owed && !core->shutting_down)
		object->kind->serve(core, object);
	if (object_is_idle(object))
		object_free(core, object);
}

struct claim *object_oldest_holder(const struct object *object)
{
	/* utlist: the head's prev is the tail. */
	return object->holders == NULL ? NULL : object->holders->prev;
}
