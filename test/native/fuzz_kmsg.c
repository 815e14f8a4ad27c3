/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a record of the kernel's log: what was read is whole, within its limits, and can be encoded.
 */
#include <assert.h>
#include <stdlib.h>
#include "encoder.h"
#include "../../native/sources/kmsg_parse.c"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static const struct frame_identity who = {.boot_id = "b413452c-bb23-4f74-b2c4-587d2b972cb4",
						  .epoch = 1};
	static char text[FRAME_ENCODED_MAX];
	struct frame f = {.type = FRAME_KMSG};
	char *copy = malloc(size + 1);
	struct kmsg_record r;

	memcpy(copy, bytes, size);
	copy[size] = '\0';
	if (kmsg_parse(copy, size, &r)) {
		assert(memchr(r.frame.text, '\0', sizeof(r.frame.text)) && !strchr(r.frame.text, '\n'));
		assert(memchr(r.frame.subsystem, '\0', sizeof(r.frame.subsystem)));
		assert(memchr(r.frame.device, '\0', sizeof(r.frame.device)));
		assert(r.frame.level < 8);
		f.kmsg = r.frame;
		assert(frame_encode(&f, &who, 1, text, sizeof(text)) > 0);
		assert(frame_size(&f) <= sizeof(f));
	}
	free(copy);
	return 0;
}
