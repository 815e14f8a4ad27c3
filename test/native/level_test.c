/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include "check.h"
#include "encoder.h"
#include "../../native/sources/level.c"
#include "../../native/sources/told.c"

static struct frame said[16];
static size_t count;
static uint64_t now;

uint64_t now_us(void)
{
	return ++now;
}

void helper_emit(struct helper *h, const struct frame *f)
{
	(void)h;
	said[count++] = *f;
}

static struct frame watchdog(const char *name, bool active)
{
	struct frame f = {.type = FRAME_WATCHDOG, .watchdog.active = active};

	strcpy(f.watchdog.watchdog, name);
	return f;
}

static bool tell(struct told *t, const char *name, bool active)
{
	struct frame f = watchdog(name, active);

	return level_tell(NULL, t, &f);
}

static void tells_what_differs(void)
{
	struct told t;

	told_init(&t, FRAME_WATCHDOG, 2);
	count = 0;
	CHECK(tell(&t, "a", false) && count == 1 && said[0].t_us == now);
	CHECK(tell(&t, "a", false) && count == 1);
	CHECK(tell(&t, "a", true) && count == 2 && said[1].watchdog.active && !said[1].watchdog.gone);
	CHECK(tell(&t, "b", true) && count == 3);
	CHECK(!tell(&t, "c", true) && count == 3);

	t.dump++;
	tell(&t, "b", true);
	level_forget_unseen(NULL, &t);
	CHECK(count == 4 && said[3].watchdog.gone);
	CHECK_TEXT(said[3].watchdog.watchdog, "a");
	/* There is room again; and what has gone is new when it comes back. */
	CHECK(tell(&t, "a", true) && count == 5 && !said[4].watchdog.gone);
	told_free(&t);
}

static void takes_snapshots(void)
{
	struct told t;

	told_init(&t, FRAME_WATCHDOG, 2);
	count = 0;
	tell(&t, "b", false);
	tell(&t, "a", true);
	count = 0;
	level_mark(NULL, "supply", false, true);
	level_tell_all(NULL, &t);
	level_mark(NULL, "supply", true, true);
	CHECK(count == 4 && said[0].type == FRAME_SNAPSHOT && !said[0].snapshot.end);
	CHECK_TEXT(said[1].watchdog.watchdog, "a");
	CHECK(said[3].snapshot.end && said[3].snapshot.complete);
	CHECK_TEXT(said[3].snapshot.source, "supply");
	told_free(&t);
}

int main(void)
{
	RUN(tells_what_differs);
	RUN(takes_snapshots);
	return check_done();
}
