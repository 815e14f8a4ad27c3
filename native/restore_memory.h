/* SPDX-License-Identifier: Apache-2.0 */
/* What restore_memory.c, restore_heard.c and restore_dumped.c share. */
#ifndef PATHWARDEN_RESTORE_MEMORY_H
#define PATHWARDEN_RESTORE_MEMORY_H

#include "restore.h"

bool restore_is_known(const union restore_record *r);
/* False: it is malformed or too large. */
bool restore_remember(union restore_record *r, const struct nlmsghdr *m);
/* Nothing is known of it. */
void restore_clear(struct restore_group *g);
/* Somebody has made it so. */
void restore_take_whole(struct restore_group *g, const struct nlmsghdr *m);
bool restore_has_member(const union restore_record *group, uint32_t id);
/* NULL: no member of it. */
struct restore_member *restore_find_member(struct restore_group *g, uint32_t id);
void restore_remember_member(struct restore_group *g, struct restore_member *member,
			     const struct nlmsghdr *m);
/* It belongs to the group no more. */
void restore_drop_member(struct restore_group *g, uint32_t id);
/* By destination, table and metric; NULL: none. */
struct restore_route *restore_find_route(struct restore_group *g, const struct nlmsghdr *m);
void restore_drop_route(struct restore_group *g, struct restore_route *route);
/* By the group, and ours to put back. */
bool restore_is_route_of(const struct restore_group *g, const struct nlmsghdr *m);
/* NULL: no room. */
struct restore_route *restore_take_route(struct restore_group *g, const struct nlmsghdr *m);

/* The fixed part of it is there. */
static inline bool restore_is_whole(const struct nlmsghdr *m, size_t body)
{
	return m->nlmsg_len >= NLMSG_LENGTH(body);
}

#endif
