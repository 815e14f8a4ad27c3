/* SPDX-License-Identifier: Apache-2.0 */
/* /proc/self/mountinfo (proc_pid_mountinfo(5)). */
#ifndef PATHWARDEN_MOUNTINFO_H
#define PATHWARDEN_MOUNTINFO_H

#include <stdbool.h>
#include <stdint.h>

/* A line's fields, as they are written there: space, tab, newline, backslash and # of a name as \ooo. */
struct mountinfo {
	uint32_t major, minor;
	const char *root; /* what of the file system is mounted */
	char *point;
	const char *options;
	const char *filesystem;
	char *source;
	const char *super_options;
};

/* Cuts the line into its fields. False: it is none. */
bool mountinfo_parse(char *line, struct mountinfo *out);

/* In place: what was written as \ooo. */
void mountinfo_unescape(char *text);

/* Each line of an open mountinfo, from its first on, without its end. False: it could not be read whole. */
bool mountinfo_each(int fd, void (*fn)(void *data, char *line), void *data);

/* Of all its bytes; 0: unreadable. */
uint64_t mountinfo_hash(int fd);

#endif
