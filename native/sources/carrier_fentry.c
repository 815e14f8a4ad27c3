/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Strategy fentry: the kernel's own functions tell as they change a link (bpf/carrier_hooks.h). Kernels
 * without BPF trampolines, or locked down against them, refuse at load or at attach; that cannot be asked
 * for.
 *
 * What changes a device without these functions, and what was too much at once, is found by a slow timer; by
 * the timer strategy's own pace where hooks for the administrative state are missing.
 */
#include <errno.h>
#include <stdio.h>
#include "bpf.h"
#include "carrier_object.h"

#define SLOW_US 25000

/* kernel.ftrace_enabled = 0: everything loads and attaches, and no hook is ever called. */
static bool hooks_are_off(void)
{
	FILE *f = fopen("/proc/sys/kernel/ftrace_enabled", "re");
	int enabled = 1;

	if (f) {
		if (fscanf(f, "%d", &enabled) != 1)
			enabled = 1;
		fclose(f);
	}
	return !enabled;
}

/* False: one without which there is no such strategy is missing. */
static bool choose_hooks(const struct helper *h, struct carrier_bpf *b, uint64_t *pace_us)
{
	bool carrier = bpf_want_function(b->progs.carrier_off, "netif_carrier_off") &&
		       bpf_want_function(b->progs.carrier_on, "netif_carrier_on");
	bool admin = bpf_want_function(b->progs.set_up, "dev_activate") &&
		     bpf_want_function(b->progs.set_down, "dev_deactivate_many");

	bpf_want_function(b->progs.carrier_pulse, "netif_carrier_event");
	*pace_us = admin ? SLOW_US : helper_options(h)->carrier_interval_us;
	return carrier;
}

/* A timer has seen to the time before: what happened meanwhile is told by its next look. */
static int attach(struct carrier_bpf *b)
{
	struct bpf_link **const links[] = {&b->links.carrier_off, &b->links.carrier_on,
					   &b->links.carrier_pulse, &b->links.set_up, &b->links.set_down};
	struct bpf_program *const hooks[] = {b->progs.carrier_off, b->progs.carrier_on,
					     b->progs.carrier_pulse, b->progs.set_up, b->progs.set_down};

	for (size_t i = 0; i < sizeof(hooks) / sizeof(hooks[0]); i++) {
		if (!bpf_program__autoload(hooks[i]))
			continue;
		*links[i] = bpf_program__attach(hooks[i]);
		if (!*links[i])
			return -errno;
	}
	return 0;
}

static int start(struct helper *h, char *why, size_t why_size)
{
	struct carrier_bpf *b;
	const char *step = "open";
	uint64_t pace_us = 0;
	int error;

	if (hooks_are_off()) {
		snprintf(why, why_size, "kernel.ftrace_enabled is 0");
		return -EOPNOTSUPP;
	}
	b = carrier_object_open();
	if (b && !choose_hooks(h, b, &pace_us)) {
		snprintf(why, why_size, "no netif_carrier_off and netif_carrier_on in the kernel's BTF");
		carrier_object_stop(h);
		return -ESRCH;
	}
	error = b ? carrier_object_start(h, pace_us, &step) : -ENOMEM;
	if (!error) {
		step = "attach";
		b->bss->hooks = pace_us == SLOW_US;
		error = attach(b);
		if (error)
			carrier_object_stop(h);
	}
	/* The same programs without hooks tell whether it is privilege that is missing. */
	if (error == -EPERM)
		snprintf(why, why_size, "%s: the kernel does not permit it", step);
	else if (error)
		snprintf(why, why_size, "%s: %s", step, bpf_why(error));
	return error;
}

const struct carrier_strategy carrier_by_fentry = {
    .name = "fentry",
    .start = start,
    .interval_us = carrier_object_interval_us,
    .rescan = carrier_object_rescan,
    .stop = carrier_object_stop,
    .bpf_ns = carrier_object_bpf_ns,
};
