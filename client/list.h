/* SPDX-License-Identifier: MIT */
/*
 * Intrusive rings: a head is a link that is in no thing, a link alone points
 * to itself. So taking something out needs to know no list.
 */
#ifndef LIST_H
#define LIST_H

#include <stdbool.h>
#include <stddef.h>

struct list {
	struct list *prev, *next;
};

static inline void list_init(struct list *link)
{
	link->prev = link->next = link;
}

static inline bool list_is_empty(const struct list *head)
{
	return head->next == head;
}

static inline void list_append(struct list *head, struct list *link)
{
	link->prev = head->prev;
	link->next = head;
	head->prev->next = link;
	head->prev = link;
}

/* Leaves the link alone, so that it may be removed again. */
static inline void list_remove(struct list *link)
{
	link->prev->next = link->next;
	link->next->prev = link->prev;
	list_init(link);
}

/* The thing that a link is a field of. */
#define LIST_OWNER(at, type, field)                                            \
	((type *)(void *)((char *)(at)-offsetof(type, field)))

#endif
