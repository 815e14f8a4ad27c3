/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as DRBD's answer: what was read can be encoded as a session. */
#include <assert.h>
#include <stdlib.h>
#include "encoder.h"
#include "../../native/sources/rtnl_parse.c"
#include "../../native/sources/rtnl_parse_bond.c"
#include "../../native/sources/drbd_parse.c"

static void message(void *data, const struct nlmsghdr *m)
{
	static const struct frame_identity who = {.boot_id = "b413452c-bb23-4f74-b2c4-587d2b972cb4",
						  .epoch = 1};
	static char text[FRAME_ENCODED_MAX];
	struct frame f = {.type = FRAME_SESSION, .session = {.protocol = SESSION_DRBD, .state = "Connected"}};
	struct drbd_device device;

	(void)data;
	if (drbd_parse_status(m, &device))
		return;
	f.session.local = device.local;
	f.session.remote = device.remote;
	f.session.remote_port = device.remote_port;
	snprintf(f.session.target, sizeof(f.session.target), "%s", device.resource);
	assert(frame_encode(&f, &who, 1, text, sizeof(text)) > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	char *copy = malloc(size + 1); /* aligned, and with its end where the sanitizer sees it */

	memcpy(copy, bytes, size);
	rtnl_each_message(copy, size, message, NULL);
	free(copy);
	return 0;
}
