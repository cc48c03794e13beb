/* SPDX-License-Identifier: MIT */
/*
 * msync monitor: what happens, as it happens, a line for each event. libmsync
 * hands out answers and no events, so it has a connection of its own; whether
 * there is a daemon, and whether it may be asked, is found out with libmsync,
 * which knows what to say of that.
 */
#include "cmd.h"

#include "cli_list.h"
#include "cli_stop.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

/* No event and no refusal is longer. */
#define LINE_BYTES 16384

struct monitor {
	const struct cli *cli;
	const char *kind, *prefix;
	json_t *events; /* owned: the names that were asked for */
	bool is_json;
	int fd;
	char buf[LINE_BYTES];
	size_t len;
};

/* Events ----------------------------------------------------------- */

static const char *const event_names[] = {
    "granted", "waiting", "shared", "released", "lost", "expired", "refused"};

#define N_EVENTS (sizeof(event_names) / sizeof(event_names[0]))

static void print_time(void)
{
	struct timespec now;
	struct tm local;
	char text[16];

	(void)clock_gettime(CLOCK_REALTIME, &now);
	(void)localtime_r(&now.tv_sec, &local);
	(void)strftime(text, sizeof(text), "%H:%M:%S", &local);
	(void)printf("%s.%03ld ", text, now.tv_nsec / 1000000);
}

/* Most of what is told of here takes less than a second. */
static const char *span(char to[TEXT_SPAN_BYTES], int64_t ms)
{
	if (ms >= 1000)
		return text_span(to, ms);
	(void)snprintf(to, TEXT_SPAN_BYTES, "%lldms", (long long)ms);
	return to;
}

static void print_span(const json_t *event, const char *name, const char *word)
{
	char text[TEXT_SPAN_BYTES];
	int64_t ms = list_number(event, name, -1);

	if (ms >= 0)
		(void)printf("  %s %s", word, span(text, ms));
}

/* "  after 12ms", "  held 3m12s: eof" */
static void print_rest(const json_t *event)
{
	char shown[TEXT_ESCAPED_BYTES];
	const char *why = list_text(event, "reason");
	int64_t waiters = list_number(event, "waiters", -1);

	if (why[0] == '\0')
		why = list_text(event, "error");
	print_span(event, "held_ms", "held");
	print_span(event, "waited_ms", "waited");
	if (why[0] != '\0')
		(void)printf("  %s", text_escape(shown, why));
	if (waiters >= 0)
		(void)printf("  %lld in line", (long long)waiters);
}

/* "14:03:12.123 granted  lock db  pid 812 (php-fpm, uid www)  waited 12ms" */
static void print_event(const json_t *event)
{
	char shown[TEXT_ESCAPED_BYTES], who[LIST_WHO_BYTES];
	const char *what = list_text(event, "what");

	print_time();
	if (strcmp(what, "missed") == 0) {
		(void)printf("missed   %lld events, because there were too "
			     "many\n",
		    (long long)list_number(event, "count", 0));
		return;
	}
	(void)printf("%-8s ", text_escape(shown, what));
	(void)printf("%s ", text_escape(shown, list_text(event, "kind")));
	(void)printf("%s", text_escape(shown, list_text(event, "key")));
	/* A result that has expired was nobody's. */
	if (json_object_get(event, "uid") != NULL)
		(void)printf("  %s", list_who(who, event));
	print_rest(event);
	(void)putchar('\n');
}

/* Lines ------------------------------------------------------------ */

static int code_named(const char *name)
{
	for (int code = -1; code >= -100; code--) {
		if (strcmp(msync_strcode(code), name) == 0)
			return code;
	}
	return MSYNC_E_REFUSED;
}

