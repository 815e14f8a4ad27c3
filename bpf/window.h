/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 OR BSD-2-Clause */
/*
 * Errors of one component that follow each other quickly. The first is told at once; those within the next
 * 100 ms are counted and told together when these are over. While errors go on, each window is twice as long
 * as the one before, up to a second; after a second without any the next is a first one again. Whoever uses
 * it sees to it that two do not at the same time.
 */
#ifndef PATHWARDEN_WINDOW_H
#define PATHWARDEN_WINDOW_H

#include <linux/types.h>

#define WINDOW_FIRST_NS 100000000ULL
#define WINDOW_LONGEST_NS 1000000000ULL
#define WINDOW_QUIET_NS 1000000000ULL

struct window {
	__u64 told_ns;	 /* when something was last told; 0: never */
	__u64 length_ns; /* of the window since then; 0: there is none */
	__u64 first_ns;	 /* of those that are counted */
	__u64 last_ns;	 /* of all */
	__u64 count;
};

/* Times are taken before whatever makes users wait for each other: one may be a little older than the last.
 */
static inline __u64 window_since(__u64 t_ns, __u64 then_ns)
{
	return t_ns > then_ns ? t_ns - then_ns : 0;
}

/* `errors` more, at t_ns. */
static inline void window_count(struct window *w, __u64 t_ns, __u64 errors)
{
	if (window_since(t_ns, w->last_ns) >= WINDOW_QUIET_NS)
		w->length_ns = 0;
	if (t_ns > w->last_ns)
		w->last_ns = t_ns;
	if (!w->count || t_ns < w->first_ns)
		w->first_ns = t_ns;
	w->count += errors;
}

/* Are there errors that are to be told now? */
static inline _Bool window_due(const struct window *w, __u64 t_ns)
{
	return w->count && window_since(t_ns, w->told_ns) >= w->length_ns;
}

/* They are told. Could they not be, window_count() takes them back. */
static inline void window_told(struct window *w, __u64 t_ns)
{
	w->told_ns = t_ns;
	w->count = 0;
	w->length_ns = w->length_ns ? 2 * w->length_ns : WINDOW_FIRST_NS;
	if (w->length_ns > WINDOW_LONGEST_NS)
		w->length_ns = WINDOW_LONGEST_NS;
}

/* There is nothing to tell, and was not for a while: it may be forgotten. */
static inline _Bool window_quiet(const struct window *w, __u64 t_ns)
{
	return !w->count && window_since(t_ns, w->told_ns) >= WINDOW_QUIET_NS;
}

#endif
