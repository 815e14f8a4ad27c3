/* SPDX-License-Identifier: Apache-2.0 */
/* Strategy timer: a BPF timer looks at each link every 1 to 10 ms. */
#include <errno.h>
#include <stdio.h>
#include "bpf.h"
#include "carrier_object.h"

static int start(struct helper *h, char *why, size_t why_size)
{
	const char *step = "open";
	int error = -ENOMEM;

	if (carrier_object_open())
		error = carrier_object_start(h, helper_options(h)->carrier_interval_us, &step);

	if (error)
		snprintf(why, why_size, "%s: %s", step, bpf_why(error));
	return error;
}

const struct carrier_strategy carrier_by_timer = {
    .name = "timer",
    .start = start,
    .interval_us = carrier_object_interval_us,
    .rescan = carrier_object_rescan,
    .stop = carrier_object_stop,
    .bpf_ns = carrier_object_bpf_ns,
};
