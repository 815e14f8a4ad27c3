/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Has the BMC's event log changed? One command of IPMI 2.0, 31.2 (Get SEL Info): how many entries there are
 * and when the last was added and erased. In a child: the interface answers in its own time.
 */
#include <fcntl.h>
#include <linux/ipmi.h>
#include <poll.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include "reader.h"

#define NETFN_STORAGE 0x0a
#define GET_SEL_INFO 0x40
#define ANSWER_BYTES 64

static int ask(int fd)
{
	struct ipmi_system_interface_addr to = {.addr_type = IPMI_SYSTEM_INTERFACE_ADDR_TYPE,
						.channel = IPMI_BMC_CHANNEL};
	struct ipmi_req request = {.addr = (unsigned char *)&to,
				   .addr_len = sizeof(to),
				   .msgid = 1,
				   .msg = {.netfn = NETFN_STORAGE, .cmd = GET_SEL_INFO}};

	return ioctl(fd, IPMICTL_SEND_COMMAND, &request);
}

int reader_sel_peek(int out, const char *root, const char *subject)
{
	unsigned char data[ANSWER_BYTES];
	struct ipmi_addr from;
	struct ipmi_recv answer = {.addr = (unsigned char *)&from,
				   .addr_len = sizeof(from),
				   .msg = {.data = data, .data_len = sizeof(data)}};
	struct pollfd wait = {.events = POLLIN};
	char path[READER_PATH_MAX];

	(void)subject;
	snprintf(path, sizeof(path), "%s/dev/ipmi0", root);
	wait.fd = open(path, O_RDWR | O_CLOEXEC);
	/* The deadline ends a wait for ever. */
	if (wait.fd < 0 || ask(wait.fd) || poll(&wait, 1, -1) != 1 ||
	    ioctl(wait.fd, IPMICTL_RECEIVE_MSG_TRUNC, &answer))
		return 1;
	/* The first byte is the completion code. */
	if (answer.msg.data_len < 2 || data[0] != 0)
		return 1;
	return reader_write(out, data, answer.msg.data_len) ? 0 : 1;
}
