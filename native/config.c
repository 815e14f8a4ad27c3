/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include "config.h"
#include "user.h"

#define CONFIG_LINE_MAX 512

static int expected(char why[CONFIG_WHY_MAX], const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static int expected(char why[CONFIG_WHY_MAX], const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(why, CONFIG_WHY_MAX, fmt, args);
	va_end(args);
	return -EINVAL;
}

void config_defaults(struct helper_options *o)
{
	struct user user;

	*o = (struct helper_options){
	    .socket_path = "/run/pathwarden/helper.sock",
	    .strategy = "auto",
	    .nudge = "auto",
	    .allow_operstate = true,
	    .carrier_interval_us = 2000,
	    .housekeeping_cpu = -1,
	    .steer_hold_ms = 10000,
	};
	/* Only root may connect until somebody is named or the packaged users exist. */
	o->agent_uid = user_find("pathwarden-agent", &user) ? 0 : user.uid;
	if (user_find("pathwarden", &user))
		user = (struct user){.uid = 65534, .gid = 65534};
	o->run_uid = user.uid;
	o->run_gid = user.gid;
}

/* One of the words of a NULL-terminated list; *out then points at the list's own literal. */
static int word(const char **out, const char *value, const char *const *words, char why[CONFIG_WHY_MAX])
{
	char list[128] = "";

	for (size_t i = 0; words[i]; i++) {
		if (!strcmp(value, words[i])) {
			*out = words[i];
			return 0;
		}
		snprintf(list + strlen(list), sizeof(list) - strlen(list), "%s%s", i ? ", " : "", words[i]);
	}
	return expected(why, "expected one of %s; got \"%.64s\"", list, value);
}

static int number(long *out, const char *value, long low, long high, char why[CONFIG_WHY_MAX])
{
	char *end;

	errno = 0;
	*out = strtol(value, &end, 10);
	if (errno || end == value || *end || *out < low || *out > high)
		return expected(why, "expected a number from %ld to %ld; got \"%.64s\"", low, high, value);
	return 0;
}

static int set_carrier(struct helper_options *o, const char *value, char why[CONFIG_WHY_MAX])
{
	static const char *const words[] = {"auto", "fentry", "timer", "getlink", "rtnl", NULL};

	return word(&o->strategy, value, words, why);
}

static int set_nudge(struct helper_options *o, const char *value, char why[CONFIG_WHY_MAX])
{
	static const char *const words[] = {"auto", "ask", "operstate", "off", NULL};

	return word(&o->nudge, value, words, why);
}

static int set_nudge_operstate(struct helper_options *o, const char *value, char why[CONFIG_WHY_MAX])
{
	static const char *const words[] = {"legs", "never", NULL};
	const char *choice = NULL;
	int r = word(&choice, value, words, why);

	if (!r)
		o->allow_operstate = choice == words[0];
	return r;
}

static int set_carrier_interval_us(struct helper_options *o, const char *value, char why[CONFIG_WHY_MAX])
{
	long n;
	int r = number(&n, value, 1000, 10000, why);

	if (!r)
		o->carrier_interval_us = (uint32_t)n;
	return r;
}

static int set_housekeeping_cpu(struct helper_options *o, const char *value, char why[CONFIG_WHY_MAX])
{
	long n = -1;
	long last = sysconf(_SC_NPROCESSORS_CONF) - 1;
	int r = strcmp(value, "any") ? number(&n, value, 0, last, why) : 0;

	if (!r)
		o->housekeeping_cpu = (int)n;
	return r;
}

static int set_agent_user(struct helper_options *o, const char *value, char why[CONFIG_WHY_MAX])
{
	struct user user;

	if (user_parse(value, &user))
		return expected(why, "expected a user of /etc/passwd or a numeric uid; got \"%.64s\"", value);
	o->agent_uid = user.uid;
	return 0;
}

static int set_user(struct helper_options *o, const char *value, char why[CONFIG_WHY_MAX])
{
	struct user user;

	if (user_parse(value, &user))
		return expected(why, "expected a user of /etc/passwd or uid:gid; got \"%.64s\"", value);
	o->run_uid = user.uid;
	o->run_gid = user.gid;
	return 0;
}

static int set_socket(struct helper_options *o, const char *value, char why[CONFIG_WHY_MAX])
{
	size_t max = sizeof(((struct sockaddr_un *)0)->sun_path) - 1;
	char *copy;

	if (value[0] != '/' || strlen(value) > max)
		return expected(why, "expected an absolute path of at most %zu bytes; got \"%.64s\"", max,
				value);
	copy = strdup(value);
	if (!copy)
		return expected(why, "out of memory");
	o->socket_path = copy;
	return 0;
}

/* A group, then link-down or nothing; `none` forgets those named before. */
static int set_steer(struct helper_options *o, const char *value, char why[CONFIG_WHY_MAX])
{
	struct steer_allowed allowed = {0};
	size_t length = strcspn(value, " \t");
	const char *rest = value + length + strspn(value + length, " \t");
	char group[FRAME_GROUP_MAX];

	if (!strcmp(value, "none")) {
		o->steer_count = 0;
		return 0;
	}
	snprintf(group, sizeof(group), "%.*s", (int)(length < sizeof(group) ? length : 0), value);
	if (steer_group_parse(group, &allowed.group))
		return expected(why,
				"expected ecmp:ADDRESS/LENGTH[@TABLE], nhg:ID, bond:NAME, team:NAME or none; "
				"got \"%.64s\"",
				value);
	allowed.link_down = !strcmp(rest, "link-down");
	if (*rest && (!allowed.link_down || allowed.group.kind != STEER_ECMP))
		return expected(
		    why, "expected nothing behind the group, or link-down behind an ecmp one; got \"%.64s\"",
		    rest);
	for (size_t i = 0; i < o->steer_count; i++)
		if (!strcmp(o->steer[i].group.id, allowed.group.id)) {
			o->steer[i] = allowed;
			return 0;
		}
	if (o->steer_count == STEER_GROUPS_MAX)
		return expected(why, "expected at most %d groups", STEER_GROUPS_MAX);
	o->steer[o->steer_count++] = allowed;
	return 0;
}

static int set_steer_hold_ms(struct helper_options *o, const char *value, char why[CONFIG_WHY_MAX])
{
	long n;
	int r = number(&n, value, 1000, 3600000, why);

	if (!r)
		o->steer_hold_ms = (uint32_t)n;
	return r;
}

/* A group of next hop objects; `none` forgets those named before. */
static int set_restore_nexthops(struct helper_options *o, const char *value, char why[CONFIG_WHY_MAX])
{
	struct steer_allowed allowed = {0};

	if (!strcmp(value, "none")) {
		o->restore_count = 0;
		return 0;
	}
	if (steer_group_parse(value, &allowed.group) || allowed.group.kind != STEER_NEXTHOP_GROUP)
		return expected(why, "expected nhg:ID or none; got \"%.64s\"", value);
	for (size_t i = 0; i < o->restore_count; i++)
		if (o->restore[i].group.nhid == allowed.group.nhid)
			return 0;
	if (o->restore_count == STEER_GROUPS_MAX)
		return expected(why, "expected at most %d groups", STEER_GROUPS_MAX);
	o->restore[o->restore_count++] = allowed;
	return 0;
}

static const struct {
	const char *key;
	int (*set)(struct helper_options *o, const char *value, char why[CONFIG_WHY_MAX]);
} keys[] = {
    {"carrier", set_carrier},
    {"nudge", set_nudge},
    {"nudge_operstate", set_nudge_operstate},
    {"carrier_interval_us", set_carrier_interval_us},
    {"housekeeping_cpu", set_housekeeping_cpu},
    {"agent_user", set_agent_user},
    {"user", set_user},
    {"socket", set_socket},
    {"steer", set_steer},
    {"steer_hold_ms", set_steer_hold_ms},
    {"restore_nexthops", set_restore_nexthops},
};

int config_set(struct helper_options *o, const char *key, const char *value, char why[CONFIG_WHY_MAX])
{
	char list[192] = "";

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (!strcmp(keys[i].key, key))
			return keys[i].set(o, value, why);
		snprintf(list + strlen(list), sizeof(list) - strlen(list), "%s%s", i ? ", " : "",
			 keys[i].key);
	}
	return expected(why, "no such key; there are %s", list);
}

