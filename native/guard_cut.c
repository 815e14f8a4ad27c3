/* SPDX-License-Identifier: Apache-2.0 */
/* The blackhole: loaded and attached beforehand, armed by one store, ended by another. */
#include "guard.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "guard.skel.h"

/* linux/bpf.h of 6.6; the headers and the libbpf that we build with are older. */
#define ATTACH_TYPE_TCX_INGRESS 46
#define ATTACH_TYPE_TCX_EGRESS 47
#define FLAG_BEFORE (1u << 3) /* BPF_F_BEFORE; without a relative: at the head */

struct link_create_tcx { /* union bpf_attr, BPF_LINK_CREATE, member tcx */
	uint32_t prog_fd, target_ifindex, attach_type, flags;
	uint32_t relative_fd, padding;
	uint64_t expected_revision;
};

static int tcx_link(int prog_fd, uint32_t ifindex, uint32_t attach_type)
{
	struct link_create_tcx attr = {.prog_fd = (uint32_t)prog_fd,
				       .target_ifindex = ifindex,
				       .attach_type = attach_type,
				       .flags = FLAG_BEFORE};
	int fd = (int)syscall(SYS_bpf, BPF_LINK_CREATE, &attr, sizeof(attr)); /* close-on-exec by itself */

	return fd < 0 ? -errno : fd;
}

static int load(struct cut *c, bool by_clsact)
{
	int rc;

	c->skel = guard_bpf__open();
	if (!c->skel)
		return -errno;
	c->skel->rodata->by_clsact = by_clsact;
	rc = guard_bpf__load(c->skel);
	if (rc) {
		guard_bpf__destroy(c->skel);
		c->skel = NULL;
	}
	return rc;
}

static void close_links(struct cut *c)
{
	if (c->link_in >= 0)
		close(c->link_in);
	if (c->link_out >= 0)
		close(c->link_out);
	c->link_in = c->link_out = -1;
}

static int attach_tcx(struct cut *c, const struct plan_header *head)
{
	int rc = load(c, false);

	if (!rc && (head->direction & CUT_IN))
		rc = c->link_in = tcx_link(bpf_program__fd(c->skel->progs.pw_guard_in), head->ifindex,
					   ATTACH_TYPE_TCX_INGRESS);
	if (rc >= 0 && (head->direction & CUT_OUT))
		rc = c->link_out = tcx_link(bpf_program__fd(c->skel->progs.pw_guard_out), head->ifindex,
					    ATTACH_TYPE_TCX_EGRESS);
	if (rc >= 0)
		return 0;
	close_links(c);
	guard_bpf__destroy(c->skel);
	c->skel = NULL;
	return rc;
}

static int attach_clsact(struct cut *c, struct netlink *nl, struct plan_file *f, struct plan *p, char *why,
			 size_t why_size)
{
	struct plan_header *head = &p->head;
	int rc = clsact_find(nl, head->ifindex);

	if (rc < 0) {
		snprintf(why, why_size,
			 rc == -EEXIST ? "an ingress qdisc is where clsact has to be"
				       : "the qdiscs of the link cannot be read");
		return rc;
	}
	head->attach = ATTACH_CLSACT;
	head->tc_qdisc_ours = !rc;
	head->tc_priority = 1;
	/* One of our own, that no other guard alive has: "PW" and the process id. */
	head->tc_handle = 0x50570000u ^ (uint32_t)head->guard_pid;
	rc = plan_file_rewrite(f, p);
	if (!rc)
		rc = load(c, true);
	if (rc) {
		snprintf(why, why_size, "the blackhole cannot be loaded: %s", strerror(-rc));
		return rc;
	}
	rc = clsact_attach(
	    nl, head, head->direction & CUT_IN ? bpf_program__fd(c->skel->progs.pw_guard_in) : -1,
	    head->direction & CUT_OUT ? bpf_program__fd(c->skel->progs.pw_guard_out) : -1, why, why_size);
	return rc;
}

int cut_attach(struct cut *c, struct netlink *nl, struct plan_file *f, struct plan *p, uint32_t wish,
	       char *why, size_t why_size)
{
	int rc = -EINVAL;

	*c = (struct cut){.link_in = -1, .link_out = -1};
	if (wish != ATTACH_CLSACT)
		rc = attach_tcx(c, &p->head);
	if (!rc) {
		p->head.attach = ATTACH_TCX;
		rc = plan_file_rewrite(f, p);
		if (rc)
			snprintf(why, why_size, "the plan cannot be written: %s", strerror(-rc));
		return rc;
	}
	/* EINVAL: the kernel does not know tcx. */
	if (rc == -EINVAL && wish != ATTACH_TCX)
		return attach_clsact(c, nl, f, p, why, why_size);
	snprintf(why, why_size, "the blackhole cannot be loaded or attached: %s", strerror(-rc));
	return rc;
}

uint64_t cut_arm(struct cut *c, uint32_t hold_ms)
{
	uint64_t now = guard_now_us();

	c->skel->bss->deadline_ns = (now + hold_ms * 1000ull) * 1000;
	return now;
}

void cut_disarm(struct cut *c)
{
	if (c->skel)
		c->skel->bss->deadline_ns = 0;
}

void cut_end(struct cut *c, struct netlink *nl, const struct plan_header *head, uint64_t *hits_in,
	     uint64_t *hits_out, struct lines *differences)
{
	cut_disarm(c);
	if (c->skel) {
		*hits_in = c->skel->bss->hits_in;
		*hits_out = c->skel->bss->hits_out;
	}
	close_links(c);
	if (head->attach == ATTACH_CLSACT)
		clsact_remove(nl, head, differences);
	guard_bpf__destroy(c->skel);
	c->skel = NULL;
}
