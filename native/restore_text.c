/* SPDX-License-Identifier: Apache-2.0 */
#include <linux/nexthop.h>
#include <stdio.h>
#include "restore_text.h"

void restore_text_group(const struct nlmsghdr *group, uint32_t id, char out[FRAME_STEERING_TEXT_MAX])
{
	const struct nexthop_grp *members;
	size_t count = group && group->nlmsg_len ? record_members(group, &members) : 0, used;

	used = (size_t)snprintf(out, FRAME_STEERING_TEXT_MAX,
				count ? "nexthop id %u group" : "no nexthop id %u", id);
	for (size_t i = 0; i < count && used < FRAME_STEERING_TEXT_MAX; i++) {
		/* The byte behind the weight is its high byte since 6.12, and 0 before. */
		unsigned int weight =
		    (members[i].weight | (unsigned int)((const uint8_t *)&members[i])[5] << 8) + 1;

		used += (size_t)snprintf(out + used, FRAME_STEERING_TEXT_MAX - used, "%c%u", i ? '/' : ' ',
					 members[i].id);
		if (weight > 1 && used < FRAME_STEERING_TEXT_MAX)
			used += (size_t)snprintf(out + used, FRAME_STEERING_TEXT_MAX - used, ",%u", weight);
	}
}
