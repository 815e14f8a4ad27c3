/* SPDX-License-Identifier: Apache-2.0 */
/* One drill: plan, ready, cut, hold, heal. */
#include "guard.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>

struct drill {
	const struct guard_options *options;
	struct owner owner;
	struct netlink nl;
	struct plan plan;
	struct plan_file file;
	struct cut cut;
	struct prime prime;
	struct restore restore;
	struct lines warnings;
	bool on_disk, was_cut;
	uint64_t cut_us;
};

static struct drill drill = {.nl = {.fd = -1},
			     .file = {.dir_fd = -1, .fd = -1},
			     .cut = {.link_in = -1, .link_out = -1},
			     .prime = {.tun_fd = -1}};

/* Nothing was cut, and nothing is left. */
static int give_up(struct drill *d, const char *event, int code, const char *reason)
{
	struct lines ignored = {0};
	uint64_t in, out;

	cut_end(&d->cut, &d->nl, &d->plan.head, &in, &out, &ignored);
	if (d->on_disk)
		plan_file_remove(&d->file);
	out_reason(event, "%s", reason);
	return code;
}

static const char *cause_text(enum owner_word word)
{
	switch (word) {
	case OWNER_HEAL:
		return "command";
	case OWNER_DIED:
		return "owner-died";
	case OWNER_SIGNAL:
		return "signal";
	default:
		return "deadline";
	}
}

/* The kernel deletes next hop objects with their link: those of a routing daemon are not ours to make again.
 */
static bool foreign_nexthop(const struct drill *d, char *why, size_t why_size)
{
	records_each(other, &d->plan.state)
	{
		uint32_t id;

		if (other->nlmsg_type != RTM_NEWNEXTHOP || !record_of_daemon(other))
			continue;
		record_attr_u32(other, NHA_ID, &id);
		snprintf(why, why_size,
			 "nexthop object %u, which the kernel would delete, is of protocol %u: a routing "
			 "daemon's, not ours to put back",
			 id, ((const struct nhmsg *)NLMSG_DATA(other))->nh_protocol);
		return true;
	}
	return false;
}

/* NULL, or why this link is not cut. */
static const char *refusal(struct drill *d, char *why, size_t why_size)
{
	const struct nlmsghdr *msg = state_link(&d->plan.state, d->options->ifindex);
	const struct ifinfomsg *link = msg ? NLMSG_DATA(msg) : NULL;
	size_t size;
	const char *name;

	if (!link)
		return "there is no such link in this network namespace";
	if (link->ifi_flags & IFF_LOOPBACK)
		return "the loopback is no leg";
	if (!(link->ifi_flags & IFF_UP))
		return "the link is down already";
	/* A blackhole leaves the link, and so the objects, where they are. */
	if (d->options->kind != CUT_BLACKHOLE && foreign_nexthop(d, why, why_size))
		return why;
	name = record_attr(msg, IFLA_IFNAME, &size);
	if (!name || size > sizeof(d->plan.head.ifname) || !memchr(name, '\0', size))
		return "the link has no name";
	strcpy(d->plan.head.ifname, name);
	if (!(link->ifi_flags & IFF_LOWER_UP))
		lines_add(&d->warnings, "the link has no carrier");
	return link_problem(&d->nl, d->options->kind, msg, why, why_size);
}

/* Packets that an XDP program reflects or redirects never come to the blackhole. */
static void warn_of_xdp(struct drill *d)
{
	const struct nlmsghdr *msg = state_link(&d->plan.state, d->options->ifindex);
	size_t size;
	const struct rtattr *a = record_attr(msg, IFLA_XDP, &size);

	for (int left = (int)size; a && RTA_OK(a, left); a = RTA_NEXT(a, left))
		if (a->rta_type == IFLA_XDP_ATTACHED && RTA_PAYLOAD(a) == 1 && *(const uint8_t *)RTA_DATA(a))
			lines_add(&d->warnings,
				  "an XDP program is on the link: what it answers or redirects does "
				  "not meet the blackhole");
}

static int prepare(struct drill *d)
{
	const struct guard_options *o = d->options;
	struct plan_header *head = &d->plan.head;
	const char *reason;
	char why[512] = "";
	int rc;

	*head = (struct plan_header){.ifindex = o->ifindex,
				     .kind = o->kind,
				     .direction = o->direction,
				     .hold_ms = o->hold_ms,
				     .taken_us = guard_now_us()};
	rc = owner_open(&d->owner, why, sizeof(why));
	if (rc)
		return give_up(d, "error", EXIT_WORLD, "the owner is gone");
	if (*why)
		lines_add(&d->warnings, "%s", why);
	if (geteuid())
		return give_up(d, "refused", EXIT_REFUSED, "only root may cut a link");
	if (plan_file_directory(&d->file, o->plan, why, sizeof(why)))
		return give_up(d, "refused", EXIT_REFUSED, why);
	rc = netlink_open(&d->nl);
	if (!rc)
		rc = plan_identify(head);
	if (!rc)
		rc = scope_find(&d->nl, o->ifindex, &d->plan.scope);
	if (!rc)
		rc = state_take(&d->nl, &d->plan.scope, NULL, &d->plan.state);
	if (rc == -E2BIG)
		return give_up(d, "refused", EXIT_REFUSED, "more depends on this link than a plan can hold");
	if (rc) {
		snprintf(why, sizeof(why), "the state cannot be read: %s", strerror(-rc));
		return give_up(d, "error", EXIT_WORLD, why);
	}
	reason = refusal(d, why, sizeof(why));
	if (reason)
		return give_up(d, "refused", EXIT_REFUSED, reason);
	rc = plan_file_create(&d->file, &d->plan, why, sizeof(why));
	if (rc)
		return give_up(d, rc == -EEXIST ? "refused" : "error",
			       rc == -EEXIST ? EXIT_REFUSED : EXIT_WORLD, why);
	d->on_disk = true;
	/* After ours is written: of two guards that start at once, at least one sees the other. */
	if (plan_file_others(&d->file, head, why, sizeof(why)))
		return give_up(d, "refused", EXIT_REFUSED, why);
	if (o->kind == CUT_BLACKHOLE) {
		warn_of_xdp(d);
		if (cut_attach(&d->cut, &d->nl, &d->file, &d->plan, o->attach, why, sizeof(why)))
			return give_up(d, "error", EXIT_WORLD, why);
	}
	if (o->prime && prime_open(&d->prime, &d->nl, why, sizeof(why)))
		return give_up(d, "refused", EXIT_REFUSED, why);
	rc = harden_drop();
	if (rc)
		lines_add(&d->warnings, "capabilities could not be given up: %s", strerror(-rc));
	return 0;
}

