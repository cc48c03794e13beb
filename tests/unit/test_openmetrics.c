/* SPDX-License-Identifier: MIT */
/* The document of stats as text for Prometheus: each family, in both forms. */
#include "proto.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "openmetrics.h"
#include "tally.h"

static char *text; /* what was rendered last */

/* Renders a document, written with ' for ". */
static void render(const char *document, enum openmetrics_form form)
{
	char json[4096];
	size_t len = strlen(document);
	json_t *stats;

	ck_assert_uint_lt(len, sizeof(json));
	for (size_t i = 0; i <= len; i++)
		json[i] = document[i] == '\'' ? '"' : document[i];
	stats = json_loads(json, 0, NULL);
	ck_assert_ptr_nonnull(stats);
	free(text);
	text = openmetrics_render(stats, form);
	ck_assert_ptr_nonnull(text);
	json_decref(stats);
}

/* The line stands in the text, as often as this. */
static int count_lines(const char *line)
{
	const char *at = text;
	size_t len = strlen(line);
	int n = 0;

	while ((at = strstr(at, line)) != NULL) {
		if ((at == text || at[-1] == '\n') && at[len] == '\n')
			n++;
		at += len;
	}
	return n;
}

static void has_line(const char *line)
{
	ck_assert_msg(
	    count_lines(line) == 1, "expected once \"%s\" in:\n%s", line, text);
}

static void lacks(const char *words)
{
	ck_assert_msg(
	    strstr(text, words) == NULL, "not expected: %s\n%s", words, text);
}

START_TEST(a_document_of_nothing_is_a_page_of_nothing)
{
	render("{}", OPENMETRICS_1_0);
	ck_assert_str_eq(text, "# EOF\n");
	render("{}", OPENMETRICS_PLAIN);
	ck_assert_str_eq(text, "");
	render("{'kinds':{'lock':{},'pool':{}}}", OPENMETRICS_1_0);
	ck_assert_str_eq(text, "# EOF\n");
}
END_TEST

START_TEST(a_family_is_declared_once_and_in_front_of_its_samples)
{
	render("{'kinds':{'lock':{'holds':3},'pool':{'holds':0}}}",
	    OPENMETRICS_1_0);
	ck_assert_str_eq(text, "# HELP msyncd_holds Holds.\n"
			       "# TYPE msyncd_holds gauge\n"
			       "msyncd_holds{kind=\"lock\"} 3\n"
			       "msyncd_holds{kind=\"pool\"} 0\n"
			       "# EOF\n");
	render("{'uptime_ms':1500}", OPENMETRICS_1_0);
	ck_assert_str_eq(text,
	    "# HELP msyncd_uptime_seconds Time since the daemon started.\n"
	    "# TYPE msyncd_uptime_seconds gauge\n"
	    "# UNIT msyncd_uptime_seconds seconds\n"
	    "msyncd_uptime_seconds 1.5\n"
	    "# EOF\n");
}
END_TEST

START_TEST(the_older_text_declares_counters_by_the_name_of_their_samples)
{
	static const char document[] = "{'requests':7,'version':'1.2.3'}";

	render(document, OPENMETRICS_1_0);
	has_line("# TYPE msyncd_requests counter");
	has_line("msyncd_requests_total 7");
	has_line("# TYPE msyncd_build info");
	has_line("msyncd_build_info{version=\"1.2.3\"} 1");
	render(document, OPENMETRICS_PLAIN);
	has_line("# TYPE msyncd_requests_total counter");
	has_line("msyncd_requests_total 7");
	has_line("# TYPE msyncd_build_info gauge");
	has_line("msyncd_build_info{version=\"1.2.3\"} 1");
	lacks("# UNIT");
	lacks("# EOF");
}
END_TEST

START_TEST(each_counter_of_the_daemon_is_shown_of_each_of_its_kinds)
{
	static const char *const kinds[] = {"flight", "lock", "limit", "pool"};

	for (int i = 0; i < TALLY_N_COUNTS; i++) {
		for (int kind = 0; kind < WIRE_N_KINDS; kind++) {
			const char *name = tally_name((enum tally_count)i);
			char document[200], label[40];

			if (!tally_is_for(
				(enum tally_count)i, (enum wire_kind)kind))
				continue;
			snprintf(document, sizeof(document),
			    "{'kinds':{'%s':{'%s':4711}}}", kinds[kind], name);
			snprintf(
			    label, sizeof(label), "kind=\"%s\"", kinds[kind]);
			render(document, OPENMETRICS_1_0);
			ck_assert_msg(strstr(text, " 4711\n") != NULL &&
					  strstr(text, label) != NULL,
			    "%s of %s is not shown:\n%s", name, kinds[kind],
			    text);
		}
	}
}
END_TEST

START_TEST(refusals_are_one_family_with_their_codes)
{
	render("{'kinds':{'lock':{'busy':1,'deadlock':2},"
	       "'flight':{'leader_lost':3,'quota':4}}}",
	    OPENMETRICS_1_0);
	ck_assert_str_eq(text,
	    "# HELP msyncd_refusals Requests that got no grant.\n"
	    "# TYPE msyncd_refusals counter\n"
	    "msyncd_refusals_total{kind=\"flight\",code=\"quota\"} 4\n"
	    "msyncd_refusals_total{kind=\"flight\",code=\"leader_lost\"} 3\n"
	    "msyncd_refusals_total{kind=\"lock\",code=\"busy\"} 1\n"
	    "msyncd_refusals_total{kind=\"lock\",code=\"deadlock\"} 2\n"
	    "# EOF\n");
}
END_TEST

