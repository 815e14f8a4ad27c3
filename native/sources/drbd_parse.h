/* SPDX-License-Identifier: Apache-2.0 */
/* What DRBD 8.4 says of a device by generic netlink (include/linux/drbd_genl.h). */
#ifndef PATHWARDEN_DRBD_PARSE_H
#define PATHWARDEN_DRBD_PARSE_H

#include <linux/netlink.h>
#include "frame.h"

#define DRBD_FAMILY "drbd"
/* Commands: anyone may ask for the status. */
#define DRBD_GET_STATUS 2
#define DRBD_VERSION 1

/* DRBD's own header, behind that of generic netlink. */
struct drbd_header {
	uint32_t minor;
	int32_t ret_code;
};

struct drbd_device {
	uint32_t minor;
	char resource[64];		 /* DRBD allows 127: a longer name is cut */
	struct ip_address local, remote; /* family 0: not connected to anything, or by no IP */
	uint16_t remote_port;
};

/* 0, or -EINVAL: malformed. */
int drbd_parse_status(const struct nlmsghdr *m, struct drbd_device *out);

#endif
