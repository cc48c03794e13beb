/* SPDX-License-Identifier: MIT */
/*
 * From the document of stats to OpenMetrics: see openmetrics.h. The families
 * are rows of tables; one that has nothing to show is not declared.
 */
#include "openmetrics.h"

#include "wire.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

/* Upper bounds of histograms: powers of two, from 1 ms to 37 hours. */
#define N_BOUNDS 28

enum type {
	GAUGE,
	COUNTER
};

enum unit {
	PLAIN,
	SECONDS, /* a whole number of ms */
	RATIO    /* a fraction */
};

struct family {
	const char *name;   /* without what all have in front and behind */
	const char *member; /* of the document */
	enum type type;
	enum unit unit;
	const char *help;
};

static const struct family of_daemon[] = {
    {"uptime_seconds", "uptime_ms", GAUGE, SECONDS,
	"Time since the daemon started."},
    {"connections", "connections", GAUGE, PLAIN, "Connections of clients."},
    {"users", "users", GAUGE, PLAIN, "User ids that have a connection."},
    {"watchers", "watchers", GAUGE, PLAIN, "Connections that watch events."},
    {"requests", "requests", COUNTER, PLAIN, "Lines that were requests."},
    {"bad_lines", "bad_lines", COUNTER, PLAIN,
	"Lines that were no JSON object, or too long."},
    {"connections_accepted", "joined", COUNTER, PLAIN, "Clients that came."},
    {"connections_refused", "refused", COUNTER, PLAIN,
	"Clients that were turned away."},
};

static const struct family of_kind[] = {
    {"keys", "keys", GAUGE, PLAIN, "Keys that are in use or remembered."},
    {"holds", "holds", GAUGE, PLAIN, "Holds."},
    {"waits", "waits", GAUGE, PLAIN, "Requests that wait."},
    {"oldest_wait_seconds", "oldest_wait_ms", GAUGE, SECONDS,
	"How long the request has waited that waits longest; 0: none does."},
    {"grants", "granted", COUNTER, PLAIN, "Grants."},
    {"grants_delayed", "waited", COUNTER, PLAIN, "Requests that had to wait."},
    {"waits_left", "left", COUNTER, PLAIN,
	"Waits that ended with their connection."},
    {"releases", "released", COUNTER, PLAIN, "Holds that their holder let go."},
    {"leases_expired", "lease_expired", COUNTER, PLAIN,
	"Holds that ran out of lease."},
    {"holds_lost", "lost", COUNTER, PLAIN,
	"Holds that ended with their connection."},
    {"holds_reset", "reset", COUNTER, PLAIN, "Holds that ended by reset."},
    {"grants_undelivered", "undelivered", COUNTER, PLAIN,
	"Detached holds whose answer could not be handed over."},
    {"holds_ended_by_admin", "ended_by_admin", COUNTER, PLAIN,
	"Holds that ended by admin.release."},
    {"flights_begun", "fresh", COUNTER, PLAIN, "Flights that were begun."},
    {"results_shared", "shared", COUNTER, PLAIN,
	"Requests that were answered with the result of another."},
    {"take_overs", "take_overs", COUNTER, PLAIN,
	"Followers that became leader."},
    {"flight_hit_ratio", "hit_ratio", GAUGE, RATIO,
	"Shared results, of all that were begun or shared."},
    {"objects_created", "created", COUNTER, PLAIN,
	"Grants of an object that was to be created."},
    {"objects_reused", "reused", COUNTER, PLAIN, "Grants of an idle object."},
    {"expirations", "expired", COUNTER, PLAIN,
	"Kept results and idle objects that were dropped for their age."},
};

/* With the code as a second label. */
static const struct family of_codes[] = {
    {"refusals", NULL, COUNTER, PLAIN, "Requests that got no grant."},
};

static const enum wire_code refusal_codes[] = {WIRE_BUSY, WIRE_TIMEOUT,
    WIRE_QUEUE_FULL, WIRE_CANCELLED, WIRE_DEADLOCK, WIRE_QUOTA,
    WIRE_LEADER_LOST};

static const struct family of_time[] = {
    {"wait_seconds", "wait_ms", GAUGE, SECONDS,
	"How long requests waited, however that ended."},
    {"hold_seconds", "hold_ms", GAUGE, SECONDS,
	"How long holds lasted, however they ended."},
};

