/* SPDX-License-Identifier: Apache-2.0 */
/* Status of DRBD devices as drivers/block/drbd/drbd_nl.c writes it. */
#include <arpa/inet.h>
#include "check.h"
#include "message.h"
#include <linux/genetlink.h>
#include "../../native/sources/drbd_parse.c"

#define MANDATORY (1 << 14) /* DRBD_GENLA_F_MANDATORY, which every one of these has */

static struct drbd_device device;

static void begin_status(uint32_t minor)
{
	struct {
		struct genlmsghdr generic;
		struct drbd_header own;
	} header = {{.cmd = DRBD_GET_STATUS, .version = DRBD_VERSION}, {.minor = minor, .ret_code = 101}};

	begin(0x1e, &header, sizeof(header));
}

static struct sockaddr_in four(const char *address, uint16_t port)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port)};

	inet_pton(AF_INET, address, &a.sin_addr);
	return a;
}

static const char *text(const struct ip_address *a)
{
	static char buffer[INET6_ADDRSTRLEN];

	if (!a->family)
		return "none";
	return inet_ntop(a->family == 4 ? AF_INET : AF_INET6, a->bytes, buffer, sizeof(buffer));
}

static void reads_both_ends(void)
{
	struct sockaddr_in mine = four("10.77.1.1", 7788), peers = four("10.77.1.2", 7789);
	size_t context;

	begin_status(3);
	context = open_attr(CFG_CONTEXT);
	add_u32(1 | MANDATORY, 0);
	add_text(RESOURCE_NAME | MANDATORY, "store");
	add(MY_ADDR | MANDATORY, &mine, sizeof(mine));
	add(PEER_ADDR | MANDATORY, &peers, sizeof(peers));
	close_attr(context);
	context = open_attr(8); /* the state, which /proc/drbd tells as well */
	add_u32(2, 0x150);
	close_attr(context);
	CHECK(!drbd_parse_status(message(), &device));
	CHECK(device.minor == 3 && device.remote_port == 7789);
	CHECK_TEXT(device.resource, "store");
	CHECK_TEXT(text(&device.local), "10.77.1.1");
	CHECK_TEXT(text(&device.remote), "10.77.1.2");
}

static void reads_ipv6(void)
{
	struct sockaddr_in6 peers = {.sin6_family = AF_INET6, .sin6_port = htons(7790)};
	size_t context;

	inet_pton(AF_INET6, "fd77::2", &peers.sin6_addr);
	begin_status(0);
	context = open_attr(CFG_CONTEXT);
	add(PEER_ADDR | MANDATORY, &peers, sizeof(peers));
	close_attr(context);
	CHECK(!drbd_parse_status(message(), &device));
	CHECK_TEXT(text(&device.remote), "fd77::2");
	CHECK_TEXT(text(&device.local), "none");
	CHECK(device.remote_port == 7790 && !device.resource[0]);
}

static void reads_one_that_is_not_connected(void)
{
	struct sockaddr_in infiniband = four("10.77.1.2", 7789);
	size_t context;

	infiniband.sin_family = 27; /* AF_INET_SDP */
	begin_status(1);
	context = open_attr(CFG_CONTEXT);
	add_text(RESOURCE_NAME | MANDATORY, "store");
	add(MY_ADDR | MANDATORY, &infiniband, sizeof(infiniband));
	add(PEER_ADDR | MANDATORY, &infiniband, 1);
	close_attr(context);
	CHECK(!drbd_parse_status(message(), &device));
	CHECK(device.minor == 1 && !device.local.family && !device.remote.family && !device.remote_port);
}

static void refuses_what_is_cut_off(void)
{
	size_t context;

	begin_status(1);
	built.size -= 4;
	CHECK(drbd_parse_status(message(), &device) == -EINVAL);
	begin_status(1);
	context = open_attr(CFG_CONTEXT);
	add_text(RESOURCE_NAME | MANDATORY, "store");
	close_attr(context);
	built.size -= 4;
	CHECK(drbd_parse_status(message(), &device) == -EINVAL);
}

int main(void)
{
	RUN(reads_both_ends);
	RUN(reads_ipv6);
	RUN(reads_one_that_is_not_connected);
	RUN(refuses_what_is_cut_off);
	return check_done();
}
