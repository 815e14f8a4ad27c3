/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel stamps its log with local_clock(), which nothing slews: CLOCK_MONOTONIC leaves it behind by what
 * NTP corrects, seconds in a month. Nobody else can read that clock, but whoever reads a record can tell that
 * it was written before: the shortest time between the two, of late, is the distance of the clocks.
 */
#ifndef PATHWARDEN_KMSG_CLOCK_H
#define PATHWARDEN_KMSG_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

/* The clocks part by 500 ppm at most where NTP disciplines by frequency alone (MAXFREQ), and by adjtime() by
 * as much again. */
#define KMSG_CLOCK_DRIFT 1000 /* one part in so many */

struct kmsg_clock {
	bool known;
	int64_t distance_us;
	uint64_t at_us; /* when that was found */
};

/*
 * CLOCK_MONOTONIC of a record that was stamped record_us and read at now_us: not later than now_us, and late
 * by no more than the fastest read record was, plus the drift since. Early only if the clock is slewed faster
 * than that.
 */
static inline uint64_t kmsg_clock_time(struct kmsg_clock *c, uint64_t record_us, uint64_t now_us)
{
	int64_t distance_us = (int64_t)(now_us - record_us), at_most_us;

	at_most_us = c->distance_us + (int64_t)((now_us - c->at_us) / KMSG_CLOCK_DRIFT);
	if (!c->known || distance_us <= at_most_us)
		*c = (struct kmsg_clock){.known = true, .distance_us = distance_us, .at_us = now_us};
	else
		distance_us = at_most_us;
	return record_us + (uint64_t)distance_us;
}

#endif