#define N_OF(table)             (sizeof(table) / sizeof((table)[0]))
#define NAME_OF(constant, name) [WIRE_KIND_##constant] = name,
#define CODE_OF(constant, name) [WIRE_##constant] = name,

static const char *const kind_names[WIRE_N_KINDS] = {WIRE_KINDS(NAME_OF)};
static const char *const code_names[WIRE_N_CODES] = {WIRE_CODES(CODE_OF)};

struct writer {
	FILE *out;
	enum openmetrics_form form;
	const struct family *declared; /* last */
};

/* Declarations ----------------------------------------------------- */

/* The older text has the whole name of its samples here. */
static void declare_as(struct writer *writer, const char *name,
    const char *suffix, const char *type, const char *help)
{
	if (writer->form == OPENMETRICS_1_0)
		suffix = "";
	(void)fprintf(
	    writer->out, "# HELP msyncd_%s%s %s\n", name, suffix, help);
	(void)fprintf(
	    writer->out, "# TYPE msyncd_%s%s %s\n", name, suffix, type);
}

/* Once for each family, before the first of its samples. */
static void declare(
    struct writer *writer, const struct family *family, const char *type)
{
	if (writer->declared == family)
		return;
	writer->declared = family;
	declare_as(writer, family->name,
	    family->type == COUNTER ? "_total" : "", type, family->help);
	if (family->unit == SECONDS && writer->form == OPENMETRICS_1_0)
		(void)fprintf(
		    writer->out, "# UNIT msyncd_%s seconds\n", family->name);
}

/* Values ----------------------------------------------------------- */

static bool is_count(const json_t *value)
{
	return json_is_integer(value) && json_integer_value(value) >= 0;
}

static bool is_shown(const json_t *value, enum unit unit)
{
	return unit == RATIO ? json_is_number(value) : is_count(value);
}

/* Milliseconds as seconds, exactly, and without zeros that say nothing. */
static void put_seconds(FILE *out, json_int_t ms)
{
	int places = 3, rest = (int)(ms % 1000);

	while (places > 1 && rest % 10 == 0) {
		rest /= 10;
		places--;
	}
	(void)fprintf(
	    out, "%" JSON_INTEGER_FORMAT ".%0*d", ms / 1000, places, rest);
}

static void put_value(FILE *out, const json_t *value, enum unit unit)
{
	if (unit == SECONDS)
		put_seconds(out, json_integer_value(value));
	else if (unit == RATIO)
		(void)fprintf(out, "%.6g", json_number_value(value));
	else
		(void)fprintf(
		    out, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
	(void)fputc('\n', out);
}

static void put_label(FILE *out, const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '\n')
			(void)fputs("\\n", out);
		else if (*text == '"' || *text == '\\')
			(void)fprintf(out, "\\%c", *text);
		else
			(void)fputc(*text, out);
	}
}

/* A sample, where there is one; the labels are {…} or nothing. */
static void put_sample(struct writer *writer, const struct family *family,
    const char *labels, const json_t *value)
{
	if (!is_shown(value, family->unit))
		return;
	declare(writer, family, family->type == COUNTER ? "counter" : "gauge");
	(void)fprintf(writer->out, "msyncd_%s%s%s ", family->name,
	    family->type == COUNTER ? "_total" : "", labels);
	put_value(writer->out, value, family->unit);
}

/* Families --------------------------------------------------------- */

static void put_build(struct writer *writer, const json_t *stats)
{
	const char *version =
	    json_string_value(json_object_get(stats, "version"));

	if (version == NULL)
		return;
	if (writer->form == OPENMETRICS_1_0)
		declare_as(writer, "build", "", "info", "What runs.");
	else
		declare_as(writer, "build_info", "", "gauge", "What runs.");
	(void)fputs("msyncd_build_info{version=\"", writer->out);
	put_label(writer->out, version);
	(void)fputs("\"} 1\n", writer->out);
}

static const json_t *member_of_kind(
    const json_t *kinds, int kind, const char *name)
{
	return json_object_get(json_object_get(kinds, kind_names[kind]), name);
}

