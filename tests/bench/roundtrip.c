/* SPDX-License-Identifier: MIT */
/*
 * What libmsync adds to a round trip: the time of msync_lock_acquire and
 * msync_release, two round trips, beside that of a bare write(2) and read(2)
 * of the same bytes, twice, on a blocking socket of the same daemon.
 *
 * Both take turns, block by block in one process, so that whatever else the
 * machine does hits both alike. A round's figure is the median of its blocks,
 * and what is shown are medians of the rounds.
 *
 * usage: roundtrip SOCKET [ROUNDS [BLOCKS]]
 *        roundtrip SOCKET library|bare N    only N times one of them, for
 *                                           tools that count what is done
 */
#include "growth_times.h"
#include "msync.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define EXIT_USAGE   64
#define ROUNDS       15
#define BLOCKS       50
#define BLOCK        100 /* pairs of round trips */
#define MOST         1000
#define ANSWER_BYTES 4096
#define DIGITS       16 /* of a token */

/* As the library has them; its ids have so many digits after some thousand
 * calls, and DIGITS are put in place of the token. */
#define KEY   "roundtrip"
#define HELLO "{\"id\":1,\"op\":\"hello\",\"events\":[\"lost\"]}\n"
#define ACQUIRE                                                                \
	"{\"id\":10485760000,\"op\":\"lock.acquire\",\"key\":\"" KEY "\"}\n"
#define RELEASE                                                                \
	"{\"id\":10485760000,\"op\":\"lock.release\",\"key\":\"" KEY           \
	"\",\"token\":0000000000000000}\n"

/* The two sorts; both take and release the same lock. */
struct peers {
	struct msync_conn *conn;
	int fd;
	char answer[ANSWER_BYTES];
	char release[sizeof(RELEASE)];
};

typedef void (*pair_fn)(struct peers *peers);

static _Noreturn void fail(const char *fmt, ...)
    __attribute__((format(printf, 1, 2)));

static _Noreturn void fail(const char *fmt, ...)
{
	va_list args;

	fputs("roundtrip: ", stderr);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
	exit(EXIT_FAILURE);
}

/* The library ------------------------------------------------------ */

static void open_library(struct peers *peers, const char *path)
{
	struct msync_opts *opts;

	if (msync_opts_new(&opts) != 0 ||
	    msync_opts_set_socket(opts, path) != 0 ||
	    msync_open(&peers->conn, opts) != 0)
		fail("%s", msync_errmsg(peers->conn));
	msync_opts_free(opts);
}

static void pair_of_library(struct peers *peers)
{
	struct msync_grant *grant;

	if (msync_lock_acquire(peers->conn, KEY, MSYNC_FOREVER, NULL, &grant) !=
		0 ||
	    msync_release(grant) != 0)
		fail("%s", msync_errmsg(peers->conn));
}

/* The bare socket -------------------------------------------------- */

/* Writes a line and reads its answer, which comes in one piece. */
static void ask_bare(struct peers *peers, const char *line, size_t len)
{
	ssize_t n;

	if (write(peers->fd, line, len) != (ssize_t)len)
		fail("write: %s", strerror(errno));
	n = read(peers->fd, peers->answer, ANSWER_BYTES - 1);
	if (n <= 0 || peers->answer[n - 1] != '\n')
		fail("read: %s", n < 0 ? strerror(errno) : "no whole answer");
	peers->answer[n] = '\0';
}

static void open_bare(struct peers *peers, const char *path)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};

	if (strlen(path) >= sizeof(to.sun_path))
		fail("%s: too long a path", path);
	memcpy(to.sun_path, path, strlen(path) + 1);
	peers->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (peers->fd < 0 ||
	    connect(peers->fd, (const struct sockaddr *)&to, sizeof(to)) != 0)
		fail("%s: %s", path, strerror(errno));
	memcpy(peers->release, RELEASE, sizeof(RELEASE));
	ask_bare(peers, HELLO, sizeof(HELLO) - 1);
}

