/* SPDX-License-Identifier: MIT */
/* What the tests of msync top share: see tops.h. */
#include "tops.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

struct top_model *model;

void tops_setup(void)
{
	model = top_model_new(START);
}

void tops_teardown(void)
{
	top_model_free(model);
}

json_t *line(const char *fmt, ...)
{
	char *text;
	va_list args;
	json_t *made;
	json_error_t error;

	va_start(args, fmt);
	ck_assert_int_ge(vasprintf(&text, fmt, args), 0);
	va_end(args);
	for (char *at = text; *at != '\0'; at++) {
		if (*at == '\'')
			*at = '"';
	}
	made = json_loads(text, 0, &error);
	ck_assert_msg(made != NULL, "%s: %s", error.text, text);
	free(text);
	return made;
}

void stats_at(int64_t now, int64_t up_ms, int64_t granted)
{
	json_t *answer =
	    line("{'ok':true,'version':'9.8','uptime_ms':%lld,'connections':17,"
		 "'users':3,'requests':%lld,'kinds':{"
		 "'lock':{'keys':3,'holds':2,'waits':1,'granted':%lld,'busy':4,"
		 "'timeout':5,'lost':6,'oldest_wait_ms':2500,"
		 "'wait_ms':{'count':2,'p50':7.5,'p99':90},"
		 "'hold_ms':{'count':9,'p50':1,'p99':30}},"
		 "'limit':{'keys':0,'holds':0,'waits':0,'granted':0,"
		 "'wait_ms':{'count':0,'p50':0,'p99':0}},"
		 "'flight':{'keys':0,'holds':0,'waits':0,'granted':0},"
		 "'pool':{'keys':0,'holds':0,'waits':0,'granted':0}}}",
		(long long)up_ms, 2LL * granted, (long long)granted);

	top_model_take_stats(model, answer, START + now);
	json_decref(answer);
}

void page_at(int64_t now, json_t *keys)
{
	json_t *answer = json_pack("{s:b, s:o}", "ok", 1, "keys", keys);

	top_model_take_page(model, answer, START + now);
	json_decref(answer);
}

void sweep_at(int64_t now, bool only_waiting, json_t *keys)
{
	top_model_begin_sweep(model, only_waiting);
	page_at(now, keys);
	top_model_end_sweep(model);
}

void event_at(int64_t now, json_t *event)
{
	top_model_take_event(model, event, START + now);
	json_decref(event);
}

void granted_at(int64_t now, const char *key, int token)
{
	event_at(now,
	    line("{'event':'watch','what':'granted','kind':'lock','key':'%s',"
		 "'token':%d,'pid':7,'uid':33,'command':'php-fpm',"
		 "'client':'nightly','waited_ms':0}",
		key, token));
}

void released_at(int64_t now, const char *key, int token)
{
	event_at(
	    now, line("{'event':'watch','what':'released','kind':'lock',"
		      "'key':'%s','token':%d,'pid':7,'uid':33,'held_ms':1}",
		     key, token));
}

int token_when_held(int held_ms)
{
	return 1000000 - held_ms;
}

const char *a_lock(const char *key, int held_ms, int n_waiters)
{
	static char text[65536];
	size_t len;

	len = (size_t)snprintf(text, sizeof(text),
	    "{'kind':'lock','key':'%s','state':'held','holding':1,"
	    "'waiting':%d,'holders':[{'uid':33,'pid':812,'command':'php-fpm',"
	    "'client':'nightly','token':%d,'held_ms':%d,"
	    "'lease_left_ms':60000}],'waiters':[",
	    key, n_waiters, token_when_held(held_ms), held_ms);
	for (int i = 0; i < n_waiters && i < 100; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len,
		    "%s{'uid':33,'pid':%d,'command':'cron','client':'',"
		    "'waited_ms':%d}",
		    i > 0 ? "," : "", 900 + i, held_ms / (i + 2));
	(void)snprintf(text + len, sizeof(text) - len, "]}");
	return text;
}

const struct top_row *lock_row(const char *key)
{
	const struct top_row *row = top_row_find(model, TOP_LOCK, key);

	ck_assert_msg(row != NULL, "there is no row of %s", key);
	return row;
}