static int refused(const struct monitor *monitor, const json_t *answer)
{
	int code = code_named(list_text(answer, "error"));
	char words[2 * TEXT_ESCAPED_BYTES];

	(void)snprintf(
	    words, sizeof(words), "%s", list_text(answer, "message"));
	text_disarm(words);
	if (!monitor->cli->is_quiet)
		cli_complain("monitor: %s: %s",
		    code == MSYNC_E_REFUSED ? list_text(answer, "error")
					    : msync_strcode(code),
		    words);
	return cli_exit_of(code);
}

/* One line of the daemon's, without its line feed. An exit status, or -1 to go
 * on. */
static int take_line(
    const struct monitor *monitor, const char *line, size_t len)
{
	json_t *object = json_loadb(line, len, 0, NULL);
	int status = -1;

	if (object == NULL) {
		cli_complain("monitor: an answer that is no JSON");
		return EXIT_IS_PROTOCOL;
	}
	if (json_is_false(json_object_get(object, "ok")))
		status = refused(monitor, object);
	else if (strcmp(list_text(object, "event"), "watch") != 0)
		; /* that it begins, or an event of another kind */
	else if (monitor->is_json)
		(void)printf("%.*s\n", (int)len, line);
	else
		print_event(object);
	json_decref(object);
	return status;
}

static int take_lines(struct monitor *monitor)
{
	char *end;
	int status = -1;

	while (status < 0 && (end = memchr(monitor->buf, '\n', monitor->len))) {
		size_t len = (size_t)(end - monitor->buf);

		status = take_line(monitor, monitor->buf, len);
		monitor->len -= len + 1;
		memmove(monitor->buf, end + 1, monitor->len);
	}
	if (status < 0 && monitor->len == sizeof(monitor->buf)) {
		cli_complain("monitor: an answer that does not end");
		return EXIT_IS_PROTOCOL;
	}
	return status;
}

static int receive(struct monitor *monitor)
{
	ssize_t n = recv(monitor->fd, monitor->buf + monitor->len,
	    sizeof(monitor->buf) - monitor->len, MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return -1;
	if (n <= 0) {
		cli_complain("monitor: msyncd has hung up");
		return EXIT_IS_UNREACHABLE;
	}
	monitor->len += (size_t)n;
	return take_lines(monitor);
}

static int follow(struct monitor *monitor)
{
	struct pollfd fds[2] = {{monitor->fd, POLLIN, 0}};
	int status = -1;

	/* Each line is for somebody who waits for it. */
	(void)setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
	stop_begin();
	while (status < 0) {
		if (!stop_poll(fds, 1, -1))
			return EXIT_SUCCESS;
		if (fds[0].revents != 0)
			status = receive(monitor);
		if (ferror(stdout) != 0)
			return EXIT_SUCCESS; /* which main() corrects */
	}
	return status;
}

/* The beginning ---------------------------------------------------- */

/* Whether the daemon is there and lets us in: 0 or an exit status, told. */
static int try(const struct cli *cli)
{
	struct msync_conn *conn;
	int code = cli_open(cli, NULL, NULL, NULL, &conn), status = 0;

	if (code == 0)
		code = msync_ping(conn);
	if (code != 0)
		status = cli_refused(cli, conn, "monitor", code);
	msync_close(conn);
	return status;
}

/* The request, with its line feed, from malloc(3). */
static char *request_of(const struct monitor *monitor)
{
	json_t *request =
	    json_pack("{s:s, s:O}", "op", "watch", "events", monitor->events);
	char *line, *text;

	if (monitor->kind != NULL)
		(void)json_object_set_new(
		    request, "kind", json_string(monitor->kind));
	if (monitor->prefix != NULL && monitor->prefix[0] != '\0')
		(void)json_object_set_new(
		    request, "prefix", json_string(monitor->prefix));
	text = json_dumps(request, JSON_COMPACT);
	json_decref(request);
	if (text == NULL || asprintf(&line, "%s\n", text) < 0)
		line = NULL;
	free(text);
	return line;
}

static bool begin(struct monitor *monitor)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	char *line = request_of(monitor);
	size_t len = line == NULL ? 0 : strlen(line);
	bool is_good;

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s",
	    cli_socket_path(monitor->cli));
	monitor->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	is_good = line != NULL && monitor->fd >= 0 &&
		  connect(monitor->fd, (const struct sockaddr *)&address,
		      sizeof(address)) == 0 &&
		  send(monitor->fd, line, len, MSG_NOSIGNAL) == (ssize_t)len;
	if (!is_good)
		cli_complain("monitor: %s: %s", address.sun_path,
		    line == NULL ? "the prefix is no text" : strerror(errno));
	free(line);
	return is_good;
}

