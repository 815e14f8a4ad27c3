/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include "kmsg_parse.h"

#define ESCAPED 4 /* \x0a */

/* "4,1234,5678,-;text": decimal, and `end` behind it. Moves beyond that. */
static bool take_number(const char **at, char end, uint64_t *out)
{
	const char *p = *at;

	*out = 0;
	for (; *p >= '0' && *p <= '9'; p++) {
		if (*out > UINT64_MAX / 10 - 1)
			return false;
		*out = *out * 10 + (uint64_t)(*p - '0');
	}
	if (p == *at || *p != end)
		return false;
	*at = p + 1;
	return true;
}

static void copy(char *to, size_t size, const char *from, size_t length)
{
	if (length >= size) {
		size_t cut = size - 1;

		length = cut;
		/* Half an escape would be read as what it is not. */
		for (size_t i = 1; i < ESCAPED; i++)
			if (from[cut - i] == '\\')
				length = cut - i;
	}
	memcpy(to, from, length);
	to[length] = '\0';
}

/* The lines behind the text: " SUBSYSTEM=scsi", " DEVICE=+scsi:0:0:0:0". */
static void take_dictionary(const char *line, const char *end, struct frame_kmsg *f)
{
	static const char subsystem[] = " SUBSYSTEM=", device[] = " DEVICE=";

	while (line < end) {
		const char *stop = memchr(line, '\n', (size_t)(end - line));
		size_t length = (size_t)((stop ? stop : end) - line);

		if (length >= sizeof(subsystem) - 1 && !memcmp(line, subsystem, sizeof(subsystem) - 1))
			copy(f->subsystem, sizeof(f->subsystem), line + sizeof(subsystem) - 1,
			     length - (sizeof(subsystem) - 1));
		else if (length >= sizeof(device) - 1 && !memcmp(line, device, sizeof(device) - 1))
			copy(f->device, sizeof(f->device), line + sizeof(device) - 1,
			     length - (sizeof(device) - 1));
		line += length + 1;
	}
}

bool kmsg_parse(const char *text, size_t size, struct kmsg_record *out)
{
	const char *at = text, *end = text + strnlen(text, size), *stop;
	uint64_t priority;

	memset(out, 0, sizeof(*out));
	if (!take_number(&at, ',', &priority) || !take_number(&at, ',', &out->frame.sequence) ||
	    !take_number(&at, ',', &out->us))
		return false;
	/* Flags, and whatever a later kernel has put behind them (caller=T1). */
	at = memchr(at, ';', (size_t)(end - at));
	if (!at)
		return false;
	at++;
	out->facility = priority >> 3;
	out->frame.level = priority & 7;
	stop = memchr(at, '\n', (size_t)(end - at));
	copy(out->frame.text, sizeof(out->frame.text), at, (size_t)((stop ? stop : end) - at));
	if (stop)
		take_dictionary(stop + 1, end, &out->frame);
	return true;
}
