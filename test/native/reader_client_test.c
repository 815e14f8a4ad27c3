/* SPDX-License-Identifier: Apache-2.0 */
/* One connection on a real socket: what comes first, a snapshot in pieces, a client that does not read. */
#include <sys/socket.h>
#include "check.h"
#include "encoder.h"
#include "../../native/connection.c"
#include "../../native/framing.c"
#include "../../native/loop.c"
#include "../../native/reader_client.c"
#include "../../native/reader_request.c"
#include "../../native/reader_subjects.c"
#include "../../native/reader_sysfs.c"

static char logged[256];
static unsigned int asked;

void log_line(int level, const char *fmt, ...)
{
	va_list args;

	(void)level;
	va_start(args, fmt);
	vsnprintf(logged, sizeof(logged), fmt, args);
	va_end(args);
}

int reader_jobs_ask(struct reader *r, const char *tool, const char *subject)
{
	(void)r;
	asked++;
	return strcmp(tool, "smartctl") || strcmp(subject, "sda") ? -ENOENT : 0;
}

int reader_encode_hello(const struct reader *r, char *buf, size_t size)
{
	(void)r;
	return snprintf(buf, size, "hello\f");
}

int reader_encode_told(const struct reader *r, const struct reader_job *job, uint64_t seq, char *buf,
		       size_t size)
{
	(void)r;
	(void)seq;
	return snprintf(buf, size, "%s\f", job->told);
}

static struct reader r;
static struct reader_client c;
static int other;

static void begin(void)
{
	int pair[2];

	CHECK(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair));
	r = (struct reader){.loop = loop_new(), .who = {.boot_id = "b", .epoch = 1}};
	other = pair[1];
	logged[0] = '\0';
	asked = 0;
	CHECK(!reader_client_open(&c, &r, pair[0], 1));
}

static void end(void)
{
	connection_close(&c.conn, NULL);
	close(other);
	loop_free(r.loop);
}

static void say(const char *request)
{
	CHECK(write(other, request, strlen(request)) == (ssize_t)strlen(request));
	connection_event(&c.conn, EPOLLIN);
	connection_flush(&c.conn);
}

/* Everything that can be read, and what of it stands between two form feeds, with a comma for each of them.
 */
static const char *heard(void)
{
	static char text[4096];
	ssize_t n = recv(other, text, sizeof(text) - 1, MSG_DONTWAIT);

	text[n > 0 ? n : 0] = '\0';
	for (char *at = text; (at = strchr(at, '\f'));)
		*at = ',';
	return text;
}

#define ATTACH "{\"type\":\"attach\",\"data\":{}}\f"
#define READ(tool, subject)                                                                                  \
	"{\"type\":\"read\",\"data\":{\"tool\":\"" tool "\",\"subject\":\"" subject "\"}}\f"

static void hello_comes_first_then_all_that_is_known(void)
{
	struct reader_job last = {.id = 7, .told = "last"}, silent = {.id = 3, .next = &last};
	struct reader_job first = {.id = 2, .told = "first", .next = &silent};
	const char *text;

	begin();
	r.jobs = &first;
	r.complete = true;
	CHECK_TEXT(heard(), "");
	say(ATTACH);
	text = heard();
	CHECK(!strncmp(text, "hello,{\"type\":\"snapshot\"", 24));
	CHECK(strstr(text, "\"phase\":\"begin\"") && strstr(text, "},first,last,{") &&
	      strstr(text, "\"phase\":\"end\",\"complete\":true}},"));
	reader_client_tell(&c, "live\f", 5);
	connection_flush(&c.conn);
	CHECK_TEXT(heard(), "live,");
	end();
}

static void requests_out_of_place_are_refused(void)
{
	begin();
	say(READ("smartctl", "sda"));
	CHECK(strstr(heard(), "\"reason\":\"attach must come first\""));
	say(ATTACH);
	heard();
	say(READ("smartctl", "sda"));
	CHECK_TEXT(heard(), "");
	say(READ("smartctl", "sdb"));
	CHECK(strstr(heard(), "\"type\":\"refused\""));
	CHECK(c.conn.fd >= 0);
	say(READ("smartctl", "../sda"));
	CHECK(strstr(heard(), "\"type\":\"refused\"") && c.conn.fd < 0);
	CHECK(strstr(logged, "bad requests"));
	end();
}

static void a_request_has_an_end(void)
{
	static char endless[REQUEST_BYTES_MAX];

	begin();
	memset(endless, ' ', sizeof(endless));
	CHECK(write(other, endless, sizeof(endless)) == sizeof(endless) && write(other, "{", 1) == 1);
	for (size_t i = 0; i < 2 + sizeof(endless) / 16384 && c.conn.fd >= 0; i++)
		connection_event(&c.conn, EPOLLIN);
	CHECK(c.conn.fd < 0 && strstr(logged, "closed: a request without end"));
	end();
}

static void what_it_said_before_it_went_counts(void)
{
	begin();
	say(ATTACH);
	heard();
	CHECK(write(other, READ("smartctl", "sda"), sizeof(READ("smartctl", "sda")) - 1) > 0);
	CHECK(!shutdown(other, SHUT_RDWR));
	connection_event(&c.conn, EPOLLIN | EPOLLHUP);
	CHECK(asked == 1 && c.conn.fd >= 0);
	connection_event(&c.conn, EPOLLIN | EPOLLHUP);
	CHECK(c.conn.half_closed && c.conn.fd >= 0);
	connection_event(&c.conn, EPOLLHUP);
	CHECK(c.conn.fd < 0);
	end();
}

/* Whatever comes behind the request that it was closed for: nothing of it is obeyed, or kept. */
static void who_is_dropped_is_obeyed_no_longer(void)
{
	static char pending[READER_PENDING_MAX];

	begin();
	say(ATTACH);
	reader_client_tell(&c, pending, sizeof(pending));
	CHECK(c.conn.fd >= 0);
	say(READ("smartctl", "sdb") READ("smartctl", "sda") "{\"half\":");
	CHECK(c.conn.fd < 0 && asked == 1 && !c.conn.in.partial);
	CHECK(strstr(logged, "it does not read what it is sent"));
	end();
}

static void who_does_not_read_is_dropped_and_a_snapshot_waits(void)
{
	static char big[256 * 1024];
	static struct reader_job jobs[64];
	size_t count = 0;

	begin();
	memset(big, 'x', sizeof(big) - 1);
	for (size_t i = 0; i < 64; i++)
		jobs[i] = (struct reader_job){.id = i + 1, .told = big, .next = i < 63 ? &jobs[i + 1] : NULL};
	r.jobs = jobs;
	say(ATTACH);
	/* 16 MiB are known, but no more than one of them waits in memory. */
	CHECK(c.conn.blocked && c.in_snapshot && connection_waits(&c.conn) < 2 * sizeof(big));
	while (c.conn.fd >= 0 && count < 64) {
		reader_client_tell(&c, big, sizeof(big));
		count++;
	}
	CHECK(c.conn.fd < 0 && count * sizeof(big) > READER_PENDING_MAX / 2 &&
	      count * sizeof(big) <= READER_PENDING_MAX + sizeof(big));
	CHECK(strstr(logged, "it does not read what it is sent"));
	end();
}

int main(void)
{
	RUN(hello_comes_first_then_all_that_is_known);
	RUN(requests_out_of_place_are_refused);
	RUN(a_request_has_an_end);
	RUN(what_it_said_before_it_went_counts);
	RUN(who_is_dropped_is_obeyed_no_longer);
	RUN(who_does_not_read_is_dropped_and_a_snapshot_waits);
	return check_done();
}
