/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "user.h"

/* (uid_t)-1 means "unchanged" to setresuid(2). */
#define ID_MAX 0xfffffffeul

static int find(const char *name, uint32_t uid, struct user *out)
{
	FILE *file = fopen("/etc/passwd", "re");
	struct passwd *entry;
	int r = -ENOENT;

	if (!file)
		return -errno;
	while (r && (entry = fgetpwent(file)))
		if (name ? !strcmp(entry->pw_name, name) : entry->pw_uid == uid) {
			*out = (struct user){.uid = entry->pw_uid, .gid = entry->pw_gid};
			r = 0;
		}
	fclose(file);
	return r;
}

int user_find(const char *name, struct user *out)
{
	return find(name, 0, out);
}

static bool parse_id(const char *text, char end, const char **rest, uint32_t *out)
{
	char *stop;
	unsigned long n;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	n = strtoul(text, &stop, 10);
	if (errno || n > ID_MAX || (*stop != end && *stop != '\0'))
		return false;
	*out = (uint32_t)n;
	*rest = *stop ? stop + 1 : NULL;
	return true;
}

int user_parse(const char *text, struct user *out)
{
	const char *group, *rest;

	if (!parse_id(text, ':', &group, &out->uid))
		return user_find(text, out) ? -EINVAL : 0;
	if (group)
		return parse_id(group, '\0', &rest, &out->gid) ? 0 : -EINVAL;
	if (find(NULL, out->uid, out))
		out->gid = out->uid;
	return 0;
}
