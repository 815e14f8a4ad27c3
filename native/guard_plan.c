/* SPDX-License-Identifier: Apache-2.0 */
/* The plan as bytes: what the guard writes before it cuts, and reads strictly when it undoes. */
#include "guard.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

_Static_assert(sizeof(struct plan_header) == 160, "no padding, and the same on every machine");

static uint32_t crc32_step(uint32_t crc, const unsigned char *p, size_t size)
{
	while (size--) {
		crc ^= *p++;
		for (int i = 0; i < 8; i++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
	}
	return crc;
}

static uint32_t plan_crc(const unsigned char *bytes, size_t size)
{
	static const unsigned char zero[4];
	const size_t at = offsetof(struct plan_header, crc);
	uint32_t crc = crc32_step(~0u, bytes, at);

	crc = crc32_step(crc, zero, sizeof(zero));
	return ~crc32_step(crc, bytes + at + sizeof(zero), size - at - sizeof(zero));
}

unsigned char *plan_format(const struct plan *p, size_t *size)
{
	struct plan_header head = p->head;
	size_t links = p->scope.link_count * sizeof(uint32_t);
	unsigned char *bytes;

	*size = sizeof(head) + links + p->state.used;
	bytes = calloc(1, *size);
	if (!bytes)
		return NULL;
	memcpy(head.magic, PLAN_MAGIC, sizeof(head.magic));
	head.version = PLAN_VERSION;
	head.header_size = sizeof(head);
	head.file_size = (uint32_t)*size;
	head.link_count = p->scope.link_count;
	head.record_count = p->state.count;
	head.crc = 0;
	memcpy(bytes, &head, sizeof(head));
	memcpy(bytes + sizeof(head), p->scope.links, links);
	if (p->state.used)
		memcpy(bytes + sizeof(head) + links, p->state.bytes, p->state.used);
	head.crc = plan_crc(bytes, *size);
	memcpy(bytes + offsetof(struct plan_header, crc), &head.crc, sizeof(head.crc));
	return bytes;
}

/* NULL, or what is wrong with it. */
static const char *header_problem(const struct plan_header *h, size_t size)
{
	if (memcmp(h->magic, PLAN_MAGIC, sizeof(h->magic)))
		return "not a plan of pathwarden-guard";
	if (h->version != PLAN_VERSION || h->header_size != sizeof(*h))
		return "written by another version of pathwarden-guard: undo it with that one";
	if (h->file_size != size)
		return "incomplete, or something was added to it";
	if (!memchr(h->boot_id, '\0', sizeof(h->boot_id)) || !memchr(h->ifname, '\0', sizeof(h->ifname)))
		return "a name in its header does not end";
	if (h->kind < CUT_ADMIN_DOWN || h->kind > CUT_CARRIER_OFF || h->attach > ATTACH_CLSACT ||
	    h->direction < CUT_IN || h->direction > CUT_BOTH || h->tc_qdisc_ours > 1 || h->guard_pid <= 0 ||
	    h->unused)
		return "a value in its header is out of range";
	if (h->attach == ATTACH_CLSACT && (!h->tc_handle || !h->tc_priority || h->tc_priority > 0xffff))
		return "it names no filter";
	if (!h->link_count || h->link_count > SCOPE_LINKS_MAX)
		return "its number of links is out of range";
	return NULL;
}

static const char *take_records(const unsigned char *p, size_t left, struct plan *out)
{
	for (uint32_t i = 0; i < out->head.record_count; i++) {
		struct nlmsghdr msg;

		if (left < sizeof(msg))
			return "a record is cut short";
		memcpy(&msg, p, sizeof(msg));
		if (msg.nlmsg_len < sizeof(msg) || msg.nlmsg_len % NLMSG_ALIGNTO || msg.nlmsg_len > left)
			return "the length of a record is wrong";
		if (records_add(&out->state, (const struct nlmsghdr *)(const void *)p))
			return "it is too large";
		p += msg.nlmsg_len;
		left -= msg.nlmsg_len;
	}
	if (left)
		return "something follows its last record";
	records_each(msg, &out->state)
	{
		if (!record_valid(msg))
			return "a record is malformed";
	}
	return state_link(&out->state, out->head.ifindex) ? NULL : "it does not describe its own link";
}

int plan_parse(const void *bytes, size_t size, struct plan *out, char *why, size_t why_size)
{
	const unsigned char *p = bytes;
	const char *problem = NULL;
	size_t links = 0;

	*out = (struct plan){0};
	if (size < sizeof(out->head) || size > RECORDS_BYTES_MAX) {
		snprintf(why, why_size, "its size is wrong");
		return -EINVAL;
	}
	memcpy(&out->head, p, sizeof(out->head));
	problem = header_problem(&out->head, size);
	if (!problem && plan_crc(p, size) != out->head.crc)
		problem = "its checksum is wrong: it was damaged";
	if (!problem) {
		links = out->head.link_count * sizeof(uint32_t);
		if (links > size - sizeof(out->head)) {
			problem = "its links are cut short";
		} else {
			out->scope.link_count = out->head.link_count;
			memcpy(out->scope.links, p + sizeof(out->head), links);
			if (out->scope.links[0] != out->head.ifindex)
				problem = "its links and its header differ";
		}
	}
	if (!problem)
		problem = take_records(p + sizeof(out->head) + links, size - sizeof(out->head) - links, out);
	if (!problem && scope_learn(&out->scope, &out->state))
		problem = "it names too many addresses";
	if (!problem)
		return 0;
	snprintf(why, why_size, "%s", problem);
	plan_free(out);
	return -EINVAL;
}

void plan_free(struct plan *p)
{
	records_free(&p->state);
}

/* Field 22 of /proc/pid/stat; 0 = no such process, or one that is dead and not reaped yet. Field 2 may hold
 * spaces and brackets. */
uint64_t plan_process_start(int32_t pid)
{
	char path[32], text[512], *p;
	unsigned long long start = 0;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n <= 0)
		return 0;
	text[n] = '\0';
	p = strrchr(text, ')');
	if (p && (!strncmp(p, ") Z", 3) || !strncmp(p, ") X", 3)))
		return 0;
	for (int field = 2; p && field < 22; field++)
		p = strchr(p + 1, ' ');
	return p && sscanf(p, "%llu", &start) == 1 ? start : 0;
}

int plan_identify(struct plan_header *head)
{
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	struct stat st;
	ssize_t n;

	if (fd < 0)
		return -errno;
	memset(head->boot_id, 0, sizeof(head->boot_id));
	n = read(fd, head->boot_id, 36);
	close(fd);
	if (n != 36)
		return -EIO;
	if (stat("/proc/self/ns/net", &st))
		return -errno;
	head->netns_dev = st.st_dev;
	head->netns_ino = st.st_ino;
	head->guard_pid = getpid();
	head->guard_start = plan_process_start(head->guard_pid);
	return head->guard_start ? 0 : -EIO;
}
