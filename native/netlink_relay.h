/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Asks netlink from a thread of its own. A request runs in the kernel within the caller's send or receive,
 * and there it waits for the rtnl lock, non-blocking or not: while somebody takes a NIC down that can be
 * hundreds of milliseconds, in which the loop has to tell what it sees. The thread only carries bytes: a
 * request one way, its answers the other way, over a socket pair. It shares nothing else with the loop.
 */
#ifndef PATHWARDEN_NETLINK_RELAY_H
#define PATHWARDEN_NETLINK_RELAY_H

#include <stddef.h>

struct loop;
struct netlink_relay;

/*
 * A piece of an answer: whole netlink messages. The last piece of each answer ends with NLMSG_DONE or
 * NLMSG_ERROR; when asking itself failed, that is an NLMSG_ERROR made by the relay, with the errno negated as
 * the kernel does.
 */
typedef void (*netlink_relay_fn)(void *data, const char *messages, size_t size);

/* protocol: NETLINK_ROUTE, NETLINK_GENERIC… Opens everything, starts no thread yet. NULL with errno set. */
struct netlink_relay *netlink_relay_new(struct loop *l, int protocol, netlink_relay_fn fn, void *data);
/*
 * One request (struct nlmsghdr first, at most 256 bytes) with NLM_F_DUMP or NLM_F_ACK, so that its answer has
 * an end; answered in the order of asking. The thread starts with the first one, so it has no more privilege
 * than the caller has by then. 0 or -errno.
 */
int netlink_relay_ask(struct netlink_relay *r, const void *request, size_t size);
void netlink_relay_free(struct loop *l, struct netlink_relay *r);

#endif
