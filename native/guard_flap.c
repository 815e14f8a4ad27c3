/* SPDX-License-Identifier: Apache-2.0 */
/* A link that goes down and up at a fixed rate. The first edge is the cut and the last one the heal. */
#include "guard.h"

#include <string.h>

static void tell_edge(uint64_t t_us, bool up)
{
	out_begin("edge");
	out_uint("t_us", t_us);
	out_uint("uncertainty_us", guard_now_us() - t_us);
	out_bool("up", up);
	out_end(0);
}

static enum owner_word wait_until(struct owner *o, uint64_t until_us)
{
	enum owner_word word;

	do
		word = owner_wait(o, until_us, -1);
	while (word == OWNER_CUT);
	return word;
}

enum owner_word flap_run(struct netlink *nl, struct owner *o, const struct guard_options *options,
			 uint64_t cut_us)
{
	uint64_t half_us = options->period_ms * 500ull, edges = options->flaps * 2ull;
	uint64_t deadline = cut_us + (edges - 1) * half_us;

	for (uint64_t i = 1; i < edges - 1; i++) {
		enum owner_word word = wait_until(o, cut_us + i * half_us);
		uint64_t t_us = guard_now_us();
		bool up = i & 1;
		int rc;

		if (word != OWNER_TIMEOUT)
			return word;
		/* A link that takes longer than half a period to change flaps less often, not longer. */
		if (t_us >= deadline) {
			out_reason("warning",
				   "only %llu of %u flaps were made in the time: the link is too slow",
				   (unsigned long long)(i + 1) / 2, options->flaps);
			return OWNER_TIMEOUT;
		}
		rc = link_set(nl, CUT_FLAP, options->ifindex, up, NULL, 0);
		if (rc)
			out_reason("warning", "the link cannot be set %s: %s", up ? "up" : "down",
				   strerror(-rc));
		else
			tell_edge(t_us, up);
	}
	return wait_until(o, deadline);
}
