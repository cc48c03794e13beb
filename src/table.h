/* SPDX-License-Identifier: MIT */
/*
 * The one place that configures and includes uthash and utlist: hash tables
 * and lists whose links are fields of what they hold.
 *
 * Keys that clients choose are always added and looked up by a hash value
 * that sip_hash() made (the ..._BYHASHVALUE macros): uthash's own function can
 * be flooded with keys of one value.
 */
#ifndef TABLE_H
#define TABLE_H

#include "xalloc.h"

#include <stdlib.h>

#define uthash_malloc(size)           xmalloc(size)
#define uthash_fatal(message)         abort() /* never: memory does not fail */
#define uthash_free(ptr, size)        free(ptr)
#define HASH_INITIAL_NUM_BUCKETS      32U
#define HASH_INITIAL_NUM_BUCKETS_LOG2 5U

#include <uthash.h>
#include <utlist.h>

#endif
