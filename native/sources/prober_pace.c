/* SPDX-License-Identifier: Apache-2.0 */
/* When probes are due: one timer for all of the same intervals, faster in a burst. */
#include <errno.h>
#include "prober.h"

#define BURST_US 2000000
/* In a burst an echo as young as that will do for one that is wanted at once. */
#define AT_ONCE_SPACING_US 10000

static struct pace {
	struct helper *helper;
	uint32_t interval_ms, burst_ms;
	probe_due_fn fn;
	struct loop_timer *timer;
	uint64_t due_us; /* the last time */
} paces[REQUEST_PROBES_MAX];
static size_t pace_count;

static struct loop_timer *end_of_burst;
static uint64_t burst_until_us;

bool probe_bursting(void)
{
	return now_us() < burst_until_us;
}

static void due(void *data)
{
	struct pace *pace = data;

	pace->due_us = now_us();
	pace->fn(pace->helper, pace->interval_ms, pace->burst_ms);
}

static uint64_t period_us(const struct pace *pace)
{
	bool faster = probe_bursting() && pace->burst_ms < pace->interval_ms;

	return (uint64_t)(faster ? pace->burst_ms : pace->interval_ms) * 1000;
}

static void calm(void *data)
{
	uint64_t now = now_us();

	(void)data;
	if (!burst_until_us)
		return;
	/* Flows have stalled since, or the paces are new. */
	if (now < burst_until_us) {
		loop_arm_timer(end_of_burst, burst_until_us - now, 0);
		return;
	}
	for (size_t i = 0; i < pace_count; i++)
		loop_arm_timer(paces[i].timer, period_us(&paces[i]), period_us(&paces[i]));
	burst_until_us = 0;
}

void prober_burst(struct helper *h)
{
	uint64_t now = now_us();
	bool already = now < burst_until_us;

	(void)h;
	burst_until_us = now + BURST_US;
	for (size_t i = 0; i < pace_count; i++) {
		struct pace *pace = &paces[i];

		if (!already || now - pace->due_us > AT_ONCE_SPACING_US)
			loop_arm_timer(pace->timer, 0, period_us(pace));
	}
	if (!already && end_of_burst)
		loop_arm_timer(end_of_burst, BURST_US, 0);
}

int probe_paces_add(struct helper *h, uint32_t interval_ms, uint32_t burst_ms, probe_due_fn fn)
{
	struct pace *pace = &paces[pace_count];

	for (size_t i = 0; i < pace_count; i++)
		if (paces[i].interval_ms == interval_ms && paces[i].burst_ms == burst_ms)
			return 0;
	if (!end_of_burst)
		end_of_burst = loop_add_timer(helper_loop(h), 0, 0, calm, NULL);
	if (!end_of_burst)
		return -ENOMEM;
	*pace = (struct pace){.helper = h, .interval_ms = interval_ms, .burst_ms = burst_ms, .fn = fn};
	pace->timer = loop_add_timer(helper_loop(h), 0, period_us(pace), due, pace);
	if (!pace->timer)
		return -ENOMEM;
	pace_count++;
	return 0;
}

void probe_paces_clear(struct helper *h)
{
	for (size_t i = 0; i < pace_count; i++)
		loop_remove_timer(helper_loop(h), paces[i].timer);
	pace_count = 0;
	loop_remove_timer(helper_loop(h), end_of_burst);
	end_of_burst = NULL;
	if (!probe_bursting())
		burst_until_us = 0;
}