static void pair_of_bare(struct peers *peers)
{
	static const char member[] = "\"token\":";
	char *to = peers->release + sizeof(RELEASE) - 1 - DIGITS - 2;
	const char *token;

	ask_bare(peers, ACQUIRE, sizeof(ACQUIRE) - 1);
	token = strstr(peers->answer, member);
	if (token == NULL)
		fail("no token: %s", peers->answer);
	memcpy(to, token + sizeof(member) - 1, DIGITS);
	ask_bare(peers, peers->release, sizeof(RELEASE) - 1);
	if (strstr(peers->answer, "\"ok\":true") == NULL)
		fail("not released: %s", peers->answer);
}

/* Measuring -------------------------------------------------------- */

static double time_block(pair_fn pair, struct peers *peers)
{
	uint64_t began = times_now();

	for (int i = 0; i < BLOCK; i++)
		pair(peers);
	return (double)(times_now() - began) / (BLOCK * 1000.0);
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Of n numbers, which it sorts. */
static double median(double *numbers, int n)
{
	qsort(numbers, (size_t)n, sizeof(*numbers), compare);
	return (numbers[(n - 1) / 2] + numbers[n / 2]) / 2;
}

struct figures {
	double library[MOST], bare[MOST], ratio[MOST]; /* of a round each */
};

/* Who is first changes from block to block. */
static void measure_round(
    struct peers *peers, struct figures *figures, int round, int n_blocks)
{
	double library[MOST], bare[MOST];

	for (int i = 0; i < n_blocks; i++) {
		if (i % 2 == 0)
			library[i] = time_block(pair_of_library, peers);
		bare[i] = time_block(pair_of_bare, peers);
		if (i % 2 != 0)
			library[i] = time_block(pair_of_library, peers);
	}
	figures->library[round] = median(library, n_blocks);
	figures->bare[round] = median(bare, n_blocks);
	figures->ratio[round] = figures->library[round] / figures->bare[round];
}

static void report(struct figures *figures, int n)
{
	double library = median(figures->library, n);
	double bare = median(figures->bare, n);

	printf("library_us=%.2f bare_us=%.2f ratio=%.3f", library, bare,
	    median(figures->ratio, n));
	printf(" ratio_least=%.3f ratio_most=%.3f\n", figures->ratio[0],
	    figures->ratio[n - 1]);
}

static void measure(struct peers *peers, int n_rounds, int n_blocks)
{
	static struct figures figures;

	/* To warm up. */
	for (int i = 0; i < 10; i++) {
		(void)time_block(pair_of_bare, peers);
		(void)time_block(pair_of_library, peers);
	}
	for (int i = 0; i < n_rounds; i++)
		measure_round(peers, &figures, i, n_blocks);
	report(&figures, n_rounds);
}

static int number(const char *text, int otherwise)
{
	int n = text == NULL ? otherwise : atoi(text);

	if (n < 1)
		fail("%s is no number of times", text);
	return n;
}

static void repeat(pair_fn pair, struct peers *peers, int n)
{
	for (int i = 0; i < n; i++)
		pair(peers);
}

int main(int argc, char *argv[])
{
	static struct peers peers;
	const char *second = argc > 2 ? argv[2] : NULL;
	const char *third = argc > 3 ? argv[3] : NULL;

	if (argc < 2 || argc > 4) {
		fputs("usage: roundtrip SOCKET [ROUNDS [BLOCKS]]\n"
		      "       roundtrip SOCKET library|bare N\n",
		    stderr);
		return EXIT_USAGE;
	}
	open_library(&peers, argv[1]);
	open_bare(&peers, argv[1]);
	if (second != NULL && strcmp(second, "library") == 0)
		repeat(pair_of_library, &peers, number(third, BLOCK));
	else if (second != NULL && strcmp(second, "bare") == 0)
		repeat(pair_of_bare, &peers, number(third, BLOCK));
	else if (number(second, ROUNDS) <= MOST &&
		 number(third, BLOCKS) <= MOST)
		measure(&peers, number(second, ROUNDS), number(third, BLOCKS));
	else
		fail("at most %d rounds of %d blocks", MOST, MOST);
	close(peers.fd);
	msync_close(peers.conn);
	return EXIT_SUCCESS;
}
