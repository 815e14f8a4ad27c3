/* SPDX-License-Identifier: Apache-2.0 */
/* The fields of what steering has done, as agent/wire.ts names them, in its order. */
#include "frame_put.h"

void frame_put_steering(struct json *j, const struct frame_steering *p)
{
	static const char *const outcomes[] = {
	    [STEERING_STEERED] = "steered", [STEERING_UNDONE] = "undone",   [STEERING_REFUSED] = "refused",
	    [STEERING_FAILED] = "failed",   [STEERING_STANDS] = "steering", [STEERING_RESTORED] = "restored"};
	static const char *const how[] = {[STEER_ACTIVE_MEMBER] = "active-member",
					  [STEER_ROUTE] = "route",
					  [STEER_LINK_DOWN] = "link-down",
					  [STEER_NEXTHOPS] = "nexthops"};

	json_put_text(j, "group", p->group, sizeof(p->group));
	put_choice(j, "outcome", outcomes, COUNT(outcomes), p->outcome);
	if (p->how == STEER_NOT)
		json_put_null(j, "how");
	else
		put_choice(j, "how", how, COUNT(how), p->how);
	json_put_uint(j, "from_ifindex", p->from_ifindex);
	put_id_or_null(j, "to_ifindex", p->to_ifindex);
	if (p->asked_us)
		json_put_uint(j, "asked_us", p->asked_us);
	else
		json_put_null(j, "asked_us");
	json_put_bool(j, "lasts", p->lasts);
	json_put_text(j, "before", p->before, sizeof(p->before));
	json_put_text(j, "after", p->after, sizeof(p->after));
	json_put_text(j, "reason", p->reason, sizeof(p->reason));
}
