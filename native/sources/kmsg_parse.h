/* SPDX-License-Identifier: Apache-2.0 */
/* One record of /dev/kmsg (Documentation/ABI/testing/dev-kmsg). */
#ifndef PATHWARDEN_KMSG_PARSE_H
#define PATHWARDEN_KMSG_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include "frame.h"

struct kmsg_record {
	uint64_t facility; /* 0: the kernel itself; what user space writes has another */
	uint64_t us;	   /* of the log's own clock: kmsg_clock.h */
	struct frame_kmsg frame;
};

/*
 * text[size] must be NUL. What is no printable ASCII stays escaped as the kernel has it (\x0a), a backslash,
 * too
 * (\x5c). What does not fit the frame is cut. False: it is no record.
 */
bool kmsg_parse(const char *text, size_t size, struct kmsg_record *out);

#endif
