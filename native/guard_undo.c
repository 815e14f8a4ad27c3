/* SPDX-License-Identifier: Apache-2.0 */
/* A plan that was left behind: undone, or only compared. */
#include "guard.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <linux/rtnetlink.h>

static struct restore restore;

/* -1: the plan is read and its lock is ours; else the exit code, and the owner was told. */
static int open_plan(const char *path, struct plan_file *f, struct plan *p, struct netlink *nl, bool discard)
{
	char why[512] = "";
	int rc = plan_file_directory(f, path, why, sizeof(why));

	if (!rc)
		rc = plan_file_read(f, p, why, sizeof(why));
	if (rc == -ESTALE && discard) {
		plan_file_remove(f);
		out_reason("discarded", "%s; it was deleted", why);
		out_begin("done");
		out_end(1000);
		return EXIT_RESTORED;
	}
	if (rc) {
		out_reason("refused", "%s", why);
		return EXIT_REFUSED;
	}
	rc = netlink_open(nl);
	if (rc) {
		out_reason("error", "no netlink: %s", strerror(-rc));
		return EXIT_WORLD;
	}
	return -1;
}

/* Another link may have got the number, or the link another name: then somebody has been at work here. */
static bool same_link(struct netlink *nl, const struct plan *p, bool *whole, char *why, size_t why_size)
{
	struct records now = {0};
	struct scope scope = {.link_count = 1, .links = {p->head.ifindex}};
	const struct nlmsghdr *msg;
	const char *name;
	size_t size;
	bool same = true;

	*whole = false;
	if (!state_take(nl, &scope, NULL, &now)) {
		msg = state_link(&now, p->head.ifindex);
		*whole = msg && link_is_whole(p->head.kind, msg);
		name = msg ? record_attr(msg, IFLA_IFNAME, &size) : NULL;
		same = !name || !strncmp(name, p->head.ifname, sizeof(p->head.ifname));
		if (!same)
			snprintf(why, why_size, "link %u is %.16s now, the plan is of %.16s", p->head.ifindex,
				 name, p->head.ifname);
	}
	records_free(&now);
	return same;
}

static int undo(struct plan_file *file, struct plan *plan, struct netlink *nl)
{
	bool blackhole = plan->head.kind == CUT_BLACKHOLE, whole, keep;
	uint64_t t_us, done_us;
	char why[256];
	sigset_t set;
	int rc;

	if (!same_link(nl, plan, &whole, why, sizeof(why))) {
		out_reason("refused", "%s", why);
		return EXIT_REFUSED;
	}
	/* Half an undo helps nobody. */
	sigfillset(&set);
	sigprocmask(SIG_BLOCK, &set, NULL);
	harden_drop();
	t_us = guard_now_us();
	if (!blackhole)
		link_restore(nl, &plan->head, whole, &restore);
	else if (plan->head.attach == ATTACH_CLSACT)
		clsact_remove(nl, &plan->head, &restore.differences);
	done_us = guard_now_us();
	/* Of a blackhole, only what is attached is ours to undo. */
	keep = blackhole && restore.differences.count;
	rc = restore_run(nl, plan, !blackhole, &restore);
	if (rc)
		lines_add(&restore.differences, "unknown: the state cannot be read: %s", strerror(-rc));
	if (!blackhole)
		keep = restore.differences.count;
	if (!keep)
		plan_file_remove(file);
	guard_tell_healed(t_us, done_us - t_us, "command", &restore, NULL, !rc, keep);
	return restore.differences.count ? EXIT_DIFFERENCES : EXIT_RESTORED;
}

static int check(struct plan_file *file, struct plan *plan, struct netlink *nl)
{
	int rc = restore_check(nl, plan, &restore);

	(void)file;
	if (rc) {
		out_reason("error", "the state cannot be read: %s", strerror(-rc));
		return EXIT_WORLD;
	}
	out_begin("checked");
	out_lines("differences", &restore.differences);
	out_lines("owners", &restore.owners);
	out_bool("carrier", restore.carrier);
	out_end(1000);
	return restore.differences.count ? EXIT_DIFFERENCES : EXIT_RESTORED;
}

static int with_plan(const char *path, bool discard,
		     int (*work)(struct plan_file *file, struct plan *plan, struct netlink *nl))
{
	struct plan_file file;
	struct plan plan = {0};
	struct netlink nl = {.fd = -1};
	int code = open_plan(path, &file, &plan, &nl, discard);

	code = code < 0 ? work(&file, &plan, &nl) : code;
	netlink_close(&nl);
	plan_file_close(&file);
	plan_free(&plan);
	return code;
}

int guard_undo(const char *path)
{
	return with_plan(path, true, undo);
}

int guard_check(const char *path)
{
	return with_plan(path, false, check);
}
