/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
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

/* The value of name= in a list separated by commas, cut off at size - 1. False: not there. */
static bool option(const char *list, const char *name, char *value, size_t size)
{
	size_t length = strlen(name), n;

	for (const char *at = list; *at; at += n + (at[n] == ',')) {
		n = strcspn(at, ",");
		if (n > length && !strncmp(at, name, length) && at[length] == '=') {
			snprintf(value, size, "%.*s", (int)(n - length - 1), at + length + 1);
			return true;
		}
	}
	return false;
}

static uint16_t port(const char *text)
{
	unsigned long n = strtoul(text, NULL, 10);

	return n <= UINT16_MAX ? (uint16_t)n : 0;
}

void session_parse_nvme_address(const char *text, struct frame_session *out)
{
	char value[64];

	if (option(text, "traddr", value, sizeof(value)))
		session_parse_address(value, &out->remote);
	if (option(text, "trsvcid", value, sizeof(value)))
		out->remote_port = port(value);
	if (option(text, "src_addr", value, sizeof(value)) ||
	    option(text, "host_traddr", value, sizeof(value)))
		session_parse_address(value, &out->local);
}

/* In place: the kernel writes space, tab, newline and backslash of a name as \ooo. */
static void unescape(char *text)
{
	char *to = text;

	for (const char *at = text; *at; at++) {
		if (at[0] == '\\' && at[1] >= '0' && at[1] <= '3' && at[2] >= '0' && at[2] <= '7' &&
		    at[3] >= '0' && at[3] <= '7') {
			*to++ = (char)((at[1] - '0') << 6 | (at[2] - '0') << 3 | (at[3] - '0'));
			at += 3;
		} else {
			*to++ = *at;
		}
	}
	*to = '\0';
}

bool session_parse_mount(char *line, struct frame_session *out)
{
	char *fields[3], *rest, *kind, *source, *options, value[64];
	unsigned int major, minor;

	memset(out, 0, sizeof(*out));
	/* Of the fields before " - " there are six or more; behind it, three. */
	rest = strstr(line, " - ");
	if (!rest)
		return false;
	*rest = '\0';
	rest += 3;
	kind = strsep(&rest, " ");
	source = strsep(&rest, " ");
	options = rest;
	if (!source || !options || (strcmp(kind, "nfs") && strcmp(kind, "nfs4")))
		return false;
	for (size_t i = 0; i < 3; i++)
		fields[i] = strsep(&line, " ");
	if (!fields[2] || sscanf(fields[2], "%u:%u", &major, &minor) != 2)
		return false;
	if (!option(options, "addr", value, sizeof(value)) || !session_parse_address(value, &out->remote))
		return false;
	snprintf(out->session, sizeof(out->session), "nfs:%u:%u", major, minor);
	out->protocol = SESSION_NFS;
	unescape(source);
	snprintf(out->target, sizeof(out->target), "%s", source);
	out->remote_port = NFS_PORT;
	if (option(options, "port", value, sizeof(value)) && port(value))
		out->remote_port = port(value);
	if (option(options, "clientaddr", value, sizeof(value)))
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
