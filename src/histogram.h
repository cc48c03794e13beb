/* SPDX-License-Identifier: MIT */
/*
 * How long things took: how many of them took about so many milliseconds, in
 * fixed memory. Below 16 ms there is a bucket for each millisecond, and from
 * there on 16 for each power of two, so that the midpoint of a bucket is never
 * more than 1/32 off from what is counted there (the idea of HdrHistogram).
 */
#ifndef HISTOGRAM_H
#define HISTOGRAM_H

#include <stdint.h>

#define HISTOGRAM_SHIFT 4
#define HISTOGRAM_STEPS                                                        \
	(1 << HISTOGRAM_SHIFT) /* a power of two has so many                   \
				*/
#define HISTOGRAM_MAX_BITS 32
#define HISTOGRAM_N_BUCKETS                                                    \
	((HISTOGRAM_MAX_BITS - HISTOGRAM_SHIFT + 1) << HISTOGRAM_SHIFT)

struct histogram {
	int64_t count, sum, max; /* exact */
	int64_t buckets[HISTOGRAM_N_BUCKETS];
};

/* The bucket of so many milliseconds; what is below 0 is counted as 0, and what
 * is 2^32 (49 days) or more in the last one. */
int histogram_bucket(int64_t ms);
/* The smallest and the largest number that belongs there. */
int64_t histogram_lower(int bucket);
int64_t histogram_upper(int bucket);

void histogram_add(struct histogram *histogram, int64_t ms);
/* What a share of per_mille of all is not above: the midpoint of its bucket,
 * and never more than max. 0 where nothing is counted. */
int64_t histogram_quantile(const struct histogram *histogram, int per_mille);

#endif
