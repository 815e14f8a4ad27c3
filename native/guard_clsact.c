/* SPDX-License-Identifier: Apache-2.0 */
/* Before tcx (6.6): two filters of a clsact qdisc. They outlive us, so the plan names them. */
#include "guard.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>

#define NAME "pw_guard"

struct request {
	struct nlmsghdr head;
	struct tcmsg tc;
	unsigned char attrs[128];
};

static struct request make(uint16_t type, uint16_t flags, uint32_t ifindex, uint32_t parent)
{
	return (struct request){
	    .head = {.nlmsg_len = NLMSG_LENGTH(sizeof(struct tcmsg)),
		     .nlmsg_type = type,
		     .nlmsg_flags = flags},
	    .tc = {.tcm_family = AF_UNSPEC, .tcm_ifindex = (int)ifindex, .tcm_parent = parent}};
}

static struct rtattr *add(struct request *r, uint16_t type, const void *data, size_t size)
{
	struct rtattr *a = (struct rtattr *)((unsigned char *)r + NLMSG_ALIGN(r->head.nlmsg_len));

	a->rta_type = type;
	a->rta_len = (unsigned short)RTA_LENGTH(size);
	if (size)
		memcpy(RTA_DATA(a), data, size);
	r->head.nlmsg_len = NLMSG_ALIGN(r->head.nlmsg_len) + (uint32_t)RTA_SPACE(size);
	return a;
}

static const uint32_t parents[] = {TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_INGRESS),
				   TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_EGRESS)};

/* What a walk over qdiscs or filters finds. */
struct search {
	const struct plan_header *head;
	bool clsact, ingress, our_filter, other_filter;
};

static const char *kind_of(const struct nlmsghdr *msg, const struct rtattr **options)
{
	const struct tcmsg *tc = NLMSG_DATA(msg);
	int left = (int)msg->nlmsg_len - (int)NLMSG_LENGTH(sizeof(*tc));
	const char *kind = "";

	*options = NULL;
	for (const struct rtattr *a = TCA_RTA(tc); RTA_OK(a, left); a = RTA_NEXT(a, left)) {
		if (a->rta_type == TCA_KIND && RTA_PAYLOAD(a) &&
		    !((const char *)RTA_DATA(a))[RTA_PAYLOAD(a) - 1])
			kind = RTA_DATA(a);
		else if ((a->rta_type & NLA_TYPE_MASK) == TCA_OPTIONS)
			*options = a;
	}
	return kind;
}

static bool see_qdisc(const struct nlmsghdr *msg, void *data)
{
	const struct tcmsg *tc = NLMSG_DATA(msg);
	struct search *s = data;
	const struct rtattr *options;

	if (msg->nlmsg_type == RTM_NEWQDISC && tc->tcm_ifindex == (int)s->head->ifindex) {
		const char *kind = kind_of(msg, &options);

		s->clsact |= !strcmp(kind, "clsact");
		s->ingress |= !strcmp(kind, "ingress");
	}
	return false;
}

static bool is_ours(const struct nlmsghdr *msg, const struct plan_header *head)
{
	const struct tcmsg *tc = NLMSG_DATA(msg);
	const struct rtattr *options;
	int left;

	if (strcmp(kind_of(msg, &options), "bpf") || !options || tc->tcm_handle != head->tc_handle ||
	    TC_H_MAJ(tc->tcm_info) >> 16 != head->tc_priority)
		return false;
	left = (int)RTA_PAYLOAD(options);
	for (const struct rtattr *a = RTA_DATA(options); RTA_OK(a, left); a = RTA_NEXT(a, left))
		if (a->rta_type == TCA_BPF_NAME && RTA_PAYLOAD(a) >= sizeof(NAME))
			return !strncmp(RTA_DATA(a), NAME, sizeof(NAME) - 1);
	return false;
}

static bool see_filter(const struct nlmsghdr *msg, void *data)
{
	const struct tcmsg *tc = NLMSG_DATA(msg);
	struct search *s = data;

	/* Handle 0 is the head of a priority's list, not a filter. */
	if (msg->nlmsg_type == RTM_NEWTFILTER && tc->tcm_ifindex == (int)s->head->ifindex && tc->tcm_handle) {
		if (is_ours(msg, s->head))
			s->our_filter = true;
		else
			s->other_filter = true;
	}
	return false;
}