static int make_cut(struct drill *d)
{
	char why[256] = "";
	uint64_t done_us;
	int rc = 0;

	if (d->options->kind == CUT_BLACKHOLE) {
		d->cut_us = cut_arm(&d->cut, d->options->hold_ms);
	} else {
		d->cut_us = guard_now_us();
		rc = link_set(&d->nl, d->options->kind, d->options->ifindex, false, why, sizeof(why));
	}
	done_us = guard_now_us();
	if (rc) {
		out_reason("error", "the link cannot be cut: %s%s%s", strerror(-rc), *why ? ": " : "", why);
		return rc;
	}
	out_begin("cut");
	out_uint("t_us", d->cut_us);
	out_uint("uncertainty_us", done_us - d->cut_us);
	out_end(0);
	return 0;
}

void guard_tell_healed(uint64_t t_us, uint64_t uncertainty_us, const char *cause, const struct restore *r,
		       const uint64_t *hits, bool carrier_known, bool plan_kept)
{
	out_begin("healed");
	out_uint("t_us", t_us);
	out_uint("uncertainty_us", uncertainty_us);
	out_text("cause", cause);
	if (hits)
		out_hits(hits[0], hits[1]);
	else
		out_null("hits");
	out_lines("differences", &r->differences);
	out_lines("restored", &r->restored);
	out_lines("owners", &r->owners);
	out_lines("failures", &r->failed);
	if (carrier_known)
		out_bool("carrier", r->carrier);
	else
		out_null("carrier");
	out_bool("plan_kept", plan_kept);
	out_end(1000);
	out_begin("done");
	out_end(1000);
}

static enum owner_word hold(struct drill *d)
{
	const struct guard_options *o = d->options;
	enum owner_word word;

	if (o->kind == CUT_FLAP)
		return flap_run(&d->nl, &d->owner, o, d->cut_us);
	do
		word = owner_wait(&d->owner, d->cut_us + o->hold_ms * 1000ull, -1);
	while (word == OWNER_CUT);
	return word;
}

static int heal(struct drill *d, enum owner_word cause)
{
	bool blackhole = d->options->kind == CUT_BLACKHOLE, keep;
	uint64_t deadline = d->cut_us + d->options->hold_ms * 1000ull, t_us = guard_now_us(), done_us;
	uint64_t hits[2] = {0};
	int rc = 0;

	if (blackhole)
		cut_disarm(&d->cut);
	else if (d->was_cut)
		link_restore(&d->nl, &d->plan.head, false, &d->restore);
	done_us = guard_now_us();
	if (blackhole && d->was_cut && t_us > deadline)
		t_us = done_us = deadline; /* the program ended it, not we */
	if (blackhole)
		cut_end(&d->cut, &d->nl, &d->plan.head, &hits[0], &hits[1], &d->restore.differences);
	/* Of a blackhole, only what is attached is ours to undo. */
	keep = blackhole && d->restore.differences.count;
	if (d->was_cut)
		rc = restore_run(&d->nl, &d->plan, !blackhole, &d->restore);
	if (rc)
		lines_add(&d->restore.differences, "unknown: the state cannot be read: %s", strerror(-rc));
	if (!blackhole)
		keep = d->restore.differences.count;
	if (!keep)
		plan_file_remove(&d->file);
	guard_tell_healed(t_us, done_us - t_us, cause_text(cause), &d->restore, blackhole ? hits : NULL,
			  d->was_cut, keep);
	if (d->restore.differences.count)
		return EXIT_DIFFERENCES;
	return blackhole && d->was_cut && !hits[0] && !hits[1] ? EXIT_INVALID : EXIT_RESTORED;
}

int guard_run(const struct guard_options *options)
{
	struct drill *d = &drill;
	enum owner_word word;
	int rc, code;

	d->options = options;
	rc = prepare(d);
	if (rc)
		return rc;
	out_begin("ready");
	out_uint("pid", (uint64_t)getpid());
	if (d->plan.head.attach)
		out_text("attach", d->plan.head.attach == ATTACH_TCX ? "tcx" : "clsact");
	else
		out_null("attach");
	out_lines("warnings", &d->warnings);
	out_end(1000);

	word = owner_wait(&d->owner, 0, -1);
	if (word == OWNER_CUT && options->prime)
		word = prime_run(&d->prime, &d->owner);
	if (word == OWNER_CUT || (word == OWNER_TIMEOUT && options->prime)) {
		d->was_cut = true;
		rc = make_cut(d);
		if (!rc)
			word = hold(d);
	}
	prime_close(&d->prime);
	code = heal(d, word);
	return rc ? EXIT_WORLD : code;
}
