/* SPDX-License-Identifier: Apache-2.0 */
/* Jobs go to a real thread and their results come back, in order, or are refused. */
#include <poll.h>
#include "check.h"
#include "../../native/worker.c"

enum { ROOM = 4, BLOCK = 99, ECHO = 100 };

static void work(const void *data);

static int jobs[ROOM], results[ROOM];
static struct worker worker = WORKER(work, jobs, results);
static int begun, may_go; /* eventfds of BLOCK */

static void work(const void *data)
{
	const int *job = data;
	eventfd_t count;

	if (*job == BLOCK) {
		eventfd_write(begun, 1);
		eventfd_read(may_go, &count);
	}
	worker_tell(&worker, job);
}

static bool push(int job)
{
	return worker_push(&worker, &job);
}

/* As the loop takes them: all that there are before it waits again. -1: nothing came in ten seconds. */
static int wait_for_result(void)
{
	struct pollfd p = {.fd = worker_fd(&worker), .events = POLLIN};
	int result;

	while (!worker_pop(&worker, &result))
		if (poll(&p, 1, 10000) != 1)
			return -1;
	return result;
}

static void wait_until_begun(void)
{
	eventfd_t count;

	eventfd_read(begun, &count);
}

static void results_come_in_the_order_of_the_jobs(void)
{
	int nothing;

	CHECK(worker_fd(&worker) == -1);
	CHECK(worker_open(&worker) == 0);
	CHECK(push(ECHO + 1) && push(ECHO + 2)); /* before it runs */
	CHECK(worker_run(&worker) == 0);
	CHECK(push(ECHO + 3));
	for (int i = 1; i <= 3; i++)
		CHECK(wait_for_result() == ECHO + i);
	for (int i = 0; i < 10 * ROOM; i++) {
		CHECK(push(i));
		CHECK(wait_for_result() == i);
	}
	CHECK(!worker_pop(&worker, &nothing));
	worker_close(&worker);
	CHECK(worker_fd(&worker) == -1);
}

static void a_full_queue_refuses(void)
{
	CHECK(worker_open(&worker) == 0 && worker_run(&worker) == 0);
	CHECK(push(BLOCK));
	wait_until_begun();
	/* The one that is being done has its place still. */
	for (int i = 1; i < ROOM; i++)
		CHECK(push(ECHO + i));
	CHECK(!push(ECHO + ROOM));
	eventfd_write(may_go, 1);
	CHECK(wait_for_result() == BLOCK);
	for (int i = 1; i < ROOM; i++)
		CHECK(wait_for_result() == ECHO + i);
	for (int i = 0; i < ROOM; i++)
		CHECK(worker_tell(&worker, &i));
	CHECK(!worker_tell(&worker, &(int){ROOM}));
	worker_close(&worker);
}

static void what_was_not_begun_is_forgotten_at_the_end(void)
{
	int result;

	CHECK(worker_open(&worker) == 0 && worker_run(&worker) == 0);
	CHECK(push(BLOCK));
	wait_until_begun();
	CHECK(push(ECHO));
	pthread_mutex_lock(&worker.lock);
	worker.stopping = true; /* as worker_close() begins */
	pthread_mutex_unlock(&worker.lock);
	eventfd_write(may_go, 1);
	worker_close(&worker);
	CHECK(worker_open(&worker) == 0);
	CHECK(!worker_pop(&worker, &result));
	CHECK(push(ECHO + 1) && worker_run(&worker) == 0);
	CHECK(wait_for_result() == ECHO + 1);
	worker_close(&worker);
}

int main(void)
{
	begun = eventfd(0, 0);
	may_go = eventfd(0, 0);
	RUN(results_come_in_the_order_of_the_jobs);
	RUN(a_full_queue_refuses);
	RUN(what_was_not_begun_is_forgotten_at_the_end);
	close(begun);
	close(may_go);
	return check_done();
}
