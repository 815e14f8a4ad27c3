/* SPDX-License-Identifier: Apache-2.0 */
/* Users from /etc/passwd itself: a static binary has no NSS, and an LDAP server must not be able to stop us.
 */
#ifndef PATHWARDEN_USER_H
#define PATHWARDEN_USER_H

#include <stdint.h>

struct user {
	uint32_t uid, gid;
};

/* 0, or -ENOENT. */
int user_find(const char *name, struct user *out);
/* A name, "uid" or "uid:gid"; a bare uid takes its group from /etc/passwd, else the same number. 0, or
 * -EINVAL. */
int user_parse(const char *text, struct user *out);

#endif
