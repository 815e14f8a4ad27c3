/* SPDX-License-Identifier: Apache-2.0 */
/* Strategy timer: a BPF timer looks at each link every 1 to 10 ms. */
#include <errno.h>
#include <stdio.h>
#include "bpf.h"
#include "carrier_object.h"

static uint64_t interval_us(const struct helper *h)
{
	return helper_options(h)->carrier_interval_us;
}

static int start(struct helper *h, char *why, size_t why_size)
{
	const char *step = "open";
	int error = carrier_object_open() ? carrier_object_start(h, interval_us(h), &step) : -ENOMEM;

	if (error)
		snprintf(why, why_size, "%s: %s", step, bpf_why(error));
	return error;
}

const struct carrier_strategy carrier_by_timer = {
    .name = "timer",
    .start = start,
    .interval_us = interval_us,
    .rescan = carrier_object_rescan,
    .stop = carrier_object_stop,
    .bpf_ns = carrier_object_bpf_ns,
};
