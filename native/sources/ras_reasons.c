/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>
#include "ras_reasons.h"

#define NO "no "

void ras_reasons_add(struct ras_reasons *r, const char *why)
{
	bool is_no = !strncmp(why, NO, strlen(NO));
	size_t length = strlen(r->text), room = sizeof(r->text) - length;
	const char *separator = !length ? "" : is_no && r->ends_with_no ? ", " : "; ";
	int n;

	if (is_no && r->ends_with_no)
		why += strlen(NO);
	n = snprintf(r->text + length, room, "%s%s", separator, why);
	if (n >= 0 && (size_t)n >= room)
		memcpy(r->text + sizeof(r->text) - 4, "...", 4);
	r->ends_with_no = is_no;
}

unsigned int ras_choose(const struct ras_program *programs, size_t count, struct ras_reasons *why_not)
{
	unsigned int chosen = 0;

	for (size_t i = 0; i < count;) {
		const struct ras_program *first = &programs[i], *fits = NULL;
		char why[FRAME_REASON_MAX], other[FRAME_REASON_MAX];

		for (; i < count && !strcmp(programs[i].tracepoint.name, first->tracepoint.name); i++) {
			bool is_first = &programs[i] == first;

			/* The same program may stand here for two shapes. */
			if (fits && programs[i].program != fits->program)
				bpf_program__set_autoload(programs[i].program, false);
			else if (!fits && bpf_want_exactly(programs[i].program, &programs[i].tracepoint,
							   is_first ? why : other, sizeof(why)))
				fits = &programs[i];
		}
		if (fits)
			chosen++;
		else if (!first->may_be_missing || strncmp(why, NO, strlen(NO)))
			ras_reasons_add(why_not, why);
	}
	return chosen;
}
