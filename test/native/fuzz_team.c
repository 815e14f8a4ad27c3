/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as generic netlink messages about one team: its state stays one that can be told. */
#include <assert.h>
#include <stdlib.h>
#include "encoder.h"
#include "../../native/sources/rtnl_parse.c"
#include "../../native/sources/rtnl_parse_bond.c"
#include "../../native/sources/team_parse.c"

static struct team_state team;

static void message(void *data, const struct nlmsghdr *m)
{
	static const struct frame_identity who = {.boot_id = "b413452c-bb23-4f74-b2c4-587d2b972cb4",
						  .epoch = 1};
	static char text[FRAME_ENCODED_MAX];
	struct frame f;

	(void)data;
	assert(team_parse_ifindex(m) <= INT32_MAX);
	team_parse(m, &team);
	assert(team.port_count <= FRAME_PORTS_MAX && team.active_ifindex <= INT32_MAX);
	for (size_t i = 0; i < team.port_count; i++) {
		assert(team.ports[i].ifindex && team.ports[i].ifindex <= INT32_MAX);
		assert(!i || team.ports[i - 1].ifindex < team.ports[i].ifindex);
	}
	team_frame(&team, &f);
	assert(frame_encode(&f, &who, 1, text, sizeof(text)) > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	char *copy = malloc(size + 1); /* aligned, and with its end where the sanitizer sees it */

	team = (struct team_state){.ifindex = 9};
	memcpy(copy, bytes, size);
	rtnl_each_message(copy, size, message, NULL);
	free(copy);
	return 0;
}
