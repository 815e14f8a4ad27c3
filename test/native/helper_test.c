/* SPDX-License-Identifier: Apache-2.0 */
/* What the sources report of themselves: losses and their state. */
#include "check.h"
#include "idle_loop.h"
#include "../../native/helper.c"

static struct frame last;

uint64_t now_us(void)
{
	return 5;
}
struct loop *loop_new(void)
{
	return NULL;
}
void loop_free(struct loop *l)
{
	(void)l;
}
int ring_init(struct ring *r, size_t size)
{
	(void)r;
	(void)size;
	return 0;
}
void ring_free(struct ring *r)
{
	(void)r;
}
uint64_t ring_append(struct ring *r, const struct frame *f)
{
	(void)r;
	last = *f;
	return 0;
}
void watch_print(struct helper *h, const struct frame *f)
{
	(void)h;
	(void)f;
}
void log_line(int level, const char *fmt, ...)
{
	(void)level;
	(void)fmt;
}
uint64_t nudge_keep_caps(const struct helper *h)
{
	(void)h;
	return 0;
}

static const struct source disk = {.name = "disk"}, tcp = {.name = "tcp"};
static const struct source *const sources[] = {&disk, &tcp, NULL};
static struct helper h;

static void counts_losses_by_what_dropped_them(void)
{
	static const char *const by_netlink[] = {"rtnl", "team", "multipath", "disk", "session"};
	static const char *const by_bpf[] = {"carrier", "tcp", "netdev", "bond", "block"};

	for (size_t i = 0; i < 5; i++) {
		helper_lost(&h, by_netlink[i], 0, "overrun"); /* 0: not known how many */
		CHECK(h.dropped_netlink == i + 1 && h.dropped_bpf == 7 * i);
		helper_lost(&h, by_bpf[i], 7, "full");
		CHECK(h.dropped_netlink == i + 1 && h.dropped_bpf == 7 * (i + 1));
	}
	CHECK(last.type == FRAME_LOST && last.lost.count == 7);
	CHECK_TEXT(last.lost.source, "block");
	CHECK_TEXT(last.lost.reason, "full");
}

static void once_absent_stays_absent(void)
{
	h.sources = sources;
	h.status[0].state = h.status[1].state = "ok";
	helper_degrade(&h, "tcp", "degraded", "no %s", "iterator");
	CHECK_TEXT(h.status[1].state, "degraded");
	CHECK_TEXT(h.status[1].reason, "no iterator");
	helper_degrade(&h, "tcp", "absent", "load: no");
	helper_degrade(&h, "tcp", "degraded", "later");
	CHECK_TEXT(h.status[1].state, "absent");
	CHECK_TEXT(h.status[1].reason, "load: no");
	CHECK_TEXT(h.status[0].state, "ok");
}

int main(void)
{
	RUN(counts_losses_by_what_dropped_them);
	RUN(once_absent_stays_absent);
	return check_done();
}
