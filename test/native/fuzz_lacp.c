/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a file of /proc/net/bonding: names are names, and whatever was read can be encoded. */
#include <assert.h>
#include <stdlib.h>
#include "encoder.h"
#include "../../native/sources/lacp_parse.c"

static size_t seen;

static void member(void *data, const struct lacp_member *m)
{
	static const struct frame_identity who = {.boot_id = "b413452c-bb23-4f74-b2c4-587d2b972cb4",
						  .epoch = 1};
	static char text[FRAME_ENCODED_MAX];
	struct frame f = {.type = FRAME_LACP_PORT};

	(void)data;
	assert(m->ifname[0] && memchr(m->ifname, '\0', sizeof(m->ifname)));
	f.lacp_port = m->port;
	f.lacp_port.ifindex = 1;
	f.lacp_port.bond_ifindex = 2;
	assert(frame_encode(&f, &who, 1, text, sizeof(text)) > 0);
	seen++;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	char *copy = malloc(size ? size : 1); /* with its end where the sanitizer sees it */
	size_t whole, cut;

	memcpy(copy, bytes, size);
	seen = 0;
	whole = lacp_parse(copy, size, true, member, NULL);
	assert(whole == seen);
	seen = 0;
	cut = lacp_parse(copy, size, false, member, NULL);
	assert(cut == seen && whole - cut <= 1);
	free(copy);
	return 0;
}
