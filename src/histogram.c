/* SPDX-License-Identifier: MIT */
/* How long things took: see histogram.h. */
#include "histogram.h"

#define LARGEST ((INT64_C(1) << HISTOGRAM_MAX_BITS) - 1)

/* By how many bits the numbers of a bucket are wider than one of 1 ms. The
 * first two rows of 16 buckets have that width. */
static int extra_bits(int bucket)
{
	int row = bucket >> HISTOGRAM_SHIFT;

	return row == 0 ? 0 : row - 1;
}

int histogram_bucket(int64_t ms)
{
	int extra;

	if (ms < 0)
		ms = 0;
	if (ms > LARGEST)
		ms = LARGEST;
	/* The leading bit of the number, above that of the first row. */
	extra = 63 - __builtin_clzll((uint64_t)ms | HISTOGRAM_STEPS) -
		HISTOGRAM_SHIFT;
	return (extra << HISTOGRAM_SHIFT) + (int)(ms >> extra);
}

int64_t histogram_lower(int bucket)
{
	int extra = extra_bits(bucket);

	return (int64_t)(bucket - (extra << HISTOGRAM_SHIFT)) << extra;
}

int64_t histogram_upper(int bucket)
{
	return histogram_lower(bucket) + (INT64_C(1) << extra_bits(bucket)) - 1;
}

void histogram_add(struct histogram *histogram, int64_t ms)
{
	if (ms < 0)
		ms = 0;
	histogram->count++;
	histogram->sum += ms;
	if (ms > histogram->max)
		histogram->max = ms;
	histogram->buckets[histogram_bucket(ms)]++;
}

int64_t histogram_quantile(const struct histogram *histogram, int per_mille)
{
	/* Rounded up, and without the overflow of count * per_mille. */
	int64_t rank = histogram->count / 1000 * per_mille +
		       (histogram->count % 1000 * per_mille + 999) / 1000;
	int64_t n = 0, middle = 0;

	for (int i = 0; i < HISTOGRAM_N_BUCKETS && n < rank; i++) {
		n += histogram->buckets[i];
		middle = (histogram_lower(i) + histogram_upper(i)) / 2;
	}
	return middle < histogram->max ? middle : histogram->max;
}
