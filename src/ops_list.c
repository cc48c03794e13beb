/* SPDX-License-Identifier: MIT */
/* What is done for list: see ops.h. The page itself is made in page.c. */
#include "ops.h"

#include "page.h"
#include "reply_page.h"

#include <string.h>

static const struct kind *const kinds[WIRE_N_KINDS] = {
    [WIRE_KIND_FLIGHT] = &flight_kind,
    [WIRE_KIND_LOCK] = &lock_kind,
    [WIRE_KIND_LIMIT] = &limit_kind,
    [WIRE_KIND_POOL] = &pool_kind,
};

/* Where to go on; false for what no page of this list ended with. */
static bool take_cursor(const struct call *call, struct page_query *query)
{
	char text[REPLY_CURSOR_BYTES];
	long len;

	if (!args_has(call->args, ARG_AFTER))
		return true;
	len = scan_text(&call->args->values[ARG_AFTER], text, sizeof(text));
	return len > 0 && query->key == NULL &&
	       reply_cursor_read(text, (size_t)len, &query->from) &&
	       query->kinds[query->from.kind] != NULL;
}

void op_list(struct call *call)
{
	struct page_query query = {
	    .session = call->req.session,
	    .key = call->args->key,
	    .key_len = call->args->key_len,
	    .prefix = call->args->text,
	    .prefix_len = call->args->text_len,
	    .waiting = op_number(call, ARG_WAITING, 0),
	    .max = (size_t)op_number(call, ARG_MAX, WIRE_DEFAULT_PAGE_KEYS),
	};

	unsigned asked = op_kinds(call);

	if (asked == 0)
		return;
	for (int i = 0; i < WIRE_N_KINDS; i++)
		query.kinds[i] = asked >> i & 1 ? kinds[i] : NULL;
	if (!take_cursor(call, &query))
		op_refuse(call, "\"after\" must be the \"next\" of a page of "
				"the same list");
	else
		core_answer(call->core, &call->req)->page =
		    page_new(call->core, &query);
}