int clsact_find(struct netlink *nl, uint32_t ifindex)
{
	const struct plan_header head = {.ifindex = ifindex};
	const struct tcmsg request = {.tcm_ifindex = (int)ifindex};
	struct search s = {.head = &head};
	struct records none = {0};
	int rc = netlink_dump(nl, RTM_GETQDISC, &request, sizeof(request), &none, see_qdisc, &s);

	if (rc)
		return rc;
	return s.ingress ? -EEXIST : s.clsact;
}

static int find_filters(struct netlink *nl, const struct plan_header *head, uint32_t parent, struct search *s)
{
	const struct tcmsg request = {.tcm_ifindex = (int)head->ifindex, .tcm_parent = parent};
	struct records none = {0};

	s->head = head;
	return netlink_dump(nl, RTM_GETTFILTER, &request, sizeof(request), &none, see_filter, s);
}

static int change_qdisc(struct netlink *nl, uint32_t ifindex, uint16_t type, uint16_t flags)
{
	struct request r = make(type, flags, ifindex, TC_H_CLSACT);

	r.tc.tcm_handle = TC_H_MAKE(TC_H_CLSACT, 0);
	add(&r, TCA_KIND, "clsact", sizeof("clsact"));
	return netlink_request(nl, &r.head, NULL, 0);
}

static int add_filter(struct netlink *nl, const struct plan_header *head, uint32_t parent, int prog,
		      char *why, size_t why_size)
{
	struct request r = make(RTM_NEWTFILTER, NLM_F_CREATE | NLM_F_EXCL, head->ifindex, parent);
	const uint32_t flags = TCA_BPF_FLAG_ACT_DIRECT;
	struct rtattr *options;
	char name[16] = NAME;

	r.tc.tcm_handle = head->tc_handle;
	r.tc.tcm_info = TC_H_MAKE(head->tc_priority << 16, htons(ETH_P_ALL));
	add(&r, TCA_KIND, "bpf", sizeof("bpf"));
	options = add(&r, TCA_OPTIONS | NLA_F_NESTED, NULL, 0);
	add(&r, TCA_BPF_FD, &prog, sizeof(prog));
	add(&r, TCA_BPF_NAME, name, sizeof(NAME));
	add(&r, TCA_BPF_FLAGS, &flags, sizeof(flags));
	options->rta_len =
	    (unsigned short)((unsigned char *)&r + r.head.nlmsg_len - (unsigned char *)options);
	return netlink_request(nl, &r.head, why, why_size);
}

int clsact_attach(struct netlink *nl, struct plan_header *head, int prog_in, int prog_out, char *why,
		  size_t why_size)
{
	const int progs[] = {prog_in, prog_out};
	char words[128] = "";
	int rc = 0;

	if (head->tc_qdisc_ours)
		rc = change_qdisc(nl, head->ifindex, RTM_NEWQDISC, NLM_F_CREATE | NLM_F_EXCL);
	if (rc)
		head->tc_qdisc_ours = 0; /* somebody was faster: it is theirs */
	for (int i = 0; !rc && i < 2; i++)
		if (progs[i] >= 0)
			rc = add_filter(nl, head, parents[i], progs[i], words, sizeof(words));
	if (rc)
		snprintf(why, why_size, "the clsact filter cannot be made: %s%s%s", strerror(-rc),
			 *words ? ": " : "", words);
	return rc;
}

void clsact_remove(struct netlink *nl, const struct plan_header *head, struct lines *differences)
{
	bool others = false;
	int rc = clsact_find(nl, head->ifindex);

	if (rc != 1)
		return; /* with the qdisc went its filters */
	for (int i = 0; i < 2; i++) {
		struct request r = make(RTM_DELTFILTER, 0, head->ifindex, parents[i]);
		struct search s = {0};

		rc = find_filters(nl, head, parents[i], &s);
		if (!rc && s.our_filter) {
			r.tc.tcm_handle = head->tc_handle;
			r.tc.tcm_info = TC_H_MAKE(head->tc_priority << 16, htons(ETH_P_ALL));
			add(&r, TCA_KIND, "bpf", sizeof("bpf"));
			rc = netlink_request(nl, &r.head, NULL, 0);
		}
		if (rc)
			lines_add(differences,
				  "new: our clsact filter (handle 0x%x), it cannot be removed: %s",
				  head->tc_handle, strerror(-rc));
		others |= rc || s.other_filter;
	}
	if (!head->tc_qdisc_ours)
		return;
	if (others)
		lines_add(differences, "new: the clsact qdisc, others have filters in it now");
	else if ((rc = change_qdisc(nl, head->ifindex, RTM_DELQDISC, 0)))
		lines_add(differences, "new: the clsact qdisc, it cannot be removed: %s", strerror(-rc));
}
