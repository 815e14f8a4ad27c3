/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include "block_status.h"

/*
 * block/blk-core.c blk_errors[]. With 6.10 the numbers above 13 moved down by one: 16 and 17 are "offline" on
 * one side of it each, and what else they are occurs with zoned devices and duration limits only.
 */
static const char *const statuses[] = {
    [1] = "EOPNOTSUPP", [2] = "ETIMEDOUT", [3] = "ENOSPC", [4] = "ENOLINK", [5] = "EREMOTEIO",
    [6] = "EBADE",	[7] = "ENODATA",   [8] = "EILSEQ", [9] = "ENOMEM",  [10] = "EIO",
    [11] = "EREMCHG",	[12] = "EAGAIN",   [13] = "EBUSY", [14] = "EBUSY",  [15] = "EOVERFLOW",
    [16] = "ENODEV",	[17] = "ENODEV",   [18] = "ETIME", [19] = "EINVAL",
};

const char *block_status_name(int status)
{
	const char *name = NULL;

	if (status > 0 && (size_t)status < sizeof(statuses) / sizeof(statuses[0]))
		name = statuses[status];
	else if (status < 0)
		name = strerrorname_np(-status);
	return name ? name : "EIO";
}
