/* SPDX-License-Identifier: Apache-2.0 */
#include "caps.h"
#include <errno.h>
#include <stdbool.h>
#include <sys/capability.h>

int caps_bound(uint64_t keep)
{
	for (cap_value_t cap = 0; cap < cap_max_bits() && cap < 64; cap++)
		if (!(keep & 1ULL << cap) && cap_get_bound(cap) == 1 && cap_drop_bound(cap))
			return -errno;
	return 0;
}

int caps_keep_only(uint64_t keep)
{
	cap_t old = cap_get_proc(), new = cap_init();
	int r = old && new ? 0 : -ENOMEM;

	for (cap_value_t cap = 0; !r && cap < cap_max_bits() && cap < 64; cap++) {
		cap_flag_value_t permitted = CAP_CLEAR;

		if (!(keep & 1ULL << cap) || cap_get_flag(old, cap, CAP_PERMITTED, &permitted) || !permitted)
			continue;
		if (cap_set_flag(new, CAP_PERMITTED, 1, &cap, CAP_SET) ||
		    cap_set_flag(new, CAP_EFFECTIVE, 1, &cap, CAP_SET))
			r = -errno;
	}
	if (!r && (cap_reset_ambient() || cap_set_proc(new)))
		r = -errno;
	cap_free(old);
	cap_free(new);
	return r;
}