static void put_of_kinds(
    struct writer *writer, const struct family *family, const json_t *kinds)
{
	for (int kind = 0; kind < WIRE_N_KINDS; kind++) {
		char labels[32];

		(void)snprintf(
		    labels, sizeof(labels), "{kind=\"%s\"}", kind_names[kind]);
		/* Only one kind has it, and the name says which. */
		put_sample(writer, family, family->unit == RATIO ? "" : labels,
		    member_of_kind(kinds, kind, family->member));
	}
}

static void put_refusals_of(
    struct writer *writer, int kind, const json_t *kinds)
{
	for (size_t i = 0; i < N_OF(refusal_codes); i++) {
		const char *code = code_names[refusal_codes[i]];
		char labels[64];

		(void)snprintf(labels, sizeof(labels),
		    "{kind=\"%s\",code=\"%s\"}", kind_names[kind], code);
		put_sample(writer, &of_codes[0], labels,
		    member_of_kind(kinds, kind, code));
	}
}

/* Histograms ------------------------------------------------------- */

/* How many are below each bound, from the counts of ranges, of which none goes
 * over a bound. Times are whole ms, cut off: what is counted as n ms took less
 * than n + 1. */
static void add_up(const json_t *ranges, json_int_t sums[N_BOUNDS])
{
	json_t *range;
	size_t i;

	json_array_foreach(ranges, i, range) {
		json_int_t most = json_integer_value(json_array_get(range, 0));
		json_int_t count = json_integer_value(json_array_get(range, 1));

		for (int bound = 0; bound < N_BOUNDS; bound++) {
			if (most < (json_int_t)1 << bound)
				sums[bound] += count;
		}
	}
}

static void put_histogram(struct writer *writer, const struct family *family,
    const char *kind, const json_t *times)
{
	const json_t *count = json_object_get(times, "count");
	const json_t *sum = json_object_get(times, "sum");
	json_int_t sums[N_BOUNDS] = {0};
	FILE *out = writer->out;

	if (!is_count(count) || !is_count(sum))
		return;
	declare(writer, family, "histogram");
	add_up(json_object_get(times, "buckets"), sums);
	for (int bound = 0; bound < N_BOUNDS; bound++) {
		(void)fprintf(out, "msyncd_%s_bucket{kind=\"%s\",le=\"",
		    family->name, kind);
		put_seconds(out, (json_int_t)1 << bound);
		(void)fprintf(
		    out, "\"} %" JSON_INTEGER_FORMAT "\n", sums[bound]);
	}
	(void)fprintf(out,
	    "msyncd_%s_bucket{kind=\"%s\",le=\"+Inf\"} %" JSON_INTEGER_FORMAT
	    "\n",
	    family->name, kind, json_integer_value(count));
	(void)fprintf(out, "msyncd_%s_sum{kind=\"%s\"} ", family->name, kind);
	put_value(out, sum, SECONDS);
	(void)fprintf(out, "msyncd_%s_count{kind=\"%s\"} ", family->name, kind);
	put_value(out, count, PLAIN);
}

/* All -------------------------------------------------------------- */

static void put_all(struct writer *writer, const json_t *stats)
{
	const json_t *kinds = json_object_get(stats, "kinds");

	put_build(writer, stats);
	for (size_t i = 0; i < N_OF(of_daemon); i++)
		put_sample(writer, &of_daemon[i], "",
		    json_object_get(stats, of_daemon[i].member));
	for (size_t i = 0; i < N_OF(of_kind); i++)
		put_of_kinds(writer, &of_kind[i], kinds);
	for (int kind = 0; kind < WIRE_N_KINDS; kind++)
		put_refusals_of(writer, kind, kinds);
	for (size_t i = 0; i < N_OF(of_time); i++) {
		for (int kind = 0; kind < WIRE_N_KINDS; kind++)
			put_histogram(writer, &of_time[i], kind_names[kind],
			    member_of_kind(kinds, kind, of_time[i].member));
	}
	if (writer->form == OPENMETRICS_1_0)
		(void)fputs("# EOF\n", writer->out);
}

char *openmetrics_render(const json_t *stats, enum openmetrics_form form)
{
	char *text = NULL;
	size_t len;
	struct writer writer = {.form = form};

	writer.out = open_memstream(&text, &len);
	if (writer.out == NULL)
		return NULL;
	put_all(&writer, stats);
	if (fclose(writer.out) == 0)
		return text;
	free(text);
	return NULL;
}
