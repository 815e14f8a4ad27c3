/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include "hello.h"
#include "json.h"
#include "watch.h"

/* The device a frame is about, 0 if it names it already or is about none. */
static uint32_t subject(const struct frame *f)
{
	switch (f->type) {
	case FRAME_CARRIER:
		return f->carrier.ifindex;
	case FRAME_ADDRESS:
		return f->address.ifindex;
	case FRAME_NEXTHOP:
		return f->nexthop.ifindex;
	case FRAME_NUDGE:
		return f->nudge.ifindex;
	case FRAME_FLOW:
		return f->flow.out_ifindex;
	case FRAME_FLOW_STALL:
	case FRAME_FLOW_RESUME:
		return f->change.out_ifindex;
	case FRAME_FLOW_SWITCH:
		return f->change.inbound ? f->change.in_ifindex : f->change.out_ifindex;
	case FRAME_STEERING:
		return f->steering.from_ifindex;
	case FRAME_LEG_PROBE:
		return f->leg_probe.ifindex;
	case FRAME_ACTIVE_MEMBER:
		return f->active_member.ifindex;
	case FRAME_ANNOUNCE:
		return f->announce.ifindex;
	case FRAME_LACP_PORT:
		return f->lacp_port.ifindex;
	case FRAME_TEAM:
		return f->team.ifindex;
	case FRAME_NIC_MODE:
		return f->nic_mode.ifindex;
	case FRAME_NIC_ERRORS:
		return f->nic_errors.ifindex;
	case FRAME_MODULE_EEPROM:
		return f->module_eeprom.ifindex;
	case FRAME_TX_TIMEOUT:
		return f->tx_timeout.ifindex;
	case FRAME_FLOW_MEMBER:
		return f->flow_member.master_ifindex;
	case FRAME_BFD:
		return f->bfd.ifindex;
	default:
		return 0;
	}
}

/* The reader has gone: so do we, as any filter would. */
static void end_line(void)
{
	if (putchar('\n') == EOF || fflush(stdout))
		exit(EXIT_SUCCESS);
}

void watch_hello(const struct helper *h)
{
	char line[FRAME_ENCODED_MAX];
	struct json j;

	json_start(&j, JSON_TEXT, line, sizeof(line));
	hello_put(&j, h, false);
	if (json_finish(&j) > 0) {
		printf("hello %s", line);
		end_line();
	}
}

void watch_print(struct helper *h, const struct frame *f)
{
	char line[FRAME_ENCODED_MAX], name[8 * IFNAMSIZ] = "";
	const struct frame_link *link = rtnl_link(h, subject(f));
	struct json j;

	if (frame_print(f, line, sizeof(line)) < 0)
		return;
	if (link) {
		json_start(&j, JSON_TEXT, name, sizeof(name));
		json_put_text(&j, " dev", link->ifname, sizeof(link->ifname));
		json_finish(&j);
	}
	printf("%s%s", line, name);
	end_line();
}
