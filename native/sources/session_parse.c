/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "mountinfo.h"
#include "option_list.h"
#include "session_parse.h"
#include "sysfs.h"

#define NFS_PORT 2049
#define DRBD_FILE_MAX 16384

bool session_parse_address(const char *text, struct ip_address *out)
{
	char plain[INET6_ADDRSTRLEN];
	size_t n = strcspn(text, "%");

	memset(out, 0, sizeof(*out));
	if (n >= sizeof(plain))
		return false;
	memcpy(plain, text, n);
	plain[n] = '\0';
	if (inet_pton(AF_INET, plain, out->bytes) == 1)
		out->family = 4;
	else if (inet_pton(AF_INET6, plain, out->bytes) == 1)
		out->family = 6;
	return out->family != 0;
}

static uint16_t port(const char *text)
{
	unsigned long n = strtoul(text, NULL, 10);

	return n <= UINT16_MAX ? (uint16_t)n : 0;
}

void session_parse_nvme_address(const char *text, struct frame_session *out)
{
	char value[64];

	if (option_value(text, "traddr", value, sizeof(value)))
		session_parse_address(value, &out->remote);
	if (option_value(text, "trsvcid", value, sizeof(value)))
		out->remote_port = port(value);
	if (option_value(text, "src_addr", value, sizeof(value)) ||
	    option_value(text, "host_traddr", value, sizeof(value)))
		session_parse_address(value, &out->local);
}

bool session_parse_mount(char *line, struct frame_session *out)
{
	struct mountinfo m;
	char value[64];

	memset(out, 0, sizeof(*out));
	if (!mountinfo_parse(line, &m) || (strcmp(m.filesystem, "nfs") && strcmp(m.filesystem, "nfs4")))
		return false;
	if (!option_value(m.super_options, "addr", value, sizeof(value)) ||
	    !session_parse_address(value, &out->remote))
		return false;
	snprintf(out->session, sizeof(out->session), "nfs:%u:%u", m.major, m.minor);
	out->protocol = SESSION_NFS;
	mountinfo_unescape(m.source);
	snprintf(out->target, sizeof(out->target), "%s", m.source);
	out->remote_port = NFS_PORT;
	if (option_value(m.super_options, "port", value, sizeof(value)) && port(value))
		out->remote_port = port(value);
	if (option_value(m.super_options, "clientaddr", value, sizeof(value)))
		session_parse_address(value, &out->local);
	strcpy(out->state, "mounted");
	out->usable = true;
	return true;
}

bool session_parse_drbd(const char *text, unsigned int minor, char *state, size_t size)
{
	for (const char *line = text; line; line = strchr(line, '\n')) {
		unsigned int n;
		int at = 0;

		line += *line == '\n';
		if (sscanf(line, " %u: cs:%n", &n, &at) != 1 || !at || n != minor)
			continue;
		snprintf(state, size, "%.*s", (int)strcspn(line + at, " \n"), line + at);
		return true;
	}
	return false;
}

bool session_drbd_state(const char *root, const char *name, char *state, size_t size)
{
	char path[SYSFS_PATH_MAX], text[DRBD_FILE_MAX + 1];
	ssize_t n, length = 0;
	unsigned int minor;
	int fd, end = 0;

	if (sscanf(name, "drbd%u%n", &minor, &end) != 1 || name[end])
		return false;
	snprintf(path, sizeof(path), "%s/proc/drbd", root);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	while ((n = read(fd, text + length, (size_t)(DRBD_FILE_MAX - length))) > 0)
		length += n;
	close(fd);
	text[length] = '\0';
	return session_parse_drbd(text, minor, state, size);
}