/* Of "granted,lost". 0 or an exit status, told. */
static int take_events(json_t *events, char *text)
{
	char *rest = NULL;

	(void)json_array_clear(events);
	for (char *name = strtok_r(text, ",", &rest); name != NULL;
	     name = strtok_r(NULL, ",", &rest)) {
		size_t i = 0;

		while (i < N_EVENTS && strcmp(event_names[i], name) != 0)
			i++;
		if (i == N_EVENTS)
			return cli_misused(
			    &cmd_monitor, "-e %s: no such event", name);
		(void)json_array_append_new(events, json_string(name));
	}
	if (json_array_size(events) == 0)
		return cli_misused(&cmd_monitor, "-e: no event");
	return 0;
}

static int take_options(struct monitor *monitor, int argc, char **argv)
{
	static const struct option options[] = {
	    {"kind", required_argument, NULL, 'k'},
	    {"events", required_argument, NULL, 'e'},
	    {"json", no_argument, NULL, 'J'},
	    {NULL, 0, NULL, 0},
	};
	int letter, status = 0;

	while (status == 0 && (letter = getopt_long(
				   argc, argv, "k:e:", options, NULL)) != -1) {
		if (letter == 'k' && cli_kind(optarg) < 0)
			status =
			    cli_misused(&cmd_monitor, "-k %s: no kind", optarg);
		else if (letter == 'k')
			monitor->kind = optarg;
		else if (letter == 'e')
			status = take_events(monitor->events, optarg);
		else if (letter == 'J')
			monitor->is_json = true;
		else
			status = cli_misused(&cmd_monitor, NULL);
	}
	if (status == 0 && argc - optind > 1)
		status = cli_misused(&cmd_monitor, "one prefix at most");
	monitor->prefix = argv[optind];
	return status;
}

static int run(const struct cli *cli, int argc, char **argv)
{
	struct monitor monitor = {.cli = cli, .is_json = cli->is_json};
	int status;

	monitor.events = json_array();
	monitor.fd = -1;
	for (size_t i = 0; i < N_EVENTS; i++)
		(void)json_array_append_new(
		    monitor.events, json_string(event_names[i]));
	status = take_options(&monitor, argc, argv);
	text_begin();
	if (status == 0)
		status = try(cli);
	if (status == 0)
		status =
		    begin(&monitor) ? follow(&monitor) : EXIT_IS_UNREACHABLE;
	if (monitor.fd >= 0)
		(void)close(monitor.fd);
	json_decref(monitor.events);
	return status;
}

const struct command cmd_monitor = {
    .name = "monitor",
    .summary = "what happens, as it happens",
    .usage = "monitor [-k KIND] [-e EVENTS] [--json] [PREFIX]",
    .help =
	"A line for each grant, wait, shared result, release, loss, expiry and refusal\n"
	"of keys that begin with PREFIX, until it is interrupted.\n"
	"\n"
	"  -k, --kind KIND      only flight, lock, limit or pool\n"
	"  -e, --events EVENTS  only some, with commas: granted, waiting, shared,\n"
	"                       released, lost, expired, refused\n"
	"      --json           the events as they are in msyncd-protocol(7)\n"
	"\n"
	"Where more happens than can be told, a line says how many were missed.\n",
    .run = run,
};
