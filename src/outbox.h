/* SPDX-License-Identifier: MIT */
/*
 * What the core has to say: a queue of answers and events, addressed by
 * session and request id. The core puts them in, reply.c turns each into a
 * line, and the server sends it after the core has returned.
 */
#ifndef OUTBOX_H
#define OUTBOX_H

#include "blob.h"
#include "ident.h"
#include "members.h"
#include "mtime.h"
#include "wire.h"

#include <stdbool.h>
#include <sys/types.h>

enum member_type {
	MEMBER_IS_INTEGER,
	MEMBER_IS_BOOL,
	MEMBER_IS_WORD, /* a constant string of ours */
	MEMBER_IS_TEXT, /* bytes that become a JSON string */
	MEMBER_IS_JSON, /* bytes that are JSON already */
	MEMBER_IS_LIST, /* several of those, an array */
};

/* Blobs that belong together: what a pool gives out to be destroyed. */
struct blob_list {
	size_t n, cap;
	struct blob **blobs; /* owned, with a reference each */
};

struct member {
	enum member_name name;
	enum member_type type;
	union {
		int64_t number;    /* MEMBER_IS_INTEGER, MEMBER_IS_BOOL */
		const char *word;  /* MEMBER_IS_WORD */
		struct blob *blob; /* TEXT and JSON: with a reference */
		struct blob_list list;
	};
};

#define ANSWER_MAX_MEMBERS 8
/* Who holds what a refused request wanted. */
struct holder {
	uint64_t session; /* 0 when its connection is gone (detached hold) */
	pid_t pid;        /* 0: not known */
	uid_t uid;
	int64_t held_ms;
	char client[WIRE_MAX_CLIENT_BYTES + 1]; /* "" when it gave no name */
};

/* A holder that the message of a refusal goes on with, and what then follows.
 */
struct refusal_link {
	struct holder holder;
	bool is_asker; /* it is the connection that is refused */
	char words[WIRE_MAX_KEY_BYTES + 160];
};

/* What a refusal says beyond its code. */
struct refusal {
	char *message;     /* owned */
	bool has_holder;   /* the message goes on with the holder, and */
	bool shows_holder; /* the answer has it as a member, too */
	struct holder holder;
	struct refusal_link *links; /* owned: of a circle; NULL */
	size_t n_links;
};

struct answer {
	uint64_t session;
	struct ident id;         /* owned */
	enum wire_code code;     /* WIRE_OK, or why not */
	const char *event;       /* name of an event, NULL for an answer */
	int64_t detached_token;  /* of a detached hold that it grants, or 0, */
	uid_t detached_uid;      /* and whose that is: see core_take_back */
	struct refusal *refusal; /* owned; NULL where there is none */
	struct page *page;       /* the same: a page of the list of keys */
	struct sighting *sighting; /* the same: what a watch is told; then there
				    * is nothing else */
	int n_members;
	struct member members[ANSWER_MAX_MEMBERS];
};

struct outbox {
	struct answer *answers; /* owned: a growing array, read from head */
	size_t head, n, cap;
};

void outbox_init(struct outbox *outbox);
void outbox_deinit(struct outbox *outbox);
/* A new answer at the end of the queue, WIRE_OK and without members. Takes
 * over what *id owns. Valid until the next call. */
struct answer *outbox_put(
    struct outbox *outbox, uint64_t session, struct ident *id);
/* Moves the first answer to *out, which the caller ends with answer_deinit;
 * false when there is none. */
bool outbox_pop(struct outbox *outbox, struct answer *out);

/* Adds a member. word is borrowed for ever (a constant); of blobs a reference
 * is taken; the list is taken over. */
void answer_add_integer(
    struct answer *answer, enum member_name name, int64_t number);
void answer_add_bool(struct answer *answer, enum member_name name, bool is);
void answer_add_word(
    struct answer *answer, enum member_name name, const char *word);
void answer_add_text(
    struct answer *answer, enum member_name name, struct blob *blob);
void answer_add_json(
    struct answer *answer, enum member_name name, struct blob *blob);
void answer_add_list(
    struct answer *answer, enum member_name name, struct blob_list *list);
/* Turns the answer into a refusal with printf-formatted words for people;
 * returns where to say who holds. */
struct refusal *answer_refuse(struct answer *answer, enum wire_code code,
    const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* Frees what the answer owns. */
void answer_deinit(struct answer *answer);

/* Appends the blob and takes the reference over. */
void blob_list_add(struct blob_list *list, struct blob *blob);
void blob_list_deinit(struct blob_list *list);

#endif