START_TEST(milliseconds_become_seconds_exactly)
{
	static const struct {
		const char *ms, *line;
	} rows[] = {
	    {"0", "msyncd_uptime_seconds 0.0"},
	    {"1", "msyncd_uptime_seconds 0.001"},
	    {"20", "msyncd_uptime_seconds 0.02"},
	    {"300", "msyncd_uptime_seconds 0.3"},
	    {"1000", "msyncd_uptime_seconds 1.0"},
	    {"1001", "msyncd_uptime_seconds 1.001"},
	    {"9007199254740993", "msyncd_uptime_seconds 9007199254740.993"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char document[64];

		snprintf(
		    document, sizeof(document), "{'uptime_ms':%s}", rows[i].ms);
		render(document, OPENMETRICS_PLAIN);
		has_line(rows[i].line);
	}
}
END_TEST

START_TEST(what_is_in_another_form_is_left_out)
{
	render("{'uptime_ms':'1','connections':-1,'users':null,'watchers':1.5,"
	       "'requests':[],'version':7,'kinds':{'lock':{'holds':true,"
	       "'wait_ms':{'count':-1,'sum':0},'hold_ms':7},'limit':[],"
	       "'flight':{'hit_ratio':'x'},"
	       "'barrier':{'holds':5}}}",
	    OPENMETRICS_1_0);
	ck_assert_str_eq(text, "# EOF\n");
	/* Nobody has kinds. */
	render("{'kinds':7}", OPENMETRICS_1_0);
	ck_assert_str_eq(text, "# EOF\n");
}
END_TEST

START_TEST(labels_are_escaped)
{
	render("{'version':'a\\\\b\\'c\\nd'}", OPENMETRICS_1_0);
	has_line("msyncd_build_info{version=\"a\\\\b\\\"c\\nd\"} 1");
}
END_TEST

START_TEST(the_hit_ratio_is_that_of_flights)
{
	render("{'kinds':{'flight':{'hit_ratio':0.75}}}", OPENMETRICS_1_0);
	has_line("# TYPE msyncd_flight_hit_ratio gauge");
	has_line("msyncd_flight_hit_ratio 0.75");
	render("{'kinds':{'flight':{'hit_ratio':0}}}", OPENMETRICS_1_0);
	has_line("msyncd_flight_hit_ratio 0");
}
END_TEST

START_TEST(buckets_add_up_below_each_power_of_two)
{
	render("{'kinds':{'lock':{'wait_ms':{'count':21,'sum':150000001,"
	       "'buckets':[[0,1],[1,2],[2,3],[31,4],[33,5],[150000000,6]]}}}}",
	    OPENMETRICS_1_0);
	has_line("# TYPE msyncd_wait_seconds histogram");
	has_line("# UNIT msyncd_wait_seconds seconds");
	/* What took 0 ms took less than 1 ms, and so on. */
	has_line("msyncd_wait_seconds_bucket{kind=\"lock\",le=\"0.001\"} 1");
	has_line("msyncd_wait_seconds_bucket{kind=\"lock\",le=\"0.002\"} 3");
	has_line("msyncd_wait_seconds_bucket{kind=\"lock\",le=\"0.004\"} 6");
	has_line("msyncd_wait_seconds_bucket{kind=\"lock\",le=\"0.016\"} 6");
	has_line("msyncd_wait_seconds_bucket{kind=\"lock\",le=\"0.032\"} 10");
	has_line("msyncd_wait_seconds_bucket{kind=\"lock\",le=\"0.064\"} 15");
	has_line("msyncd_wait_seconds_bucket{kind=\"lock\",le=\"1.024\"} 15");
	has_line(
	    "msyncd_wait_seconds_bucket{kind=\"lock\",le=\"134217.728\"} 15");
	has_line("msyncd_wait_seconds_bucket{kind=\"lock\",le=\"+Inf\"} 21");
	has_line("msyncd_wait_seconds_sum{kind=\"lock\"} 150000.001");
	has_line("msyncd_wait_seconds_count{kind=\"lock\"} 21");
	lacks("msyncd_hold_seconds");
}
END_TEST

START_TEST(a_histogram_of_nothing_is_all_zeros)
{
	int n = 0;

	render("{'kinds':{'pool':{'hold_ms':{'count':0,'sum':0,'max':0,"
	       "'buckets':[]}}}}",
	    OPENMETRICS_PLAIN);
	for (const char *at = text; (at = strstr(at, "_bucket{")) != NULL; at++)
		n++;
	ck_assert_int_eq(n, 29);
	has_line("msyncd_hold_seconds_bucket{kind=\"pool\",le=\"+Inf\"} 0");
	has_line("msyncd_hold_seconds_sum{kind=\"pool\"} 0.0");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    a_document_of_nothing_is_a_page_of_nothing,
	    a_family_is_declared_once_and_in_front_of_its_samples,
	    the_older_text_declares_counters_by_the_name_of_their_samples,
	    each_counter_of_the_daemon_is_shown_of_each_of_its_kinds,
	    refusals_are_one_family_with_their_codes,
	    milliseconds_become_seconds_exactly,
	    what_is_in_another_form_is_left_out, labels_are_escaped,
	    the_hit_ratio_is_that_of_flights,
	    buckets_add_up_below_each_power_of_two,
	    a_histogram_of_nothing_is_all_zeros, NULL};
	int status = unit_run("openmetrics", tests);

	free(text);
	return status;
}
