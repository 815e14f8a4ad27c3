/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a mount, an NVMe address and /proc/drbd: whatever was read can be encoded. */
#include <assert.h>
#include <stdlib.h>
#include "encoder.h"
#include "../../native/sources/mountinfo.c"
#include "../../native/sources/option_list.c"
#include "../../native/sources/session_parse.c"
#include "../../native/sources/sysfs.c"

static void encode(const struct frame_session *s)
{
	static const struct frame_identity who = {.boot_id = "b413452c-bb23-4f74-b2c4-587d2b972cb4",
						  .epoch = 1};
	static char text[FRAME_ENCODED_MAX];
	struct frame f = {.type = FRAME_SESSION, .session = *s};

	assert(frame_encode(&f, &who, 1, text, sizeof(text)) > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	char *copy = malloc(size + 1); /* with its end where the sanitizer sees it */
	struct frame_session s = {.protocol = SESSION_NVME_TCP};

	memcpy(copy, bytes, size);
	copy[size] = '\0';
	session_parse_nvme_address(copy, &s);
	if (session_parse_drbd(copy, 0, s.state, sizeof(s.state)))
		assert(!strpbrk(s.state, " \n"));
	encode(&s);
	if (session_parse_mount(copy, &s)) {
		assert(s.remote.family && s.remote_port && s.session[0]);
		encode(&s);
	}
	free(copy);
	return 0;
}
