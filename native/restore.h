/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Groups of next hop objects that are put back. With a link the kernel deletes the objects on it, takes them
 * out of their groups, and with the last member the group and its routes, all without a message; an
 * operator's or a routing daemon's own deletion has one. So what is gone and was never said to be deleted was
 * the kernel's doing, and that alone is made again, exactly as it was.
 *
 * restore_memory.c, restore_heard.c, restore_dumped.c remember, pure; restore_act.c acts, in a thread;
 * sources/nexthops.c decides when.
 */
#ifndef PATHWARDEN_RESTORE_H
#define PATHWARDEN_RESTORE_H

#include "frame.h"
#include "record.h"
#include "steer_policy.h"

/* Larger objects, and more routes by one group, are not remembered: the group is then not put back. */
#define RESTORE_BYTES 512
#define RESTORE_ROUTES_MAX 64

/* As it is sent to the kernel; nlmsg_len 0: not known. */
union restore_record {
	struct nlmsghdr head;
	unsigned char bytes[RESTORE_BYTES];
};

struct restore_member {
	uint32_t id, ifindex; /* ifindex 0: not known, or a blackhole */
	bool lost;	      /* the kernel has deleted it */
	bool out;	      /* and taken it out of the group */
	bool due;	      /* its link is back */
	bool seen, touched;   /* by the running dump; by a message meanwhile */
	bool taken;	      /* its id is another object's now */
	union restore_record record;
};

struct restore_route {
	bool lost, missing, seen;
	union restore_record record;
};

struct restore_group {
	uint32_t id;
	bool lost; /* the kernel has deleted it with its last member */
	bool seen, touched, again;
	bool route_deleted;	       /* while routes were being dumped */
	union restore_record whole;    /* as somebody has made it */
	union restore_record now;      /* as the kernel has it, unless it is lost */
	char too_large[STEER_WHY_MAX]; /* why it cannot be remembered whole, or "" */
	uint32_t member_count, route_count;
	struct restore_member members[FRAME_HOPS_MAX];
	struct restore_route routes[RESTORE_ROUTES_MAX];
};

/* --- restore_heard.c --- */
/* A message that the kernel sent at a change of next hops or routes. ours: made by our own thread. */
void restore_group_heard(struct restore_group *g, const struct nlmsghdr *m, bool ours);
/* --- restore_dumped.c --- */
/* A dump of next hops (family 0), or of the routes of family 4 or 6: its begin, each message, its end. */
void restore_group_dump_begins(struct restore_group *g, uint8_t family);
void restore_group_dumped(struct restore_group *g, const struct nlmsghdr *m);
/* Complete only. True: next hops are to be dumped once more, some of its members were not known. */
bool restore_group_dump_ended(struct restore_group *g, uint8_t family);
/* --- restore_memory.c --- */
/* The link is no more: nor is what was on it. */
void restore_group_link_gone(struct restore_group *g, uint32_t ifindex);
/* Messages were lost: who has deleted what is not known any more. */
void restore_group_forget(struct restore_group *g);

/* The kernel has taken something away that is still to be put back. */
bool restore_group_is_short(const struct restore_group *g);
/*
 * Something of it can be put back now. is_running: whether a link has carrier and is up. Marks the members.
 */
bool restore_group_is_due(struct restore_group *g, bool (*is_running)(uint32_t ifindex, void *data),
			  void *data);
/* "", or why it is not ours to put back. */
void restore_group_not_ours(const struct restore_group *g, char why[STEER_WHY_MAX]);

/* --- restore_act.c --- */
struct restore_job {
	struct restore_group group; /* a copy, with its members marked */
	bool busy;		    /* the thread has it */
	/* What came of it. */
	uint64_t t_us;
	uint32_t ifindex; /* of a leg that is back, 0: none */
	unsigned int members, routes;
	bool group_done;
	union restore_record before, after; /* the group */
	int error;			    /* 0, or the last thing that the kernel refused for now */
	bool changed;		 /* somebody has been there meanwhile: look again, and leave it if so */
	char why[STEER_WHY_MAX]; /* what is left as it is for good, or "" */
};

struct steer_netlink;
void restore_act(struct steer_netlink *nl, struct restore_job *job);

#endif
