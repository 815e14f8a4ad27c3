/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as messages and dumps of next hops and routes: what is remembered can be sent, and is in bounds.
 */
#include <assert.h>
#include <stdlib.h>
#include "../../native/record.c"
#include "../../native/record_group.c"
#include "../../native/record_name.c"
#include "../../native/restore_memory.c"
#include "../../native/restore_heard.c"
#include "../../native/restore_dumped.c"
#include "../../native/steer_policy.c"

static struct restore_group g;

static bool runs(uint32_t ifindex, void *data)
{
	(void)data;
	return ifindex & 1;
}

static void check(void)
{
	char why[STEER_WHY_MAX];

	assert(g.member_count <= FRAME_HOPS_MAX && g.route_count <= RESTORE_ROUTES_MAX);
	for (uint32_t i = 0; i < g.route_count; i++)
		assert(record_valid(&g.routes[i].record.head));
	for (uint32_t i = 0; i < g.member_count; i++)
		assert(!restore_is_known(&g.members[i].record) || record_valid(&g.members[i].record.head));
	if (restore_group_is_due(&g, runs, NULL))
		assert(record_valid(&g.whole.head));
	restore_group_not_ours(&g, why);
}

/* Before each message a byte that says how it comes. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	memset(&g, 0, sizeof(g));
	g.id = 10;
	while (size > sizeof(struct nlmsghdr)) {
		uint8_t how = *data;
		struct nlmsghdr head, *m;

		memcpy(&head, data + 1, sizeof(head));
		if (head.nlmsg_len < sizeof(head) || head.nlmsg_len > size - 1)
			return 0;
		m = malloc(head.nlmsg_len);
		memcpy(m, data + 1, head.nlmsg_len);
		if (how & 1)
			restore_group_heard(&g, m, how & 2);
		else
			restore_group_dumped(&g, m);
		free(m);
		if (how & 4)
			restore_group_dump_ended(&g, how & 8 ? 4 : 0);
		if (how & 16)
			restore_group_dump_begins(&g, how & 32 ? 6 : 0);
		check();
		data += 1 + head.nlmsg_len;
		size -= 1 + head.nlmsg_len;
	}
	return 0;
}
