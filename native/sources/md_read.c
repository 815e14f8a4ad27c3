/* SPDX-License-Identifier: Apache-2.0 */
/* Documentation/admin-guide/md.rst says what is in these files. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "md_read.h"
#include "sysfs.h"

struct look {
	const char *root;
	struct frame_md *array;
	bool all;
};

/* While the superblocks are written, a member is "blocked", which says nothing of how it is. */
static void leave_out_blocked(char *state)
{
	char *at = strstr(state, ",blocked");

	if (at && (!at[8] || at[8] == ','))
		memmove(at, at + 8, strlen(at + 8) + 1);
	else if (!strncmp(state, "blocked,", 8))
		memmove(state, state + 8, strlen(state + 8) + 1);
}

static void take_member(void *data, const char *name)
{
	struct look *look = data;
	struct frame_md *array = look->array;
	struct frame_md_member m = {.slot = FRAME_SPARE};
	char slot[16], *end;
	unsigned long n;

	if (strncmp(name, "dev-", 4) || strlen(name + 4) >= sizeof(m.disk) ||
	    sysfs_read(m.state, sizeof(m.state), "%s/sys/block/%s/md/%s/state", look->root, array->array,
		       name))
		return;
	if (array->member_count == FRAME_MEMBERS_MAX) {
		look->all = false;
		return;
	}
	strcpy(m.disk, name + 4);
	leave_out_blocked(m.state);
	/* "none" of a spare and of a faulty one, "journal" of the log's device. */
	if (!sysfs_read(slot, sizeof(slot), "%s/sys/block/%s/md/%s/slot", look->root, array->array, name)) {
		n = strtoul(slot, &end, 10);
		if (end != slot && n < FRAME_SPARE)
			m.slot = (uint32_t)n;
	}
	array->members[array->member_count++] = m;
}

static int order(const void *a, const void *b)
{
	const struct frame_md_member *x = a, *y = b;

	if (x->slot != y->slot)
		return x->slot < y->slot ? -1 : 1;
	return strcmp(x->disk, y->disk);
}

/* 0: there is no such file; a linear or striped array is never degraded. While it is reshaped: "4 (3)". */
static uint32_t number(const struct look *look, const char *file)
{
	char text[24];

	if (sysfs_read(text, sizeof(text), "%s/sys/block/%s/md/%s", look->root, look->array->array, file))
		return 0;
	return (uint32_t)strtoul(text, NULL, 10);
}

bool md_read(const char *root, const char *name, struct frame_md *out, bool *all_members)
{
	struct look look = {.root = root, .array = out, .all = true};
	char folder[SYSFS_PATH_MAX];

	memset(out, 0, sizeof(*out));
	if (strncmp(name, "md", 2) || strlen(name) >= sizeof(out->array))
		return false;
	strcpy(out->array, name);
	/* "clear" has no members and no size: it is stopped, or not yet assembled. */
	if (sysfs_read(out->state, sizeof(out->state), "%s/sys/block/%s/md/array_state", root, name) ||
	    !strcmp(out->state, "clear"))
		return false;
	sysfs_read(out->level, sizeof(out->level), "%s/sys/block/%s/md/level", root, name);
	out->raid_disks = number(&look, "raid_disks");
	out->degraded = number(&look, "degraded");
	if (sysfs_read(out->action, sizeof(out->action), "%s/sys/block/%s/md/sync_action", root, name))
		strcpy(out->action, "idle");
	snprintf(folder, sizeof(folder), "%s/sys/block/%s/md", root, name);
	sysfs_list(folder, take_member, &look);
	qsort(out->members, out->member_count, sizeof(out->members[0]), order);
	*all_members = look.all;
	return true;
}

static bool runs(const char *state)
{
	return !strcmp(state, "clean") || !strncmp(state, "active", 6) || !strcmp(state, "write-pending");
}

bool md_both_run(const char *state, const char *other)
{
	return runs(state) && runs(other);
}