static char *trimmed(char *s)
{
	char *end;

	while (isspace((unsigned char)*s))
		s++;
	end = s + strlen(s);
	while (end > s && isspace((unsigned char)end[-1]))
		*--end = '\0';
	return s;
}

static int read_line(struct helper_options *o, char *line, const char *path, unsigned int number_of_line,
		     char why[CONFIG_WHY_MAX])
{
	char *text = trimmed(line), *equals, *key;
	char reason[CONFIG_WHY_MAX];

	if (!*text || *text == '#')
		return 0;
	equals = strchr(text, '=');
	if (!equals)
		return expected(why, "%s:%u: expected `key = value`; got \"%.64s\"", path, number_of_line,
				text);
	*equals = '\0';
	key = trimmed(text);
	if (config_set(o, key, trimmed(equals + 1), reason)) {
		snprintf(why, CONFIG_WHY_MAX, "%s:%u: %.32s: %.160s", path, number_of_line, key, reason);
		return -EINVAL;
	}
	return 0;
}

static int check_owner(int fd, const char *path, char why[CONFIG_WHY_MAX])
{
	struct stat st;

	if (fstat(fd, &st))
		return -errno;
	if (!S_ISREG(st.st_mode))
		return expected(why, "%s: expected a file", path);
	if (st.st_uid == 0 && !(st.st_mode & (S_IWGRP | S_IWOTH)))
		return 0;
	snprintf(why, CONFIG_WHY_MAX, "%s: only root may be able to write it: chown root %s; chmod go-w %s",
		 path, path, path);
	return -EPERM;
}

int config_read(struct helper_options *o, const char *path, char why[CONFIG_WHY_MAX])
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	char line[CONFIG_LINE_MAX];
	unsigned int n = 0;
	FILE *file;
	int r;

	if (fd < 0) {
		r = -errno;
		snprintf(why, CONFIG_WHY_MAX, "%s: %s", path, strerror(-r));
		return r;
	}
	r = check_owner(fd, path, why);
	file = r ? NULL : fdopen(fd, "r");
	if (!file) {
		close(fd);
		return r ? r : -ENOMEM;
	}
	while (!r && fgets(line, sizeof(line), file)) {
		n++;
		if (!strchr(line, '\n') && !feof(file))
			r = expected(why, "%s:%u: line longer than %d bytes", path, n, CONFIG_LINE_MAX - 2);
		else
			r = read_line(o, line, path, n, why);
	}
	fclose(file);
	return r;
}
