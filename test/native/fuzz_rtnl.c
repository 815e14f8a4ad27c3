/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as netlink messages: parsed, passed over or refused; and whatever was parsed can be encoded and
 * kept. */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include "encoder.h"
#include "../../native/sources/rtnl_parse.c"
#include "../../native/sources/rtnl_parse_bond.c"
#include "../../native/sources/rtnl_parse_route.c"
#include "../../native/sources/told.c"

static struct told told[4];

static void keep(struct told *t, struct frame *f)
{
	static const struct frame_identity who = {.boot_id = "b413452c-bb23-4f74-b2c4-587d2b972cb4",
						  .epoch = 1};
	static char text[FRAME_ENCODED_MAX];
	struct told_entry *e;

	assert(frame_encode(f, &who, 1, text, sizeof(text)) > 0);
	assert(frame_print(f, text, sizeof(text)) > 0);
	if (told_put(t, f, &e) != TOLD_FULL) {
		assert(told_find(t, f) == e && told_put(t, f, &e) == TOLD_SAME);
		if (frame_size(f) % 3 == 0)
			told_remove(t, e);
	}
}

static void message(void *data, const struct nlmsghdr *m)
{
	struct frame f;
	uint32_t lower;

	(void)data;
	if (!rtnl_parse_link(m, &f, &lower) && f.link.ifname[0])
		keep(&told[0], &f);
	if (!rtnl_parse_address(m, &f))
		keep(&told[1], &f);
	if (!rtnl_parse_route(m, &f))
		keep(&told[2], &f);
	if (!rtnl_parse_nexthop(m, &f))
		keep(&told[3], &f);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static const enum frame_type types[] = {FRAME_LINK, FRAME_ADDRESS, FRAME_ROUTE, FRAME_NEXTHOP};
	char *copy = malloc(size + 1); /* aligned, and with its end where the sanitizer sees it */

	for (size_t i = 0; i < 4; i++)
		told_init(&told[i], types[i], 8);
	memcpy(copy, bytes, size);
	rtnl_each_message(copy, size, message, NULL);
	for (size_t i = 0; i < 4; i++)
		told_free(&told[i]);
	free(copy);
	return 0;
}
